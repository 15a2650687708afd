//! Pods that no Job counts any more are let go: their Job is gone, or has finished. Models
//! syncOrphanPod in pkg/controller/job/job_controller.go, which has a queue of its own.

use std::sync::Arc;

use k8s_openapi::api::batch::v1::JobStatus;

use super::conditions::finished;
use super::pods::{FINALIZER, tracked};
use crate::api::{Key, Object, WellKnown};
use crate::apiserver::{Change, Store};
use crate::controllers::owners;
use crate::controllers::work::{Controller, Plan, Queue, View, Write};

/// See the module.
#[derive(Debug)]
pub struct OrphanPods(WellKnown);

impl OrphanPods {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> OrphanPods {
        OrphanPods(kinds.clone())
    }

    /// Whether the Pod's Job is there and still counts its Pods; `None` for a Pod of another kind of
    /// owner.
    fn counted(&self, pod: &Object, store: &Store) -> Option<bool> {
        let Some(owner) = pod.meta.controller() else { return Some(false) };
        let key = owners::controller_key(pod, "Job")?;
        let job = store.get(self.0.job.id, &key).filter(|job| job.meta.uid == owner.uid);
        Some(job.and_then(|job| job.status::<JobStatus>()).is_some_and(|status| finished(status).is_none()))
    }
}

impl Controller for OrphanPods {
    fn name(&self) -> &'static str {
        "job-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        if change.kind == self.0.pod.id {
            if let Some(pod) = change.new.as_ref().filter(|pod| tracked(pod))
                && self.counted(pod, store) == Some(false)
            {
                queue.add(pod.key());
            }
        } else if change.kind == self.0.job.id
            && let Some(job) = change.object()
        {
            let over = job.status::<JobStatus>().is_some_and(|status| finished(status).is_some());
            if change.new.is_none() || over {
                let pods = store.owned_by(self.0.pod.id, &job.meta.uid).filter(|pod| tracked(pod));
                pods.for_each(|pod| queue.add(pod.key()));
            }
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        if let Some(pod) = view.get(&self.0.pod, key).filter(|pod| tracked(pod))
            && self.counted(pod, view.store) == Some(false)
        {
            plan.then(Write::Unfinalize(Arc::clone(pod), FINALIZER));
        }
        plan
    }
}
