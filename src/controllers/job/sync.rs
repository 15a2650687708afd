//! One look at a Job: what its Pods have come to, what is to be done, what its status says then.
//! Models syncJob, manageJob and trackJobStatusAndRemoveFinalizers.

use std::sync::Arc;

use k8s_openapi::api::batch::v1::{JobCondition, JobSpec, JobStatus, UncountedTerminatedPods};
use k8s_openapi::api::core::v1::PodStatus;

use super::backoff::{self, Record};
use super::indexes::Indexes;
use super::policy::{self, Verdict};
use super::{BATCH, conditions, pods};
use crate::api::event::ObjectReference;
use crate::api::{Kind, Object, Part, time};
use crate::client::Happening;
use crate::collections::{Sort, SortedMap};
use crate::controllers::replicaset::{ranking, slow_start};
use crate::controllers::work::{Plan, Write};
use crate::sim::{Duration, Time};

/// The most Pods that one look creates or deletes.
const BURST: usize = 500;
/// The most Pods that one look counts.
const MOST_UNCOUNTED: usize = 500;

/// See the module.
pub(super) struct Sync<'a> {
    pod: &'a Arc<Kind>,
    job: &'a Arc<Object>,
    spec: &'a JobSpec,
    was: &'a JobStatus,
    status: JobStatus,
    pods: Vec<Arc<Object>>,
    active: Vec<Arc<Object>>,
    succeeded: i32,
    failed: i32,
    ready: i32,
    terminating: i32,
    /// Of an Indexed Job: what its status said, and what is so now.
    succeeded_before: Indexes,
    succeeded_indexes: Indexes,
    /// With `backoffLimitPerIndex`: what has failed for good, and the last failed Pod of each index
    /// that is to be tried again. It is kept until then, since it knows how often that was.
    failed_indexes: Option<Indexes>,
    to_replace: SortedMap<i32, Arc<Object>>,
    pub(super) record: Record,
    now: Time,
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn some(number: i32) -> Option<i32> {
    (number != 0).then_some(number)
}

impl<'a> Sync<'a> {
    pub(super) fn new(
        pod: &'a Arc<Kind>,
        job: &'a Arc<Object>,
        spec: &'a JobSpec,
        status: &'a JobStatus,
        pods: Vec<Arc<Object>>,
        record: Record,
        now: Time,
    ) -> Sync<'a> {
        let living = |pod: &&Arc<Object>| !pods::ended(pod) && pod.meta.deleted.is_none();
        let active: Vec<Arc<Object>> = pods.iter().filter(living).cloned().collect();
        let terminating = pods.iter().filter(|pod| !pods::ended(pod) && pod.meta.deleted.is_some()).count();
        let ready = active.iter().filter(|pod| pods::ready(pod)).count();
        let mut next = status.clone();
        next.uncounted_terminated_pods.get_or_insert_default();
        Sync {
            pod,
            job,
            spec,
            was: status,
            status: next,
            ready: count(ready),
            terminating: count(terminating),
            pods,
            active,
            succeeded: 0,
            failed: 0,
            succeeded_before: Indexes::default(),
            succeeded_indexes: Indexes::default(),
            failed_indexes: None,
            to_replace: SortedMap::new(),
            record,
            now,
        }
    }

    fn indexed(&self) -> bool {
        self.spec.completion_mode.as_deref() == Some("Indexed")
    }

    fn suspended(&self) -> bool {
        self.spec.suspend == Some(true)
    }

    /// Pods that the status has not counted and will not by itself.
    fn uncounted(&self, already: &Option<Vec<String>>, is: impl Fn(&Object) -> bool) -> Vec<Arc<Object>> {
        let listed = |pod: &Object| already.iter().flatten().any(|uid| **uid == *pod.meta.uid);
        let valid = |pod: &Object| !self.indexed() || pods::index(pod, self.spec).is_some();
        let all = self.pods.iter();
        all.filter(|pod| pods::tracked(pod) && !listed(pod) && valid(pod) && is(pod)).cloned().collect()
    }

    pub(super) fn run(&mut self, plan: &mut Plan) {
        let spec = self.spec;
        self.count_pods();
        if self.status.start_time.is_none() && !self.suspended() {
            self.status.start_time = Some(time::to_meta(self.now));
        }
        let mut finished = self.failure(plan);
        if self.indexed() {
            finished = self.look_at_indexes(finished);
        }
        let mut active = count(self.active.len());
        if finished.is_some() {
            self.terminating += active;
            (self.ready, active) = (0, 0);
            plan.at_once(self.active.iter().cloned().map(Write::Delete).collect());
        } else {
            let manage = self.job.meta.deleted.is_none();
            if manage {
                active = self.manage(plan);
            }
            let complete = match spec.completions {
                None => self.succeeded > 0,
                Some(wanted) => self.succeeded >= wanted,
            };
            if complete && active == 0 {
                let message = "Reached expected number of succeeded pods";
                finished = Some(conditions::new("SuccessCriteriaMet", "CompletionsReached", message, self.now));
            } else if manage {
                self.suspend_or_resume(plan);
            }
        }
        self.status.active = some(active);
        self.status.ready = Some(self.ready);
        self.status.terminating = Some(self.terminating);
        self.track(finished, plan);
    }

    fn count_pods(&mut self) {
        let spec = self.spec;
        let uncounted = self.status.uncounted_terminated_pods.clone().unwrap_or_default();
        let succeeded = self.uncounted(&uncounted.succeeded, |pod| pods::phase(pod) == "Succeeded");
        let failed = self.uncounted(&uncounted.failed, |pod| pods::failed(pod, spec));
        let counting = failed.iter().filter(|pod| policy::judge(spec, pod) != Verdict::Ignore).count();
        let listed = |list: &Option<Vec<String>>| list.as_ref().map_or(0, Vec::len);
        self.succeeded = self.status.succeeded.unwrap_or(0) + count(succeeded.len() + listed(&uncounted.succeeded));
        self.failed = self.status.failed.unwrap_or(0) + count(counting + listed(&uncounted.failed));
        self.record = self.record.after(&succeeded, &failed);
    }

    /// Why the Job is to end by now, Indexed Jobs' own reasons aside.
    fn failure(&self, plan: &mut Plan) -> Option<JobCondition> {
        let (spec, now) = (self.spec, self.now);
        if let Some(met) = conditions::holds(&self.status, "SuccessCriteriaMet") {
            return Some(met.clone());
        }
        if let Some(target) = conditions::holds(&self.status, "FailureTarget") {
            return Some(conditions::turned(target, "Failed", now));
        }
        let fail = |reason: &str, message: &str| Some(conditions::new("FailureTarget", reason, message, now));
        for pod in self.pods.iter().filter(|pod| pods::failed(pod, spec)) {
            if let Verdict::FailJob(why) = policy::judge(spec, pod) {
                return fail("PodFailurePolicy", &why);
            }
        }
        if self.failed > spec.backoff_limit.unwrap_or(6) || self.past_limit_of_restarts() {
            return fail("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }
        let deadline = spec.active_deadline_seconds.and_then(|seconds| u64::try_from(seconds).ok())?;
        let start = self.status.start_time.as_ref().filter(|_| !self.suspended()).map(time::from_meta)?;
        let left = Duration::from_secs(deadline).saturating_sub(now.since(start));
        if left.is_zero() {
            return fail("DeadlineExceeded", "Job was active longer than specified deadline");
        }
        plan.again_after(left);
        None
    }

    /// Where containers start again in their Pod, their restarts count (pastBackoffLimitOnFailure).
    fn past_limit_of_restarts(&self) -> bool {
        let policy = self.spec.template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
        if policy != Some("OnFailure") {
            return false;
        }
        let statuses = self.pods.iter().filter(|pod| !pods::ended(pod)).filter_map(|pod| pod.status::<PodStatus>());
        let containers = statuses
            .flat_map(|status| status.init_container_statuses.iter().chain(&status.container_statuses).flatten());
        let restarts = containers.fold(0_i32, |sum, one| sum.saturating_add(one.restart_count));
        restarts > 0 && restarts >= self.spec.backoff_limit.unwrap_or(6)
    }

    fn look_at_indexes(&mut self, mut finished: Option<JobCondition>) -> Option<JobCondition> {
        let (spec, now) = (self.spec, self.now);
        let completions = spec.completions.unwrap_or(0);
        let parse = |text: &Option<String>| Indexes::parse(text.as_deref().unwrap_or_default(), completions);
        self.succeeded_before = parse(&self.was.completed_indexes);
        self.succeeded_indexes = self.succeeded_before.clone();
        let tracked: Vec<(i32, &Arc<Object>)> = {
            let tracked = self.pods.iter().filter(|pod| pods::tracked(pod));
            tracked.filter_map(|pod| Some((pods::index(pod, spec)?, pod))).collect()
        };
        for (index, _) in tracked.iter().filter(|(_, pod)| pods::phase(pod) == "Succeeded") {
            self.succeeded_indexes.add(*index, *index);
        }
        self.succeeded = self.succeeded_indexes.total();
        if let Some(limit) = spec.backoff_limit_per_index {
            let mut failed = parse(&self.was.failed_indexes);
            for (index, pod) in tracked.iter().filter(|(_, pod)| pods::failed(pod, spec)) {
                let over = match policy::judge(spec, pod) {
                    Verdict::FailIndex => true,
                    Verdict::Ignore => false,
                    Verdict::Count | Verdict::FailJob(_) => i64::from(pods::index_failures(pod)) >= i64::from(limit),
                };
                if over {
                    failed.add(*index, *index);
                }
            }
            let fail = |reason: &str, message: &str| Some(conditions::new("FailureTarget", reason, message, now));
            if finished.is_none() {
                if spec.max_failed_indexes.is_some_and(|most| failed.total() > most) {
                    let message = "Job has exceeded the specified maximal number of failed indexes";
                    finished = fail("MaxFailedIndexesExceeded", message);
                } else if failed.total() > 0 && failed.total() + self.succeeded >= completions {
                    finished = fail("FailedIndexes", "Job has failed indexes");
                }
            }
            let active: Vec<i32> = self.active.iter().filter_map(|pod| pods::index(pod, spec)).collect();
            for (index, pod) in tracked.into_iter().filter(|(_, pod)| pods::failed(pod, spec)) {
                if self.succeeded_indexes.has(index) || failed.has(index) || active.contains(&index) {
                    continue;
                }
                let later = |other: &Arc<Object>| {
                    pods::all_index_failures(other) <= pods::all_index_failures(pod)
                        && pods::finished_at(other) <= pods::finished_at(pod)
                };
                if self.to_replace.get(&index).is_none_or(later) {
                    self.to_replace.insert(index, Arc::clone(pod));
                }
            }
            self.failed_indexes = Some(failed);
        }
        finished.or_else(|| {
            let message = policy::success(spec, &self.succeeded_indexes)?;
            Some(conditions::new("SuccessCriteriaMet", "SuccessPolicy", message, now))
        })
    }

    /// Makes and deletes Pods; says how many are active then (manageJob).
    fn manage(&mut self, plan: &mut Plan) -> i32 {
        let spec = self.spec;
        let active = count(self.active.len());
        let parallelism = spec.parallelism.unwrap_or(1);
        let wanted = match spec.completions {
            _ if self.suspended() => 0,
            // Once one has succeeded no more are made, and those that run may go on.
            None if self.succeeded > 0 => active,
            None => parallelism,
            Some(completions) => (completions - self.succeeded).min(parallelism).max(0),
        };
        let mut surplus = self.surplus(usize::try_from(active - wanted).unwrap_or(0));
        if !surplus.is_empty() {
            if !self.suspended() {
                surplus.truncate(BURST);
            }
            let tracked = surplus.iter().filter(|pod| pods::tracked(pod)).cloned();
            plan.at_once(tracked.map(|pod| Write::Unfinalize(pod, pods::FINALIZER)).collect());
            self.terminating += count(surplus.len());
            self.ready -= count(surplus.iter().filter(|pod| pods::ready(pod)).count());
            let left = active - count(surplus.len());
            plan.at_once(surplus.into_iter().map(Write::Delete).collect());
            return left;
        }
        let waiting = if pods::only_replace_failed(spec) { self.terminating } else { 0 };
        let lack = usize::try_from(wanted - waiting - active).unwrap_or(0).min(BURST);
        if lack == 0 {
            return active;
        }
        let per_index = spec.backoff_limit_per_index.is_some();
        if !per_index {
            let left = self.record.remaining(self.now);
            if !left.is_zero() {
                plan.again_after(left.max(BATCH));
                return 0;
            }
        }
        let mut new: Vec<Object> = Vec::new();
        if self.indexed() {
            let mut wait = None;
            for index in self.pending_indexes(lack) {
                let replaced = self.to_replace.get(&index);
                let left = replaced.filter(|_| per_index).map_or(Duration::ZERO, |pod| {
                    let failures = pods::all_index_failures(pod).saturating_add(1);
                    backoff::remaining(failures, pods::finished_at(pod), self.now)
                });
                if left.is_zero() {
                    new.push(pods::make(self.pod, self.job, spec, Some(index), replaced.map(|pod| &**pod)));
                } else {
                    wait = Some(wait.map_or(left, |other: Duration| other.min(left)));
                }
            }
            if let Some(left) = wait {
                plan.again_after(left.max(BATCH));
                if new.is_empty() {
                    return 0;
                }
            }
        } else {
            new = vec![pods::make(self.pod, self.job, spec, None, None); lack];
        }
        let mut rest = new.as_slice();
        slow_start(new.len(), |size| {
            let (batch, others) = rest.split_at(size);
            rest = others;
            plan.at_once(batch.iter().cloned().map(Write::Create).collect());
        });
        active + count(new.len())
    }

    fn pending_indexes(&self, lack: usize) -> Vec<i32> {
        let mut taken = self.succeeded_indexes.clone();
        let replace_failed = pods::only_replace_failed(self.spec);
        for pod in &self.pods {
            let counts = !pods::ended(pod) && (pod.meta.deleted.is_none() || replace_failed);
            if let Some(index) = pods::index(pod, self.spec).filter(|_| counts) {
                taken.add(index, index);
            }
        }
        if let Some(failed) = &self.failed_indexes {
            taken.add_all(failed);
        }
        taken.missing(lack, self.spec.completions.unwrap_or(0))
    }

    /// The Pods to delete: of an Indexed Job those without an index and all but the best of each, and
    /// then as many as are too many (activePodsForRemoval).
    fn surplus(&self, at_least: usize) -> Vec<Arc<Object>> {
        let mut pods = self.active.clone();
        ranking::arrange(&mut pods, self.now);
        if !self.indexed() {
            pods.truncate(at_least);
            return pods;
        }
        let mut kept: SortedMap<i32, Arc<Object>> = SortedMap::new();
        let mut gone = Vec::new();
        for pod in pods {
            match pods::index(&pod, self.spec) {
                Some(index) => gone.extend(kept.insert(index, pod)),
                None => gone.push(pod),
            }
        }
        let mut left: Vec<Arc<Object>> = kept.into_values().collect();
        ranking::arrange(&mut left, self.now);
        left.truncate(at_least.saturating_sub(gone.len()));
        gone.extend(left);
        gone
    }

    fn suspend_or_resume(&mut self, plan: &mut Plan) {
        let (status, reason, message, event) = match self.suspended() {
            true => ("True", "JobSuspended", "Job suspended", "Suspended"),
            false => ("False", "JobResumed", "Job resumed", "Resumed"),
        };
        let condition = conditions::new("Suspended", reason, message, self.now);
        if conditions::ensure(&mut self.status, JobCondition { status: status.to_owned(), ..condition }) {
            plan.then(self.tell("Normal", event, message));
            if !self.suspended() {
                // The deadline counts from when it goes on.
                self.status.start_time = Some(time::to_meta(self.now));
            }
        }
    }

    fn tell(&self, type_: &'static str, reason: &'static str, message: &str) -> Write {
        Write::Tell(Happening::new(self.now, ObjectReference::to(self.job), type_, reason, message))
    }

    /// Counts Pods that have ended, in two statuses with their finalizers going in between, and says
    /// in the second that the Job has finished, where it has.
    fn track(&mut self, mut finished: Option<JobCondition>, plan: &mut Plan) {
        let spec = self.spec;
        let ending = finished.as_ref().is_some_and(|one| one.type_ != "SuccessCriteriaMet");
        if self.indexed() {
            self.pods.arrange_by_key(|pod| pods::index(pod, spec));
        }
        // What was counted before, and has lost its finalizer since.
        let mut uncounted = self.status.uncounted_terminated_pods.clone().unwrap_or_default();
        let tracked = |uid: &String| self.pods.iter().any(|pod| *pod.meta.uid == **uid && pods::tracked(pod));
        move_counted(&mut self.status, &mut uncounted, |uid| !tracked(uid));
        let mut released: Vec<Arc<Object>> = Vec::new();
        let mut new_indexes = 0;
        let listed = |list: &Option<Vec<String>>, pod: &Object| list.iter().flatten().any(|uid| **uid == *pod.meta.uid);
        let mut all_counted = true;
        for pod in self.pods.iter().filter(|pod| pods::tracked(pod)) {
            let failed = pods::failed(pod, spec);
            let index = pods::index(pod, spec);
            let succeeded = pods::phase(pod) == "Succeeded";
            let kept =
                index.and_then(|index| self.to_replace.get(&index)).is_some_and(|one| one.meta.uid == pod.meta.uid);
            let over = self.job.meta.deleted.is_some() || finished.is_some();
            if !(over || succeeded || failed && !kept) {
                continue;
            }
            released.push(Arc::clone(pod));
            if succeeded && !listed(&uncounted.failed, pod) {
                if self.indexed() {
                    let new = index.is_some_and(|index| !self.succeeded_before.has(index));
                    new_indexes += usize::from(new);
                } else if !listed(&uncounted.succeeded, pod) {
                    uncounted.succeeded.get_or_insert_default().push(pod.meta.uid.to_string());
                }
            } else if (failed || ending)
                && !listed(&uncounted.failed, pod)
                && (!self.indexed() || index.is_some())
                && policy::judge(spec, pod) != Verdict::Ignore
            {
                uncounted.failed.get_or_insert_default().push(pod.meta.uid.to_string());
            }
            let listed = uncounted.succeeded.iter().chain(&uncounted.failed).map(Vec::len).sum::<usize>();
            if new_indexes + listed >= MOST_UNCOUNTED {
                all_counted = false;
                break;
            }
        }
        if self.indexed() {
            self.status.succeeded = some(self.succeeded_indexes.total());
            let text = self.succeeded_indexes.to_string();
            self.status.completed_indexes = Some(text).filter(|text| !text.is_empty());
            self.status.failed_indexes = self.failed_indexes.as_ref().map(Indexes::to_string);
        }
        finished = finished.map(|condition| {
            let target = match condition.type_.as_str() {
                "FailureTarget" => "Failed",
                "SuccessCriteriaMet" => "Complete",
                _ => return condition,
            };
            let next = conditions::turned(&condition, target, self.now);
            if conditions::holds(&self.status, &condition.type_).is_none() {
                self.status.conditions.get_or_insert_default().push(condition);
            }
            next
        });
        self.status.uncounted_terminated_pods = Some(uncounted.clone());
        let flushed = self.flush(self.was.clone(), plan);
        plan.at_once(released.into_iter().map(|pod| Write::Unfinalize(pod, pods::FINALIZER)).collect());
        move_counted(&mut self.status, &mut uncounted, |_| true);
        self.status.uncounted_terminated_pods = Some(uncounted);
        let done = finished.filter(|_| all_counted && self.terminating == 0);
        if let Some(condition) = &done {
            if condition.type_ == "Complete" {
                self.status.completion_time.clone_from(&condition.last_transition_time);
            }
            conditions::ensure(&mut self.status, condition.clone());
        }
        self.flush(flushed, plan);
        if let Some(condition) = done {
            self.tell_end(&condition, plan);
        }
    }

    /// Writes the status if it differs from what is there.
    fn flush(&self, was: JobStatus, plan: &mut Plan) -> JobStatus {
        if self.status != was {
            plan.then(Write::Status(Object { status: Part::typed(self.status.clone()), ..(**self.job).clone() }));
        }
        self.status.clone()
    }

    fn tell_end(&self, condition: &JobCondition, plan: &mut Plan) {
        if condition.type_ == "Complete" {
            if self.spec.completions.is_some_and(|wanted| self.status.succeeded.unwrap_or(0) > wanted) {
                let message = "Too many succeeded pods running after completion count reached";
                plan.then(self.tell("Warning", "TooManySucceededPods", message));
            }
            plan.then(self.tell("Normal", "Completed", "Job completed"));
            return;
        }
        let reasons = [
            "BackoffLimitExceeded",
            "DeadlineExceeded",
            "PodFailurePolicy",
            "MaxFailedIndexesExceeded",
            "FailedIndexes",
        ];
        let reason = reasons.into_iter().find(|one| condition.reason.as_deref() == Some(*one)).unwrap_or("Failed");
        plan.then(self.tell("Warning", reason, condition.message.as_deref().unwrap_or_default()));
    }
}

/// Counts the uids that `counted` picks, and takes them off the list
/// (cleanUncountedPodsWithoutFinalizers).
fn move_counted(status: &mut JobStatus, list: &mut UncountedTerminatedPods, counted: impl Fn(&String) -> bool) {
    for (uids, number) in [(&mut list.succeeded, &mut status.succeeded), (&mut list.failed, &mut status.failed)] {
        let Some(all) = uids else { continue };
        let before = all.len();
        all.retain(|uid| !counted(uid));
        *number = some(number.unwrap_or(0).saturating_add(count(before - all.len())));
        if all.is_empty() {
            *uids = None;
        }
    }
}
