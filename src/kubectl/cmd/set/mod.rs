//! `kubectl set` and what is below it. Models kubectl/pkg/cmd/set.

mod env;
mod image;
mod resources;
mod selector;
mod subject;

use serde_json::{Value, json};

use super::create::manager;
use crate::kubectl::client::STRATEGIC_PATCH;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::report;
use crate::kubectl::resource::Info;
use crate::kubectl::spec::Spec;
use crate::kubectl::{DryRun, Kubectl};

/// The command.
pub const SPEC: Spec = Spec {
    name: "set",
    usage: "SUBCOMMAND [options]",
    short: "Set specific features on objects",
    long: "Configure application resources.\n\n These commands help you make changes to existing application resources.",
    subs: &[&env::SPEC, &image::SPEC, &resources::SPEC, &selector::SPEC, &selector::SERVICE_ACCOUNT, &subject::SPEC],
    ..Spec::EMPTY
};

/// What the commands below share.
const FLAGS: &[Flag] = &[
    Flag::text("field-manager", "", "Who is noted as the manager of the fields."),
    Flag::switch("record", "Note the command in an annotation (deprecated)."),
];

/// Where an object keeps its Pod's spec; nothing where it has none.
fn pod_spec_path(info: &Info) -> Option<&'static [&'static str]> {
    match &*info.kind.kind {
        "Pod" => Some(&["spec"]),
        "CronJob" => Some(&["spec", "jobTemplate", "spec", "template", "spec"]),
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" | "Job" | "ReplicationController" => {
            Some(&["spec", "template", "spec"])
        }
        _ => None,
    }
}

/// An object's Pod spec.
fn pod_spec<'a>(object: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(object, |value, key| &value[*key])
}

/// A patch that changes only the Pod spec.
fn wrap(path: &[&str], spec: Value) -> Value {
    path.iter().rev().fold(spec, |value, key| json!({*key: value}))
}

/// An object with a field of its Pod spec replaced, for printing what would be.
fn with_pod_spec(object: &Value, path: &[&str], change: impl FnOnce(&mut Value)) -> Value {
    let mut object = object.clone();
    change(path.iter().fold(&mut object, |value, key| &mut value[*key]));
    object
}

/// Whether a container's name is one that a pattern with `*` means.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, rest)) => name
            .strip_prefix(head)
            .is_some_and(|tail| (0..=tail.len()).any(|at| tail.is_char_boundary(at) && matches(rest, &tail[at..]))),
    }
}

/// Sends a patch, unless nothing would change, and tells.
async fn send(
    k: &Kubectl,
    info: &Info,
    patch: Value,
    changed: Value,
    words: (&str, &str),
    local: bool,
    dry_run: DryRun,
) -> Outcome {
    let (done, failing) = words;
    if local || dry_run == DryRun::Client {
        return report(k, &changed, done, dry_run).await;
    }
    if changed == *info.object {
        return Ok(());
    }
    let mut query = dry_run.query();
    query.push(("fieldManager", manager(k, "kubectl-set")));
    let object = k.client().await?.patch(&info.path(), &query, STRATEGIC_PATCH, patch).await;
    let object = object.map_err(|fail| Fail::plain(format!("{failing}{}", fail.message())))?;
    report(k, &object, done, dry_run).await
}
