//! Pods that must be near others, or apart from them. Models
//! pkg/scheduler/framework/plugins/interpodaffinity/filtering.go.

use super::{Rejection, unresolvable};
use crate::api::Object;
use crate::collections::SortedMap;
use crate::scheduler::cache::Snapshot;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;
use crate::scheduler::terms::{Term, all_match};

const PLUGIN: &str = "InterPodAffinity";

/// How many Pods there are in a part of the cluster: a label of nodes, and its value.
type Counts = SortedMap<(String, String), i64>;

/// What is reckoned before nodes are looked at (preFilterState).
#[derive(Clone, Default)]
pub(super) struct State {
    /// Pods on nodes that want the Pod away from them.
    existing_anti: Counts,
    /// Pods that it must be near.
    affinity: Counts,
    /// Pods that it must be away from.
    anti: Counts,
}

fn count(counts: &mut Counts, terms: &[Term], node: &NodeInfo, times: i64) {
    for term in terms {
        if let Some(value) = node.node.meta.label(&term.topology_key) {
            *counts.entry((term.topology_key.clone(), value.to_owned())).or_default() += times;
        }
    }
}

fn matching<'a>(terms: &'a [Term], pod: &'a Object, snapshot: &Snapshot<'a>) -> impl Iterator<Item = &'a Term> {
    let snapshot = *snapshot;
    terms.iter().filter(move |term| term.matches(pod, &snapshot))
}

/// None where nobody minds where the Pod goes (PreFilter).
pub(super) fn state(pod: &PodInfo, snapshot: &Snapshot) -> Option<State> {
    let mut state = State::default();
    for (other, node) in snapshot.related() {
        state.existing(pod, other, node, 1, snapshot);
    }
    let Some(terms) = &pod.terms else { return (!state.existing_anti.is_empty()).then_some(state) };
    if let Some(first) = terms.affinity.first() {
        for (other, node) in first.pods(snapshot) {
            if all_match(&terms.affinity, other, snapshot) {
                count(&mut state.affinity, &terms.affinity, node, 1);
            }
        }
    }
    for term in &terms.anti_affinity {
        for (_, node) in term.pods(snapshot) {
            count(&mut state.anti, std::slice::from_ref(term), node, 1);
        }
    }
    let none = terms.affinity.is_empty() && terms.anti_affinity.is_empty() && state.existing_anti.is_empty();
    (!none).then_some(state)
}

impl State {
    fn existing(&mut self, pod: &PodInfo, other: &PodInfo, node: &NodeInfo, times: i64, snapshot: &Snapshot) {
        if let Some(terms) = &other.terms {
            for term in matching(&terms.anti_affinity, &pod.pod, snapshot) {
                count(&mut self.existing_anti, std::slice::from_ref(term), node, times);
            }
        }
    }

    /// As if another Pod were on the node too, or no longer (updateWithPod).
    pub(super) fn update(&mut self, pod: &PodInfo, other: &PodInfo, node: &NodeInfo, times: i64, snapshot: &Snapshot) {
        self.existing(pod, other, node, times, snapshot);
        if let Some(terms) = &pod.terms {
            if all_match(&terms.affinity, &other.pod, snapshot) {
                count(&mut self.affinity, &terms.affinity, node, times);
            }
            for term in matching(&terms.anti_affinity, &other.pod, snapshot) {
                count(&mut self.anti, std::slice::from_ref(term), node, times);
            }
        }
    }

    pub(super) fn filter(&self, pod: &PodInfo, node: &NodeInfo, snapshot: &Snapshot) -> Option<Rejection> {
        let labels = &node.node.meta.labels;
        let has = |counts: &Counts, key: &str, value: &str| {
            counts.get(&(key.to_owned(), value.to_owned())).is_some_and(|count| *count > 0)
        };
        let apart = |reason| Some(Rejection { plugin: PLUGIN, reasons: vec![reason], resolvable: true });
        if let Some(terms) = &pod.terms {
            let values: Option<Vec<(&Term, &String)>> =
                terms.affinity.iter().map(|term| Some((term, labels.get(&term.topology_key)?))).collect();
            // The first of Pods that want to be near their like has nobody to be near.
            let first =
                || self.affinity.values().all(|count| *count <= 0) && all_match(&terms.affinity, &pod.pod, snapshot);
            let near = values.is_some_and(|values| {
                values.iter().all(|(term, value)| has(&self.affinity, &term.topology_key, value)) || first()
            });
            if !near {
                return unresolvable(PLUGIN, "node(s) didn't match pod affinity rules");
            }
            let mut anti = terms.anti_affinity.iter();
            if anti.any(|term| {
                labels.get(&term.topology_key).is_some_and(|value| has(&self.anti, &term.topology_key, value))
            }) {
                return apart("node(s) didn't match pod anti-affinity rules");
            }
        }
        if !self.existing_anti.is_empty() && labels.iter().any(|(key, value)| has(&self.existing_anti, key, value)) {
            return apart("node(s) didn't satisfy existing pods anti-affinity rules");
        }
        None
    }
}
