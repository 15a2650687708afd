//! Pods that must be spread evenly. Models pkg/scheduler/framework/plugins/podtopologyspread/filtering.go.

use super::{Rejection, unresolvable};
use crate::collections::SortedMap;
use crate::scheduler::cache::Snapshot;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;
use crate::scheduler::spread::{Constraint, constraints, has_labels};

const PLUGIN: &str = "PodTopologySpread";

/// A constraint, how many Pods each value of its label has, and the least of these numbers.
#[derive(Clone)]
struct Spread {
    constraint: Constraint,
    counts: SortedMap<String, i64>,
    least: i64,
}

impl Spread {
    /// The global minimum: nothing, where there are too few values (minMatchNum).
    fn reckon(&mut self) {
        let enough = i64::try_from(self.counts.len()).is_ok_and(|domains| domains >= self.constraint.min_domains);
        // Without any node that counts, nothing is too much.
        let least = || self.counts.values().copied().min().unwrap_or(i64::from(i32::MAX));
        self.least = if enough { least() } else { 0 };
    }
}

/// What is reckoned before nodes are looked at (preFilterState).
#[derive(Clone)]
pub(super) struct State(Vec<Spread>);

/// None where the Pod asks for nothing (PreFilter).
pub(super) fn state(pod: &PodInfo, snapshot: &Snapshot) -> Option<State> {
    let all = constraints(pod, "DoNotSchedule");
    if all.is_empty() {
        return None;
    }
    let nodes: Vec<&NodeInfo> = snapshot.cache.nodes.values().filter(|node| has_labels(node, &all)).collect();
    let spreads = all.into_iter().map(|constraint| {
        let on_nodes = snapshot.counts(&pod.key.namespace, &constraint.selector);
        let mut counts = SortedMap::new();
        for node in nodes.iter().filter(|node| constraint.includes(node, pod)) {
            if let Some(value) = node.node.meta.label(&constraint.topology_key) {
                *counts.entry(value.to_owned()).or_default() += on_nodes.get(&*node.node.meta.name).unwrap_or(&0);
            }
        }
        let mut spread = Spread { constraint, counts, least: 0 };
        spread.reckon();
        spread
    });
    Some(State(spreads.collect()))
}

impl State {
    /// As if another Pod were on the node too, or no longer (updateWithPod).
    pub(super) fn update(&mut self, pod: &PodInfo, other: &PodInfo, node: &NodeInfo, times: i64) {
        let all_there = self.0.iter().all(|spread| node.node.meta.label(&spread.constraint.topology_key).is_some());
        if other.key.namespace != pod.key.namespace || !all_there {
            return;
        }
        for spread in &mut self.0 {
            let Spread { constraint, counts, .. } = spread;
            if constraint.selector.matches(&other.pod.meta.labels)
                && constraint.includes(node, pod)
                && let Some(value) = node.node.meta.label(&constraint.topology_key)
            {
                *counts.entry(value.to_owned()).or_default() += times;
                spread.reckon();
            }
        }
    }

    pub(super) fn filter(&self, pod: &PodInfo, node: &NodeInfo) -> Option<Rejection> {
        for Spread { constraint, counts, least } in &self.0 {
            let Some(value) = node.node.meta.label(&constraint.topology_key) else {
                return unresolvable(
                    PLUGIN,
                    "node(s) didn't match pod topology spread constraints (missing required label)",
                );
            };
            let itself = i64::from(constraint.selector.matches(&pod.pod.meta.labels));
            if counts.get(value).unwrap_or(&0) + itself - least > constraint.max_skew {
                let reasons = vec!["node(s) didn't match pod topology spread constraints"];
                return Some(Rejection { plugin: PLUGIN, reasons, resolvable: true });
            }
        }
        None
    }
}
