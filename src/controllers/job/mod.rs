//! Jobs: Pods that are to end. Models pkg/controller/job/job_controller.go.
//!
//! A Pod carries a finalizer until the Job's status has counted it: first its uid stands in
//! `uncountedTerminatedPods`, then the finalizer goes, then the number grows. So no Pod is counted
//! twice, and none is forgotten.
//!
//! Diverges: upstream guards against a stale cache with expectations; the store here is never stale.

mod backoff;
pub(super) mod conditions;
mod indexes;
mod orphans;
mod pods;
mod policy;
mod sync;

use k8s_openapi::api::batch::v1::{JobSpec, JobStatus};

pub use orphans::OrphanPods;

use super::work::{Controller, Outcome, Plan, Queue, View};
use super::{adoption, owners};
use crate::api::event::ObjectReference;
use crate::api::{Key, WellKnown};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::collections::SortedMap;
use crate::sim::Duration;
use backoff::Record;
use sync::Sync;

/// What Pods and statuses bring about waits so long, to be done together (syncJobBatchPeriod).
const BATCH: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug)]
pub struct Jobs {
    kinds: WellKnown,
    /// The failures that are in the Jobs' statuses.
    records: SortedMap<Key, Record>,
    /// Those that will be once the next status is written.
    pending: SortedMap<Key, Record>,
}

impl Jobs {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> Jobs {
        Jobs { kinds: kinds.clone(), records: SortedMap::new(), pending: SortedMap::new() }
    }
}

impl Controller for Jobs {
    fn name(&self) -> &'static str {
        "job-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        let Some(object) = change.object() else { return };
        if change.kind == self.kinds.job.id {
            let same_generation = match (&change.old, &change.new) {
                (Some(old), Some(new)) => old.meta.generation == new.meta.generation,
                _ => false,
            };
            queue.add_after(object.key(), if same_generation { BATCH } else { Duration::ZERO });
        } else if change.kind == self.kinds.pod.id {
            match owners::controller_key(object, "Job") {
                Some(key) => queue.add_after(key, BATCH),
                // A Pod without an owner may be taken in.
                None if object.meta.controller().is_none() && change.old.is_none() => {
                    let jobs = store.list(self.kinds.job.id, Some(&object.meta.namespace));
                    let selects = |spec: &JobSpec| {
                        spec.selector.as_ref().is_some_and(|one| adoption::selects(one, &object.meta.labels))
                    };
                    jobs.filter(|job| job.spec::<JobSpec>().is_some_and(selects))
                        .for_each(|job| queue.add_after(job.key(), BATCH));
                }
                None => {}
            }
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let job = view.get(&self.kinds.job, key);
        let parts = job.and_then(|job| Some((job, job.spec::<JobSpec>()?, job.status::<JobStatus>()?)));
        let unfinished = parts.filter(|(_, _, status)| conditions::finished(status).is_none());
        let Some((job, spec, status)) = unfinished else {
            self.records.remove(key);
            self.pending.remove(key);
            return plan;
        };
        if spec.managed_by.as_deref().is_some_and(|name| name != "kubernetes.io/job-controller") {
            return plan;
        }
        let pods = match &spec.selector {
            Some(selector) => {
                adoption::claim(view.store, &self.kinds.pod, job, selector, Some(pods::FINALIZER), &mut plan)
            }
            None => Vec::new(),
        };
        let record = self.records.get(key).copied().unwrap_or_default();
        let mut sync = Sync::new(&self.kinds.pod, job, spec, status, pods, record, view.now);
        sync.run(&mut plan);
        self.pending.insert(key.clone(), sync.record);
        plan
    }

    fn wrote(&mut self, key: &Key, outcome: &Outcome, view: &View<'_>) -> Option<Happening> {
        let job = view.get(&self.kinds.job, key)?;
        let tell = |type_, reason, message: String| {
            Some(Happening::new(view.now, ObjectReference::to(job), type_, reason, message))
        };
        match outcome {
            Outcome::Created(pod) => tell("Normal", "SuccessfulCreate", format!("Created pod: {}", pod.meta.name)),
            Outcome::Deleted(pod) => tell("Normal", "SuccessfulDelete", format!("Deleted pod: {}", pod.meta.name)),
            Outcome::Updated(object) => {
                if object.kind.id == self.kinds.job.id
                    && let Some(record) = self.pending.remove(key)
                {
                    self.records.insert(key.clone(), record);
                }
                None
            }
            Outcome::Refused(status) if status.reason != "Conflict" => {
                tell("Warning", "FailedCreate", format!("Error creating: {}", status.message))
            }
            Outcome::Refused(_) => None,
        }
    }
}
