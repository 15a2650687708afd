//! DaemonSets: a Pod on every node that will have it. Models pkg/controller/daemon/daemon_controller.go.
//!
//! A Pod is made for a node by an affinity to its name; the scheduler binds it.

mod node;
mod revision;
mod update;

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DaemonSetSpec, DaemonSetStatus};
use k8s_openapi::api::core::v1::PodStatus;

use super::work::{Controller, Outcome, Plan, Queue, View, Write};
use super::{adoption, owners};
use crate::api::event::ObjectReference;
use crate::api::{Key, Object, Part, WellKnown, time};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::collections::{Sort, SortedMap};
use crate::sim::{Duration, Time};

/// The label that says which template a Pod, or a revision, is of.
const HASH_LABEL: &str = "controller-revision-hash";
/// The same as a number, from before there were hashes.
const GENERATION_LABEL: &str = "pod-template-generation";
const GENERATION: &str = "deprecated.daemonset.template.generation";
/// How long a failed Pod's successor waits at first, and at most.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15 * 60));

/// By the set's uid and the node: when a Pod that failed was last replaced, and after what delay.
type Failed = SortedMap<(Arc<str>, Arc<str>), (Time, Duration)>;

/// See the module.
#[derive(Debug)]
pub struct DaemonSets {
    kinds: WellKnown,
    failed: Failed,
}

impl DaemonSets {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> DaemonSets {
        DaemonSets { kinds: kinds.clone(), failed: SortedMap::new() }
    }

    fn observe_node(&self, change: &Change, store: &Store, queue: &mut Queue) {
        // A mere heartbeat changes nothing for a DaemonSet.
        let same = match (&change.old, &change.new) {
            (Some(old), Some(new)) => old.spec == new.spec && old.meta.labels == new.meta.labels,
            _ => false,
        };
        if !same {
            store.list(self.kinds.daemon_set.id, None).for_each(|set| queue.add(set.key()));
        }
    }
}

impl Controller for DaemonSets {
    fn name(&self) -> &'static str {
        "daemonset-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        let Some(object) = change.object() else { return };
        if change.kind == self.kinds.daemon_set.id {
            queue.add(object.key());
        } else if change.kind == self.kinds.node.id {
            self.observe_node(change, store, queue);
        } else if change.kind == self.kinds.pod.id {
            if let Some(key) = owners::controller_key(object, "DaemonSet") {
                queue.add(key);
            } else if object.meta.controller().is_none() && change.new.is_some() {
                let selects = |set: &Arc<Object>| {
                    let spec = set.spec::<DaemonSetSpec>();
                    spec.is_some_and(|spec| adoption::selects(&spec.selector, &object.meta.labels))
                };
                let sets = store.list(self.kinds.daemon_set.id, Some(&object.meta.namespace));
                sets.filter(|set| selects(set)).for_each(|set| queue.add(set.key()));
            }
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let set = view.get(&self.kinds.daemon_set, key);
        let parts = set.and_then(|set| Some((set, set.spec::<DaemonSetSpec>()?, set.status::<DaemonSetStatus>()?)));
        let Some((set, spec, status)) = parts.filter(|(set, ..)| set.meta.deleted.is_none()) else {
            return plan;
        };
        let pods = adoption::claim(view.store, &self.kinds.pod, set, &spec.selector, None, &mut plan);
        let mut nodes: SortedMap<Arc<str>, OnNode<'_>> = SortedMap::new();
        for object in view.store.list(self.kinds.node.id, None) {
            let (run, stay) = node::wants(spec, object);
            nodes.insert(Arc::clone(&object.meta.name), OnNode { node: Some(object), run, stay, pods: Vec::new() });
        }
        for pod in &pods {
            if pod.meta.deleted.is_some() && ended(pod) {
                continue;
            }
            if let Some(name) = node::target(pod) {
                // One of a node that is gone is not wanted.
                nodes.entry(name.into()).or_default().pods.push(pod);
            }
        }
        for one in nodes.values_mut() {
            one.pods.arrange_by_key(|pod| (is_pending(pod), pod.meta.created, Arc::clone(&pod.meta.uid)));
        }
        let revisions = revision::look(view, set, spec, status, &mut plan);
        let mut look =
            Look { set, spec, hash: revisions.hash.clone(), now: view.now, kinds: &self.kinds, plan: &mut plan };
        let (mut create, mut delete) = look.manage(&nodes, &mut self.failed);
        if create.is_empty() && delete.is_empty() {
            (create, delete) = look.roll(&nodes);
        }
        look.write(create, delete);
        let next = look.status(status, revisions.collisions, &nodes);
        revision::clean_up(&revisions, spec, &pods, &mut plan);
        if next != *status {
            plan.then(Write::Status(Object { status: Part::typed(next), ..(**set).clone() }));
        }
        plan
    }

    fn wrote(&mut self, key: &Key, outcome: &Outcome, view: &View<'_>) -> Option<Happening> {
        let set = view.get(&self.kinds.daemon_set, key)?;
        let tell = |type_, reason, message: String| {
            Some(Happening::new(view.now, ObjectReference::to(set), type_, reason, message))
        };
        match outcome {
            Outcome::Created(pod) if pod.kind.id == self.kinds.pod.id => {
                tell("Normal", "SuccessfulCreate", format!("Created pod: {}", pod.meta.name))
            }
            Outcome::Deleted(pod) if pod.kind.id == self.kinds.pod.id => {
                tell("Normal", "SuccessfulDelete", format!("Deleted pod: {}", pod.meta.name))
            }
            Outcome::Refused(status) if status.reason != "Conflict" => {
                tell("Warning", "FailedCreate", format!("Error creating: {}", status.message))
            }
            _ => None,
        }
    }
}

/// A node, and the set's Pods for it: those that run before those that do not, older ones first.
#[derive(Debug, Default)]
struct OnNode<'a> {
    node: Option<&'a Arc<Object>>,
    /// A Pod is to be there.
    run: bool,
    /// One that is there may stay.
    stay: bool,
    pods: Vec<&'a Arc<Object>>,
}

fn phase(pod: &Object) -> &str {
    pod.status::<PodStatus>().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

fn is_pending(pod: &Object) -> bool {
    phase(pod) == "Pending"
}

fn ended(pod: &Object) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

/// Since when a Pod is ready.
fn ready_since(pod: &Object) -> Option<Time> {
    let mut conditions = pod.status::<PodStatus>()?.conditions.iter().flatten();
    let ready = conditions.find(|one| one.type_ == "Ready" && one.status == "True")?;
    Some(ready.last_transition_time.as_ref().map_or(Time(0), time::from_meta))
}

/// One look at a set.
struct Look<'a> {
    set: &'a Arc<Object>,
    spec: &'a DaemonSetSpec,
    hash: String,
    now: Time,
    kinds: &'a WellKnown,
    plan: &'a mut Plan,
}

type Names = Vec<Arc<str>>;
type Pods = Vec<Arc<Object>>;

impl Look<'_> {
    fn tell(&mut self, type_: &'static str, reason: &'static str, message: String) {
        let about = ObjectReference::to(self.set);
        self.plan.then(Write::Tell(Happening::new(self.now, about, type_, reason, message)));
    }

    /// Whether the Pod is of the present template (IsPodUpdated).
    fn updated(&self, pod: &Object) -> bool {
        let generation = self.set.meta.annotation(GENERATION);
        pod.meta.label(HASH_LABEL) == Some(&self.hash)
            || generation.is_some_and(|generation| pod.meta.label(GENERATION_LABEL) == Some(generation))
    }

    fn min_ready(&self) -> Duration {
        Duration::from_secs(self.spec.min_ready_seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0))
    }

    fn available(&self, pod: &Object) -> bool {
        ready_since(pod).is_some_and(|since| since + self.min_ready() <= self.now)
    }

    /// The nodes that need a Pod, and the Pods that must go, whatever their template (manage).
    fn manage(&mut self, nodes: &SortedMap<Arc<str>, OnNode<'_>>, failed: &mut Failed) -> (Names, Pods) {
        let (mut create, mut delete) = (Vec::new(), Vec::new());
        let surges = self.bounds(nodes).0 > 0;
        for (name, here) in nodes.iter() {
            if here.run && here.pods.is_empty() {
                create.push(Arc::clone(name));
                continue;
            }
            let living = here.pods.iter().filter(|pod| pod.meta.deleted.is_none()).map(|pod| Arc::clone(pod));
            if !here.stay {
                delete.extend(living);
                continue;
            }
            let mut running = Vec::new();
            for pod in living {
                let (namespace, pod_name) = (&pod.meta.namespace, &pod.meta.name);
                match phase(&pod) {
                    "Failed" => {
                        let key = (Arc::clone(&self.set.meta.uid), Arc::clone(name));
                        let last = failed.get(&key).copied();
                        if let Some((at, delay)) = last.filter(|(at, delay)| *at + *delay > self.now) {
                            self.plan.again_after((at + delay).since(self.now));
                            continue;
                        }
                        let delay = last.map_or(BACK_OFF.0, |(_, delay)| (delay * 2).min(BACK_OFF.1));
                        failed.insert(key, (self.now, delay));
                        let message = format!(
                            "Found failed daemon pod {namespace}/{pod_name} on node {name}, will try to kill it"
                        );
                        self.tell("Warning", "FailedDaemonPod", message);
                        delete.push(pod);
                    }
                    "Succeeded" => {
                        let message = format!(
                            "Found succeeded daemon pod {namespace}/{pod_name} on node {name}, will try to delete it"
                        );
                        self.tell("Normal", "SucceededDaemonPod", message);
                        delete.push(pod);
                    }
                    _ => running.push(pod),
                }
            }
            if surges {
                delete.extend(self.surplus_of_surge(running));
            } else {
                delete.extend(running.into_iter().skip(1));
            }
        }
        (create, delete)
    }

    /// Of a surge, the oldest of the new Pods and the oldest of the old ones stay, the latter until
    /// the former is available.
    fn surplus_of_surge(&self, running: Pods) -> Pods {
        let (new, old): (Pods, Pods) =
            running.into_iter().partition(|pod| pod.meta.label(HASH_LABEL) == Some(&self.hash));
        let replaced =
            new.first().zip(old.first()).is_some_and(|(new, old)| ready_since(old).is_none() || self.available(new));
        new.into_iter().skip(1).chain(old.into_iter().skip(usize::from(!replaced))).collect()
    }

    /// Makes and deletes Pods (syncNodes).
    fn write(&mut self, create: Names, delete: Pods) {
        let new: Vec<Object> =
            create.iter().map(|name| node::pod(&self.kinds.pod, self.set, self.spec, name, &self.hash)).collect();
        let mut rest = new.as_slice();
        super::replicaset::slow_start(new.len(), |size| {
            let (batch, others) = rest.split_at(size);
            rest = others;
            self.plan.at_once(batch.iter().cloned().map(Write::Create).collect());
        });
        self.plan.at_once(delete.into_iter().map(Write::Delete).collect());
    }

    /// What the status counts (updateDaemonSetStatus).
    fn status(
        &mut self,
        old: &DaemonSetStatus,
        collisions: Option<i32>,
        nodes: &SortedMap<Arc<str>, OnNode<'_>>,
    ) -> DaemonSetStatus {
        let (mut desired, mut current, mut misscheduled, mut ready, mut available, mut updated) = (0, 0, 0, 0, 0, 0);
        for here in nodes.values().filter(|here| here.node.is_some()) {
            let oldest = here.pods.iter().min_by_key(|pod| (pod.meta.created, &pod.meta.uid));
            if !here.run {
                misscheduled += i32::from(oldest.is_some());
                continue;
            }
            desired += 1;
            let Some(pod) = oldest else { continue };
            current += 1;
            updated += i32::from(self.updated(pod));
            if let Some(since) = ready_since(pod) {
                ready += 1;
                available += i32::from(self.available(pod));
                let then = since + self.min_ready();
                if then > self.now {
                    self.plan.again_after(then.since(self.now));
                }
            }
        }
        let some = |number: i32| (number != 0).then_some(number);
        DaemonSetStatus {
            collision_count: collisions,
            conditions: old.conditions.clone(),
            current_number_scheduled: current,
            desired_number_scheduled: desired,
            number_available: some(available),
            number_misscheduled: misscheduled,
            number_ready: ready,
            number_unavailable: some(desired - available),
            observed_generation: Some(self.set.meta.generation).filter(|&generation| generation != 0),
            updated_number_scheduled: some(updated),
        }
    }
}
