//! Nodes that would rather not (`PreferNoSchedule`). Models
//! pkg/scheduler/framework/plugins/tainttoleration Score.

use super::normalised;
use crate::scheduler::filter::tolerates;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;

pub(super) fn score(pod: &PodInfo, nodes: &[&NodeInfo]) -> Vec<i64> {
    let tolerations = pod.spec().and_then(|spec| spec.tolerations.as_deref()).unwrap_or_default();
    let one = |node: &&NodeInfo| {
        let taints = node.spec().into_iter().flat_map(|spec| spec.taints.iter().flatten());
        let disliked = taints.filter(|taint| {
            taint.effect == "PreferNoSchedule" && !tolerations.iter().any(|toleration| tolerates(toleration, taint))
        });
        i64::try_from(disliked.count()).unwrap_or(0)
    };
    normalised(nodes.iter().map(one).collect(), true)
}
