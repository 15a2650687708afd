//! `kubectl rollout pause` and `resume`. Models kubectl/pkg/polymorphichelpers/objectpauser.go.

use serde_json::json;

use crate::kubectl::DryRun;
use crate::kubectl::Kubectl;
use crate::kubectl::client::STRATEGIC_PATCH;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::report;
use crate::kubectl::spec::{self, Spec, run};

/// `kubectl rollout pause`
pub const PAUSE: Spec = Spec {
    name: "pause",
    usage: "RESOURCE [options]",
    short: "Mark the provided resource as paused",
    long: "Stop a Deployment from rolling out changes until it is resumed.",
    examples: "# Pause\nkubectl rollout pause deployment/web",
    flags: &[FLAGS, spec::FILES, spec::SELECTOR, spec::PRINT],
    run: run!(pause),
    ..Spec::EMPTY
};

/// `kubectl rollout resume`
pub const RESUME: Spec = Spec {
    name: "resume",
    usage: "RESOURCE [options]",
    short: "Resume a paused resource",
    long: "Let a paused Deployment roll out its changes.",
    examples: "# Resume\nkubectl rollout resume deployment/web",
    flags: &[FLAGS, spec::FILES, spec::SELECTOR, spec::PRINT],
    run: run!(resume),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[Flag::text("field-manager", "", "Who is noted as the manager of the fields.")];

async fn pause(k: &Kubectl) -> Outcome {
    set(k, true).await
}

async fn resume(k: &Kubectl) -> Outcome {
    set(k, false).await
}

async fn set(k: &Kubectl, paused: bool) -> Outcome {
    let found = super::objects(k).await?;
    let mut fails = found.fails;
    for info in &found.infos {
        let named = info.resource_quoted();
        let doing = if paused { "pausing" } else { "resuming" };
        if *info.kind.kind != *"Deployment" {
            fails.push(Fail::plain(format!("error: {named} {doing} is not supported")));
            continue;
        }
        if (info.object["spec"]["paused"] == true) == paused {
            let state = if paused { "already" } else { "not" };
            fails.push(Fail::plain(format!("error: {named} is {state} paused")));
            continue;
        }
        let manager = super::super::create::manager(k, "kubectl-rollout");
        let value = if paused { json!(true) } else { json!(null) };
        let patch = json!({"spec": {"paused": value}});
        let query = [("fieldManager", manager)];
        match k.client().await?.patch(&info.path(), &query, STRATEGIC_PATCH, patch).await {
            Ok(object) => {
                report(k, &object, if paused { "paused" } else { "resumed" }, DryRun::None).await?;
            }
            Err(fail) => fails.push(fail.before("failed to patch: ")),
        }
    }
    Fail::join(fails)
}
