//! CPU and memory used evenly. Models
//! pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go.

use super::MAX;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;

/// Parts of a million: integers, so that every machine reckons the same.
const WHOLE: i128 = 1_000_000;

pub(super) fn score(pod: &PodInfo, nodes: &[&NodeInfo]) -> Vec<i64> {
    if pod.best_effort {
        return vec![0; nodes.len()];
    }
    let part = |asked: i64, has: i64| match has {
        0 => WHOLE,
        _ => (i128::from(asked) * WHOLE / i128::from(has)).min(WHOLE),
    };
    let one = |node: &&NodeInfo| {
        let cpu = part(node.requested.milli_cpu + pod.requests.milli_cpu, node.allocatable.milli_cpu);
        let memory = part(node.requested.memory + pod.requests.memory, node.allocatable.memory);
        // Of two numbers the standard deviation is half their difference.
        let spread = (cpu - memory).abs() / 2;
        i64::try_from((WHOLE - spread) * i128::from(MAX) / WHOLE).unwrap_or(0)
    };
    nodes.iter().map(one).collect()
}
