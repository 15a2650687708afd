//! `kubectl help`, `kubectl options`, `kubectl alpha`.

use crate::kubectl::Kubectl;
use crate::kubectl::fail::Outcome;
use crate::kubectl::help;
use crate::kubectl::spec::{GLOBAL, Spec, run};

/// `kubectl help`
pub const HELP: Spec = Spec {
    name: "help",
    usage: "[command] [options]",
    short: "Help about any command",
    long: "Help about any command.",
    run: run!(show),
    ..Spec::EMPTY
};

/// `kubectl options`
pub const OPTIONS: Spec = Spec {
    name: "options",
    usage: "[flags] [options]",
    short: "Print the list of flags inherited by all commands",
    long: "Print the list of flags inherited by all commands",
    run: run!(options),
    ..Spec::EMPTY
};

/// `kubectl alpha`
pub const ALPHA: Spec = Spec {
    name: "alpha",
    usage: "[flags] [options]",
    short: "Commands for features in alpha",
    long: "Commands for features in alpha.",
    run: run!(alpha),
    ..Spec::EMPTY
};

async fn show(k: &Kubectl) -> Outcome {
    let mut path: Vec<&'static Spec> = vec![&super::ROOT];
    for word in &k.flags.args {
        let here = path[path.len() - 1];
        match here.subs.iter().find(|sub| sub.name == word || sub.aliases.contains(&word.as_str())) {
            Some(next) => path.push(next),
            None => {
                let topic: Vec<String> = k.flags.args.iter().map(|word| format!("`{word}`")).collect();
                k.out(&format!("Unknown help topic [{}]\n\n\n{}", topic.join(" "), help::root())).await;
                return Ok(());
            }
        }
    }
    k.out(&help::of(&path)).await;
    Ok(())
}

async fn options(k: &Kubectl) -> Outcome {
    let flags: Vec<_> = GLOBAL.iter().collect();
    k.out(&format!("The following options can be passed to any command:\n\n{}", help::options(&flags))).await;
    Ok(())
}

async fn alpha(k: &Kubectl) -> Outcome {
    k.out("No alpha commands are available in this version of kubectl\n").await;
    Ok(())
}
