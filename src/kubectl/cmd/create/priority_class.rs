//! `kubectl create priorityclass`. Models kubectl/pkg/cmd/create/create_priorityclass.go.

use serde_json::json;

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::spec::{self, Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "priorityclass",
    aliases: &["pc"],
    usage: "NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none] [options]",
    short: "Create a priority class with the specified name",
    long: "Create a priority class of the given name, value and description.",
    examples: "# A class\nkubectl create priorityclass important --value=1000 --description=\"comes first\"",
    flags: &[FLAGS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(priority_class),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("description", "", "When the class is to be used."),
    Flag::switch("global-default", "Whether Pods without a class get this one."),
    Flag::text("preemption-policy", "PreemptLowerPriority", "PreemptLowerPriority or Never."),
    Flag::new("value", Kind::Int, "0", "The priority."),
];

async fn priority_class(k: &Kubectl) -> Outcome {
    let name = super::name(k)?;
    if k.flags.text("value").is_empty() {
        return Err(Fail::plain("--value must be specified"));
    }
    let mut object = json!({
        "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
        "value": k.flags.int("value"), "globalDefault": k.flags.is("global-default"),
        "preemptionPolicy": k.flags.text("preemption-policy"),
    });
    if !k.flags.text("description").is_empty() {
        object["description"] = json!(k.flags.text("description"));
    }
    super::send(k, object, "failed to create priorityclass: ").await
}
