//! Near those it likes and that like it, away from others. Models
//! pkg/scheduler/framework/plugins/interpodaffinity/scoring.go.

use super::MAX;
use crate::collections::SortedMap;
use crate::scheduler::cache::Snapshot;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;
use crate::scheduler::terms::Term;

/// What another Pod's required affinity counts (hardPodAffinityWeight).
const HARD_WEIGHT: i64 = 1;

/// What a label of nodes with that value counts.
type Scores = SortedMap<(String, String), i64>;

fn add(scores: &mut Scores, term: &Term, node: &NodeInfo, weight: i64) {
    if let Some(value) = node.node.meta.label(&term.topology_key) {
        *scores.entry((term.topology_key.clone(), value.to_owned())).or_default() += weight;
    }
}

pub(super) fn score(pod: &PodInfo, nodes: &[&NodeInfo], snapshot: &Snapshot) -> Vec<i64> {
    let mut scores = Scores::new();
    if let Some(terms) = &pod.terms {
        for (terms, sign) in [(&terms.preferred, 1), (&terms.preferred_anti, -1)] {
            for term in terms {
                for (_, node) in term.pods(snapshot) {
                    add(&mut scores, term, node, sign * term.weight);
                }
            }
        }
    }
    // Others' wishes count for the Pod too.
    for (other, node) in snapshot.related() {
        let Some(terms) = &other.terms else { continue };
        let required = terms.affinity.iter().map(|term| (term, HARD_WEIGHT));
        let near = terms.preferred.iter().map(|term| (term, term.weight));
        let apart = terms.preferred_anti.iter().map(|term| (term, -term.weight));
        for (term, weight) in required.chain(near).chain(apart) {
            if term.matches(&pod.pod, snapshot) {
                add(&mut scores, term, node, weight);
            }
        }
    }
    if scores.is_empty() {
        return vec![0; nodes.len()];
    }
    let one = |node: &&NodeInfo| -> i64 {
        let alike = scores.iter().filter(|((key, value), _)| node.node.meta.label(key) == Some(value));
        alike.map(|(_, score)| score).sum()
    };
    let raw: Vec<i64> = nodes.iter().map(one).collect();
    let (least, most) = (raw.iter().copied().min().unwrap_or(0), raw.iter().copied().max().unwrap_or(0));
    raw.into_iter().map(|score| if most > least { MAX * (score - least) / (most - least) } else { 0 }).collect()
}
