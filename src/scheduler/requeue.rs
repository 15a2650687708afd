//! Which changes let a waiting Pod try again: each plugin that kept it from a node says what would help. Models the
//! queueing hints (isSchedulableAfter…) of pkg/scheduler/framework/plugins.
//!
//! Diverges: what a volume waits for is observed by its claims.

use super::cache::Snapshot;
use super::filter::{fits_alone, is_tainted, keeps_away};
use super::node_info::NodeInfo;
use super::pod_info::PodInfo;
use super::spread::{constraints, has_labels};
use super::terms::{Term, all_match};
use crate::api::Object;

/// Something that has changed.
pub(super) enum Happened<'a> {
    /// A node is new, or another than it was.
    Node(Option<&'a NodeInfo>, &'a NodeInfo),
    /// A node is gone.
    NodeGone,
    /// A Pod counts on a node, or has other labels there.
    PodPlaced(&'a Object),
    /// A Pod counts no more.
    PodGone(&'a PodInfo),
}

/// Whether that may help a Pod which `plugins` have kept from nodes.
pub(super) fn helps(plugins: &[&'static str], pod: &PodInfo, what: &Happened, snapshot: &Snapshot) -> bool {
    // A Pod that nothing has kept was not looked at for want of nodes, or of a claim.
    plugins.is_empty() || plugins.iter().any(|plugin| helps_with(plugin, pod, what, snapshot))
}

fn helps_with(plugin: &str, pod: &PodInfo, what: &Happened, snapshot: &Snapshot) -> bool {
    match (plugin, what) {
        ("PodTopologySpread", Happened::NodeGone) => true,
        (_, Happened::NodeGone) => false,
        ("NodeResourcesFit", Happened::Node(old, node)) => {
            let more = |old: &NodeInfo| {
                let (was, is) = (&old.allocatable, &node.allocatable);
                is.milli_cpu > was.milli_cpu
                    || is.memory > was.memory
                    || is.storage > was.storage
                    || node.max_pods > old.max_pods
            };
            fits_alone(pod, node) && old.is_none_or(more)
        }
        ("PodTopologySpread", Happened::Node(old, node)) => {
            let all = constraints(pod, "DoNotSchedule");
            has_labels(node, &all) && old.is_none_or(|old| old.node.meta.labels != node.node.meta.labels)
                || old.is_some_and(|old| has_labels(old, &all) && !has_labels(node, &all))
                || old.is_some_and(|old| is_tainted(pod, old) != is_tainted(pod, node))
        }
        ("InterPodAffinity", Happened::Node(old, node)) => {
            old.is_none_or(|old| old.node.meta.labels != node.node.meta.labels)
        }
        // The others look at the node alone: it helps if it keeps the Pod away no longer.
        (plugin, Happened::Node(old, node)) => {
            !keeps_away(plugin, pod, node) && old.is_none_or(|old| keeps_away(plugin, pod, old))
        }
        ("PodTopologySpread", Happened::PodPlaced(other)) => is_spread_with(pod, other),
        ("PodTopologySpread", Happened::PodGone(other)) => is_spread_with(pod, &other.pod),
        ("InterPodAffinity", Happened::PodPlaced(other)) => {
            pod.terms.as_ref().is_some_and(|terms| all_match(&terms.affinity, other, snapshot))
        }
        ("InterPodAffinity", Happened::PodGone(other)) => {
            let speak = |terms: &[Term], of: &Object| terms.iter().any(|term| term.matches(of, snapshot));
            pod.terms.as_ref().is_some_and(|terms| {
                speak(&terms.anti_affinity, &other.pod) || all_match(&terms.affinity, &other.pod, snapshot)
            }) || other.terms.as_ref().is_some_and(|terms| speak(&terms.anti_affinity, &pod.pod))
        }
        ("NodePorts", Happened::PodGone(other)) => other.host_ports.iter().any(|port| pod.host_ports.contains(port)),
        ("NodeResourcesFit", Happened::PodGone(_)) => true,
        _ => false,
    }
}

fn is_spread_with(pod: &PodInfo, other: &Object) -> bool {
    let mut all = constraints(pod, "DoNotSchedule").into_iter();
    other.meta.namespace == pod.key.namespace && all.any(|one| one.selector.matches(&other.meta.labels))
}
