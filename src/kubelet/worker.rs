//! One Pod on its node, as a state machine. Models pkg/kubelet/pod_workers.go and
//! kuberuntime_manager.go.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Container;

use super::back_off::BackOff;
use super::hooks::Hook;
use super::probes::{ProbeKind, ProbeState};
use super::runtime::ImageFacts;
use crate::api::{Object, PodSpec, codec};
use crate::sim::Time;

/// What a worker does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// Takes the Pod in.
    Admit,
    /// Mounts its volumes; it failed so often.
    Mount(u32),
    /// The sandbox is ready.
    Sandbox,
    /// Starts what can be started.
    Proceed,
    /// The container's image is there, or cannot be.
    Pulled(usize),
    /// The failed pull is told as a back-off.
    PullBackOff(usize),
    /// The container's back-off is over.
    Retry(usize),
    /// The container is created.
    Create(usize),
    /// The container starts.
    Start(usize),
    /// Tells the API server.
    Sync,
    /// Shows in its volumes what has changed in the API.
    Remount,
    /// A container ended.
    Exit { container: usize, attempt: u32, code: i32 },
    /// A probe is due.
    Probe { container: usize, attempt: u32, kind: ProbeKind },
    /// A probe was not answered in time.
    ProbeTimeout { container: usize, attempt: u32, kind: ProbeKind, round: u32 },
    /// A hook that sleeps is done.
    Hook { container: usize, attempt: u32, hook: Hook },
    /// The Pod is to end.
    Stop,
    /// Its grace is over; the instant tells it from a grace that was shortened since.
    Kill(Time),
    /// A sidecar is asked to end, since all else has.
    Signal { container: usize, attempt: u32 },
    /// A container that failed its probe has not ended in time.
    KillContainer { container: usize, attempt: u32 },
    /// The Pod's `activeDeadlineSeconds` are over.
    Deadline,
    /// Everything has ended: the API server may forget the Pod.
    Finish,
    /// The API server has forgotten it.
    Removed,
    /// A kubelet starts; where the Pod's uid stands otherwise is the node's name.
    Register,
}

/// How far a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Bound, not yet looked at.
    New,
    /// Volumes and sandbox are being made.
    Preparing,
    /// Containers run, or try to.
    Running,
    /// Ending.
    Stopping,
    /// All containers have ended for good.
    Ended,
}

/// What a container does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum State {
    /// Not running, for a reason.
    Waiting { reason: &'static str, message: Option<String> },
    /// Running.
    Running { since: Time },
    /// Ended.
    Terminated(Terminated),
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Terminated {
    pub(super) code: i32,
    pub(super) reason: &'static str,
    pub(super) message: Option<String>,
    /// `None` where it never ran.
    pub(super) started: Option<Time>,
    pub(super) finished: Time,
    pub(super) id: String,
}

/// One container of a worker's Pod.
#[derive(Clone, Debug)]
pub(super) struct ContainerWork {
    /// Its place in `initContainers` or `containers`.
    pub(super) init: bool,
    pub(super) place: usize,
    /// What it is to be where it is one of the `ephemeralContainers`.
    pub(super) ephemeral: Option<Arc<Container>>,
    name: Arc<str>,
    pub(super) state: State,
    pub(super) last: Option<Terminated>,
    /// How often it was started again.
    pub(super) restarts: u32,
    /// Counts its starts, to tell timers of an earlier one.
    pub(super) attempt: u32,
    /// A pull or a start is under way.
    pub(super) busy: bool,
    /// It waits for a [`Job::Retry`].
    pub(super) held: bool,
    /// It has ended and is to start again.
    pub(super) restarting: bool,
    /// It was killed for its liveness and shall start again.
    pub(super) killed: bool,
    pub(super) id: String,
    pub(super) image: Option<ImageFacts>,
    pub(super) started: bool,
    pub(super) ready: bool,
    pub(super) back_off: BackOff,
    pub(super) pull_back_off: BackOff,
    /// How a pull under way will end: the time asked, how long it takes, the error.
    pub(super) pull: Option<(Time, crate::sim::Duration, Option<String>)>,
    pub(super) probes: Vec<ProbeState>,
    /// The hook that runs, with the id of its question.
    pub(super) hook: Option<(u32, Hook)>,
    /// Counts what the runtime was asked to try in it.
    pub(super) asked: u32,
}

impl ContainerWork {
    fn new(init: bool, place: usize, container: &Container, waiting: &'static str) -> ContainerWork {
        ContainerWork {
            init,
            place,
            ephemeral: None,
            name: container.name.as_str().into(),
            state: State::Waiting { reason: waiting, message: None },
            last: None,
            restarts: 0,
            attempt: 0,
            busy: false,
            held: false,
            restarting: false,
            killed: false,
            id: String::new(),
            image: None,
            started: false,
            ready: false,
            back_off: BackOff::default(),
            pull_back_off: BackOff::default(),
            pull: None,
            probes: Vec::new(),
            hook: None,
            asked: 0,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// `spec.containers{nginx}`.
    pub(super) fn field_path(&self) -> Arc<str> {
        let list = match (self.init, &self.ephemeral) {
            (_, Some(_)) => "ephemeralContainers",
            (true, None) => "initContainers",
            (false, None) => "containers",
        };
        format!("spec.{list}{{{}}}", self.name).into()
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self.state, State::Running { .. })
    }

    pub(super) fn terminated(&self) -> Option<&Terminated> {
        match &self.state {
            State::Terminated(terminated) => Some(terminated),
            _ => None,
        }
    }

    /// Whether it is one of `containers`: those for which the Pod is there.
    pub(super) fn is_app(&self) -> bool {
        !self.init && self.ephemeral.is_none()
    }

    /// The container's spec, whatever list it stands in.
    pub(super) fn container<'a>(&'a self, pod: &'a PodSpec) -> Option<&'a Container> {
        self.ephemeral.as_deref().or_else(|| self.spec(pod))
    }

    /// The container's spec; nothing for ephemeral ones, which have neither probes nor hooks nor a policy.
    pub(super) fn spec<'a>(&self, pod: &'a PodSpec) -> Option<&'a Container> {
        if self.ephemeral.is_some() {
            return None;
        }
        if self.init { pod.init_containers.as_ref()?.get(self.place) } else { pod.containers.get(self.place) }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) pod: Arc<Object>,
    pub(super) node: Arc<str>,
    pub(super) stage: Stage,
    pub(super) started_at: Time,
    /// The Pod's address, once its sandbox is there.
    pub(super) ip: Option<Arc<str>>,
    pub(super) sandbox: bool,
    /// Init containers first, each list in the order of the spec.
    pub(super) containers: Vec<ContainerWork>,
    /// When its grace ends.
    pub(super) kill_at: Option<Time>,
    /// Why the kubelet ended it: reason and message.
    pub(super) failed: Option<(&'static str, &'static str)>,
    /// The change that made it do what it does.
    pub(super) because: Option<u64>,
}

impl Worker {
    pub(super) fn new(pod: &Arc<Object>, node: Arc<str>, because: u64, now: Time) -> Worker {
        let mut containers = Vec::new();
        if let Some(spec) = pod.spec::<PodSpec>() {
            let inits = spec.init_containers.as_deref().unwrap_or_default();
            containers.reserve_exact(inits.len() + spec.containers.len());
            let waiting = if inits.is_empty() { "ContainerCreating" } else { "PodInitializing" };
            containers.extend(inits.iter().enumerate().map(|(at, one)| ContainerWork::new(true, at, one, waiting)));
            let all = spec.containers.iter().enumerate();
            containers.extend(all.map(|(at, one)| ContainerWork::new(false, at, one, waiting)));
        }
        Worker {
            pod: Arc::clone(pod),
            node,
            stage: Stage::New,
            started_at: now,
            ip: None,
            sandbox: false,
            containers,
            kill_at: None,
            failed: None,
            because: Some(because),
        }
    }

    pub(super) fn spec(&self) -> Option<&PodSpec> {
        self.pod.spec::<PodSpec>()
    }

    /// Takes ephemeral containers in that the Pod did not have before; whether there are any.
    pub(super) fn add_ephemeral(&mut self) -> bool {
        let pod = Arc::clone(&self.pod);
        let known = self.containers.len();
        let all = pod.spec::<PodSpec>().and_then(|spec| spec.ephemeral_containers.as_deref()).unwrap_or_default();
        for (place, added) in all.iter().enumerate() {
            if self.containers.iter().any(|one| *one.name == *added.name) {
                continue;
            }
            // Beside its target it has a container's fields.
            let Ok(container) = codec::read::<Container>(&codec::write(added)) else { continue };
            let mut work = ContainerWork::new(false, place, &container, "ContainerCreating");
            work.ephemeral = Some(Arc::new(container));
            self.containers.push(work);
        }
        self.containers.len() > known
    }

    /// Whether the container starts again after an end with that status.
    pub(super) fn restarts(&self, container: &ContainerWork, code: i32) -> bool {
        let Some(spec) = self.spec() else { return false };
        if container.ephemeral.is_some() || matches!(self.stage, Stage::Stopping | Stage::Ended) {
            return false;
        }
        let own = container.spec(spec).and_then(|one| one.restart_policy.as_deref());
        match (container.init, own.or(spec.restart_policy.as_deref())) {
            (true, Some("Always")) if own == Some("Always") => true,
            // An init container that is done is done; one that failed follows the Pod.
            (true, policy) => code != 0 && policy != Some("Never"),
            (false, Some("Never")) => false,
            (false, Some("OnFailure")) => code != 0,
            (false, _) => true,
        }
    }

    /// Whether an init container runs beside the others until the end (a sidecar).
    pub(super) fn is_sidecar(&self, container: &ContainerWork) -> bool {
        container.init
            && self
                .spec()
                .and_then(|spec| container.spec(spec)?.restart_policy.as_deref())
                .is_some_and(|policy| policy == "Always")
    }

    /// Whether an init container lets the next one start.
    pub(super) fn init_done(&self, container: &ContainerWork) -> bool {
        if self.is_sidecar(container) {
            return container.started;
        }
        container.terminated().is_some_and(|ended| ended.code == 0)
    }

    /// Whether nothing of the Pod will start again: its containers have ended for good, or an
    /// init container has failed for good.
    pub(super) fn is_finished(&self) -> bool {
        let over = |one: &ContainerWork| one.terminated().is_some_and(|ended| !self.restarts(one, ended.code));
        let failed_init =
            |one: &ContainerWork| one.init && over(one) && one.terminated().is_some_and(|end| end.code != 0);
        self.containers.iter().filter(|one| one.is_app()).all(over) || self.containers.iter().any(failed_init)
    }

    /// Whether all init containers let the others start.
    pub(super) fn initialized(&self) -> bool {
        self.containers.iter().filter(|one| one.init).all(|one| self.init_done(one))
    }
}
