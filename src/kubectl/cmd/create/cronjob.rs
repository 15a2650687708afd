//! `kubectl create cronjob`. Models create_cronjob.go.

use serde_json::json;

use crate::kubectl::Kubectl;
use crate::kubectl::fail::Outcome;
use crate::kubectl::flags::Flag;
use crate::kubectl::spec::{self, Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "cronjob",
    aliases: &["cj"],
    usage: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags] [options]",
    short: "Create a cron job with the specified name",
    long: "Create a CronJob of the given name and schedule.",
    examples: "# Every minute\nkubectl create cronjob tick --image=busybox --schedule=\"*/1 * * * *\" -- date",
    flags: &[FLAGS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(create),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("image", "", "Image to run.").required(),
    Flag::text("restart", "", "Restart policy of the Pods: OnFailure or Never."),
    Flag::text("schedule", "", "When to run, as cron writes it.").required(),
];

async fn create(k: &Kubectl) -> Outcome {
    let name = super::name(k)?;
    let mut container = json!({"image": k.flags.text("image"), "name": name, "resources": {}});
    let command = super::command(k);
    if !command.is_empty() {
        container["command"] = json!(command);
    }
    let restart = k.flags.text("restart");
    let restart = if restart.is_empty() { "OnFailure" } else { restart };
    let object = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name},
        "spec": {
            "jobTemplate": {
                "metadata": {"name": name},
                "spec": {"template": {"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart}}},
            },
            "schedule": k.flags.text("schedule"),
        },
        "status": {},
    });
    super::send(k, object, "failed to create cronjob: ").await
}
