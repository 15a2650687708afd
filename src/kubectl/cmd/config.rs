//! `kubectl config` and what is below it. Models kubectl/pkg/cmd/config.

use serde_json::{Value, json};

use crate::collections::Sort;
use crate::kubectl::Kubectl;
use crate::kubectl::config::{empty, entry, load};
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind, quote};
use crate::kubectl::printers::{Printer, tabwriter};
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::yaml;

/// The command.
pub const SPEC: Spec = Spec {
    name: "config",
    usage: "SUBCOMMAND [options]",
    short: "Modify kubeconfig files",
    long: "Modify kubeconfig files using subcommands like \"kubectl config set current-context my-context\".",
    subs: &[&CURRENT, &DELETE, &CLUSTERS, &CONTEXTS, &USERS, &SET_CONTEXT, &UNSET, &USE, &VIEW],
    ..Spec::EMPTY
};

const CURRENT: Spec = Spec {
    name: "current-context",
    usage: "[flags] [options]",
    short: "Display the current-context",
    long: "Show the context in use.",
    run: run!(current),
    ..Spec::EMPTY
};
const DELETE: Spec = Spec {
    name: "delete-context",
    usage: "NAME [options]",
    short: "Delete the specified context from the kubeconfig",
    long: "Take a context out of the kubeconfig.",
    run: run!(delete_context),
    ..Spec::EMPTY
};
const CLUSTERS: Spec = Spec {
    name: "get-clusters",
    usage: "[flags] [options]",
    short: "Display clusters defined in the kubeconfig",
    long: "Show the names of the clusters.",
    run: run!(clusters),
    ..Spec::EMPTY
};
const CONTEXTS: Spec = Spec {
    name: "get-contexts",
    usage: "[(-o|--output=)name)] [options]",
    short: "Describe one or many contexts",
    long: "Show contexts: a cluster, a user and a namespace each.",
    flags: &[CONTEXTS_FLAGS],
    run: run!(contexts),
    ..Spec::EMPTY
};
const USERS: Spec = Spec {
    name: "get-users",
    usage: "[flags] [options]",
    short: "Display users defined in the kubeconfig",
    long: "Show the names of the users.",
    run: run!(users),
    ..Spec::EMPTY
};
const SET_CONTEXT: Spec = Spec {
    name: "set-context",
    usage: "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace] [options]",
    short: "Set a context entry in kubeconfig",
    long: "Make a context, or change what it has.",
    examples: "# Another namespace for all that follows\nkubectl config set-context --current --namespace=team-a",
    flags: &[SET_FLAGS],
    run: run!(set_context),
    ..Spec::EMPTY
};
const UNSET: Spec = Spec {
    name: "unset",
    usage: "PROPERTY_NAME [options]",
    short: "Unset an individual value in a kubeconfig file",
    long: "Take a value out of the kubeconfig.",
    run: run!(unset),
    ..Spec::EMPTY
};
const USE: Spec = Spec {
    name: "use-context",
    aliases: &["use"],
    usage: "CONTEXT_NAME [options]",
    short: "Set the current-context in a kubeconfig file",
    long: "Use another context from now on.",
    run: run!(use_context),
    ..Spec::EMPTY
};
const VIEW: Spec = Spec {
    name: "view",
    usage: "[flags] [options]",
    short: "Display merged kubeconfig settings or a specified kubeconfig file",
    long: "Show the kubeconfig; what is secret is left out unless --raw is given.",
    flags: &[VIEW_FLAGS, spec::PRINT],
    run: run!(view),
    ..Spec::EMPTY
};

const CONTEXTS_FLAGS: &[Flag] =
    &[Flag::switch("no-headers", "No line of titles."), Flag::text("output", "", "name.").short('o')];
const SET_FLAGS: &[Flag] = &[Flag::switch("current", "Change the context in use.")];
const VIEW_FLAGS: &[Flag] = &[
    Flag::switch("flatten", "Put the contents of files in their place."),
    Flag::new("merge", Kind::Bool, "true", "Merge several files."),
    Flag::switch("minify", "Only what the context in use needs."),
    Flag::switch("raw", "With certificates and secrets."),
];

async fn save(k: &Kubectl, path: &str, config: &Value) -> Outcome {
    let text = yaml::emit(config);
    k.process
        .write_file(path, text.as_bytes())
        .await
        .map_err(|errno| Fail::plain(format!("open {path}: {}", errno.text().to_lowercase())))
}

async fn current(k: &Kubectl) -> Outcome {
    let (_, config) = load(&k.process, &k.flags).await?;
    match config["current-context"].as_str() {
        None | Some("") => Err(Fail::plain("current-context is not set")),
        Some(name) => {
            k.out(&format!("{name}\n")).await;
            Ok(())
        }
    }
}

async fn delete_context(k: &Kubectl) -> Outcome {
    let (path, mut config) = load(&k.process, &k.flags).await?;
    let Some(name) = k.flags.args.first() else {
        return Err(Fail::usage(&k.path, "you must specify a context to delete"));
    };
    if entry(&config, "contexts", name).is_none() {
        return Err(Fail::plain(format!("cannot delete context {name}, not in {path}")));
    }
    if let Some(list) = config["contexts"].as_array_mut() {
        list.retain(|context| context["name"] != *name);
    }
    save(k, &path, &config).await?;
    k.out(&format!("deleted context {name} from {path}\n")).await;
    Ok(())
}

async fn names(k: &Kubectl, list: &str) -> Outcome {
    let (_, config) = load(&k.process, &k.flags).await?;
    let mut names: Vec<&str> =
        config[list].as_array().into_iter().flatten().filter_map(|entry| entry["name"].as_str()).collect();
    names.arrange();
    let text: String = names.iter().map(|name| format!("{name}\n")).collect();
    k.out(&format!("NAME\n{text}")).await;
    Ok(())
}

async fn clusters(k: &Kubectl) -> Outcome {
    names(k, "clusters").await
}

async fn users(k: &Kubectl) -> Outcome {
    names(k, "users").await
}

async fn contexts(k: &Kubectl) -> Outcome {
    let (_, config) = load(&k.process, &k.flags).await?;
    let all: Vec<&Value> = config["contexts"].as_array().into_iter().flatten().collect();
    let mut wanted: Vec<String> = k.flags.args.clone();
    if wanted.is_empty() {
        wanted = all.iter().filter_map(|entry| entry["name"].as_str().map(str::to_owned)).collect();
        wanted.arrange();
    }
    let by_name = k.flags.text("output") == "name";
    let mut text = String::new();
    if !by_name && !k.flags.is("no-headers") {
        text.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    }
    let mut fails = Vec::new();
    for name in wanted {
        let Some(context) = entry(&config, "contexts", &name) else {
            fails.push(Fail::plain(format!("context {name} not found")));
            continue;
        };
        let field = |key: &str| context.get(key).and_then(Value::as_str).unwrap_or_default();
        if by_name {
            text.push_str(&format!("{name}\n"));
            continue;
        }
        let mark = if config["current-context"] == *name { "*" } else { "" };
        text.push_str(&format!("{mark}\t{name}\t{}\t{}\t{}\n", field("cluster"), field("user"), field("namespace")));
    }
    k.out(&tabwriter::align(&text, tabwriter::GET)).await;
    Fail::join(fails)
}

async fn set_context(k: &Kubectl) -> Outcome {
    let (path, mut config) = load(&k.process, &k.flags).await?;
    let name = match (k.flags.is("current"), k.flags.args.as_slice()) {
        (true, []) => match config["current-context"].as_str() {
            None | Some("") => return Err(Fail::plain("no current context is set")),
            Some(name) => name.to_owned(),
        },
        (false, [name]) => name.clone(),
        _ => {
            return Err(Fail::usage(
                &k.path,
                "unexpected args: you must specify a non-empty context name or --current",
            ));
        }
    };
    let known = entry(&config, "contexts", &name).cloned();
    let mut context = known.clone().unwrap_or_default();
    for flag in ["cluster", "user", "namespace"] {
        if k.flags.given(flag) {
            context.insert(flag.to_owned(), json!(k.flags.text(flag)));
        }
    }
    if !config["contexts"].is_array() {
        config["contexts"] = json!([]);
    }
    if let Some(list) = config["contexts"].as_array_mut() {
        match list.iter_mut().find(|entry| entry["name"] == *name) {
            Some(entry) => entry["context"] = context.into(),
            None => list.push(json!({"context": context, "name": name})),
        }
    }
    save(k, &path, &config).await?;
    let done = if known.is_some() { "modified" } else { "created" };
    k.out(&format!("Context \"{name}\" {done}.\n")).await;
    Ok(())
}

async fn unset(k: &Kubectl) -> Outcome {
    let (path, mut config) = load(&k.process, &k.flags).await?;
    let [property] = k.flags.args.as_slice() else {
        return Err(Fail::usage(&k.path, format!("unexpected args: [{}]", k.flags.args.join(" "))));
    };
    let (head, rest) = property.split_once('.').unwrap_or((property, ""));
    match (head, rest) {
        ("current-context", "") => config["current-context"] = json!(""),
        ("clusters" | "contexts" | "users", name) if !name.is_empty() => {
            if let Some(list) = config[head].as_array_mut() {
                list.retain(|entry| entry["name"] != *name);
            }
        }
        _ => return Err(Fail::plain(format!("unable to parse {head} after [] at api.Config"))),
    }
    save(k, &path, &config).await?;
    k.out(&format!("Property \"{property}\" unset.\n")).await;
    Ok(())
}

async fn use_context(k: &Kubectl) -> Outcome {
    let (path, mut config) = load(&k.process, &k.flags).await?;
    let [name] = k.flags.args.as_slice() else {
        return Err(Fail::usage(&k.path, format!("unexpected args: [{}]", k.flags.args.join(" "))));
    };
    if entry(&config, "contexts", name).is_none() {
        return Err(Fail::plain(format!("no context exists with the name: {}", quote(name))));
    }
    config["current-context"] = json!(name);
    save(k, &path, &config).await?;
    k.out(&format!("Switched to context \"{name}\".\n")).await;
    Ok(())
}

async fn view(k: &Kubectl) -> Outcome {
    let (_, mut config) = load(&k.process, &k.flags).await?;
    if k.flags.is("minify") {
        minify(k, &mut config)?;
    }
    if !k.flags.is("raw") {
        hide(&mut config);
    }
    if let Some(map) = config.as_object_mut() {
        map.remove("preferences");
    }
    let printer = Printer::of(k, false).await?.unwrap_or(Printer::Yaml);
    k.out(&printer.print(&config, &k.flags)?).await;
    Ok(())
}

fn minify(k: &Kubectl, config: &mut Value) -> Outcome {
    let given = k.flags.text("context");
    let name = if given.is_empty() { config["current-context"].as_str().unwrap_or_default() } else { given }.to_owned();
    let Some(context) = entry(config, "contexts", &name).cloned() else {
        return Err(Fail::plain("current-context must exist in order to minify"));
    };
    let mut small = empty();
    small["current-context"] = json!(name);
    for (list, wanted) in
        [("contexts", Some(&json!(name))), ("clusters", context.get("cluster")), ("users", context.get("user"))]
    {
        let entries = config[list].as_array().into_iter().flatten();
        small[list] = entries.filter(|entry| Some(&entry["name"]) == wanted).cloned().collect();
    }
    *config = small;
    Ok(())
}

/// Puts words in the place of secrets.
fn hide(config: &mut Value) {
    for (list, key, secrets) in [
        ("clusters", "cluster", &["certificate-authority-data"][..]),
        ("users", "user", &["client-certificate-data", "client-key-data", "token", "password"][..]),
    ] {
        for entry in config[list].as_array_mut().into_iter().flatten() {
            for secret in secrets {
                if entry[key][*secret].is_string() {
                    let word = if secret.ends_with("-data") { "DATA+OMITTED" } else { "REDACTED" };
                    entry[key][*secret] = json!(word);
                }
            }
        }
    }
}
