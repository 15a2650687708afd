//! A Pod's topology spread constraints. Models pkg/scheduler/framework/plugins/podtopologyspread/common.go.

use k8s_openapi::api::core::v1::TopologySpreadConstraint;

use super::filter::{fits_node, is_tainted};
use super::node_info::NodeInfo;
use super::pod_info::PodInfo;
use crate::api::selector::Selector;

/// How evenly Pods are to be spread over the values of a label of nodes.
#[derive(Clone)]
pub(super) struct Constraint {
    pub(super) max_skew: i64,
    pub(super) topology_key: String,
    pub(super) selector: Selector,
    pub(super) min_domains: i64,
    /// Only nodes that the Pod's selector and affinity admit count …
    honours_affinity: bool,
    /// … and only those whose taints it tolerates.
    honours_taints: bool,
}

impl Constraint {
    fn of(from: &TopologySpreadConstraint) -> Constraint {
        Constraint {
            max_skew: i64::from(from.max_skew),
            topology_key: from.topology_key.clone(),
            selector: Selector::from(from.label_selector.as_ref()),
            min_domains: from.min_domains.map_or(1, i64::from),
            honours_affinity: from.node_affinity_policy.as_deref() != Some("Ignore"),
            honours_taints: from.node_taints_policy.as_deref() == Some("Honor"),
        }
    }

    /// Whether the Pods of that node count (matchNodeInclusionPolicies).
    pub(super) fn includes(&self, node: &NodeInfo, pod: &PodInfo) -> bool {
        let admits = || pod.spec().is_some_and(|spec| fits_node(spec, &node.node));
        (!self.honours_affinity || admits()) && (!self.honours_taints || !is_tainted(pod, node))
    }
}

/// The Pod's constraints that are to be met (`DoNotSchedule`), or that are wishes (`ScheduleAnyway`).
pub(super) fn constraints(pod: &PodInfo, when_unsatisfiable: &str) -> Vec<Constraint> {
    let all = pod.spec().into_iter().flat_map(|spec| spec.topology_spread_constraints.iter().flatten());
    all.filter(|one| one.when_unsatisfiable == when_unsatisfiable).map(Constraint::of).collect()
}

/// Whether the node has all their labels (nodeLabelsMatchSpreadConstraints).
pub(super) fn has_labels(node: &NodeInfo, constraints: &[Constraint]) -> bool {
    constraints.iter().all(|one| node.node.meta.label(&one.topology_key).is_some())
}
