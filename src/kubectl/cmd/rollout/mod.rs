//! `kubectl rollout` and what is below it. Models kubectl/pkg/cmd/rollout.

mod history;
mod pause;
mod restart;
mod status;
mod undo;

use serde_json::Value;

use crate::collections::Sort;
use crate::kubectl::Kubectl;
use crate::kubectl::describe::{owned, selector_query};
use crate::kubectl::fail::Fail;
use crate::kubectl::resource::{Builder, Found, Info, items};
use crate::kubectl::spec::Spec;

/// The command.
pub const SPEC: Spec = Spec {
    name: "rollout",
    usage: "SUBCOMMAND [options]",
    short: "Manage the rollout of a resource",
    long: "Manage the rollout of one or many resources.\n\n Deployments, DaemonSets and StatefulSets have rollouts.",
    examples: "# Back to what was before\nkubectl rollout undo deployment/web\n\n# How far it is\nkubectl rollout status daemonset/agent",
    subs: &[&history::SPEC, &pause::PAUSE, &restart::SPEC, &pause::RESUME, &status::SPEC, &undo::SPEC],
    ..Spec::EMPTY
};

/// The objects that a rollout command is about.
async fn objects(k: &Kubectl) -> Result<Found, Fail> {
    if k.flags.args.is_empty() && k.flags.list("filename").is_empty() && k.flags.text("kustomize").is_empty() {
        return Err(Fail::plain("required resource not specified"));
    }
    Builder::new(k).type_alone().objects().await
}

/// The earlier templates of an object by revision: a Deployment's ReplicaSets, the
/// ControllerRevisions of the others.
async fn revisions(k: &Kubectl, info: &Info) -> Result<Vec<(i64, Value)>, Fail> {
    let deployment = *info.kind.kind == *"Deployment";
    let plural = if deployment { "replicasets" } else { "controllerrevisions" };
    let path = format!("/apis/apps/v1/namespaces/{}/{plural}", info.namespace);
    let selector = selector_query(&info.object["spec"]["selector"]);
    let list = k.client().await?.get(&path, &[("labelSelector", selector)]).await?;
    let mut all: Vec<(i64, Value)> = owned(items(&list), &info.object["metadata"]["uid"])
        .into_iter()
        .map(|object| {
            let noted = &object["metadata"]["annotations"]["deployment.kubernetes.io/revision"];
            let revision = if deployment {
                noted.as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
            } else {
                object["revision"].as_i64().unwrap_or(0)
            };
            (revision, object)
        })
        .collect();
    all.arrange_by_key(|(revision, _)| *revision);
    Ok(all)
}

/// The Pod template that a revision holds.
fn template_of(revision: &Value) -> &Value {
    match revision["kind"].as_str() {
        Some("ControllerRevision") => &revision["data"]["spec"]["template"],
        _ => &revision["spec"]["template"],
    }
}
