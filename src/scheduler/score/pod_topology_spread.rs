//! Siblings apart, or whatever a Pod would have spread. Models
//! pkg/scheduler/framework/plugins/podtopologyspread/scoring.go with the cluster's default constraints.
//!
//! Diverges: for the default constraints, siblings are the Pods of the same ReplicaSet, StatefulSet or
//! ReplicationController, whatever Services select them.

use super::MAX;
use crate::collections::{SortedMap, SortedSet};
use crate::scheduler::cache::Snapshot;
use crate::scheduler::filter::fits_node;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;
use crate::scheduler::spread::{constraints, has_labels};

const HOST_NAME: &str = "kubernetes.io/hostname";
/// What is spread when a Pod says nothing, and by how much (systemDefaultConstraints).
const DEFAULTS: [(&str, i64); 2] = [(HOST_NAME, 3), ("topology.kubernetes.io/zone", 5)];
/// Thousandths, so that every machine reckons the same.
const SCALE: i64 = 1000;

pub(super) fn score(pod: &PodInfo, nodes: &[&NodeInfo], snapshot: &Snapshot) -> Vec<i64> {
    let says =
        pod.spec().is_some_and(|spec| spec.topology_spread_constraints.as_ref().is_some_and(|all| !all.is_empty()));
    let raw = if says { own(pod, nodes, snapshot) } else { default(pod, nodes, snapshot) };
    let Some(raw) = raw else { return vec![0; nodes.len()] };
    let scores = || raw.iter().flatten().map(|score| (score + SCALE / 2) / SCALE);
    let (least, most) = (scores().min().unwrap_or(0), scores().max().unwrap_or(0));
    let normalised = |score: Option<i64>| match score.map(|score| (score + SCALE / 2) / SCALE) {
        None => 0,
        Some(_) if most == 0 => MAX,
        Some(score) => MAX * (most + least - score) / most,
    };
    raw.iter().copied().map(normalised).collect()
}

/// By the Pod's own wishes; none for a node that lacks a label (initPreScoreState).
fn own(pod: &PodInfo, nodes: &[&NodeInfo], snapshot: &Snapshot) -> Option<Vec<Option<i64>>> {
    let all = constraints(pod, "ScheduleAnyway");
    if all.is_empty() {
        return None;
    }
    let mut raw: Vec<Option<i64>> = nodes.iter().map(|node| has_labels(node, &all).then_some(0)).collect();
    for constraint in &all {
        let on_nodes = snapshot.counts(&pod.key.namespace, &constraint.selector);
        let here = |node: &NodeInfo| on_nodes.get(&*node.node.meta.name).copied().unwrap_or(0);
        let by_host = constraint.topology_key == HOST_NAME;
        let counted = snapshot
            .cache
            .nodes
            .values()
            .filter(|node| !by_host && has_labels(node, &all) && constraint.includes(node, pod));
        let key = &constraint.topology_key;
        let scored = nodes.iter().zip(&mut raw).filter_map(|(node, score)| Some((*node, score.as_mut()?)));
        spread(key, constraint.max_skew, scored.collect(), counted, &here);
    }
    Some(raw)
}

/// By the defaults.
fn default(pod: &PodInfo, nodes: &[&NodeInfo], snapshot: &Snapshot) -> Option<Vec<Option<i64>>> {
    let owner = pod.pod.meta.controller()?;
    if !matches!(&*owner.kind, "ReplicaSet" | "StatefulSet" | "ReplicationController") {
        return None;
    }
    let here = |node: &NodeInfo| node.owners.get(&owner.uid).copied().unwrap_or(0);
    let mut raw = vec![0; nodes.len()];
    for (key, max_skew) in DEFAULTS {
        let admits = |node: &&NodeInfo| key != HOST_NAME && pod.spec().is_some_and(|spec| fits_node(spec, &node.node));
        let counted = snapshot.cache.nodes.values().filter(admits);
        spread(key, max_skew, nodes.iter().copied().zip(&mut raw).collect(), counted, &here);
    }
    Some(raw.into_iter().map(Some).collect())
}

/// Adds what one constraint comes to for each node, in thousandths (scoreForCount). Host names are their nodes';
/// for other labels the `counted` nodes are summed up.
fn spread<'a>(
    key: &str,
    max_skew: i64,
    nodes: Vec<(&NodeInfo, &mut i64)>,
    counted: impl Iterator<Item = &'a NodeInfo>,
    here: &dyn Fn(&NodeInfo) -> i64,
) {
    let value = |node: &NodeInfo| node.node.meta.label(key).unwrap_or_default().to_owned();
    let distinct: SortedSet<String> = nodes.iter().map(|(node, _)| value(node)).collect();
    let mut totals: SortedMap<String, i64> = SortedMap::new();
    for node in counted {
        *totals.entry(value(node)).or_default() += here(node);
    }
    let weight = thousandths_of_ln(i64::try_from(distinct.len()).unwrap_or(0) + 2);
    for (node, score) in nodes {
        if let Some(value) = node.node.meta.label(key) {
            let count = if key == HOST_NAME { here(node) } else { totals.get(value).copied().unwrap_or(0) };
            *score += count * weight + (max_skew - 1) * SCALE;
        }
    }
}

/// The natural logarithm of a small number, in thousandths: by halving, then by the series of
/// the inverse hyperbolic tangent.
fn thousandths_of_ln(number: i64) -> i64 {
    const UNIT: i64 = 1_000_000_000;
    const LN_2: i64 = 693_147_181;
    let (mut value, mut halvings) = (number.max(1).saturating_mul(UNIT), 0);
    while value > 2 * UNIT {
        value /= 2;
        halvings += 1;
    }
    let ratio = |a: i64, b: i64| i64::try_from(i128::from(a) * i128::from(UNIT) / i128::from(b)).unwrap_or(0);
    let product = |a: i64, b: i64| i64::try_from(i128::from(a) * i128::from(b) / i128::from(UNIT)).unwrap_or(0);
    let x = ratio(value - UNIT, value + UNIT);
    let (mut power, mut sum) = (x, 0);
    for odd in [1, 3, 5, 7, 9, 11, 13, 15] {
        sum += power / odd;
        power = product(product(power, x), x);
    }
    (halvings * LN_2 + 2 * sum) / (UNIT / SCALE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm() {
        for (number, expected) in [(1, 0), (2, 693), (3, 1098), (4, 1386), (5, 1609), (102, 4624), (5000, 8517)] {
            let got = thousandths_of_ln(number);
            assert!((got - expected).abs() <= 2, "ln {number}: {got}, not {expected}");
        }
    }
}
