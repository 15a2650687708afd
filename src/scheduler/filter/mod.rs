//! The filters, one plugin a file: whether a Pod may run on a node at all.

mod inter_pod_affinity;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources_fit;
mod node_unschedulable;
mod pod_topology_spread;
mod taint_toleration;

pub use node_affinity::fits_node;
pub(super) use node_affinity::matches_term;
pub(super) use node_resources_fit::fits_alone;
pub(super) use taint_toleration::is_tainted;
pub use taint_toleration::tolerates;

use super::cache::Snapshot;
use super::node_info::NodeInfo;
use super::pod_info::PodInfo;
use super::volume_binding::Volumes;

/// Why a node is out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The plugin that says so.
    pub plugin: &'static str,
    /// In the words that are counted up in the Pod's event.
    pub reasons: Vec<&'static str>,
    /// Whether it would help if other Pods made room.
    pub resolvable: bool,
}

type Filter = fn(&PodInfo, &NodeInfo) -> Option<Rejection>;

/// In upstream's order, before those that need a [`Cycle`]: the first that says no gives the reason.
const FILTERS: &[(&str, Filter)] = &[
    ("NodeUnschedulable", node_unschedulable::filter),
    ("NodeName", node_name::filter),
    ("TaintToleration", taint_toleration::filter),
    ("NodeAffinity", node_affinity::filter),
    ("NodePorts", node_ports::filter),
    ("NodeResourcesFit", node_resources_fit::filter),
];

/// Whether that plugin, which looks at one node, keeps the Pod from it.
pub(super) fn keeps_away(plugin: &str, pod: &PodInfo, node: &NodeInfo) -> bool {
    FILTERS.iter().any(|(name, filter)| *name == plugin && filter(pod, node).is_some())
}

/// What is reckoned once for a Pod, before nodes are looked at (CycleState).
#[derive(Clone)]
pub(super) struct Cycle<'a> {
    volumes: &'a Volumes,
    spread: Option<pod_topology_spread::State>,
    affinity: Option<inter_pod_affinity::State>,
}

impl<'a> Cycle<'a> {
    pub(super) fn new(pod: &PodInfo, volumes: &'a Volumes, snapshot: &Snapshot) -> Cycle<'a> {
        let spread = pod_topology_spread::state(pod, snapshot);
        Cycle { volumes, spread, affinity: inter_pod_affinity::state(pod, snapshot) }
    }

    /// As if another Pod were on the node too (1), or no longer (-1).
    pub(super) fn update(&mut self, pod: &PodInfo, other: &PodInfo, node: &NodeInfo, times: i64, snapshot: &Snapshot) {
        if let Some(spread) = &mut self.spread {
            spread.update(pod, other, node, times);
        }
        match &mut self.affinity {
            Some(affinity) => affinity.update(pod, other, node, times, snapshot),
            None if other.terms.is_some() => {
                let affinity = self.affinity.insert(inter_pod_affinity::State::default());
                affinity.update(pod, other, node, times, snapshot);
            }
            None => {}
        }
    }

    /// Why the Pod may not run on the node, if it may not.
    pub(super) fn reject(&self, pod: &PodInfo, node: &NodeInfo, snapshot: &Snapshot) -> Option<Rejection> {
        let simple = FILTERS.iter().find_map(|(_, filter)| filter(pod, node));
        simple
            .or_else(|| self.volumes.reject(node, snapshot.store, snapshot.kinds))
            .or_else(|| self.spread.as_ref()?.filter(pod, node))
            .or_else(|| self.affinity.as_ref()?.filter(pod, node, snapshot))
    }
}

fn unresolvable(plugin: &'static str, reason: &'static str) -> Option<Rejection> {
    Some(Rejection { plugin, reasons: vec![reason], resolvable: false })
}
