//! `kubectl config current-context`, `get-clusters`, `get-contexts`, `get-users`.

use super::load;
use crate::collections::Sort;
use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::kubeconfig;
use crate::kubectl::printers::tabwriter;
use crate::kubectl::spec::{Spec, run};

/// `kubectl config current-context`
pub const CURRENT: Spec = Spec {
    name: "current-context",
    usage: "[flags] [options]",
    short: "Display the current-context",
    long: "Show the context in use.",
    examples: "# The context in use\nkubectl config current-context",
    run: run!(current),
    ..Spec::EMPTY
};

/// `kubectl config get-clusters`
pub const CLUSTERS: Spec = Spec {
    name: "get-clusters",
    usage: "[flags] [options]",
    short: "Display clusters defined in the kubeconfig",
    long: "Show the names of the clusters.",
    run: run!(clusters),
    ..Spec::EMPTY
};

/// `kubectl config get-contexts`
pub const CONTEXTS: Spec = Spec {
    name: "get-contexts",
    usage: "[(-o|--output=)name)] [options]",
    short: "Describe one or many contexts",
    long: "Show contexts: a cluster, a user and a namespace each.",
    examples: "# All of them\nkubectl config get-contexts\n\n# Their names\nkubectl config get-contexts -o name",
    flags: &[CONTEXTS_FLAGS],
    run: run!(contexts),
    ..Spec::EMPTY
};

/// `kubectl config get-users`
pub const USERS: Spec = Spec {
    name: "get-users",
    usage: "[flags] [options]",
    short: "Display users defined in the kubeconfig",
    long: "Show the names of the users.",
    run: run!(users),
    ..Spec::EMPTY
};

const CONTEXTS_FLAGS: &[Flag] =
    &[Flag::switch("no-headers", "No line of titles."), Flag::text("output", "", "name.").short('o')];

async fn current(k: &Kubectl) -> Outcome {
    let (_, config) = load(k).await?;
    if config.current.is_empty() {
        return Err(Fail::plain("current-context is not set"));
    }
    k.out(&format!("{}\n", config.current)).await;
    Ok(())
}

async fn names(k: &Kubectl, list: usize) -> Outcome {
    let (_, config) = load(k).await?;
    let names: String = config.lists[list].keys().map(|name| format!("{name}\n")).collect();
    k.out(&format!("NAME\n{names}")).await;
    Ok(())
}

async fn clusters(k: &Kubectl) -> Outcome {
    names(k, kubeconfig::CLUSTERS).await
}

async fn users(k: &Kubectl) -> Outcome {
    names(k, kubeconfig::USERS).await
}

/// Formats of other commands, which this one only knows by name.
const ELSEWHERE: [&str; 9] = [
    "json",
    "yaml",
    "wide",
    "custom-columns",
    "custom-columns-file",
    "go-template",
    "go-template-file",
    "jsonpath",
    "jsonpath-file",
];

async fn contexts(k: &Kubectl) -> Outcome {
    let output = k.flags.text("output");
    let by_name = output == "name";
    if ELSEWHERE.contains(&output) {
        k.out(&format!(
            "--output {output} is not available in kubectl config get-contexts; resetting to default output format\n"
        ))
        .await;
    } else if !by_name && !output.is_empty() {
        return Err(Fail::plain(format!("output must be one of '' or 'name': {output}")));
    }
    let (_, config) = load(k).await?;
    let all = &config.lists[kubeconfig::CONTEXTS];
    let mut wanted: Vec<String> = k.flags.args.clone();
    if wanted.is_empty() {
        wanted = all.keys().cloned().collect();
    }
    wanted.arrange();
    let mut text = String::new();
    if !by_name && !k.flags.is("no-headers") {
        text.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    }
    let mut fails = Vec::new();
    for name in wanted {
        let Some(context) = all.get(&name) else {
            fails.push(Fail::plain(format!("context {name} not found")));
            continue;
        };
        if by_name {
            text.push_str(&format!("{name}\n"));
            continue;
        }
        let mark = if config.current == name { "*" } else { "" };
        let [cluster, user, namespace] = ["cluster", "user", "namespace"].map(|field| context.text(field));
        text.push_str(&format!("{mark}\t{name}\t{cluster}\t{user}\t{namespace}\n"));
    }
    k.out(&tabwriter::align(&text, tabwriter::GET)).await;
    Fail::join(fails)
}
