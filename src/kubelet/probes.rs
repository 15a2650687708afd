//! Startup, liveness and readiness probes. Models pkg/kubelet/prober.
//!
//! Diverges: a gRPC probe only opens a connection.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Container, HTTPGetAction, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::runtime::{ProbeAction, ProbeResult};
use super::worker::Job;
use super::{Kubelets, Tools};
use crate::sim::{Duration, Time};

/// What a probe is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProbeKind {
    Startup,
    Liveness,
    Readiness,
}

/// How a probe stands.
#[derive(Clone, Debug)]
pub(super) struct ProbeState {
    kind: ProbeKind,
    successes: i32,
    failures: i32,
    /// The id of the last question; one that is not answered yet is pending.
    round: u32,
    pending: bool,
}

impl ProbeKind {
    fn spec(self, container: &Container) -> Option<&Probe> {
        match self {
            ProbeKind::Startup => container.startup_probe.as_ref(),
            ProbeKind::Liveness => container.liveness_probe.as_ref(),
            ProbeKind::Readiness => container.readiness_probe.as_ref(),
        }
    }

    fn title(self) -> &'static str {
        match self {
            ProbeKind::Startup => "Startup",
            ProbeKind::Liveness => "Liveness",
            ProbeKind::Readiness => "Readiness",
        }
    }
}

fn seconds(value: Option<i32>, default: u64) -> Duration {
    Duration::from_secs(value.filter(|&value| value > 0).and_then(|value| u64::try_from(value).ok()).unwrap_or(default))
}

fn port(port: &IntOrString, container: &Container) -> u16 {
    let number = match port {
        IntOrString::Int(number) => Some(*number),
        IntOrString::String(name) => {
            let mut ports = container.ports.iter().flatten();
            ports.find(|port| port.name.as_ref() == Some(name)).map(|port| port.container_port).or(name.parse().ok())
        }
    };
    number.and_then(|number| u16::try_from(number).ok()).unwrap_or(0)
}

fn host(host: &Option<String>, ip: &str) -> String {
    host.clone().filter(|host| !host.is_empty()).unwrap_or_else(|| ip.to_owned())
}

/// The request of a probe or of a hook.
pub(super) fn http(get: &HTTPGetAction, container: &Container, ip: &str) -> ProbeAction {
    let path = get.path.clone().unwrap_or_default();
    ProbeAction::Http {
        scheme: get.scheme.as_deref().unwrap_or("HTTP").to_ascii_lowercase(),
        host: host(&get.host, ip),
        port: port(&get.port, container),
        path: if path.starts_with('/') { path } else { format!("/{path}") },
        headers: get.http_headers.iter().flatten().map(|one| (one.name.clone(), one.value.clone())).collect(),
    }
}

fn action(probe: &Probe, container: &Container, ip: &str) -> Option<ProbeAction> {
    if let Some(exec) = &probe.exec {
        return Some(ProbeAction::Exec(exec.command.clone().unwrap_or_default()));
    }
    if let Some(get) = &probe.http_get {
        return Some(http(get, container, ip));
    }
    if let Some(tcp) = &probe.tcp_socket {
        return Some(ProbeAction::Tcp { host: host(&tcp.host, ip), port: port(&tcp.port, container) });
    }
    let grpc = probe.grpc.as_ref()?;
    Some(ProbeAction::Tcp { host: ip.to_owned(), port: u16::try_from(grpc.port).unwrap_or(0) })
}

/// What the event says of a probe that was not answered in time.
fn too_late(action: &ProbeAction, timeout: Duration) -> String {
    match action {
        ProbeAction::Exec(command) => {
            format!("command timed out: \"{}\" timed out after {}s", command.join(" "), timeout.as_secs())
        }
        ProbeAction::Http { scheme, host, port, path, .. } => format!(
            "Get \"{scheme}://{host}:{port}{path}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        ),
        ProbeAction::Tcp { host, port } => format!("dial tcp {host}:{port}: i/o timeout"),
    }
}

impl Kubelets {
    /// Puts the probes of a container that has started on the agenda.
    pub(super) fn start_probes(&mut self, uid: &Arc<str>, at: usize, now: Time) {
        let Some(worker) = self.workers.get(uid) else { return };
        let Some(container) = worker.spec().and_then(|spec| worker.containers[at].spec(spec)) else { return };
        let attempt = worker.containers[at].attempt;
        let kinds = [ProbeKind::Startup, ProbeKind::Liveness, ProbeKind::Readiness];
        let probes: Vec<(ProbeKind, Duration)> = kinds
            .into_iter()
            .filter_map(|kind| Some((kind, seconds(kind.spec(container)?.initial_delay_seconds, 0))))
            .collect();
        for (kind, delay) in probes {
            // The prober's own rhythm: some time within the next second.
            let delay = delay + self.jitter(100_000, 900_000);
            self.after(uid, now, delay, Job::Probe { container: at, attempt, kind });
            if let Some(worker) = self.workers.get_mut(uid) {
                let state = ProbeState { kind, successes: 0, failures: 0, round: 0, pending: false };
                worker.containers[at].probes.push(state);
            }
        }
    }

    pub(super) fn probe(
        &mut self,
        uid: &Arc<str>,
        at: usize,
        attempt: u32,
        kind: ProbeKind,
        now: Time,
        tools: &mut Tools<'_>,
    ) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let (ip, pod) = (worker.ip.clone().unwrap_or_default(), Arc::clone(&worker.pod));
        let work = &mut worker.containers[at];
        // One that is about to be restarted is asked no more whether it lives.
        let condemned = work.killed && kind != ProbeKind::Readiness;
        if work.attempt != attempt || !work.is_running() || condemned {
            return;
        }
        let Some(container) = pod.spec().and_then(|spec| work.spec(spec)) else { return };
        let Some(probe) = kind.spec(container) else { return };
        let (started, name) = (work.started, work.name().to_owned());
        work.asked += 1;
        let id = work.asked;
        let Some(state) = work.probes.iter_mut().find(|state| state.kind == kind) else { return };
        // A startup probe is done once it has succeeded; the others wait for it.
        if (kind == ProbeKind::Startup) != started {
            let Some(action) = action(probe, container, &ip) else { return };
            let timeout = seconds(probe.timeout_seconds, 1);
            state.round = id;
            match tools.runtime.probe(uid, &name, &action, timeout, id) {
                Some(result) => self.apply(uid, at, kind, result, now, tools),
                None => {
                    state.pending = true;
                    let job = Job::ProbeTimeout { container: at, attempt, kind, round: id };
                    self.after(uid, now, timeout, job);
                }
            }
        } else if kind == ProbeKind::Startup {
            return;
        }
        self.after(uid, now, seconds(probe.period_seconds, 10), Job::Probe { container: at, attempt, kind });
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn probe_timeout(
        &mut self,
        uid: &Arc<str>,
        at: usize,
        attempt: u32,
        kind: ProbeKind,
        round: u32,
        now: Time,
        tools: &mut Tools<'_>,
    ) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let ip = worker.ip.clone().unwrap_or_default();
        let pod = Arc::clone(&worker.pod);
        let work = &mut worker.containers[at];
        if work.attempt != attempt {
            return;
        }
        let pending = work.probes.iter_mut().find(|state| state.kind == kind && state.pending && state.round == round);
        let Some(state) = pending else { return };
        state.pending = false;
        let Some(container) = pod.spec().and_then(|spec| work.spec(spec)) else { return };
        let Some(probe) = kind.spec(container) else { return };
        let Some(action) = action(probe, container, &ip) else { return };
        let message = too_late(&action, seconds(probe.timeout_seconds, 1));
        self.apply(uid, at, kind, ProbeResult::Failure(message), now, tools);
    }

    /// What was asked is answered.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn answered(
        &mut self,
        uid: &Arc<str>,
        at: usize,
        id: u32,
        result: ProbeResult,
        now: Time,
        tools: &mut Tools<'_>,
    ) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let work = &mut worker.containers[at];
        if let Some((_, hook)) = work.hook.filter(|(asked, _)| *asked == id) {
            return self.hook_done(uid, at, hook, &result, now, tools);
        }
        let Some(state) = work.probes.iter_mut().find(|state| state.pending && state.round == id) else { return };
        state.pending = false;
        let kind = state.kind;
        self.apply(uid, at, kind, result, now, tools);
    }

    fn apply(
        &mut self,
        uid: &Arc<str>,
        at: usize,
        kind: ProbeKind,
        result: ProbeResult,
        now: Time,
        tools: &mut Tools<'_>,
    ) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let pod = Arc::clone(&worker.pod);
        let work = &mut worker.containers[at];
        let Some(container) = pod.spec().and_then(|spec| work.spec(spec)) else { return };
        let Some(probe) = kind.spec(container) else { return };
        let before = (work.started, work.ready);
        let Some(state) = work.probes.iter_mut().find(|state| state.kind == kind) else { return };
        let mut kill = false;
        let mut told = None;
        match result {
            ProbeResult::Success => {
                (state.failures, state.successes) = (0, state.successes + 1);
                if state.successes >= probe.success_threshold.unwrap_or(1) {
                    match kind {
                        ProbeKind::Startup => {
                            work.started = true;
                            work.ready = container.readiness_probe.is_none();
                        }
                        ProbeKind::Readiness => work.ready = true,
                        ProbeKind::Liveness => {}
                    }
                }
            }
            ProbeResult::Failure(message) => {
                (state.successes, state.failures) = (0, state.failures + 1);
                told = Some(format!("{} probe failed: {message}", kind.title()));
                if state.failures >= probe.failure_threshold.unwrap_or(3) {
                    match kind {
                        ProbeKind::Readiness => work.ready = false,
                        ProbeKind::Startup | ProbeKind::Liveness => kill = !work.killed,
                    }
                }
            }
        }
        let changed = before != (work.started, work.ready);
        let name = work.name().to_owned();
        if let Some(message) = told {
            self.tell(uid, Some(at), "Warning", "Unhealthy", message, now, tools);
        }
        if changed {
            let delay = self.jitter(2_000, 5_000);
            self.after(uid, now, delay, Job::Sync);
            // A sidecar that has started lets the next container begin.
            self.after(uid, now, delay, Job::Proceed);
        }
        if kill {
            let title = kind.title().to_ascii_lowercase();
            let message = format!("Container {name} failed {title} probe, will be restarted");
            self.tell(uid, Some(at), "Normal", "Killing", message, now, tools);
            let own = probe.termination_grace_period_seconds;
            let grace = own.or(pod.spec().and_then(|spec: &crate::api::PodSpec| spec.termination_grace_period_seconds));
            let grace = Duration::from_secs(grace.and_then(|grace| u64::try_from(grace).ok()).unwrap_or(30));
            self.restart(uid, at, grace, now, tools);
        }
    }
}
