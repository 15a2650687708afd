//! `kubectl rollout undo`. Models kubectl/pkg/polymorphichelpers/rollback.go.

use serde_json::{Value, json};

use super::history::template;
use crate::kubectl::client::{JSON_PATCH, STRATEGIC_PATCH};
use crate::kubectl::describe::same_template;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind, quote};
use crate::kubectl::resource::Info;
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl};

/// The command.
pub const SPEC: Spec = Spec {
    name: "undo",
    usage: "(TYPE NAME | TYPE/NAME) [flags] [options]",
    short: "Undo a previous rollout",
    long: "Go back to the revision before, or to one of those that history lists.",
    examples: "# Back to what was before\nkubectl rollout undo deployment/web\n\n# To a revision\nkubectl rollout undo deployment/web --to-revision=3",
    flags: &[FLAGS, spec::FILES, spec::SELECTOR, spec::DRY_RUN, spec::PRINT],
    run: run!(undo),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[Flag::new("to-revision", Kind::Int, "0", "Revision to go back to; 0 for the one before.")];

/// Annotations that stay as they are when a Deployment goes back.
const KEPT: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

async fn undo(k: &Kubectl) -> Outcome {
    let dry_run = k.dry_run().await?;
    let found = super::objects(k).await?;
    let mut fails = found.fails;
    for info in &found.infos {
        match roll_back(k, info, dry_run).await {
            Ok(text) => k.out(&format!("{} {text}\n", info.named())).await,
            Err(fail) => fails.push(fail),
        }
    }
    Fail::join(fails)
}

async fn roll_back(k: &Kubectl, info: &Info, dry_run: DryRun) -> Result<String, Fail> {
    let object = &info.object;
    if !matches!(&*info.kind.kind, "Deployment" | "DaemonSet" | "StatefulSet") {
        return Err(Fail::plain(format!("no rollbacker has been implemented for {}", quote(&info.kind.kind))));
    }
    if object["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"].is_string() {
        k.warn(&format!(
            "resource {}/{} was previously managed with 'kubectl apply'. Rolling back will not update the kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.",
            info.kind.plural, info.name
        ))
        .await;
    }
    let to = k.flags.int("to-revision");
    let revision = wanted(k, info, to).await?;
    if dry_run == DryRun::Client {
        return Ok(format!("{} (dry run)", template(&revision, false)));
    }
    if object["spec"]["paused"] == true {
        return Err(Fail::plain(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
    }
    let target = super::template_of(&revision);
    if same_template(target, &object["spec"]["template"]) {
        let number = if to > 0 { to } else { number(&revision) };
        return Ok(format!("skipped rollback (current template already matches revision {number})"));
    }
    let client = k.client().await?;
    if *info.kind.kind == *"Deployment" {
        let mut target = target.clone();
        if let Some(labels) = target["metadata"]["labels"].as_object_mut() {
            labels.remove("pod-template-hash");
        }
        let patch = json!([
            {"op": "replace", "path": "/spec/template", "value": target},
            {"op": "replace", "path": "/metadata/annotations", "value": annotations(object, &revision)},
        ]);
        client.patch(&info.path(), &dry_run.query(), JSON_PATCH, patch).await?;
    } else {
        client.patch(&info.path(), &dry_run.query(), STRATEGIC_PATCH, revision["data"].clone()).await?;
    }
    Ok(format!("rolled back{}", dry_run.note()))
}

fn number(revision: &Value) -> i64 {
    let noted = &revision["metadata"]["annotations"]["deployment.kubernetes.io/revision"];
    noted.as_str().and_then(|text| text.parse().ok()).or_else(|| revision["revision"].as_i64()).unwrap_or(0)
}

async fn wanted(k: &Kubectl, info: &Info, to: i64) -> Result<Value, Fail> {
    let mut all = super::revisions(k, info).await?;
    if to != 0 {
        let found = all.into_iter().find(|(number, _)| *number == to);
        return found
            .map(|(_, revision)| revision)
            .ok_or_else(|| Fail::plain(format!("unable to find specified revision {to} in history")));
    }
    // The one before is the last but one.
    all.pop();
    let kind = info.kind.kind.to_lowercase();
    all.pop()
        .map(|(_, revision)| revision)
        .ok_or_else(|| Fail::plain(format!("no rollout history found for {kind} {}", quote(&info.name))))
}

/// The revision's annotations, with those of the Deployment that stay.
fn annotations(deployment: &Value, revision: &Value) -> Value {
    let mut all = serde_json::Map::new();
    let of = |object: &Value| object["metadata"]["annotations"].as_object().cloned().unwrap_or_default();
    all.extend(of(deployment).into_iter().filter(|(key, _)| KEPT.contains(&key.as_str())));
    all.extend(of(revision).into_iter().filter(|(key, _)| !KEPT.contains(&key.as_str())));
    Value::Object(all)
}
