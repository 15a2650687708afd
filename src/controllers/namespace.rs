//! Namespaces that are deleted are emptied first. Models
//! pkg/controller/namespace/deletion/namespaced_resources_deleter.go.
//!
//! Diverges: upstream looks for what is left after half the time that the longest grace takes;
//! here every second.

use k8s_openapi::api::core::v1::{NamespaceCondition, NamespaceSpec, NamespaceStatus};

use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::{Key, Object, Part, WellKnown, time};
use crate::apiserver::{Change, Store};
use crate::collections::SortedMap;
use crate::sim::Duration;

/// See the module.
#[derive(Debug)]
pub struct Namespaces(WellKnown);

impl Namespaces {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> Namespaces {
        Namespaces(kinds.clone())
    }
}

impl Controller for Namespaces {
    fn name(&self) -> &'static str {
        "namespace-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        if change.kind == self.0.namespace.id
            && let Some(namespace) = &change.new
            && namespace.meta.deleted.is_some()
        {
            queue.add(namespace.key());
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some(namespace) = view.get(&self.0.namespace, key).filter(|one| one.meta.deleted.is_some()) else {
            return plan;
        };
        let (Some(spec), Some(status)) = (namespace.spec::<NamespaceSpec>(), namespace.status::<NamespaceStatus>())
        else {
            return plan;
        };
        if spec.finalizers.as_ref().is_none_or(Vec::is_empty) {
            return plan;
        }
        let mut left: SortedMap<String, usize> = SortedMap::new();
        let mut finalizers: SortedMap<String, usize> = SortedMap::new();
        let mut deletions = Vec::new();
        for kind in view.served.stored().filter(|kind| kind.namespaced) {
            for object in view.store.list(kind.id, Some(&key.name)) {
                *left.entry(kind.group_resource()).or_default() += 1;
                for finalizer in object.meta.finalizers.iter() {
                    *finalizers.entry(finalizer.clone()).or_default() += 1;
                }
                if object.meta.deleted.is_none() {
                    deletions.push(Write::Delete(object.clone()));
                }
            }
        }
        let done = left.is_empty();
        plan.at_once(deletions);
        let mut next = status.clone();
        for condition in conditions(&left, &finalizers) {
            set(&mut next, condition, view);
        }
        if next != *status {
            plan.then(Write::Status(Object { status: Part::typed(next), ..(**namespace).clone() }));
            plan.again_after(Duration::from_millis(20));
        } else if done {
            let spec = NamespaceSpec { finalizers: None };
            plan.then(Write::Update(Object { spec: Part::typed(spec), ..(**namespace).clone() }));
        } else {
            plan.again_after(Duration::from_secs(1));
        }
        plan
    }
}

fn told(counts: &SortedMap<String, usize>, each: &str) -> String {
    counts
        .iter()
        .map(|(name, count)| format!("{name} {each} {count} resource instances"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn conditions(left: &SortedMap<String, usize>, finalizers: &SortedMap<String, usize>) -> [NamespaceCondition; 5] {
    let condition = |type_: &str, truth: bool, reason: &str, message: String| NamespaceCondition {
        type_: type_.to_owned(),
        status: if truth { "True" } else { "False" }.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message),
        last_transition_time: None,
    };
    let fine = |type_, reason, message: &str| condition(type_, false, reason, message.to_owned());
    [
        fine("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
        fine(
            "NamespaceDeletionGroupVersionParsingFailure",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        fine(
            "NamespaceDeletionContentFailure",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        if left.is_empty() {
            fine("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed")
        } else {
            let message = format!("Some resources are remaining: {}", told(left, "has"));
            condition("NamespaceContentRemaining", true, "SomeResourcesRemain", message)
        },
        if finalizers.is_empty() {
            fine("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished")
        } else {
            let message = format!("Some content in the namespace has finalizers remaining: {}", told(finalizers, "in"));
            condition("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", message)
        },
    ]
}

fn set(status: &mut NamespaceStatus, mut condition: NamespaceCondition, view: &View<'_>) {
    let conditions = status.conditions.get_or_insert_default();
    match conditions.iter_mut().find(|one| one.type_ == condition.type_) {
        Some(old) => {
            let same = old.status == condition.status && old.reason == condition.reason;
            if !same || old.message != condition.message {
                condition.last_transition_time = if old.status == condition.status {
                    old.last_transition_time.clone()
                } else {
                    Some(time::to_meta(view.now))
                };
                *old = condition;
            }
        }
        None => {
            condition.last_transition_time = Some(time::to_meta(view.now));
            conditions.push(condition);
        }
    }
}
