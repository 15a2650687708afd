//! Pods that do not tolerate a node's `NoExecute` taint leave it, at once or when their time is over.
//! Models pkg/controller/tainteviction/taint_eviction.go.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{NodeSpec, PodCondition, PodStatus, Taint};

use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::event::ObjectReference;
use crate::api::{Key, Object, Part, PodSpec, WellKnown, time};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::collections::SortedMap;
use crate::scheduler::tolerates;
use crate::sim::{Duration, Time};

/// See the module.
#[derive(Debug)]
pub struct TaintEviction {
    kinds: WellKnown,
    /// Pods that may stay for a while, and since when that counts.
    since: SortedMap<Key, Time>,
}

impl TaintEviction {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> TaintEviction {
        TaintEviction { kinds: kinds.clone(), since: SortedMap::new() }
    }
}

fn taints(node: &Object) -> Vec<&Taint> {
    let taints = node.spec::<NodeSpec>().into_iter().flat_map(|spec| spec.taints.iter().flatten());
    taints.filter(|taint| taint.effect == "NoExecute").collect()
}

/// How long a Pod may stay beside these taints; `None` is for ever.
fn may_stay(spec: &PodSpec, taints: &[&Taint]) -> Option<Duration> {
    let mut shortest = None;
    for taint in taints {
        let mut tolerating = spec.tolerations.iter().flatten().filter(|one| tolerates(one, taint)).peekable();
        if tolerating.peek().is_none() {
            return Some(Duration::ZERO);
        }
        for seconds in tolerating.filter_map(|one| one.toleration_seconds) {
            let span = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
            shortest = Some(shortest.map_or(span, |other: Duration| other.min(span)));
        }
    }
    shortest
}

impl Controller for TaintEviction {
    fn name(&self) -> &'static str {
        "taint-eviction-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        if change.kind == self.kinds.node.id {
            let (Some(node), old) = (&change.new, &change.old) else { return };
            if old.as_ref().map_or(Vec::new(), |old| taints(old)) != taints(node) {
                store.pods_on(self.kinds.pod.id, &node.meta.name).for_each(|pod| queue.add(pod.key()));
            }
        } else if change.kind == self.kinds.pod.id {
            let Some(pod) = change.object() else { return };
            if change.new.is_none() {
                if self.since.contains_key(&pod.key()) {
                    queue.add(pod.key());
                }
                return;
            }
            let bound = |pod: &Object| pod.spec::<PodSpec>().and_then(|spec| spec.node_name.clone());
            let before = change.old.as_ref().and_then(|old| bound(old));
            let node = bound(pod).filter(|node| before.as_ref() != Some(node));
            let node = node.and_then(|node| store.get(self.kinds.node.id, &Key::new("", &node)));
            if node.is_some_and(|node| !taints(node).is_empty()) {
                queue.add(pod.key());
            }
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let pod = view.get(&self.kinds.pod, key).filter(|pod| pod.meta.deleted.is_none());
        let stay = pod.and_then(|pod| {
            let spec = pod.spec::<PodSpec>()?;
            let node = view.get(&self.kinds.node, &Key::new("", spec.node_name.as_deref()?))?;
            may_stay(spec, &taints(node))
        });
        let (Some(pod), Some(stay)) = (pod, stay) else {
            if self.since.remove(key).is_some() {
                plan.then(tell("Cancelling deletion of", key, view.now));
            }
            return plan;
        };
        let since = *self.since.entry(key.clone()).or_insert(view.now);
        let end = since + stay;
        if end > view.now {
            plan.again_after(end.since(view.now));
            return plan;
        }
        self.since.remove(key);
        plan.then(tell("Marking for deletion", key, view.now));
        if let Some(marked) = marked(pod, view.now) {
            plan.then(Write::Status(marked));
        }
        plan.then(Write::Delete(Arc::clone(pod)));
        plan
    }
}

/// Tells what becomes of a Pod; as upstream, of any of that name.
fn tell(what: &str, pod: &Key, now: Time) -> Write {
    let message = format!("{what} Pod {}/{}", pod.namespace, pod.name);
    let about = ObjectReference {
        api_version: Some("v1".into()),
        kind: "Pod".into(),
        name: Arc::clone(&pod.name),
        namespace: Arc::clone(&pod.namespace),
        ..ObjectReference::default()
    };
    Write::Tell(Happening::new(now, about, "Normal", "TaintManagerEviction", message))
}

/// The Pod with the condition that says why it goes.
fn marked(pod: &Object, now: Time) -> Option<Object> {
    let mut status = pod.status::<PodStatus>()?.clone();
    status.conditions.get_or_insert_default().push(PodCondition {
        type_: "DisruptionTarget".to_owned(),
        status: "True".to_owned(),
        reason: Some("DeletionByTaintManager".to_owned()),
        message: Some("Taint manager: deleting due to NoExecute taint".to_owned()),
        last_transition_time: Some(time::to_meta(now)),
        ..PodCondition::default()
    });
    Some(Object { status: Part::typed(status), ..pod.clone() })
}
