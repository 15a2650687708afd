//! The filters, one plugin a file: whether a Pod may run on a node at all.

mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources_fit;
mod node_unschedulable;
mod taint_toleration;

pub use node_affinity::fits_node;
pub(super) use node_affinity::matches_term;
pub use taint_toleration::tolerates;

use super::node_info::NodeInfo;
use super::pod_info::PodInfo;

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

/// In upstream's order: the first that says no gives the reason.
const FILTERS: &[Filter] = &[
    node_unschedulable::filter,
    node_name::filter,
    taint_toleration::filter,
    node_affinity::filter,
    node_ports::filter,
    node_resources_fit::filter,
];

/// Why the Pod may not run on the node, if it may not.
pub(super) fn reject(pod: &PodInfo, node: &NodeInfo) -> Option<Rejection> {
    FILTERS.iter().find_map(|filter| filter(pod, node))
}

fn unresolvable(plugin: &'static str, reason: &'static str) -> Option<Rejection> {
    Some(Rejection { plugin, reasons: vec![reason], resolvable: false })
}
