//! `kubectl config set-context`, `use-context`, `rename-context`.

use serde_json::json;

use super::{load, store, unexpected};
use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, quote};
use crate::kubectl::kubeconfig::CONTEXTS;
use crate::kubectl::spec::{Spec, run};

/// `kubectl config set-context`
pub static SET: Spec = Spec {
    name: "set-context",
    usage: "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace] [options]",
    short: "Set a context entry in kubeconfig",
    long: "Make a context, or change what it has. What is not given stays as it is.",
    examples: "# Another namespace for all that follows\nkubectl config set-context --current --namespace=team-a\n\n# A context of a user\nkubectl config set-context jane --cluster=kubernetes --user=jane",
    flags: &[SET_FLAGS],
    run: run!(set),
    ..Spec::EMPTY
};

/// `kubectl config use-context`
pub static USE: Spec = Spec {
    name: "use-context",
    aliases: &["use"],
    usage: "CONTEXT_NAME [options]",
    short: "Set the current-context in a kubeconfig file",
    long: "Use another context from now on.",
    examples: "# The context jane from now on\nkubectl config use-context jane",
    run: run!(use_context),
    ..Spec::EMPTY
};

/// `kubectl config rename-context`
pub static RENAME: Spec = Spec {
    name: "rename-context",
    usage: "CONTEXT_NAME NEW_NAME [options]",
    short: "Rename a context from the kubeconfig file",
    long: "Give a context another name. If it is the one in use, it stays so.",
    examples: "# A shorter name\nkubectl config rename-context kubernetes-admin@kubernetes admin",
    run: run!(rename),
    ..Spec::EMPTY
};

const SET_FLAGS: &[Flag] = &[
    Flag::text("cluster", "", "Name of the cluster."),
    Flag::switch("current", "Change the context in use."),
    Flag::text("namespace", "", "Namespace of commands that name none."),
    Flag::text("user", "", "Name of the user."),
];

async fn set(k: &Kubectl) -> Outcome {
    let name = match k.flags.args.as_slice() {
        [] => "",
        [name] => name.as_str(),
        _ => return Err(unexpected(k, &SET, "Unexpected args")),
    };
    let current = k.flags.is("current");
    let name = match (name, current) {
        ("", false) => return Err(Fail::plain("you must specify a non-empty context name or --current")),
        ("", true) => load(k).await?.1.current,
        (_, true) => return Err(Fail::plain("you cannot specify both a context name and --current")),
        (name, false) => name.to_owned(),
    };
    if name.is_empty() {
        return Err(Fail::plain("no current context is set"));
    }
    let known = store(k, CONTEXTS, &name, |context| {
        for flag in ["cluster", "user", "namespace"] {
            if k.flags.given(flag) {
                context.set(flag, json!(k.flags.text(flag)));
            }
        }
    });
    let done = if known.await? { "modified" } else { "created" };
    k.out(&format!("Context {} {done}.\n", quote(&name))).await;
    Ok(())
}

async fn use_context(k: &Kubectl) -> Outcome {
    let [name] = k.flags.args.as_slice() else { return Err(unexpected(k, &USE, "Unexpected args")) };
    let (sources, mut config) = load(k).await?;
    if name.is_empty() {
        return Err(Fail::plain("empty context names are not allowed"));
    }
    if !config.lists[CONTEXTS].contains_key(name) {
        return Err(Fail::plain(format!("no context exists with the name: {}", quote(name))));
    }
    config.current.clone_from(name);
    sources.modify(&k.process, &config, true).await?;
    k.out(&format!("Switched to context {}.\n", quote(name))).await;
    Ok(())
}

async fn rename(k: &Kubectl) -> Outcome {
    let [old, new] = k.flags.args.as_slice() else { return Err(unexpected(k, &RENAME, "Unexpected args")) };
    if new.is_empty() {
        return Err(Fail::plain("You must specify a new non-empty context name"));
    }
    let (sources, mut config) = load(k).await?;
    let file = sources.default_file(&k.process);
    let contexts = &mut config.lists[CONTEXTS];
    let cannot = format!("cannot rename the context {}", quote(old));
    if !contexts.contains_key(old) {
        return Err(Fail::plain(format!("{cannot}, it's not in {file}")));
    }
    if contexts.contains_key(new) {
        return Err(Fail::plain(format!("{cannot}, the context {} already exists in {file}", quote(new))));
    }
    if let Some(context) = contexts.remove(old) {
        contexts.insert(new.clone(), context);
    }
    if config.current == *old {
        config.current.clone_from(new);
    }
    sources.modify(&k.process, &config, true).await?;
    k.out(&format!("Context {} renamed to {}.\n", quote(old), quote(new))).await;
    Ok(())
}
