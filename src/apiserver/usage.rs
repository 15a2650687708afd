//! What nodes and Pods use: the numbers that metrics-server serves.
//!
//! Models metrics-server's pkg/storage (pod.go, node.go): a container has numbers once a whole window of it
//! was seen, and a Pod only where all its running containers have. Diverges: the real one reads every
//! node's kubelet each fifteen seconds and answers with what it read last; here the window ends when
//! somebody asks, so that no clock ticks for Pods that nobody looks at.

use std::fmt::Debug;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{NodeStatus, PodStatus};

use super::ApiServer;
use crate::api::{Key, Object, PodSpec, Selector, Status};
use crate::sim::Time;

/// The group and version that metrics-server serves.
pub const GROUP: (&str, &str) = ("metrics.k8s.io", "v1beta1");

/// Over how many seconds use is averaged.
pub const WINDOW_SECONDS: u64 = 15;

/// What something uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Thousandths of a CPU.
    pub cpu: u64,
    /// Bytes.
    pub memory: u64,
}

impl Usage {
    fn add(&mut self, other: Usage) {
        self.cpu += other.cpu;
        self.memory += other.memory;
    }
}

/// How the containers of the nodes are measured.
pub trait Meters: Debug {
    /// Whether metrics-server runs in that Pod.
    fn serves(&self, pod_uid: &str) -> bool;
    /// What a container uses; `None` where it does not run, or not for a whole window.
    fn container(&self, pod_uid: &str, name: &str, now: Time) -> Option<Usage>;
}

/// CPU of Pods that is set from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// Their namespace.
    pub namespace: String,
    /// What their names begin with.
    pub prefix: String,
    /// Thousandths of a CPU.
    pub cpu: u64,
    /// Whether the ready ones share it; otherwise each uses as much.
    pub shared: bool,
}

impl Load {
    fn concerns(&self, pod: &Object) -> bool {
        *pod.meta.namespace == *self.namespace && pod.meta.name.starts_with(&self.prefix)
    }
}

/// Where the numbers come from.
#[derive(Debug, Default)]
pub(super) struct Sources {
    meters: Option<Box<dyn Meters>>,
    loads: Vec<Load>,
}

/// A Pod with what its containers use.
#[derive(Clone, Debug)]
pub struct PodUsage {
    /// The Pod.
    pub pod: Arc<Object>,
    /// Its running containers.
    pub containers: Vec<(String, Usage)>,
}

impl PodUsage {
    /// What all of them use.
    pub fn sum(&self) -> Usage {
        let mut sum = Usage::default();
        self.containers.iter().for_each(|(_, usage)| sum.add(*usage));
        sum
    }
}

/// What a node's own processes use, its kubelet and its container runtime; as recorded.
const NODE: Usage = Usage { cpu: 60, memory: 900 << 20 };
/// The same where the control plane runs.
const CONTROL_PLANE: Usage = Usage { cpu: 180, memory: 1500 << 20 };

impl ApiServer {
    /// Says how containers are measured.
    pub fn set_meters(&mut self, meters: Box<dyn Meters>) {
        self.sources.meters = Some(meters);
    }

    /// Sets the CPU of Pods from outside, in place of an earlier load on Pods so named.
    pub fn set_load(&mut self, load: Load) {
        self.sources.loads.retain(|known| (&known.namespace, &known.prefix) != (&load.namespace, &load.prefix));
        self.sources.loads.push(load);
    }

    /// Whether metrics-server runs in that Pod.
    pub fn serves_metrics(&self, pod_uid: &str) -> bool {
        self.sources.meters.as_ref().is_some_and(|meters| meters.serves(pod_uid))
    }

    /// What the Pods of a namespace use, as a client of the metrics API gets it.
    pub fn pod_usages(&self, namespace: &str, selector: &Selector) -> Result<Vec<PodUsage>, Status> {
        if self.kinds.resource(GROUP.0, GROUP.1, "pods").is_none() {
            let mut status = self.not_served(GROUP.0, GROUP.1);
            status.message += " (get pods.metrics.k8s.io)";
            return Err(status);
        }
        let kind = self.kinds.builtin_kind("", "Pod");
        let pods: Vec<&Arc<Object>> = match selector.exact_label() {
            Some((key, value)) => self.store.labelled(kind.id, namespace, key, value).collect(),
            None => self.store.list(kind.id, Some(namespace)).collect(),
        };
        Ok(self.measure(pods.into_iter().filter(|pod| selector.matches(&pod.meta.labels))))
    }

    /// What Pods use; those that have no numbers yet are left out.
    pub(super) fn measure<'a>(&self, pods: impl Iterator<Item = &'a Arc<Object>>) -> Vec<PodUsage> {
        let Some(meters) = &self.sources.meters else { return Vec::new() };
        let loads: Vec<(&Load, u64)> = self.sources.loads.iter().map(|load| (load, self.share(load))).collect();
        let mut measured = Vec::new();
        for pod in pods.filter(|pod| self.is_heard_of(pod)) {
            let statuses = pod.status::<PodStatus>().and_then(|status| status.container_statuses.as_deref());
            let running = statuses
                .unwrap_or_default()
                .iter()
                .filter(|container| container.state.as_ref().is_some_and(|state| state.running.is_some()));
            let each = |name: &String| Some((name.clone(), meters.container(&pod.meta.uid, name, self.now)?));
            let Some(mut containers) = running.map(|container| each(&container.name)).collect::<Option<Vec<_>>>()
            else {
                continue;
            };
            if containers.is_empty() {
                continue;
            }
            if let Some((load, share)) = loads.iter().rev().find(|(load, _)| load.concerns(pod))
                && (!load.shared || is_ready(pod))
            {
                for (at, (_, usage)) in containers.iter_mut().enumerate() {
                    usage.cpu = if at == 0 { *share } else { 0 };
                }
            }
            measured.push(PodUsage { pod: Arc::clone(pod), containers });
        }
        measured
    }

    /// Whether the kubelet of a Pod's node answers.
    fn is_heard_of(&self, pod: &Object) -> bool {
        let name = pod.spec::<PodSpec>().and_then(|spec| spec.node_name.as_deref());
        let node = self.kinds.builtin_kind("", "Node");
        name.and_then(|name| self.store.get(node.id, &Key::new("", name))).is_some_and(|node| answers(node))
    }

    /// What each Pod gets of a load.
    fn share(&self, load: &Load) -> u64 {
        if !load.shared {
            return load.cpu;
        }
        let kind = self.kinds.builtin_kind("", "Pod");
        let pods = self.store.list(kind.id, Some(&load.namespace)).filter(|pod| load.concerns(pod));
        load.cpu / pods.filter(|pod| is_ready(pod)).count().max(1) as u64
    }

    /// What a node uses: its own processes and its Pods. Nobody knows of a node whose kubelet does not answer.
    pub(super) fn node_usage(&self, node: &Object) -> Option<Usage> {
        if !answers(node) {
            return None;
        }
        let control_plane = node.meta.labels.contains_key("node-role.kubernetes.io/control-plane");
        let mut sum = if control_plane { CONTROL_PLANE } else { NODE };
        let kind = self.kinds.builtin_kind("", "Pod");
        for pod in self.measure(self.store.pods_on(kind.id, &node.meta.name)) {
            sum.add(pod.sum());
        }
        Some(sum)
    }
}

/// Whether a node is ready.
fn answers(node: &Object) -> bool {
    let conditions = node.status::<NodeStatus>().and_then(|status| status.conditions.as_deref());
    conditions.unwrap_or_default().iter().any(|one| one.type_ == "Ready" && one.status == "True")
}

fn is_ready(pod: &Object) -> bool {
    let conditions = pod.status::<PodStatus>().and_then(|status| status.conditions.as_deref());
    conditions.unwrap_or_default().iter().any(|one| one.type_ == "Ready" && one.status == "True")
}
