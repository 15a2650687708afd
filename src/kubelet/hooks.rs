//! Lifecycle hooks. Models pkg/kubelet/lifecycle/handlers.go and its callers in kuberuntime_container.go.
//!
//! Diverges: while a postStart hook runs the container is shown as running, but not ready.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Container, LifecycleHandler};

use super::probes;
use super::runtime::{ProbeAction, ProbeResult};
use super::worker::Job;
use super::{Kubelets, Tools};
use crate::sim::{Duration, Time};

/// A postStart hook has no limit of its own.
const LONG: Duration = Duration::from_secs(24 * 3600);

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hook {
    PostStart,
    PreStop,
}

impl Hook {
    fn of(self, container: &Container) -> Option<&LifecycleHandler> {
        let lifecycle = container.lifecycle.as_ref()?;
        match self {
            Hook::PostStart => lifecycle.post_start.as_ref(),
            Hook::PreStop => lifecycle.pre_stop.as_ref(),
        }
    }
}

fn action(handler: &LifecycleHandler, container: &Container, ip: &str) -> Option<ProbeAction> {
    if let Some(exec) = &handler.exec {
        return Some(ProbeAction::Exec(exec.command.clone().unwrap_or_default()));
    }
    Some(probes::http(handler.http_get.as_ref()?, container, ip))
}

impl Kubelets {
    /// Runs a hook; false where the container has none.
    pub(super) fn run_hook(&mut self, uid: &Arc<str>, at: usize, hook: Hook, now: Time, tools: &mut Tools<'_>) -> bool {
        let Some(worker) = self.workers.get_mut(uid) else { return false };
        let (ip, pod) = (worker.ip.clone().unwrap_or_default(), Arc::clone(&worker.pod));
        let work = &mut worker.containers[at];
        let Some(container) = pod.spec().and_then(|spec| work.spec(spec)) else { return false };
        let Some(handler) = hook.of(container) else { return false };
        work.asked += 1;
        let (id, attempt, name) = (work.asked, work.attempt, work.name().to_owned());
        work.hook = Some((id, hook));
        if let Some(sleep) = &handler.sleep {
            let span = Duration::from_secs(u64::try_from(sleep.seconds).unwrap_or(0));
            self.after(uid, now, span, Job::Hook { container: at, attempt, hook });
            return true;
        }
        let Some(action) = action(handler, container, &ip) else {
            work.hook = None;
            return false;
        };
        if let Some(result) = tools.runtime.probe(uid, &name, &action, LONG, id) {
            self.hook_done(uid, at, hook, &result, now, tools);
        }
        true
    }

    /// A hook that only sleeps has slept.
    pub(super) fn hook_slept(
        &mut self,
        uid: &Arc<str>,
        at: usize,
        attempt: u32,
        hook: Hook,
        now: Time,
        tools: &mut Tools<'_>,
    ) {
        let Some(work) = self.workers.get(uid).map(|worker| &worker.containers[at]) else { return };
        if work.attempt == attempt && work.hook.is_some_and(|(_, running)| running == hook) {
            self.hook_done(uid, at, hook, &ProbeResult::Success, now, tools);
        }
    }

    pub(super) fn hook_done(
        &mut self,
        uid: &Arc<str>,
        at: usize,
        hook: Hook,
        result: &ProbeResult,
        now: Time,
        tools: &mut Tools<'_>,
    ) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let pod = Arc::clone(&worker.pod);
        let work = &mut worker.containers[at];
        work.hook = None;
        let (attempt, well) = (work.attempt, *result == ProbeResult::Success);
        if hook == Hook::PreStop {
            if !well {
                self.tell(uid, Some(at), "Warning", "FailedPreStopHook", "PreStopHook failed", now, tools);
            }
            return self.signal(uid, at, attempt, now, tools);
        }
        work.busy = false;
        if well {
            let spec = pod.spec().and_then(|spec| work.spec(spec));
            work.started = spec.is_none_or(|spec| spec.startup_probe.is_none());
            work.ready = work.started && spec.is_none_or(|spec| spec.readiness_probe.is_none());
            self.start_probes(uid, at, now);
            self.after(uid, now, Duration::from_millis(3), Job::Sync);
        } else {
            self.tell(uid, Some(at), "Warning", "FailedPostStartHook", "PostStartHook failed", now, tools);
            self.tell(uid, Some(at), "Normal", "Killing", "FailedPostStartHook", now, tools);
            let grace = pod.spec().and_then(|spec: &crate::api::PodSpec| spec.termination_grace_period_seconds);
            let grace = Duration::from_secs(grace.and_then(|grace| u64::try_from(grace).ok()).unwrap_or(30));
            self.restart(uid, at, grace, now, tools);
        }
        self.after(uid, now, Duration::from_millis(1), Job::Proceed);
    }
}
