//! The emptier, the better. Models pkg/scheduler/framework/plugins/noderesources/least_allocated.go.

use super::MAX;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;

pub(super) fn score(pod: &PodInfo, nodes: &[&NodeInfo]) -> Vec<i64> {
    let free = |asked: i64, has: i64| if has == 0 || asked > has { 0 } else { (has - asked) * MAX / has };
    let one = |node: &&NodeInfo| {
        let cpu = free(node.nonzero.milli_cpu + pod.nonzero.milli_cpu, node.allocatable.milli_cpu);
        let memory = free(node.nonzero.memory + pod.nonzero.memory, node.allocatable.memory);
        i64::midpoint(cpu, memory)
    };
    nodes.iter().map(one).collect()
}
