//! Labels that the node had better have. Models pkg/scheduler/framework/plugins/nodeaffinity Score.

use super::normalised;
use crate::scheduler::filter::matches_term;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;

pub(super) fn score(pod: &PodInfo, nodes: &[&NodeInfo]) -> Vec<i64> {
    let affinity = pod.spec().and_then(|spec| spec.affinity.as_ref()?.node_affinity.as_ref());
    let preferred = affinity.and_then(|one| one.preferred_during_scheduling_ignored_during_execution.as_deref());
    let preferred = preferred.unwrap_or_default();
    let one = |node: &&NodeInfo| {
        let met = preferred.iter().filter(|term| matches_term(&term.preference, &node.node));
        met.map(|term| i64::from(term.weight)).sum()
    };
    normalised(nodes.iter().map(one).collect(), false)
}
