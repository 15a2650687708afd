//! DaemonSets: a Pod on every node that will have it. Models pkg/controller/daemon.
//!
//! Diverges: Pods are bound to their node by the controller itself instead of an affinity that
//! leaves it to the scheduler; a changed template replaces all Pods that differ at once, without
//! regard to `maxUnavailable`, and no ControllerRevisions are written.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DaemonSetSpec, DaemonSetStatus};
use k8s_openapi::api::core::v1::{NodeSpec, PodStatus, Toleration};

use super::work::{Controller, Outcome, Plan, Queue, View, Write};
use super::{owners, pod_template};
use crate::api::event::ObjectReference;
use crate::api::template_hash::pod_template_hash;
use crate::api::{Key, Object, Part, PodSpec, WellKnown};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::collections::SortedMap;
use crate::scheduler::tolerates;

const HASH_LABEL: &str = "controller-revision-hash";
const GENERATION_LABEL: &str = "pod-template-generation";

/// See the module.
#[derive(Debug)]
pub struct DaemonSets(WellKnown);

impl DaemonSets {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> DaemonSets {
        DaemonSets(kinds.clone())
    }
}

impl Controller for DaemonSets {
    fn name(&self) -> &'static str {
        "daemonset-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        let Some(object) = change.object() else { return };
        if change.kind == self.0.daemon_set.id {
            queue.add(object.key());
        } else if change.kind == self.0.pod.id {
            if let Some(key) = owners::controller_key(object, "DaemonSet") {
                queue.add(key);
            }
        } else if change.kind == self.0.node.id {
            // A mere heartbeat changes nothing for a DaemonSet.
            let same = match (&change.old, &change.new) {
                (Some(old), Some(new)) => old.spec == new.spec && old.meta.labels == new.meta.labels,
                _ => false,
            };
            if !same {
                store.list(self.0.daemon_set.id, None).for_each(|set| queue.add(set.key()));
            }
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some(set) = view.get(&self.0.daemon_set, key) else { return plan };
        let (Some(spec), Some(status)) = (set.spec::<DaemonSetSpec>(), set.status::<DaemonSetStatus>()) else {
            return plan;
        };
        let template = serde_json::to_value(&spec.template).unwrap_or_default();
        let hash = pod_template_hash(&template, status.collision_count);
        let mut pods: SortedMap<&str, Vec<&Arc<Object>>> = SortedMap::new();
        for pod in view.store.owned_by(self.0.pod.id, &set.meta.uid) {
            let node = pod.spec::<PodSpec>().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default();
            pods.entry(node).or_default().push(pod);
        }
        let (mut create, mut delete) = (Vec::new(), Vec::new());
        let mut counts = Counts::default();
        for node in view.store.list(self.0.node.id, None) {
            let wanted = set.meta.deleted.is_none() && wants(spec, node);
            let here = pods.remove(&*node.meta.name).unwrap_or_default();
            counts.add(wanted, &here, &hash);
            let mut living = here.into_iter().filter(|pod| pod.meta.deleted.is_none());
            let first = living.next();
            let outdated = first.is_some_and(|pod| pod.meta.label(HASH_LABEL) != Some(&hash));
            let failed = first.is_some_and(|pod| phase(pod) == "Failed");
            let on_delete = spec.update_strategy.as_ref().and_then(|one| one.type_.as_deref()) == Some("OnDelete");
            match first {
                None if wanted => create.push(Write::Create(self.pod(set, spec, node, &hash))),
                Some(pod) if !wanted || failed || (outdated && !on_delete) => {
                    delete.push(Write::Delete(Arc::clone(pod)))
                }
                _ => {}
            }
            delete.extend(living.map(|pod| Write::Delete(Arc::clone(pod))));
        }
        plan.at_once(create);
        plan.at_once(delete);
        let next = counts.status(set, status);
        if next != *status {
            plan.then(Write::Status(Object { status: Part::typed(next), ..(**set).clone() }));
        }
        plan
    }

    fn wrote(&mut self, key: &Key, outcome: &Outcome, view: &View<'_>) -> Option<Happening> {
        let set = view.get(&self.0.daemon_set, key)?;
        let tell = |type_, reason, message: String| {
            Some(Happening::new(view.now, ObjectReference::to(set), type_, reason, message))
        };
        match outcome {
            Outcome::Created(pod) => tell("Normal", "SuccessfulCreate", format!("Created pod: {}", pod.meta.name)),
            Outcome::Deleted(pod) => tell("Normal", "SuccessfulDelete", format!("Deleted pod: {}", pod.meta.name)),
            Outcome::Refused(status) if status.reason != "Conflict" => {
                tell("Warning", "FailedCreate", format!("Error creating: {}", status.message))
            }
            _ => None,
        }
    }
}

impl DaemonSets {
    fn pod(&self, set: &Object, spec: &DaemonSetSpec, node: &Object, hash: &str) -> Object {
        let mut pod = pod_template::pod(&self.0.pod, set, Some(&spec.template));
        let labels = Arc::make_mut(&mut pod.meta.labels);
        labels.insert(HASH_LABEL.to_owned(), hash.to_owned());
        labels.insert(GENERATION_LABEL.to_owned(), set.meta.generation.to_string());
        if let Some(spec) = pod.spec.get_mut::<PodSpec>() {
            spec.node_name = Some(node.meta.name.to_string());
            let own = own_tolerations(spec.host_network == Some(true));
            spec.tolerations.get_or_insert_default().extend(own);
        }
        pod
    }
}

fn phase(pod: &Object) -> &str {
    pod.status::<PodStatus>().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

/// What every Pod of a DaemonSet tolerates (AddOrUpdateDaemonPodTolerations).
fn own_tolerations(host_network: bool) -> impl Iterator<Item = Toleration> {
    let taints = [
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    ];
    let network = host_network.then_some(("network-unavailable", "NoSchedule"));
    taints.into_iter().chain(network).map(|(key, effect)| Toleration {
        key: Some(format!("node.kubernetes.io/{key}")),
        operator: Some("Exists".to_owned()),
        effect: Some(effect.to_owned()),
        ..Toleration::default()
    })
}

/// Whether a node is to have a Pod (NodeShouldRunDaemonPod).
fn wants(spec: &DaemonSetSpec, node: &Object) -> bool {
    let Some(pod) = &spec.template.spec else { return false };
    let selected = pod.node_selector.iter().flatten().all(|(key, value)| node.meta.label(key) == Some(value));
    let taints = node.spec::<NodeSpec>().into_iter().flat_map(|spec| spec.taints.iter().flatten());
    let own: Vec<Toleration> = own_tolerations(pod.host_network == Some(true)).collect();
    let mut hard = taints.filter(|taint| taint.effect != "PreferNoSchedule");
    let tolerated =
        hard.all(|taint| pod.tolerations.iter().flatten().chain(&own).any(|toleration| tolerates(toleration, taint)));
    selected && tolerated
}

/// What the status counts.
#[derive(Debug, Default)]
struct Counts {
    desired: i32,
    current: i32,
    misscheduled: i32,
    ready: i32,
    updated: i32,
}

impl Counts {
    fn add(&mut self, wanted: bool, pods: &[&Arc<Object>], hash: &str) {
        let pod = pods.iter().find(|pod| pod.meta.deleted.is_none());
        if !wanted {
            self.misscheduled += i32::from(pod.is_some());
            return;
        }
        self.desired += 1;
        let Some(pod) = pod else { return };
        self.current += 1;
        self.updated += i32::from(pod.meta.label(HASH_LABEL) == Some(hash));
        let conditions = pod.status::<PodStatus>().into_iter().flat_map(|status| status.conditions.iter().flatten());
        let ready = conditions.filter(|one| one.type_ == "Ready" && one.status == "True").count();
        self.ready += i32::from(ready > 0);
    }

    fn status(&self, set: &Object, old: &DaemonSetStatus) -> DaemonSetStatus {
        let some = |number: i32| (number != 0).then_some(number);
        DaemonSetStatus {
            collision_count: old.collision_count,
            conditions: old.conditions.clone(),
            current_number_scheduled: self.current,
            desired_number_scheduled: self.desired,
            number_available: some(self.ready),
            number_misscheduled: self.misscheduled,
            number_ready: self.ready,
            number_unavailable: some(self.desired - self.ready),
            observed_generation: Some(set.meta.generation).filter(|&generation| generation != 0),
            updated_number_scheduled: some(self.updated),
        }
    }
}
