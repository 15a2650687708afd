//! `kubectl config view`. Models view.go and client-go/tools/clientcmd/api/helpers.go.

use serde_json::json;

use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::kubeconfig::{self, CLUSTERS, CONTEXTS, Kubeconfig, Sources, USERS};
use crate::kubectl::printers::Printer;
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{Kubectl, base64};

/// The command.
pub const SPEC: Spec = Spec {
    name: "view",
    usage: "[flags] [options]",
    short: "Display merged kubeconfig settings or a specified kubeconfig file",
    long: "Show the kubeconfig; what is secret is left out unless --raw is given.",
    examples: "# All files as one\nkubectl config view\n\n# One value\nkubectl config view -o jsonpath='{.clusters[0].cluster.server}'\n\n# What another machine needs\nkubectl config view --minify --flatten",
    flags: &[FLAGS, spec::PRINT],
    run: run!(view),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::switch("flatten", "Put the contents of files in their place."),
    Flag::new("merge", Kind::Bool, "true", "Merge several files."),
    Flag::switch("minify", "Only what the context in use needs."),
    Flag::switch("raw", "With certificates and secrets."),
];

/// Fields that name files, and where the contents go.
const FILES: [(usize, &str, &str); 3] = [
    (USERS, "client-certificate", "client-certificate-data"),
    (USERS, "client-key", "client-key-data"),
    (CLUSTERS, "certificate-authority", "certificate-authority-data"),
];

async fn view(k: &Kubectl) -> Outcome {
    let flags = &k.flags;
    if !flags.args.is_empty() {
        return Err(Fail::usage(&k.path, format!("unexpected arguments: [{}]", flags.args.join(" "))));
    }
    let sources = Sources::of(&k.process, flags);
    if !sources.explicit && !flags.is("merge") {
        return Err(Fail::plain("if merge==false a precise file must to specified"));
    }
    if !(flags.given("merge") && flags.is("merge"))
        && let Some(path) = sources.missing(&k.process)
    {
        return Err(Fail::plain(format!("open {path}: no such file or directory")));
    }
    let mut config = sources.load(&k.process).await?;
    if flags.is("minify") {
        if !flags.text("context").is_empty() {
            flags.text("context").clone_into(&mut config.current);
        }
        minify(&mut config)?;
    }
    if flags.is("flatten") {
        flatten(k, &mut config).await?;
    } else if !flags.is("raw") {
        hide(&mut config);
    }
    let printer = Printer::of(k, false).await?.unwrap_or(Printer::Yaml);
    k.out(&printer.print(&config.to_value(), flags)?).await;
    Ok(())
}

fn minify(config: &mut Kubeconfig) -> Outcome {
    let name = config.current.clone();
    if name.is_empty() {
        return Err(Fail::plain("current-context must exist in order to minify"));
    }
    let Some(context) = config.lists[CONTEXTS].get(&name) else {
        return Err(Fail::plain(format!("cannot locate context {name}")));
    };
    let wanted = [context.text("cluster").to_owned(), name, context.text("user").to_owned()];
    for (list, wanted) in wanted.into_iter().enumerate() {
        let (_, what, _) = kubeconfig::LISTS[list];
        if !wanted.is_empty() && !config.lists[list].contains_key(&wanted) {
            return Err(Fail::plain(format!("cannot locate {what} {wanted}")));
        }
        config.lists[list].retain(|name, _| *name == wanted);
    }
    Ok(())
}

async fn flatten(k: &Kubectl, config: &mut Kubeconfig) -> Outcome {
    for (list, path, data) in FILES {
        for stanza in config.lists[list].values_mut() {
            let file = stanza.path(path, &k.process.cwd());
            if file.is_empty() {
                continue;
            }
            if !stanza.text(data).is_empty() {
                return Err(Fail::plain("cannot have values for both path and contents"));
            }
            let bytes = k.process.read_file(&file).await;
            let bytes = bytes.map_err(|errno| Fail::plain(format!("open {file}: {}", errno.text().to_lowercase())))?;
            stanza.set(data, json!(base64::encode(&bytes)));
            stanza.set(path, json!(""));
        }
    }
    Ok(())
}

/// Puts words in the place of secrets.
fn hide(config: &mut Kubeconfig) {
    let data = FILES.map(|(list, _, data)| (list, data, "DATA+OMITTED"));
    for (list, field, word) in data.into_iter().chain([(USERS, "token", "REDACTED"), (USERS, "password", "REDACTED")]) {
        for stanza in config.lists[list].values_mut() {
            if !stanza.text(field).is_empty() {
                stanza.set(field, json!(word));
            }
        }
    }
}
