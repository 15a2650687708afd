//! Completion of kubectl's command line for the shell: verbs, types, names, flags, namespaces.

use std::cell::RefCell;

use serde_json::Value;

use super::flags::{FlagSet, Parsed};
use super::resource::{Mapper, collection_path, items};
use super::spec::{self, Spec};
use super::{Kubectl, cmd};
use crate::collections::Sort;
use crate::machine::{LocalBoxFuture, Process};

/// Offers what the last of the words may become. The words are the command line's, `kubectl`
/// first.
pub fn complete(process: Process, words: Vec<String>) -> LocalBoxFuture<'static, Vec<String>> {
    Box::pin(async move {
        let Some((typed, before)) = words.split_last() else { return Vec::new() };
        let before = before.get(1..).unwrap_or_default();
        let mut offers = offers(&process, before, typed).await;
        offers.retain(|offer| offer.starts_with(typed.as_str()));
        offers.arrange();
        offers.dedup();
        offers
    })
}

async fn offers(process: &Process, before: &[String], typed: &str) -> Vec<String> {
    let mut path: Vec<&'static Spec> = vec![&cmd::ROOT];
    let mut rest = before.to_vec();
    loop {
        let here = path[path.len() - 1];
        let set = FlagSet(spec::groups(&path));
        let Some(word) = set.strip(&rest).first().map(|word| (*word).clone()) else { break };
        let Some(next) = here.subs.iter().find(|sub| sub.name == word || sub.aliases.contains(&word.as_str())) else {
            break;
        };
        if let Some(at) = super::position(&set, &rest, &word) {
            rest.remove(at);
        }
        path.push(next);
    }
    let here = path[path.len() - 1];
    let set = FlagSet(spec::groups(&path));
    if typed.starts_with('-') {
        return set
            .iter()
            .filter(|flag| !flag.help.is_empty())
            .map(|flag| flag_offer(flag.name, flag.no_value))
            .collect();
    }
    let flags = set.parse(&rest).unwrap_or_default();
    if let Some(flag) = before.last().filter(|word| word.starts_with('-'))
        && let Some(values) = flag_values(process, flag, &flags).await
    {
        return values;
    }
    if !here.subs.is_empty() && flags.args.is_empty() {
        let mut names: Vec<String> = here.subs.iter().map(|sub| sub.name.to_owned()).collect();
        names.retain(|name| !matches!(name.as_str(), "alpha" | "options"));
        if here.run.is_none() || path.len() == 1 || matches!(here.name, "certificate" | "plugin") {
            return names;
        }
    }
    arguments(process, here, flags, typed).await
}

fn flag_offer(name: &str, no_value: Option<&str>) -> String {
    if no_value.is_some() { format!("--{name}") } else { format!("--{name}=") }
}

/// What a flag that waits for its value may have.
async fn flag_values(process: &Process, flag: &str, flags: &Parsed) -> Option<Vec<String>> {
    let words = |list: &[&str]| Some(list.iter().map(|word| (*word).to_owned()).collect());
    match flag {
        "-n" | "--namespace" => Some(names(process, flags, "namespaces").await),
        "-o" | "--output" => {
            words(&["custom-columns=", "go-template=", "json", "jsonpath=", "kyaml", "name", "wide", "yaml"])
        }
        "--dry-run" => words(&["client", "none", "server"]),
        "--type" => words(&["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]),
        "-f" | "--filename" => Some(Vec::new()),
        _ => None,
    }
}

/// Verbs whose first argument is a Pod, or a type and a name in one word.
const OF_PODS: &[&str] = &["logs", "exec", "attach", "port-forward"];

/// Verbs whose arguments are nodes.
const OF_NODES: &[&str] = &["cordon", "uncordon", "drain"];

/// Verbs whose arguments are objects of a type.
const OF_OBJECTS: &[&str] = &[
    "annotate",
    "autoscale",
    "delete",
    "describe",
    "edit",
    "env",
    "expose",
    "get",
    "history",
    "image",
    "label",
    "patch",
    "pause",
    "resources",
    "restart",
    "resume",
    "scale",
    "status",
    "taint",
    "undo",
    "wait",
    "explain",
    "selector",
];

async fn arguments(process: &Process, here: &Spec, flags: Parsed, typed: &str) -> Vec<String> {
    if OF_NODES.contains(&here.name) {
        return names(process, &flags, "nodes").await;
    }
    if let Some((word, _)) = typed.split_once('/') {
        return names(process, &flags, word).await.into_iter().map(|name| format!("{word}/{name}")).collect();
    }
    if OF_PODS.contains(&here.name) {
        let mut offers = if flags.args.is_empty() { names(process, &flags, "pods").await } else { Vec::new() };
        offers.extend(["deployment/", "daemonset/", "job/", "service/", "statefulset/"].map(str::to_owned));
        return offers;
    }
    if !OF_OBJECTS.contains(&here.name) {
        return Vec::new();
    }
    match flags.args.first() {
        None => types(process, &flags).await,
        Some(word) if !word.contains('/') => names(process, &flags, word).await,
        Some(_) => Vec::new(),
    }
}

fn kubectl(process: &Process, flags: &Parsed) -> Kubectl {
    Kubectl {
        process: process.clone(),
        path: "kubectl".to_owned(),
        flags: flags.clone(),
        client: RefCell::default(),
        mapper: RefCell::default(),
    }
}

async fn types(process: &Process, flags: &Parsed) -> Vec<String> {
    let Ok(mapper) = kubectl(process, flags).mapper().await else { return Vec::new() };
    let mapper: &Mapper = &mapper;
    mapper
        .iter()
        .filter(|kind| kind.verbs.iter().any(|verb| verb == "list"))
        .map(|kind| kind.group_resource())
        .collect()
}

/// The names of a type's objects.
async fn names(process: &Process, flags: &Parsed, word: &str) -> Vec<String> {
    let k = kubectl(process, flags);
    let Ok(kind) = k.resource(word).await else { return Vec::new() };
    let Ok(namespace) = k.namespace().await else { return Vec::new() };
    let Ok(client) = k.client().await else { return Vec::new() };
    let Ok(list) = client.get(&collection_path(&kind, &namespace), &[]).await else { return Vec::new() };
    let name = |object: &Value| object["metadata"]["name"].as_str().map(str::to_owned);
    items(&list).iter().filter_map(name).collect()
}
