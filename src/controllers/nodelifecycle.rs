//! Nodes whose kubelets say nothing any more, and the taints that follow from how nodes are. Models
//! pkg/controller/nodelifecycle/node_lifecycle_controller.go: monitorNodeHealth, processTaintBaseEviction,
//! doNoScheduleTaintingPass and util/controller_utils.go MarkPodsNotReady.
//!
//! Diverges: upstream looks at every node every five seconds. Here a node is looked at when it changes, and
//! every five seconds from the first lease that it did not renew. Nodes that are lost together are tainted together,
//! where upstream taints one in ten seconds; there is one zone.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{NodeCondition, NodeSpec, NodeStatus, PodStatus, Taint};

use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::event::ObjectReference;
use crate::api::{Key, Object, Part, WellKnown, time};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::collections::SortedMap;
use crate::sim::{Duration, Time};

/// Between two looks at a node that is late (--node-monitor-period).
const PERIOD: Duration = Duration::from_secs(5);
/// How long a node may say nothing (--node-monitor-grace-period).
const GRACE: Duration = Duration::from_secs(50);
/// How often a kubelet renews its node's lease.
const RENEWAL: Duration = Duration::from_secs(10);

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
/// Which status of which condition means which taint.
const TAINTS: [(&str, &str, &str); 6] = [
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
];
/// What is unknown of a node that says nothing.
const UNKNOWN: [&str; 4] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/// See the module.
#[derive(Debug)]
pub struct NodeLifecycle {
    kinds: WellKnown,
    /// Nodes that have been deleted, and whether that is told; who comes back is told too.
    removed: SortedMap<Arc<str>, (Arc<Object>, bool)>,
}

impl NodeLifecycle {
    /// What it is called.
    pub const NAME: &'static str = "node-controller";

    /// The controller.
    pub fn new(kinds: &WellKnown) -> NodeLifecycle {
        NodeLifecycle { kinds: kinds.clone(), removed: SortedMap::new() }
    }

    /// For how long the kubelet of a node has said nothing: neither by its lease nor by the node's status.
    fn silence(&self, node: &Object, view: &View<'_>) -> Duration {
        let lease = view.get(&self.kinds.lease, &Key::new("kube-node-lease", &node.meta.name));
        let renewed = lease.and_then(|lease| time::parse(lease.spec.json()?["renewTime"].as_str()?));
        let told = ready(node).and_then(|ready| ready.last_heartbeat_time.as_ref()).map(time::from_meta);
        renewed.max(told).map(|at| view.now.since(at)).unwrap_or_default()
    }
}

fn conditions(node: &Object) -> &[NodeCondition] {
    node.status::<NodeStatus>().and_then(|status| status.conditions.as_deref()).unwrap_or_default()
}

fn ready(node: &Object) -> Option<&NodeCondition> {
    conditions(node).iter().find(|one| one.type_ == "Ready")
}

fn is_ready(node: &Object) -> bool {
    ready(node).is_some_and(|ready| ready.status == "True")
}

/// The `NoSchedule` taints that a node should have.
fn no_schedule(node: &Object) -> Vec<&'static str> {
    let holds =
        |type_: &str, status: &str| conditions(node).iter().any(|one| one.type_ == type_ && one.status == status);
    let of_conditions = TAINTS.iter().filter(|(type_, status, _)| holds(type_, status)).map(|(_, _, taint)| *taint);
    let closed = node.spec::<NodeSpec>().is_some_and(|spec| spec.unschedulable == Some(true));
    of_conditions.chain(closed.then_some(UNSCHEDULABLE)).collect()
}

/// Whether this controller is who sets and takes the taint.
fn is_own(taint: &Taint) -> bool {
    match &*taint.effect {
        "NoSchedule" => taint.key == UNSCHEDULABLE || TAINTS.iter().any(|(_, _, key)| *key == taint.key),
        "NoExecute" => taint.key == NOT_READY || taint.key == UNREACHABLE,
        _ => false,
    }
}

fn taints(node: &Object) -> &[Taint] {
    node.spec::<NodeSpec>().and_then(|spec| spec.taints.as_deref()).unwrap_or_default()
}

/// Whether a node's taints are those it should have, given that it is ready.
fn is_right(node: &Object) -> bool {
    let wanted = no_schedule(node);
    let own: Vec<&Taint> = taints(node).iter().filter(|taint| is_own(taint)).collect();
    own.len() == wanted.len() && own.iter().all(|taint| taint.effect == "NoSchedule" && wanted.contains(&&*taint.key))
}

/// The event that a node comes or goes (RecordNodeEvent).
fn told_of(node: &Object, reason: &'static str, message: &str, now: Time) -> Write {
    let name = &node.meta.name;
    let message = format!("Node {name} event: {}", message.replace("{}", name));
    Write::Tell(Happening::new(now, ObjectReference::to(node), "Normal", reason, message))
}

impl Controller for NodeLifecycle {
    fn name(&self) -> &'static str {
        NodeLifecycle::NAME
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        if change.kind != self.kinds.node.id {
            return;
        }
        if let (Some(old), None) = (&change.old, &change.new) {
            self.removed.insert(Arc::clone(&old.meta.name), (Arc::clone(old), false));
            queue.add(old.key());
        }
        let returns = |node: &Object| self.removed.contains_key(&node.meta.name);
        if let Some(node) = change.new.as_ref().filter(|node| !is_ready(node) || !is_right(node) || returns(node)) {
            queue.add(node.key());
        }
        // Whether Pods leave a lost node depends on whether the others are well.
        let was = change.old.as_deref().map(is_ready);
        if was != change.new.as_deref().map(is_ready) {
            let lost = store.list(self.kinds.node.id, None).filter(|node| !is_ready(node));
            lost.for_each(|node| queue.add(node.key()));
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let removed = self.removed.get_mut(&key.name);
        let Some(node) = view.get(&self.kinds.node, key) else {
            if let Some((node, told @ false)) = removed {
                *told = true;
                plan.then(told_of(node, "RemovingNode", "Removing Node {} from Controller", view.now));
            }
            return plan;
        };
        if removed.is_some() {
            self.removed.remove(&key.name);
            plan.then(told_of(node, "RegisteredNode", "Registered Node {} in Controller", view.now));
        }
        let Some(ready) = ready(node) else {
            plan.append(self.taint(node, None, view));
            return plan;
        };
        let silence = self.silence(node, view);
        if ready.status != "Unknown" && silence >= GRACE {
            plan.then(Write::Status(unknown(node, view.now)));
            if ready.status == "True" {
                let about = ObjectReference::to(node);
                let message = format!("Node {} status is now: NodeNotReady", key.name);
                plan.then(Write::Tell(Happening::new(view.now, about, "Normal", "NodeNotReady", message)));
            }
            // The change brings us back.
            return plan;
        }
        if ready.status == "True" {
            plan.append(self.taint(node, None, view));
            if silence > RENEWAL {
                plan.again_after(PERIOD);
            }
            return plan;
        }
        for pod in view.store.pods_on(self.kinds.pod.id, &key.name) {
            let Some(marked) = not_ready(pod, view.now) else { continue };
            plan.then(Write::Status(marked));
            let about = ObjectReference::to(pod);
            plan.then(Write::Tell(Happening::new(view.now, about, "Warning", "NodeNotReady", "Node is not ready")));
        }
        // Pods are driven off by the look after the one that found the node lost, unless every node is.
        let since = ready.last_transition_time.as_ref().map(time::from_meta).unwrap_or_default();
        let stays = PERIOD.saturating_sub(view.now.since(since));
        let taint = if ready.status == "Unknown" { UNREACHABLE } else { NOT_READY };
        let others = view.store.list(self.kinds.node.id, None).any(|node| is_ready(node));
        let drives = others && stays.is_zero();
        plan.append(self.taint(node, drives.then_some(taint), view));
        if others && !drives {
            plan.again_after(stays);
        }
        plan
    }
}

impl NodeLifecycle {
    /// Gives a node the taints that it should have: those of its conditions, and the one that drives Pods off.
    fn taint(&self, node: &Arc<Object>, no_execute: Option<&'static str>, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let wanted: Vec<(&str, &str)> = no_schedule(node).into_iter().map(|key| (key, "NoSchedule")).collect();
        let wanted: Vec<(&str, &str)> = wanted.into_iter().chain(no_execute.map(|key| (key, "NoExecute"))).collect();
        let mut left = taints(node).to_vec();
        left.retain(|taint| !is_own(taint) || wanted.contains(&(&taint.key, &taint.effect)));
        let has = |(key, effect): &(&str, &str)| left.iter().any(|one| one.key == *key && one.effect == *effect);
        let missing: Vec<(&str, &str)> = wanted.into_iter().filter(|taint| !has(taint)).collect();
        if missing.is_empty() && left.len() == taints(node).len() {
            return plan;
        }
        left.extend(missing.into_iter().map(|(key, effect)| Taint {
            key: key.to_owned(),
            effect: effect.to_owned(),
            time_added: Some(time::to_meta(view.now)),
            value: None,
        }));
        let mut node = (**node).clone();
        if let Some(spec) = node.spec.get_mut::<NodeSpec>() {
            spec.taints = (!left.is_empty()).then_some(left);
            plan.then(Write::Update(node));
        }
        plan
    }
}

/// The node as one of which nothing is known.
fn unknown(node: &Object, now: Time) -> Object {
    let mut status = node.status::<NodeStatus>().cloned().unwrap_or_default();
    let conditions = status.conditions.iter_mut().flatten();
    for condition in conditions.filter(|one| UNKNOWN.contains(&&*one.type_) && one.status != "Unknown") {
        condition.status = "Unknown".to_owned();
        condition.reason = Some("NodeStatusUnknown".to_owned());
        condition.message = Some("Kubelet stopped posting node status.".to_owned());
        condition.last_transition_time = Some(time::to_meta(now));
    }
    Object { status: Part::typed(status), ..node.clone() }
}

/// The Pod as one that is not ready, if it is.
fn not_ready(pod: &Object, now: Time) -> Option<Object> {
    let mut status = pod.status::<PodStatus>()?.clone();
    let ready = status.conditions.iter_mut().flatten().find(|one| one.type_ == "Ready" && one.status != "False")?;
    ready.status = "False".to_owned();
    ready.last_transition_time = Some(time::to_meta(now));
    Some(Object { status: Part::typed(status), ..pod.clone() })
}
