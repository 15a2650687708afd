//! `kubectl rollout restart`. Models kubectl/pkg/polymorphichelpers/objectrestarter.go.

use serde_json::json;

use crate::api::time;
use crate::kubectl::DryRun;
use crate::kubectl::Kubectl;
use crate::kubectl::client::STRATEGIC_PATCH;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::report;
use crate::kubectl::spec::{self, Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "restart",
    usage: "RESOURCE [options]",
    short: "Restart a resource",
    long: "Replace all Pods by new ones of the same template, as a rollout does.",
    examples: "# All Pods of a Deployment\nkubectl rollout restart deployment/web",
    flags: &[FLAGS, spec::FILES, spec::SELECTOR, spec::PRINT],
    run: run!(restart),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[Flag::text("field-manager", "", "Who is noted as the manager of the fields.")];

async fn restart(k: &Kubectl) -> Outcome {
    let found = super::objects(k).await?;
    let mut fails = found.fails;
    if found.infos.is_empty() && fails.is_empty() {
        k.err(&format!("No resources found in {} namespace.\n", k.namespace().await?)).await;
        return Ok(());
    }
    for info in &found.infos {
        let named = info.resource_quoted();
        if !matches!(&*info.kind.kind, "Deployment" | "DaemonSet" | "StatefulSet") {
            fails.push(Fail::plain(format!("error: {named} restarting is not supported")));
            continue;
        }
        if info.object["spec"]["paused"] == true {
            fails.push(Fail::plain(format!(
                "error: {named} can't restart paused deployment (run rollout resume first)"
            )));
            continue;
        }
        let now = time::rfc3339(k.process.sim().now());
        let noted = json!({"kubectl.kubernetes.io/restartedAt": now});
        let patch = json!({"spec": {"template": {"metadata": {"annotations": noted}}}});
        let query = [("fieldManager", super::super::create::manager(k, "kubectl-rollout"))];
        match k.client().await?.patch(&info.path(), &query, STRATEGIC_PATCH, patch).await {
            Ok(object) => report(k, &object, "restarted", DryRun::None).await?,
            Err(fail) => fails.push(fail.before("failed to patch: ")),
        }
    }
    Fail::join(fails)
}
