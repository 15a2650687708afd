//! How containers and Pods end. Models pkg/kubelet/kuberuntime killContainer and the terminating
//! part of pkg/kubelet/pod_workers.go.

use std::sync::Arc;

use super::hooks::Hook;
use super::runtime::Signal;
use super::worker::{Job, Stage, State, Terminated};
use super::{Kubelets, Tools};
use crate::apiserver::DeleteOptions;
use crate::sim::{Duration, Time};

/// What becomes of a Pod that has run for its `activeDeadlineSeconds`.
const DEADLINE: (&str, &str) = ("DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
/// How long until the kubelet sees that a container which it stopped has ended, in microseconds (measured
/// on recordings).
const RELIST: (u64, u64) = (270_000, 850_000);

impl Kubelets {
    /// The Pod is to end: asks every container to, and counts the grace.
    pub(super) fn stop(&mut self, uid: &Arc<str>, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let grace =
            Duration::from_secs(worker.pod.meta.grace_seconds.and_then(|s| u64::try_from(s).ok()).unwrap_or(30));
        match worker.stage {
            Stage::Ended => return self.after(uid, now, Duration::from_millis(5), Job::Finish),
            Stage::Stopping => {}
            _ => {
                worker.stage = Stage::Stopping;
                let running: Vec<usize> =
                    (0..worker.containers.len()).filter(|&at| worker.containers[at].is_running()).collect();
                if running.is_empty() {
                    // Nothing runs: as soon as the worker gets to it.
                    let delay = self.jitter(30_000, 250_000);
                    self.after(uid, now, delay, Job::Finish);
                    return;
                }
                for at in running {
                    self.ask_to_stop(uid, at, now, tools);
                }
            }
        }
        // A shorter grace (`--force`, a second delete) brings the end forward.
        let deadline = now + grace;
        self.after(uid, now, grace, Job::Kill(deadline));
        if let Some(worker) = self.workers.get_mut(uid) {
            worker.kill_at = Some(worker.kill_at.map_or(deadline, |at| at.min(deadline)));
        }
    }

    /// The Pod has run for its `activeDeadlineSeconds` (active_deadline.go): it ends as failed.
    pub(super) fn deadline(&mut self, uid: &Arc<str>, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        if matches!(worker.stage, Stage::Stopping | Stage::Ended) {
            return;
        }
        let (reason, message) = DEADLINE;
        worker.failed = Some(DEADLINE);
        let grace = worker.spec().and_then(|spec| spec.termination_grace_period_seconds);
        let grace = Duration::from_secs(grace.and_then(|grace| u64::try_from(grace).ok()).unwrap_or(30));
        let running: Vec<usize> =
            (0..worker.containers.len()).filter(|&at| worker.containers[at].is_running()).collect();
        worker.stage = if running.is_empty() { Stage::Ended } else { Stage::Stopping };
        worker.kill_at = Some(now + grace);
        self.tell(uid, None, "Normal", reason, message, now, tools);
        for at in running {
            self.ask_to_stop(uid, at, now, tools);
        }
        self.after(uid, now, grace, Job::Kill(now + grace));
        self.write_status(uid, now, tools);
    }

    fn ask_to_stop(&mut self, uid: &Arc<str>, at: usize, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get(uid) else { return };
        let name = worker.containers[at].name().to_owned();
        self.tell(uid, Some(at), "Normal", "Killing", format!("Stopping container {name}"), now, tools);
        self.signal_stop(uid, at, now, tools);
    }

    /// Sends the stop signal, after the preStop hook.
    fn signal_stop(&mut self, uid: &Arc<str>, at: usize, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get(uid) else { return };
        let attempt = worker.containers[at].attempt;
        if !self.run_hook(uid, at, Hook::PreStop, now, tools) {
            self.signal(uid, at, attempt, now, tools);
        }
    }

    /// Sends the stop signal now.
    pub(super) fn signal(&mut self, uid: &Arc<str>, at: usize, attempt: u32, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get(uid) else { return };
        let container = &worker.containers[at];
        if container.attempt != attempt || !container.is_running() {
            return;
        }
        if let Some(exit) = tools.runtime.signal(uid, container.name(), Signal::Stop, now) {
            self.after(uid, now, exit.at.since(now), Job::Exit { container: at, attempt, code: exit.code });
        }
    }

    /// The grace is over.
    pub(super) fn kill(&mut self, uid: &Arc<str>, deadline: Time, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get(uid) else { return };
        if worker.kill_at != Some(deadline) {
            return;
        }
        for at in 0..worker.containers.len() {
            self.kill_now(uid, at, now, tools);
        }
    }

    fn kill_now(&mut self, uid: &Arc<str>, at: usize, now: Time, tools: &mut Tools<'_>) {
        let Some(container) = self.workers.get(uid).and_then(|worker| worker.containers.get(at)) else { return };
        if !container.is_running() {
            return;
        }
        let (name, attempt) = (container.name().to_owned(), container.attempt);
        let exit = tools.runtime.signal(uid, &name, Signal::Kill, now);
        let (wait, code) = exit.map_or((Duration::ZERO, 137), |exit| (exit.at.since(now), exit.code));
        self.after(uid, now, wait, Job::Exit { container: at, attempt, code });
    }

    /// A container that failed its probe is restarted.
    pub(super) fn restart(&mut self, uid: &Arc<str>, at: usize, grace: Duration, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let container = &mut worker.containers[at];
        if container.killed {
            return;
        }
        container.killed = true;
        let attempt = container.attempt;
        self.signal_stop(uid, at, now, tools);
        self.after(uid, now, grace, Job::KillContainer { container: at, attempt });
    }

    /// It has not ended by itself.
    pub(super) fn kill_container(&mut self, uid: &Arc<str>, at: usize, attempt: u32, now: Time, tools: &mut Tools<'_>) {
        if self.workers.get(uid).is_some_and(|worker| worker.containers[at].attempt == attempt) {
            self.kill_now(uid, at, now, tools);
        }
    }

    pub(super) fn exited(
        &mut self,
        uid: &Arc<str>,
        at: usize,
        attempt: u32,
        code: i32,
        now: Time,
        tools: &mut Tools<'_>,
    ) {
        let Some(worker) = self.workers.get(uid) else { return };
        let container = &worker.containers[at];
        let State::Running { since } = container.state else { return };
        if container.attempt != attempt {
            return;
        }
        let greedy = code != 0 && tools.runtime.was_out_of_memory(uid, container.name());
        let ended = Terminated {
            code,
            reason: match code {
                0 => "Completed",
                _ if greedy => "OOMKilled",
                _ => "Error",
            },
            message: None,
            started: Some(since),
            finished: now,
            id: container.id.clone(),
        };
        self.ended(uid, at, ended, now);
        self.proceed(uid, now, tools);
    }

    /// A container has ended: what becomes of it, and of the Pod.
    pub(super) fn ended(&mut self, uid: &Arc<str>, at: usize, ended: Terminated, now: Time) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let code = ended.code;
        let container = &mut worker.containers[at];
        container.state = State::Terminated(ended);
        (container.ready, container.started, container.busy) = (false, false, false);
        container.probes.clear();
        container.hook = None;
        let delay = match worker.stage {
            // Nobody waits for it: seen when the kubelet next goes through its containers.
            Stage::Stopping => self.jitter(RELIST.0, RELIST.1),
            _ => self.jitter(2_000, 6_000),
        };
        self.after(uid, now, delay, Job::Sync);
        let Some(worker) = self.workers.get_mut(uid) else { return };
        if worker.stage == Stage::Stopping {
            if worker.containers.iter().any(|one| one.is_running()) {
                return;
            }
            if worker.pod.meta.deleted.is_none() {
                worker.stage = Stage::Ended;
            } else {
                let delay = delay + self.jitter(220_000, 500_000);
                self.after(uid, now, delay, Job::Finish);
            }
            return;
        }
        if worker.restarts(&worker.containers[at], code) {
            worker.containers[at].held = true;
            // The kubelet looks at its containers once a second.
            let delay = self.jitter(300_000, 1_000_000);
            self.after(uid, now, delay, Job::Retry(at));
            return;
        }
        if worker.is_finished() {
            worker.stage = Stage::Ended;
            let sidecars = worker.containers.iter().enumerate().filter(|(_, one)| one.is_running());
            let sidecars: Vec<(usize, u32)> = sidecars.map(|(at, one)| (at, one.attempt)).collect();
            for (at, attempt) in sidecars {
                self.after(uid, now, Duration::from_millis(1), Job::Signal { container: at, attempt });
                self.after(uid, now, Duration::from_secs(30), Job::KillContainer { container: at, attempt });
            }
        }
    }

    /// Nothing of the Pod is left: the API server may forget it.
    pub(super) fn finish(&mut self, uid: &Arc<str>, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        worker.stage = Stage::Ended;
        worker.sandbox = false;
        self.write_status(uid, now, tools);
        let Some(worker) = self.workers.get(uid) else { return };
        // Somebody else may have done it by force.
        let _ = tools.api.delete(&self.kinds.pod, &worker.pod.key(), &DeleteOptions::now(uid));
    }

    /// The API server has forgotten the Pod: so do we.
    pub(super) fn removed(&mut self, uid: &Arc<str>, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.remove(uid) else { return };
        self.sources.remove(&worker.pod);
        for container in worker.containers.iter().filter(|one| one.is_running()) {
            tools.runtime.signal(uid, container.name(), Signal::Kill, now);
        }
        tools.runtime.remove(uid);
        if let (Some(ip), Some(node)) = (&worker.ip, self.nodes.get_mut(&worker.node)) {
            node.ipam.give_back(ip);
        }
    }
}
