//! CronJobs: a Job at each time of a schedule. Models pkg/controller/cronjob
//! (cronjob_controllerv2.go, utils.go).

use std::sync::Arc;

use k8s_openapi::api::batch::v1::{CronJobSpec, CronJobStatus, JobStatus};
use k8s_openapi::api::core::v1::ObjectReference as Reference;

use super::job::conditions::finished;
use super::owners;
use super::work::{Controller, Outcome, Plan, Queue, View, Write};
use crate::api::cron::Schedule;
use crate::api::event::ObjectReference;
use crate::api::zone::Zone;
use crate::api::{Key, Object, Part, WellKnown, time};
use crate::apiserver::{Change, DeleteOptions, Propagation, Store};
use crate::client::Happening;
use crate::collections::{Sort, SortedMap};
use crate::sim::{Duration, Time};

/// Looks a little after the time that is due, never before it (nextScheduleDelta).
const DELTA: Duration = Duration::from_millis(100);
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";
const FORGOTTEN: &str = "Saw a job that the controller did not create or forgot: ";

/// See the module.
#[derive(Debug)]
pub struct CronJobs {
    kinds: WellKnown,
    /// The Job that was made last, until the status lists it.
    made: SortedMap<Key, Arc<str>>,
}

impl CronJobs {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> CronJobs {
        CronJobs { kinds: kinds.clone(), made: SortedMap::new() }
    }
}

impl Controller for CronJobs {
    fn name(&self) -> &'static str {
        "cronjob-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        let Some(object) = change.object() else { return };
        if change.kind == self.kinds.cron_job.id {
            queue.add(object.key());
        } else if change.kind == self.kinds.job.id
            && let Some(key) = owners::controller_key(object, "CronJob")
        {
            queue.add(key);
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let cron = view.get(&self.kinds.cron_job, key);
        let parts = cron.and_then(|cron| Some((cron, cron.spec::<CronJobSpec>()?, cron.status::<CronJobStatus>()?)));
        let Some((cron, spec, was)) = parts else {
            self.made.remove(key);
            return plan;
        };
        let jobs = view.store.owned_by(self.kinds.job.id, &cron.meta.uid);
        let mut jobs: Vec<Arc<Object>> =
            jobs.filter(|job| job.meta.controller().is_some_and(|one| one.uid == cron.meta.uid)).cloned().collect();
        let mut look = Look { cron, spec, status: was.clone(), view, plan: &mut plan };
        look.clean_up(&mut jobs);
        look.see(&jobs, self.made.remove(key));
        let next = match cron.meta.deleted {
            None => look.schedule(&self.kinds),
            Some(_) => None,
        };
        let status = look.status;
        if status != *was {
            plan.then(Write::Status(Object { status: Part::typed(status), ..(**cron).clone() }));
        }
        if let Some(delay) = next {
            plan.again_after(delay);
        }
        plan
    }

    fn wrote(&mut self, key: &Key, outcome: &Outcome, view: &View<'_>) -> Option<Happening> {
        let cron = view.get(&self.kinds.cron_job, key)?;
        let tell = |type_, reason, message: String| {
            Some(Happening::new(view.now, ObjectReference::to(cron), type_, reason, message))
        };
        match outcome {
            Outcome::Created(job) => {
                self.made.insert(key.clone(), Arc::clone(&job.meta.name));
                tell("Normal", "SuccessfulCreate", format!("Created job {}", job.meta.name))
            }
            Outcome::Deleted(job) => tell("Normal", "SuccessfulDelete", format!("Deleted job {}", job.meta.name)),
            Outcome::Refused(status) if status.reason != "Conflict" => {
                tell("Warning", "FailedCreate", format!("Error creating job: {}", status.message))
            }
            _ => None,
        }
    }
}

/// One look at a CronJob.
struct Look<'a> {
    cron: &'a Arc<Object>,
    spec: &'a CronJobSpec,
    status: CronJobStatus,
    view: &'a View<'a>,
    plan: &'a mut Plan,
}

impl Look<'_> {
    fn tell(&mut self, type_: &'static str, reason: &'static str, message: String) {
        let about = ObjectReference::to(self.cron);
        self.plan.then(Write::Tell(Happening::new(self.view.now, about, type_, reason, message)));
    }

    fn lists(&self, job: &Object) -> bool {
        self.status.active.iter().flatten().any(|one| one.uid.as_deref() == Some(&*job.meta.uid))
    }

    fn forget(&mut self, uid: &str) {
        if let Some(active) = &mut self.status.active {
            active.retain(|one| one.uid.as_deref() != Some(uid));
            if active.is_empty() {
                self.status.active = None;
            }
        }
    }

    fn delete(&mut self, job: &Arc<Object>) {
        let options = DeleteOptions { propagation: Some(Propagation::Background), ..DeleteOptions::default() };
        self.plan.then(Write::DeleteWith(Arc::clone(job), options));
        self.forget(&job.meta.uid);
    }

    /// Deletes the oldest of the finished Jobs that are more than the limits (cleanupFinishedJobs).
    fn clean_up(&mut self, jobs: &mut Vec<Arc<Object>>) {
        let started = |job: &Arc<Object>| {
            let start = job.status::<JobStatus>().and_then(|status| status.start_time.as_ref()).map(time::from_meta);
            (start, Arc::clone(&job.meta.name))
        };
        let limits =
            [("Complete", self.spec.successful_jobs_history_limit), ("Failed", self.spec.failed_jobs_history_limit)];
        for (type_, limit) in limits {
            let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) else { continue };
            let ended = |job: &&Arc<Object>| end(job).is_some_and(|end| end == type_) && job.meta.deleted.is_none();
            let mut ended: Vec<Arc<Object>> = jobs.iter().filter(ended).cloned().collect();
            ended.arrange_by_key(started);
            ended.truncate(ended.len().saturating_sub(limit));
            for job in ended {
                self.delete(&job);
                jobs.retain(|one| one.meta.uid != job.meta.uid);
            }
        }
    }

    /// Takes note of what became of the Jobs. `made` is the one that was made a moment ago.
    fn see(&mut self, jobs: &[Arc<Object>], made: Option<Arc<str>>) {
        for job in jobs {
            let (listed, name) = (self.lists(job), &job.meta.name);
            match end(job) {
                None if !listed && made.as_ref() == Some(name) => self.list(job),
                None if !listed => self.tell("Warning", "UnexpectedJob", format!("{FORGOTTEN}{name}")),
                Some(end) if listed => {
                    self.forget(&job.meta.uid);
                    self.tell("Normal", "SawCompletedJob", format!("Saw completed job: {name}, condition: {end}"));
                }
                _ => {}
            }
            let done = job.status::<JobStatus>().and_then(|status| status.completion_time.clone());
            if done.is_some() && done > self.status.last_successful_time {
                self.status.last_successful_time = done;
            }
        }
        for active in self.status.active.clone().into_iter().flatten() {
            let uid = active.uid.unwrap_or_default();
            if !jobs.iter().any(|job| *job.meta.uid == *uid) {
                let message = format!("Active job went missing: {}", active.name.unwrap_or_default());
                self.tell("Normal", "MissingJob", message);
                self.forget(&uid);
            }
        }
    }

    /// A Job that was made for its time runs.
    fn list(&mut self, job: &Object) {
        self.status.active.get_or_insert_default().push(Reference {
            api_version: Some("batch/v1".to_owned()),
            kind: Some("Job".to_owned()),
            name: Some(job.meta.name.to_string()),
            namespace: Some(job.meta.namespace.to_string()),
            resource_version: Some(job.meta.resource_version.to_string()),
            uid: Some(job.meta.uid.to_string()),
            ..Reference::default()
        });
        let scheduled = job.meta.annotation(SCHEDULED).and_then(time::parse);
        self.status.last_schedule_time = scheduled.map(time::to_meta).or(self.status.last_schedule_time.take());
    }

    /// Makes the Job whose time has come; says how long to wait for the next.
    fn schedule(&mut self, kinds: &WellKnown) -> Option<Duration> {
        let (spec, now) = (self.spec, self.view.now);
        let name = spec.time_zone.as_deref().unwrap_or_default();
        let Some(zone) = Zone::named(name) else {
            let message = format!("invalid timeZone: \"{name}\": unknown time zone {name}");
            self.tell("Warning", "UnknownTimeZone", message);
            return None;
        };
        if spec.suspend == Some(true) {
            return None;
        }
        let schedule = match Schedule::parse(&spec.schedule, zone) {
            Ok(schedule) => schedule,
            Err(why) => {
                let message = format!("unparseable schedule: \"{}\" : {why}", spec.schedule);
                self.tell("Warning", "UnparseableSchedule", message);
                return None;
            }
        };
        let last = self.status.last_schedule_time.as_ref().map(time::from_meta);
        let earliest = last.or(self.cron.meta.created.map(|at| Time::from_secs(at.secs()))).unwrap_or(now);
        let deadline = spec.starting_deadline_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        let deadline = deadline.map(Duration::from_secs);
        let window =
            deadline.map(|span| now.since(Time::default()).saturating_sub(span)).map(|span| Time::default() + span);
        let due = most_recent(&schedule, earliest.max(window.unwrap_or_default()), now);
        let Some((due, missed)) = due else { return next(&schedule, earliest, now) };
        if missed > 100 {
            let message =
                "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
            self.tell("Warning", "TooManyMissedTimes", message.to_owned());
        }
        let later = next(&schedule, now, now);
        if deadline.is_some_and(|span| due + span < now) {
            let message = format!("Missed scheduled time to start a job: {}", time::rfc1123z(due));
            self.tell("Warning", "MissSchedule", message);
            return later;
        }
        let name = format!("{}-{}", self.cron.meta.name, due.secs() / 60);
        let listed = self.status.active.iter().flatten().any(|one| one.name.as_deref() == Some(&name));
        if listed || last == Some(due) {
            return later;
        }
        let policy = spec.concurrency_policy.as_deref();
        if policy == Some("Forbid") && self.status.active.is_some() {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
            self.tell("Normal", "JobAlreadyActive", message.to_owned());
            return later;
        }
        let key = |name: &str| Key { namespace: Arc::clone(&self.cron.meta.namespace), name: name.into() };
        if let Some(job) = self.view.get(&kinds.job, &key(&name)) {
            // Made before, and the status could not be written; or it is somebody else's.
            if job.meta.controller().is_some_and(|one| one.uid == self.cron.meta.uid) && !self.lists(job) {
                let job = Arc::clone(job);
                self.list(&job);
            }
            return later;
        }
        if policy == Some("Replace") {
            let active = self.status.active.clone().into_iter().flatten();
            let jobs = active.filter_map(|one| self.view.get(&kinds.job, &key(&one.name?)).cloned());
            jobs.collect::<Vec<_>>().iter().for_each(|job| self.delete(job));
        }
        self.plan.then(Write::Create(job(self.cron, spec, kinds, &name, zone.rfc3339(due))));
        // Once it is there, the status lists it.
        Some(Duration::ZERO)
    }
}

/// How a Job has finished: `Complete` or `Failed`.
fn end(job: &Object) -> Option<&str> {
    finished(job.status::<JobStatus>()?).map(|condition| condition.type_.as_str())
}

/// The last scheduled time from `earliest` to now, and how many there were about (mostRecentScheduleTime).
fn most_recent(schedule: &Schedule, earliest: Time, now: Time) -> Option<(Time, u64)> {
    let first = schedule.next(earliest).filter(|&at| at <= now)?;
    let second = schedule.next(first)?;
    if now < second {
        return Some((first, 1));
    }
    let between = second.since(first).as_secs().max(1);
    let missed = now.since(first).as_secs() / between + 1;
    let mut at = schedule.next(first + Duration::from_secs(missed.saturating_sub(2).saturating_mul(between)))?;
    if at > now {
        return None;
    }
    while let Some(later) = schedule.next(at).filter(|&later| later <= now) {
        at = later;
    }
    Some((at, missed))
}

/// How long until the first time after `after`.
fn next(schedule: &Schedule, after: Time, now: Time) -> Option<Duration> {
    Some((schedule.next(after)? + DELTA).since(now))
}

/// The Job of a scheduled time (getJobFromTemplate2).
fn job(cron: &Object, spec: &CronJobSpec, kinds: &WellKnown, name: &str, scheduled: String) -> Object {
    let mut job = Object::new(&kinds.job, &cron.meta.namespace, name);
    let meta = spec.job_template.metadata.clone().unwrap_or_default();
    job.meta.labels = Arc::new(meta.labels.unwrap_or_default());
    job.meta.annotations = Arc::new(meta.annotations.unwrap_or_default());
    job.meta.annotate(SCHEDULED, scheduled);
    job.meta.owners = [cron.controller_reference()].into();
    job.spec = Part::typed(spec.job_template.spec.clone().unwrap_or_default());
    job.status = Part::typed(JobStatus::default());
    job
}
