//! A kubelet stops and starts again, as the service of its node that it is.
//!
//! While it is stopped its containers run on, since they are containerd's; nobody probes them or starts
//! them again, the API server hears nothing, and whatever comes due waits. When it starts it registers its
//! node anew and catches up. Models pkg/kubelet/kubelet_node_status.go and pkg/kubelet/nodestatus/setters.go.
//!
//! Diverges: what a probe that was under way would have said is lost; a container that ended meanwhile is said to
//! have ended when the kubelet sees it.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{NodeSpec, NodeStatus};

use super::worker::Job;
use super::{Kubelets, Tools};
use crate::api::event::ObjectReference;
use crate::api::{Key, Object, Part, time};
use crate::apiserver::Actor;
use crate::client::Happening;
use crate::sim::Time;

/// What a kubelet says of a node that is well: the condition, its status, its reason and its message, and the event
/// that tells when it came about.
pub const CONDITIONS: [(&str, &str, &str, &str, &str); 4] = [
    (
        "MemoryPressure",
        "False",
        "KubeletHasSufficientMemory",
        "kubelet has sufficient memory available",
        "NodeHasSufficientMemory",
    ),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", "NodeHasNoDiskPressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available", "NodeHasSufficientPID"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status", "NodeReady"),
];

/// How long a kubelet takes from its start until it registers its node, in microseconds (a guess).
const STARTING: (u64, u64) = (900_000, 1_600_000);

impl Kubelets {
    /// Stops or starts the kubelet of a node.
    pub fn run(&mut self, name: &str, runs: bool, now: Time) {
        let Some(node) = self.nodes.get_mut(name) else { return };
        if node.stopped != runs {
            return;
        }
        node.stopped = !runs;
        if runs {
            let delay = self.jitter(STARTING.0, STARTING.1);
            self.after(&name.into(), now, delay, Job::Register);
        }
    }

    /// Whether the kubelet of that node runs.
    pub fn runs(&self, name: &str) -> bool {
        self.nodes.get(name).is_some_and(|node| !node.stopped)
    }

    /// A kubelet that has started tells how its node is, and does what has waited.
    pub(super) fn register(&mut self, name: &Arc<str>, now: Time, tools: &mut Tools<'_>) {
        let Some(node) = self.nodes.get_mut(name).filter(|node| !node.stopped) else { return };
        let (source, held, deleted) = (node.source.clone(), std::mem::take(&mut node.held), node.deleted.clone());
        tools.api.act_as(Actor { name: Arc::clone(&node.actor), because: None });
        let found = tools.api.get(&self.kinds.node, &Key::new("", name)).ok().map(Arc::clone);
        let found = found.or_else(|| tools.api.create(anew(&*deleted?)).ok());
        let Some(object) = found else { return };
        let mut object: Object = (*object).clone();
        // A kubelet calls its node by the name only.
        let (kind, name) = (Arc::from("Node"), Arc::clone(name));
        let about = ObjectReference { kind, uid: Arc::clone(&name), name: Arc::clone(&name), ..Default::default() };
        let mut tell = |reason: &'static str, message: String| {
            tools.events.tell(&source, Happening::new(now, about.clone(), "Normal", reason, message), None);
        };
        tell("Starting", "Starting kubelet.".to_owned());
        let mut status = object.status::<NodeStatus>().cloned().unwrap_or_default();
        for (type_, word, reason, message, event) in CONDITIONS {
            let conditions = status.conditions.get_or_insert_default();
            let Some(condition) = conditions.iter_mut().find(|one| one.type_ == type_) else { continue };
            let turned = condition.status != word;
            if turned {
                condition.last_transition_time = Some(time::to_meta(now));
            }
            condition.last_heartbeat_time = Some(time::to_meta(now));
            condition.status = word.to_owned();
            (condition.reason, condition.message) = (Some(reason.to_owned()), Some(message.to_owned()));
            // The other conditions are told at each start, since they are begun from nothing.
            if turned || type_ != "Ready" {
                tell(event, format!("Node {name} status is now: {event}"));
            }
        }
        tell("NodeAllocatableEnforced", "Updated Node Allocatable limit across pods".to_owned());
        object.status = Part::typed(status);
        // Whoever changed the node meanwhile did not change its status.
        let _ = tools.api.update_status(object);
        for (uid, job) in held {
            // What was asked then is asked again.
            if !matches!(job, Job::ProbeTimeout { .. }) {
                let delay = self.jitter(5_000, 60_000);
                self.after(&uid, now, delay, job);
            }
        }
        let here = self.workers.iter().filter(|(_, worker)| worker.node == name);
        let here: Vec<Arc<str>> = here.map(|(uid, _)| Arc::clone(uid)).collect();
        for uid in here {
            let delay = self.jitter(20_000, 200_000);
            self.after(&uid, now, delay, Job::Sync);
        }
    }
}

/// A node that was deleted, as its kubelet registers it: with what the kubelet itself knows of it
/// (initialNode). What others had added is gone.
///
/// Diverges: it gets the same range of addresses for Pods, which upstream draws anew.
fn anew(old: &Object) -> Object {
    let mut node = Object::new(&old.kind, "", &old.meta.name);
    let own = |name: &str| name.starts_with("kubernetes.io/") || name.starts_with("beta.kubernetes.io/");
    let labels = old.meta.labels.iter().filter(|(name, _)| own(name));
    node.meta.labels = Arc::new(labels.map(|(name, value)| (name.clone(), value.clone())).collect());
    let notes = old.meta.annotations.iter().filter(|(name, _)| !name.contains("kubeadm"));
    node.meta.annotations = Arc::new(notes.map(|(name, value)| (name.clone(), value.clone())).collect());
    if let Some(spec) = old.spec::<NodeSpec>() {
        let (pod_cidr, pod_cidrs, provider_id) =
            (spec.pod_cidr.clone(), spec.pod_cidrs.clone(), spec.provider_id.clone());
        node.spec = Part::typed(NodeSpec { pod_cidr, pod_cidrs, provider_id, ..NodeSpec::default() });
    }
    node.status = old.status.clone();
    node
}
