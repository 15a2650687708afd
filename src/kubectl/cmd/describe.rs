//! `kubectl describe`. Models kubectl/pkg/cmd/describe/describe.go.

use std::rc::Rc;

use crate::kubectl::Kubectl;
use crate::kubectl::describe;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::resource::{Builder, Found, Info, Target, collection_path, items};
use crate::kubectl::spec::{self, Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "describe",
    usage: "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME) [options]",
    short: "Show details of a specific resource or group of resources",
    long: "Show an object in words: what it is meant to be, how it is, and what has happened to it.\n\n Where no object has the name, those whose names begin with it are shown.",
    examples: "# A Pod, with its events\nkubectl describe pod web-5bc7474869-jrnm6\n\n# A Deployment\nkubectl describe deployment/web\n\n# All Services\nkubectl describe services",
    flags: &[FLAGS, spec::ALL_NAMESPACES, spec::SELECTOR, spec::FILES],
    run: run!(run_describe),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::new("chunk-size", Kind::Int, "500", "Fetch lists in pieces of this many objects."),
    Flag::new("show-events", Kind::Bool, "true", "Show the events of each object."),
];

async fn run_describe(k: &Kubectl) -> Outcome {
    let no_files = k.flags.list("filename").is_empty() && k.flags.text("kustomize").is_empty();
    if k.flags.args.is_empty() && no_files {
        return Err(Fail::plain(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.",
        ));
    }
    let builder = Builder::new(k).type_alone();
    let mut found = builder.objects().await?;
    if found.infos.is_empty() && matches!(found.fails.as_slice(), [fail] if fail.is_not_found()) && no_files {
        if let Some(info) = by_prefix(k, &builder).await? {
            found = Found { infos: info, ..Found::default() };
            return show(k, found, true).await;
        }
    }
    show(k, found, false).await
}

/// The objects whose names begin with the one that was not found.
async fn by_prefix(k: &Kubectl, builder: &Builder<'_>) -> Result<Option<Vec<Info>>, Fail> {
    let targets = builder.targets().await?;
    let [Target::Named(kind, prefix)] = targets.as_slice() else { return Ok(None) };
    let path = collection_path(kind, &builder.namespace_for(kind).await?);
    let list = k.client().await?.get(&path, &[]).await?;
    let mut infos = Vec::new();
    for object in items(&list) {
        let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
        if text("name").starts_with(prefix.as_str()) {
            let (namespace, name) = (text("namespace"), text("name"));
            infos.push(Info { kind: kind.clone(), namespace, name, object: Rc::new(object), source: String::new() });
        }
    }
    Ok((!infos.is_empty()).then_some(infos))
}

async fn show(k: &Kubectl, found: Found, by_prefix: bool) -> Outcome {
    let given = k.flags.given("show-events");
    // Many objects at once are shown without events, unless they are asked for.
    let events = k.flags.is("show-events") && (given || (found.infos.len() == 1 && !by_prefix));
    let mut first = true;
    let none = found.infos.is_empty();
    for info in &found.infos {
        let text = describe::describe(k, info, events).await?;
        let text = match (by_prefix, first) {
            // By prefix every object is followed by a blank line.
            (true, _) => format!("{text}\n"),
            (false, true) => text,
            (false, false) => format!("\n\n{text}"),
        };
        k.out(&text).await;
        first = false;
    }
    if none && found.fails.is_empty() {
        if k.all_namespaces() {
            k.err("No resources found\n").await;
        } else {
            k.err(&format!("No resources found in {} namespace.\n", k.namespace().await?)).await;
        }
    }
    Fail::join(found.fails)
}
