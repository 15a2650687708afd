//! `kubectl top` and what is below it. Models kubectl/pkg/cmd/top.

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::spec::{self, Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "top",
    usage: "[flags] [options]",
    short: "Display resource (CPU/memory) usage",
    long: "Display resource (CPU/memory) usage.\n\n The numbers come from the Metrics Server, which must be installed in the cluster.",
    subs: &[&NODE, &POD],
    ..Spec::EMPTY
};

const NODE: Spec = Spec {
    name: "node",
    aliases: &["nodes", "no"],
    usage: "[NAME | -l label] [options]",
    short: "Display resource (CPU/memory) usage of nodes",
    long: "Show how much CPU and memory nodes use.",
    flags: &[FLAGS, spec::SELECTOR],
    run: run!(top),
    ..Spec::EMPTY
};

const POD: Spec = Spec {
    name: "pod",
    aliases: &["pods", "po"],
    usage: "[NAME | -l label] [options]",
    short: "Display resource (CPU/memory) usage of pods",
    long: "Show how much CPU and memory Pods use.",
    flags: &[FLAGS, spec::SELECTOR, spec::ALL_NAMESPACES],
    run: run!(top),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::switch("containers", "Show containers."),
    Flag::switch("no-headers", "No line of titles."),
    Flag::text("sort-by", "", "cpu or memory."),
    Flag::switch("sum", "Show the sum as well."),
];

async fn top(k: &Kubectl) -> Outcome {
    let groups = k.client().await?.get("/apis", &[]).await?;
    let served = groups["groups"].as_array().into_iter().flatten().any(|group| group["name"] == "metrics.k8s.io");
    Err(Fail::plain(if served {
        "kubectl top is not simulated yet, though metrics are served: kubectl get --raw /apis/metrics.k8s.io/v1beta1/pods"
    } else {
        "Metrics API not available"
    }))
}
