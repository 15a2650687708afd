//! Labels that the node must have. Models pkg/scheduler/framework/plugins/nodeaffinity and
//! component-helpers/scheduling/corev1/nodeaffinity.

use k8s_openapi::api::core::v1::{NodeSelectorRequirement, NodeSelectorTerm, PodSpec};

use super::{Rejection, unresolvable};
use crate::api::Object;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;

fn matches(requirement: &NodeSelectorRequirement, value: Option<&str>) -> bool {
    let values = requirement.values.as_deref().unwrap_or_default();
    let listed = || value.is_some_and(|value| values.iter().any(|one| one == value));
    let compare = |test: fn(&i64, &i64) -> bool| {
        let limit = values.first().and_then(|limit| limit.parse().ok());
        value.and_then(|value| value.parse().ok()).zip(limit).is_some_and(|(value, limit)| test(&value, &limit))
    };
    match &*requirement.operator {
        "In" => listed(),
        "NotIn" => !listed(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => compare(i64::gt),
        "Lt" => compare(i64::lt),
        _ => false,
    }
}

/// Whether the node meets a term. An empty term is met by no node.
pub fn matches_term(term: &NodeSelectorTerm, node: &Object) -> bool {
    let labels = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    (!labels.is_empty() || !fields.is_empty())
        && labels.iter().all(|one| matches(one, node.meta.label(&one.key)))
        && fields.iter().all(|one| matches(one, (one.key == "metadata.name").then_some(&*node.meta.name)))
}

/// Whether the node has what the Pod's selector and its required affinity ask for.
pub fn fits_node(spec: &PodSpec, node: &Object) -> bool {
    let mut wanted = spec.node_selector.iter().flatten();
    let selected = wanted.all(|(key, value)| node.meta.label(key) == Some(value));
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let required = affinity.and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref());
    selected && required.is_none_or(|required| required.node_selector_terms.iter().any(|term| matches_term(term, node)))
}

pub(super) fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Rejection> {
    if fits_node(pod.spec()?, &node.node) {
        return None;
    }
    unresolvable("NodeAffinity", "node(s) didn't match Pod's node affinity/selector")
}
