//! Finished Jobs are deleted after `ttlSecondsAfterFinished`. Models pkg/controller/ttlafterfinished.

use std::sync::Arc;

use k8s_openapi::api::batch::v1::{JobSpec, JobStatus};

use super::job::conditions::finished;
use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::{Key, Object, WellKnown, time};
use crate::apiserver::{Change, DeleteOptions, Propagation, Store};
use crate::sim::{Duration, Time};

/// See the module.
#[derive(Debug)]
pub struct TtlAfterFinished(WellKnown);

impl TtlAfterFinished {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> TtlAfterFinished {
        TtlAfterFinished(kinds.clone())
    }
}

/// When the Job's time is over, if it is counted.
fn expires(job: &Object) -> Option<Time> {
    let ttl = job.spec::<JobSpec>()?.ttl_seconds_after_finished.and_then(|ttl| u64::try_from(ttl).ok())?;
    let end = finished(job.status::<JobStatus>()?)?.last_transition_time.as_ref()?;
    Some(time::from_meta(end) + Duration::from_secs(ttl)).filter(|_| job.meta.deleted.is_none())
}

impl Controller for TtlAfterFinished {
    fn name(&self) -> &'static str {
        "ttl-after-finished-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        if change.kind == self.0.job.id
            && let Some(job) = change.new.as_ref().filter(|job| expires(job).is_some())
        {
            queue.add(job.key());
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some((job, at)) = view.get(&self.0.job, key).and_then(|job| Some((job, expires(job)?))) else {
            return plan;
        };
        if at > view.now {
            plan.again_after(at.since(view.now));
        } else {
            let options = DeleteOptions {
                propagation: Some(Propagation::Foreground),
                uid: Some(Arc::clone(&job.meta.uid)),
                ..DeleteOptions::default()
            };
            plan.then(Write::DeleteWith(Arc::clone(job), options));
        }
        plan
    }
}
