//! What a Pod asks of its node and of its neighbours. Models validateAffinity and
//! validateTopologySpreadConstraints of pkg/apis/core/validation.

use k8s_openapi::api::core::v1::{
    NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm, PodSpec, TopologySpreadConstraint,
    WeightedPodAffinityTerm,
};

use super::{faults, meta, one_of};
use crate::api::{FieldError, name_rules};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const WEIGHT: &str = "must be in the range 1-100";
const POSITIVE: &str = "must be greater than zero";
const NOT_EMPTY: &str = "can not be empty";

pub fn check(spec: &PodSpec, field: &str, out: &mut Vec<FieldError>) {
    if let Some(affinity) = &spec.affinity {
        let path = format!("{field}.affinity");
        if let Some(node) = &affinity.node_affinity {
            node_affinity(node, &format!("{path}.nodeAffinity"), out);
        }
        if let Some(near) = &affinity.pod_affinity {
            let path = format!("{path}.podAffinity");
            terms(near.required_during_scheduling_ignored_during_execution.as_deref(), &path, out);
            weighted(near.preferred_during_scheduling_ignored_during_execution.as_deref(), &path, out);
        }
        if let Some(apart) = &affinity.pod_anti_affinity {
            let path = format!("{path}.podAntiAffinity");
            terms(apart.required_during_scheduling_ignored_during_execution.as_deref(), &path, out);
            weighted(apart.preferred_during_scheduling_ignored_during_execution.as_deref(), &path, out);
        }
    }
    let constraints = spec.topology_spread_constraints.as_deref().unwrap_or_default();
    for (at, one) in constraints.iter().enumerate() {
        let path = format!("{field}.topologySpreadConstraints[{at}]");
        spread(one, &path, out);
        let again = |other: &&TopologySpreadConstraint| {
            other.topology_key == one.topology_key && other.when_unsatisfiable == one.when_unsatisfiable
        };
        if constraints[at + 1..].iter().find(again).is_some() {
            let value = format!("{{{}, {}}}", one.topology_key, one.when_unsatisfiable);
            out.push(FieldError::duplicate(&format!("{path}.{{topologyKey, whenUnsatisfiable}}"), value));
        }
    }
}

fn node_affinity(affinity: &NodeAffinity, field: &str, out: &mut Vec<FieldError>) {
    if let Some(required) = &affinity.required_during_scheduling_ignored_during_execution {
        let path = format!("{field}.{REQUIRED}.nodeSelectorTerms");
        if required.node_selector_terms.is_empty() {
            out.push(FieldError::required(&path, "must have at least one node selector term"));
        }
        for (at, term) in required.node_selector_terms.iter().enumerate() {
            node_term(term, &format!("{path}[{at}]"), out);
        }
    }
    for (at, one) in affinity.preferred_during_scheduling_ignored_during_execution.iter().flatten().enumerate() {
        let path = format!("{field}.{PREFERRED}[{at}]");
        if !(1..=100).contains(&one.weight) {
            out.push(FieldError::invalid(&format!("{path}.weight"), one.weight, WEIGHT));
        }
        node_term(&one.preference, &format!("{path}.preference"), out);
    }
}

fn node_term(term: &NodeSelectorTerm, field: &str, out: &mut Vec<FieldError>) {
    for (at, one) in term.match_expressions.iter().flatten().enumerate() {
        let path = format!("{field}.matchExpressions[{at}]");
        node_requirement(one, &path, out);
        faults(name_rules::qualified_name_faults(&one.key), &one.key, &format!("{path}.key"), out);
    }
}

fn node_requirement(one: &NodeSelectorRequirement, path: &str, out: &mut Vec<FieldError>) {
    let values = one.values.as_deref().unwrap_or_default();
    let field = format!("{path}.values");
    match &*one.operator {
        "In" | "NotIn" if values.is_empty() => {
            out.push(FieldError::required(&field, "must be specified when `operator` is 'In' or 'NotIn'"));
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            out.push(FieldError::forbidden(&field, why));
        }
        "Gt" | "Lt" if values.len() != 1 => {
            out.push(FieldError::required(&field, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        other => out.push(FieldError::invalid(&format!("{path}.operator"), other, "not a valid selector operator")),
    }
}

fn terms(terms: Option<&[PodAffinityTerm]>, field: &str, out: &mut Vec<FieldError>) {
    for (at, one) in terms.unwrap_or_default().iter().enumerate() {
        term(one, &format!("{field}.{REQUIRED}[{at}]"), out);
    }
}

fn weighted(terms: Option<&[WeightedPodAffinityTerm]>, field: &str, out: &mut Vec<FieldError>) {
    for (at, one) in terms.unwrap_or_default().iter().enumerate() {
        let path = format!("{field}.{PREFERRED}[{at}]");
        if !(1..=100).contains(&one.weight) {
            out.push(FieldError::invalid(&format!("{path}.weight"), one.weight, WEIGHT));
        }
        term(&one.pod_affinity_term, &format!("{path}.podAffinityTerm"), out);
    }
}

fn term(term: &PodAffinityTerm, field: &str, out: &mut Vec<FieldError>) {
    for (name, selector) in [("labelSelector", &term.label_selector), ("namespaceSelector", &term.namespace_selector)] {
        if let Some(selector) = selector {
            meta::selector(selector, &format!("{field}.{name}"), out);
        }
    }
    for name in term.namespaces.iter().flatten() {
        faults(name_rules::label_faults(name), name, &format!("{field}.namespace"), out);
    }
    for (name, keys) in [("matchLabelKeys", &term.match_label_keys), ("mismatchLabelKeys", &term.mismatch_label_keys)] {
        label_keys(keys.as_deref(), term.label_selector.is_some(), &format!("{field}.{name}"), out);
    }
    let path = format!("{field}.topologyKey");
    if term.topology_key.is_empty() {
        out.push(FieldError::required(&path, NOT_EMPTY));
    }
    faults(name_rules::qualified_name_faults(&term.topology_key), &term.topology_key, &path, out);
}

/// Keys of labels whose values the Pod itself has (ValidateMatchLabelKeys).
fn label_keys(keys: Option<&[String]>, selects: bool, field: &str, out: &mut Vec<FieldError>) {
    let keys = keys.unwrap_or_default();
    if !keys.is_empty() && !selects {
        out.push(FieldError::forbidden(field, "must not be specified when labelSelector is not set"));
    }
    for (at, key) in keys.iter().enumerate() {
        faults(name_rules::qualified_name_faults(key), key, &format!("{field}[{at}]"), out);
    }
}

fn spread(one: &TopologySpreadConstraint, field: &str, out: &mut Vec<FieldError>) {
    let path = |name: &str| format!("{field}.{name}");
    if one.max_skew <= 0 {
        out.push(FieldError::invalid(&path("maxSkew"), one.max_skew, POSITIVE));
    }
    if one.topology_key.is_empty() {
        out.push(FieldError::required(&path("topologyKey"), NOT_EMPTY));
    } else {
        faults(name_rules::qualified_name_faults(&one.topology_key), &one.topology_key, &path("topologyKey"), out);
    }
    let actions = ["DoNotSchedule", "ScheduleAnyway"];
    one_of(Some(&one.when_unsatisfiable), &path("whenUnsatisfiable"), &actions, out);
    if let Some(domains) = one.min_domains {
        if domains <= 0 {
            out.push(FieldError::invalid(&path("minDomains"), domains, POSITIVE));
        }
        if one.when_unsatisfiable != actions[0] {
            let action = &one.when_unsatisfiable;
            let why = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
            out.push(FieldError::invalid(&path("minDomains"), domains, why));
        }
    }
    for (name, policy) in
        [("nodeAffinityPolicy", &one.node_affinity_policy), ("nodeTaintsPolicy", &one.node_taints_policy)]
    {
        if policy.is_some() {
            one_of(policy.as_deref(), &path(name), &["Honor", "Ignore"], out);
        }
    }
    label_keys(one.match_label_keys.as_deref(), one.label_selector.is_some(), &path("matchLabelKeys"), out);
    if let Some(selector) = &one.label_selector {
        meta::selector(selector, &path("labelSelector"), out);
    }
}
