//! The scores, one plugin a file: which of the nodes that would do is best.
//!
//! Each gives every node 0 to 100; pkg/scheduler/apis/config/v1 default_plugins.go has the weights.

mod balanced_allocation;
mod image_locality;
mod inter_pod_affinity;
mod least_allocated;
mod node_affinity;
mod pod_topology_spread;
mod taint_toleration;

use super::cache::Snapshot;
use super::node_info::NodeInfo;
use super::pod_info::PodInfo;

/// The best score.
const MAX: i64 = 100;

/// A plugin: its name, its weight, and the scores it gives to the nodes, in their order.
pub struct Score {
    /// Its name.
    pub plugin: &'static str,
    /// What its scores count.
    pub weight: i64,
    score: fn(&PodInfo, &[&NodeInfo], &Snapshot) -> Vec<i64>,
}

/// Every plugin. Models the default profile; those that would give every node the same here are left out.
pub const SCORES: &[Score] = &[
    Score { plugin: "TaintToleration", weight: 3, score: |pod, nodes, _| taint_toleration::score(pod, nodes) },
    Score { plugin: "NodeAffinity", weight: 2, score: |pod, nodes, _| node_affinity::score(pod, nodes) },
    Score { plugin: "NodeResourcesFit", weight: 1, score: |pod, nodes, _| least_allocated::score(pod, nodes) },
    Score { plugin: "PodTopologySpread", weight: 2, score: pod_topology_spread::score },
    Score { plugin: "InterPodAffinity", weight: 2, score: inter_pod_affinity::score },
    Score {
        plugin: "NodeResourcesBalancedAllocation",
        weight: 1,
        score: |pod, nodes, _| balanced_allocation::score(pod, nodes),
    },
    Score { plugin: "ImageLocality", weight: 1, score: |pod, nodes, _| image_locality::score(pod, nodes) },
];

/// Each node's scores, a row for each plugin in the order of [`SCORES`], before weighting.
pub(super) fn scores(pod: &PodInfo, nodes: &[&NodeInfo], snapshot: &Snapshot) -> Vec<Vec<i64>> {
    SCORES.iter().map(|plugin| (plugin.score)(pod, nodes, snapshot)).collect()
}

/// Stretches scores so that the highest is 100; `reverse` makes the highest worst
/// (DefaultNormalizeScore).
fn normalised(mut scores: Vec<i64>, reverse: bool) -> Vec<i64> {
    let most = scores.iter().copied().max().unwrap_or(0);
    for score in &mut scores {
        *score = if most == 0 { 0 } else { *score * MAX / most };
        if reverse {
            *score = MAX - *score;
        }
    }
    scores
}
