//! Room for the Pod. Models pkg/scheduler/framework/plugins/noderesources/fit.go.
//!
//! Diverges: extended resources (GPUs and the like) are not counted.

use super::Rejection;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;

pub(super) fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Rejection> {
    let mut reasons = Vec::new();
    let mut resolvable = true;
    if node.pods + 1 > node.max_pods {
        reasons.push("Too many pods");
    }
    let (asked, has, used) = (&pod.requests, &node.allocatable, &node.requested);
    for (asked, has, used, reason) in [
        (asked.milli_cpu, has.milli_cpu, used.milli_cpu, "Insufficient cpu"),
        (asked.memory, has.memory, used.memory, "Insufficient memory"),
        (asked.storage, has.storage, used.storage, "Insufficient ephemeral-storage"),
    ] {
        if asked > 0 && asked > has - used {
            reasons.push(reason);
            // An empty node would not do either.
            resolvable &= asked <= has;
        }
    }
    (!reasons.is_empty()).then_some(Rejection { plugin: "NodeResourcesFit", reasons, resolvable })
}

/// Whether the Pod would have room if it were the only one.
pub(in crate::scheduler) fn fits_alone(pod: &PodInfo, node: &NodeInfo) -> bool {
    let (asked, has) = (&pod.requests, &node.allocatable);
    node.max_pods > 0 && asked.milli_cpu <= has.milli_cpu && asked.memory <= has.memory && asked.storage <= has.storage
}
