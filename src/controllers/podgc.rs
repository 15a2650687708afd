//! Pods that no kubelet will see to the end are deleted by force. Models
//! pkg/controller/podgc/gc_controller.go: Pods of nodes that are gone, Pods that were to end
//! before they had a node, and those that are to end on a lost node that somebody called out of service.
//!
//! Diverges: ended Pods are not collected, since a cluster here never has the 12500 that it takes.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{NodeSpec, NodeStatus, PodCondition, PodStatus};

use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::{Key, Object, Part, PodSpec, WellKnown, time};
use crate::apiserver::{Change, DeleteOptions, Store};
use crate::collections::SortedMap;
use crate::sim::{Duration, Time};

/// Upstream goes through all Pods so often (gcCheckPeriod).
const PERIOD: Duration = Duration::from_secs(20);
/// How long a node must be gone (quarantineTime).
const QUARANTINE: Duration = Duration::from_secs(40);

/// The taint by which somebody says that a node is off, and nothing on it runs.
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// See the module.
#[derive(Debug)]
pub struct PodGc {
    kinds: WellKnown,
    /// Nodes that Pods name and that are not there, and since when that is known.
    gone: SortedMap<Arc<str>, Time>,
}

impl PodGc {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> PodGc {
        PodGc { kinds: kinds.clone(), gone: SortedMap::new() }
    }
}

fn node(pod: &Object) -> &str {
    pod.spec::<PodSpec>().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default()
}

/// Whether nothing on the node runs any more: somebody says so, and its kubelet does not say otherwise.
fn is_off(node: &Object) -> bool {
    let taints = node.spec::<NodeSpec>().and_then(|spec| spec.taints.as_deref()).unwrap_or_default();
    let conditions = node.status::<NodeStatus>().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    taints.iter().any(|taint| taint.key == OUT_OF_SERVICE)
        && !conditions.iter().any(|one| one.type_ == "Ready" && one.status == "True")
}

impl Controller for PodGc {
    fn name(&self) -> &'static str {
        "pod-garbage-collector"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        if change.kind == self.kinds.pod.id {
            let Some(pod) = &change.new else { return };
            let node = node(pod);
            let doomed = match node {
                "" => pod.meta.deleted.is_some(),
                node => match store.get(self.kinds.node.id, &Key::new("", node)) {
                    Some(node) => pod.meta.deleted.is_some() && is_off(node),
                    None => true,
                },
            };
            if doomed {
                queue.add_after(pod.key(), PERIOD);
            }
        } else if change.kind == self.kinds.node.id {
            let Some(object) = change.object() else { return };
            if change.new.as_deref().is_none_or(is_off) {
                let pods = store.pods_on(self.kinds.pod.id, &object.meta.name);
                pods.for_each(|pod| queue.add_after(pod.key(), PERIOD));
            }
            if change.new.is_some() {
                self.gone.remove(&object.meta.name);
            }
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some(pod) = view.get(&self.kinds.pod, key) else { return plan };
        let node = node(pod);
        if node.is_empty() {
            if pod.meta.deleted.is_some() {
                plan.then(Write::DeleteWith(Arc::clone(pod), DeleteOptions::now(&pod.meta.uid)));
            }
            return plan;
        }
        if let Some(node) = view.get(&self.kinds.node, &Key::new("", node)) {
            if pod.meta.deleted.is_some() && is_off(node) {
                if let Some(failed) = failed(pod, None) {
                    plan.then(Write::Status(failed));
                }
                plan.then(Write::DeleteWith(Arc::clone(pod), DeleteOptions::now(&pod.meta.uid)));
            }
            return plan;
        }
        let since = *self.gone.entry(node.into()).or_insert(view.now);
        if view.now.since(since) < QUARANTINE {
            plan.again_after(PERIOD);
            return plan;
        }
        if let Some(failed) = failed(pod, Some(view.now)) {
            plan.then(Write::Status(failed));
        }
        plan.then(Write::DeleteWith(Arc::clone(pod), DeleteOptions::now(&pod.meta.uid)));
        plan
    }
}

/// The Pod marked as failed, unless it has ended; because its node is gone, if that is when.
fn failed(pod: &Object, gone: Option<Time>) -> Option<Object> {
    let mut status = pod.status::<PodStatus>()?.clone();
    if matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) {
        return None;
    }
    status.phase = Some("Failed".to_owned());
    if let Some(now) = gone {
        status.conditions.get_or_insert_default().push(PodCondition {
            type_: "DisruptionTarget".to_owned(),
            status: "True".to_owned(),
            reason: Some("DeletionByPodGC".to_owned()),
            message: Some("PodGC: node no longer exists".to_owned()),
            last_transition_time: Some(time::to_meta(now)),
            ..PodCondition::default()
        });
    }
    Some(Object { status: Part::typed(status), ..pod.clone() })
}
