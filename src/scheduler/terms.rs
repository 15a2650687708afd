//! What a Pod says of other Pods: near which it wants to be, and from which apart. Models AffinityTerm of
//! pkg/scheduler/framework/types.go.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{PodAffinityTerm, WeightedPodAffinityTerm};

use super::cache::Snapshot;
use crate::api::selector::Selector;
use crate::api::{Object, PodSpec};

/// Pods, and the part of the cluster that counts as near them.
#[derive(Clone, Debug)]
pub(super) struct Term {
    namespaces: Vec<Arc<str>>,
    /// More namespaces, by their labels.
    namespace_selector: Selector,
    selector: Selector,
    /// Nodes that are alike in this label are near each other.
    pub(super) topology_key: String,
    /// What it counts, if it is a wish.
    pub(super) weight: i64,
}

/// A Pod's terms.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) affinity: Vec<Term>,
    pub(super) anti_affinity: Vec<Term>,
    pub(super) preferred: Vec<Term>,
    /// Their weights count against.
    pub(super) preferred_anti: Vec<Term>,
}

impl Terms {
    /// The terms of a Pod that has some.
    pub(super) fn of(namespace: &Arc<str>, spec: &PodSpec) -> Option<Box<Terms>> {
        let affinity = spec.affinity.as_ref()?;
        let (near, apart) = (affinity.pod_affinity.as_ref(), affinity.pod_anti_affinity.as_ref());
        let required = |terms: Option<&Vec<PodAffinityTerm>>| -> Vec<Term> {
            terms.into_iter().flatten().map(|term| Term::of(namespace, term, 0)).collect()
        };
        let preferred = |terms: Option<&Vec<WeightedPodAffinityTerm>>| -> Vec<Term> {
            let terms = terms.into_iter().flatten();
            terms.map(|one| Term::of(namespace, &one.pod_affinity_term, i64::from(one.weight))).collect()
        };
        let terms = Terms {
            affinity: required(near.and_then(|near| near.required_during_scheduling_ignored_during_execution.as_ref())),
            anti_affinity: required(
                apart.and_then(|apart| apart.required_during_scheduling_ignored_during_execution.as_ref()),
            ),
            preferred: preferred(
                near.and_then(|near| near.preferred_during_scheduling_ignored_during_execution.as_ref()),
            ),
            preferred_anti: preferred(
                apart.and_then(|apart| apart.preferred_during_scheduling_ignored_during_execution.as_ref()),
            ),
        };
        let all = [&terms.affinity, &terms.anti_affinity, &terms.preferred, &terms.preferred_anti];
        all.iter().any(|terms| !terms.is_empty()).then(|| Box::new(terms))
    }
}

impl Term {
    /// Of the Pod's own namespace, unless the term names others.
    fn of(namespace: &Arc<str>, term: &PodAffinityTerm, weight: i64) -> Term {
        let mut namespaces: Vec<Arc<str>> = term.namespaces.iter().flatten().map(|name| name.as_str().into()).collect();
        if namespaces.is_empty() && term.namespace_selector.is_none() {
            namespaces.push(Arc::clone(namespace));
        }
        Term {
            namespaces,
            namespace_selector: Selector::from(term.namespace_selector.as_ref()),
            selector: Selector::from(term.label_selector.as_ref()),
            topology_key: term.topology_key.clone(),
            weight,
        }
    }

    /// Whether it speaks of that Pod.
    pub(super) fn matches(&self, pod: &Object, snapshot: &Snapshot) -> bool {
        let namespace = &pod.meta.namespace;
        self.selector.matches(&pod.meta.labels)
            && (self.namespaces.contains(namespace) || snapshot.namespace_matches(namespace, &self.namespace_selector))
    }

    /// The Pods on nodes that it speaks of.
    pub(super) fn pods<'a>(&self, snapshot: &Snapshot<'a>) -> Vec<(&'a Arc<Object>, &'a super::NodeInfo)> {
        let mut namespaces = snapshot.namespaces(&self.namespace_selector);
        for namespace in &self.namespaces {
            if !namespaces.contains(namespace) {
                namespaces.push(Arc::clone(namespace));
            }
        }
        namespaces.iter().flat_map(|namespace| snapshot.pods(namespace, &self.selector)).collect()
    }
}

/// Whether every one of the terms, of which there are some, speaks of that Pod.
pub(super) fn all_match(terms: &[Term], pod: &Object, snapshot: &Snapshot) -> bool {
    !terms.is_empty() && terms.iter().all(|term| term.matches(pod, snapshot))
}
