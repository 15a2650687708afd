//! The kubelets: what each node does with the Pods bound to it.
//!
//! Models pkg/kubelet: a worker for each Pod ([`worker`]) that goes from sandbox to containers to
//! its end, an image manager for each node that pulls one image at a time ([`images`]), probes
//! ([`probes`]), back-off, and the status that the API server is told ([`status`]).
//!
//! Everything is a timer on one agenda; what runs in a container is behind the port
//! [`Runtime`].
//!
//! Diverges: no eviction under pressure, no checkpoints, no limits enforced by the kubelet (the
//! runtime may end a container with 137), volumes are mounted by the runtime.

mod back_off;
pub mod env;
pub mod fake;
mod heartbeat;
mod hooks;
mod images;
mod ipam;
mod node;
mod probes;
mod remount;
pub mod runtime;
mod service;
mod start;
mod status;
mod stop;
mod worker;

use std::sync::Arc;

use k8s_openapi::api::core::v1::{NodeStatus, PodStatus};

pub use heartbeat::Heartbeats;
use node::Node;
use remount::Sources;
use runtime::ProbeResult;
pub use runtime::Runtime;
pub use service::CONDITIONS;
use worker::{Job, Worker};

use crate::api::event::ObjectReference;
use crate::api::{Object, PodSpec, WellKnown};
use crate::apiserver::{Actor, ApiServer, Change};
use crate::client::{Happening, Recorder};
use crate::collections::SortedMap;
use crate::sim::{Agenda, Duration, Rng, Time};

/// The kubelets of all nodes.
#[derive(Debug)]
pub struct Kubelets {
    kinds: WellKnown,
    rng: Rng,
    agenda: Agenda<(Arc<str>, Job)>,
    nodes: SortedMap<Arc<str>, Node>,
    /// By the Pod's uid.
    workers: SortedMap<Arc<str>, Worker>,
    sources: Sources,
}

/// What a kubelet works with.
pub struct Tools<'a> {
    /// The API server.
    pub api: &'a mut ApiServer,
    /// Where events go.
    pub events: &'a mut Recorder,
    /// What runs the containers.
    pub runtime: &'a mut dyn Runtime,
}

impl Kubelets {
    /// Kubelets that know of no node yet.
    pub fn new(kinds: &WellKnown, rng: Rng) -> Kubelets {
        Kubelets {
            kinds: kinds.clone(),
            rng,
            agenda: Agenda::new(),
            nodes: SortedMap::new(),
            workers: SortedMap::new(),
            sources: Sources::default(),
        }
    }

    /// Takes note of a change.
    pub fn observe(&mut self, change: &Change, now: Time) {
        if change.kind == self.kinds.node.id {
            if let (None, Some(object)) = (&change.old, &change.new) {
                let node = self.nodes.entry(Arc::clone(&object.meta.name)).or_insert_with(|| Node::of(object));
                node.deleted = None;
            } else if let (Some(object), None) = (&change.old, &change.new)
                && let Some(node) = self.nodes.get_mut(&object.meta.name)
            {
                node.deleted = Some(Arc::clone(object));
            }
        } else if change.kind == self.kinds.pod.id {
            self.observe_pod(change, now);
        } else if change.kind == self.kinds.config_map.id || change.kind == self.kinds.secret.id {
            self.observe_source(change, change.kind == self.kinds.secret.id, now);
        }
    }

    fn observe_pod(&mut self, change: &Change, now: Time) {
        let Some(pod) = change.object() else { return };
        let uid = &pod.meta.uid;
        if let Some(worker) = self.workers.get_mut(uid) {
            if change.new.is_none() {
                // Gone from the API: by our own word, or by force.
                let because = change.revision;
                worker.because = Some(because);
                self.after(uid, now, Duration::from_millis(2), Job::Removed);
                return;
            }
            let news =
                worker.pod.meta.deleted != pod.meta.deleted || worker.pod.meta.grace_seconds != pod.meta.grace_seconds;
            let relevant = news || worker.pod.spec != pod.spec;
            let relabelled =
                worker.pod.meta.labels != pod.meta.labels || worker.pod.meta.annotations != pod.meta.annotations;
            worker.pod = Arc::clone(pod);
            if relevant {
                worker.because = Some(change.revision);
            }
            if relabelled && remount::shows_itself(pod) {
                let latency = self.rng.between(Duration::from_millis(100), Duration::from_millis(900));
                self.agenda.add(now + latency, (Arc::clone(uid), Job::Remount));
            }
            if relevant && worker.add_ephemeral() {
                let latency = self.rng.between(Duration::from_millis(8), Duration::from_millis(14));
                self.after(uid, now, latency, Job::Proceed);
                return;
            }
            if news {
                let latency = self.rng.between(Duration::from_millis(2), Duration::from_millis(8));
                self.after(&Arc::clone(uid), now, latency, Job::Stop);
            }
            return;
        }
        let Some(pod) = &change.new else { return };
        let Some(node) = pod.spec::<PodSpec>().and_then(|spec| spec.node_name.as_deref()) else { return };
        let ended = pod.status::<PodStatus>().and_then(|status| status.phase.as_deref());
        if !self.nodes.contains_key(node) || matches!(ended, Some("Succeeded" | "Failed")) {
            return;
        }
        let node: Arc<str> = self.nodes.get_key_value(node).map_or_else(|| node.into(), |(name, _)| Arc::clone(name));
        self.sources.add(pod);
        self.workers.insert(Arc::clone(uid), Worker::new(pod, node, change.revision, now));
        let latency = self.rng.between(Duration::from_millis(8), Duration::from_millis(14));
        self.after(&Arc::clone(uid), now, latency, Job::Admit);
    }

    /// When the next thing is due.
    pub fn next_at(&self) -> Option<Time> {
        self.agenda.next_at()
    }

    /// Does the next thing, if one is due.
    pub fn step(&mut self, now: Time, tools: &mut Tools<'_>) {
        let Some((_, (uid, job))) = self.agenda.pop_due(now) else { return };
        if job == Job::Register {
            return self.register(&uid, now, tools);
        }
        // A worker that is gone has left timers behind.
        let Some(worker) = self.workers.get(&uid) else {
            return;
        };
        let source = self.nodes.get(&worker.node).map(|node| Arc::clone(&node.actor));
        if let Some(node) = self.nodes.get_mut(&worker.node).filter(|node| node.stopped) {
            return node.held.push((uid, job));
        }
        tools.api.act_as(Actor { name: source.unwrap_or_default(), because: worker.because });
        match job {
            Job::Admit => self.admit(&uid, now, tools),
            Job::Mount(tries) => self.mount(&uid, tries, now, tools),
            Job::Sandbox => self.sandbox_ready(&uid, now, tools),
            Job::Proceed => self.proceed(&uid, now, tools),
            Job::Pulled(container) => self.pulled(&uid, container, now, tools),
            Job::PullBackOff(container) => self.pull_back_off(&uid, container, now, tools),
            Job::Retry(container) => self.retry(&uid, container, now, tools),
            Job::Create(container) => self.create(&uid, container, now, tools),
            Job::Start(container) => self.start(&uid, container, now, tools),
            Job::Sync => self.write_status(&uid, now, tools),
            Job::Exit { container, attempt, code } => self.exited(&uid, container, attempt, code, now, tools),
            Job::Probe { container, attempt, kind } => self.probe(&uid, container, attempt, kind, now, tools),
            Job::ProbeTimeout { container, attempt, kind, round } => {
                self.probe_timeout(&uid, container, attempt, kind, round, now, tools);
            }
            Job::Hook { container, attempt, hook } => self.hook_slept(&uid, container, attempt, hook, now, tools),
            Job::Stop => self.stop(&uid, now, tools),
            Job::Kill(deadline) => self.kill(&uid, deadline, now, tools),
            Job::Signal { container, attempt } => self.signal(&uid, container, attempt, now, tools),
            Job::KillContainer { container, attempt } => self.kill_container(&uid, container, attempt, now, tools),
            Job::Deadline => self.deadline(&uid, now, tools),
            Job::Finish => self.finish(&uid, now, tools),
            Job::Removed => self.removed(&uid, now, tools),
            Job::Remount => tools.runtime.remount(&uid),
            Job::Register => {}
        }
    }

    /// A container ended.
    pub fn container_exited(&mut self, uid: &str, container: &str, code: i32, now: Time) {
        let Some((uid, worker)) = self.workers.get_key_value(uid) else { return };
        let (uid, at) = (Arc::clone(uid), worker.containers.iter().position(|one| one.name() == container));
        if let Some(at) = at {
            let attempt = worker.containers[at].attempt;
            self.after(&uid, now, Duration::ZERO, Job::Exit { container: at, attempt, code });
        }
    }

    /// A probe that took its time is answered.
    pub fn probe_answered(
        &mut self,
        uid: &str,
        container: &str,
        id: u32,
        result: ProbeResult,
        now: Time,
        tools: &mut Tools<'_>,
    ) {
        let Some((uid, worker)) = self.workers.get_key_value(uid) else { return };
        let uid = Arc::clone(uid);
        if self.nodes.get(&worker.node).is_some_and(|node| node.stopped) {
            return;
        }
        let Some(at) = worker.containers.iter().position(|one| one.name() == container) else { return };
        self.answered(&uid, at, id, result, now, tools);
    }

    fn after(&mut self, uid: &Arc<str>, now: Time, delay: Duration, job: Job) {
        self.agenda.add(now + delay, (Arc::clone(uid), job));
    }

    fn jitter(&mut self, low: u64, high: u64) -> Duration {
        self.rng.between(Duration::from_micros(low), Duration::from_micros(high))
    }

    /// Tells of something that happened to a Pod, or to a container of it.
    #[allow(clippy::too_many_arguments)]
    fn tell(
        &self,
        uid: &Arc<str>,
        container: Option<usize>,
        type_: &'static str,
        reason: &'static str,
        message: impl Into<Arc<str>>,
        now: Time,
        tools: &mut Tools<'_>,
    ) {
        let Some(worker) = self.workers.get(uid) else { return };
        let Some(node) = self.nodes.get(&worker.node) else { return };
        let mut about = ObjectReference::to(&worker.pod);
        about.field_path = container.map(|at| worker.containers[at].field_path());
        let mut what = Happening::new(now, about, type_, reason, message);
        what.because = worker.because;
        tools.events.tell(&node.source, what, None);
    }

    /// Brings the Pod's status in the API server up to date.
    fn write_status(&mut self, uid: &Arc<str>, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let Some(node) = self.nodes.get(&worker.node) else { return };
        let Ok(current) = tools.api.get(&self.kinds.pod, &worker.pod.key()) else { return };
        if current.meta.uid != *uid {
            return;
        }
        let current = Arc::clone(current);
        let Some(old) = current.status::<PodStatus>() else { return };
        let status = status::status(worker, node, old, now);
        if status != *old {
            let changed = Object { status: crate::api::Part::typed(status), ..(*current).clone() };
            if let Ok(written) = tools.api.update_status(changed) {
                worker.pod = written;
            }
        }
    }
}

/// The address of that type.
fn address(status: Option<&NodeStatus>, type_: &str) -> Option<String> {
    let addresses = status?.addresses.as_ref()?;
    addresses.iter().find(|address| address.type_ == type_).map(|address| address.address.clone())
}
