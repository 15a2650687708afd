//! Jobs and CronJobs over time.

use k8s_openapi::api::batch::v1::{CronJobStatus, JobStatus};

use super::*;
use crate::api::time;

impl World {
    fn job(&mut self, image: &str, spec: Value) {
        let mut job = json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "work", "namespace": "default"},
            "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": image}]}}},
        });
        for (field, value) in spec.as_object().unwrap() {
            job["spec"][field] = value.clone();
        }
        self.create(job);
    }

    fn cron_job(&mut self, image: &str, spec: Value) {
        let template = json!({"restartPolicy": "Never", "containers": [{"name": "c", "image": image}]});
        let mut cron = json!({
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick", "namespace": "default"},
            "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": template}}}},
        });
        for (field, value) in spec.as_object().unwrap() {
            cron["spec"][field] = value.clone();
        }
        self.create(cron);
    }

    fn patch(&mut self, kind: &Arc<crate::api::Kind>, name: &str, field: &str, value: Value) {
        let object = self.cluster.api.get(kind, &Key::new("default", name)).unwrap();
        let mut changed = object.to_value();
        changed["spec"][field] = value;
        let object = Object::from_value(kind, changed).unwrap();
        self.cluster.api.act_as(Actor { name: "kubernetes-admin".into(), because: None });
        self.cluster.api.update(object).unwrap();
        self.cluster.settle(self.now);
    }

    fn job_status(&self) -> JobStatus {
        let job = self.cluster.api.get(&self.cluster.kinds.job, &Key::new("default", "work")).unwrap();
        job.status::<JobStatus>().unwrap().clone()
    }

    /// `Type=Reason` of the conditions in their order.
    fn job_conditions(&self) -> Vec<String> {
        let conditions = self.job_status().conditions.unwrap_or_default();
        let held = conditions.iter().filter(|one| one.status == "True");
        held.map(|one| format!("{}={}", one.type_, one.reason.as_deref().unwrap_or_default())).collect()
    }

    fn jobs(&self) -> Vec<String> {
        let jobs = self.cluster.api.store().list(self.cluster.kinds.job.id, Some("default"));
        jobs.map(|job| job.meta.name.to_string()).collect()
    }

    /// After how many seconds each Pod was made.
    fn made_after(&self) -> Vec<u64> {
        let mut made: Vec<u64> =
            self.pods().iter().map(|pod| pod.meta.created.unwrap().since(START).as_secs()).collect();
        made.arrange();
        made
    }

    fn told(&self, what: &str) -> usize {
        self.events().iter().filter(|event| event.starts_with(what)).count()
    }
}

#[test]
fn a_job_is_complete_when_enough_pods_have_ended_well() {
    let mut world = World::new(1);
    world.job("done", json!({"completions": 5, "parallelism": 2}));
    world.run(1);
    assert_eq!((world.pods().len(), world.job_status().active), (2, Some(2)));
    world.run(20);
    let status = world.job_status();
    assert_eq!((world.pods().len(), status.succeeded, status.active, status.failed), (5, Some(5), None, None));
    assert_eq!(world.job_conditions(), ["SuccessCriteriaMet=CompletionsReached", "Complete=CompletionsReached"]);
    // Every Pod is counted, and nothing holds it any more.
    assert_eq!(status.uncounted_terminated_pods, Some(Default::default()));
    assert!(world.pods().iter().all(|pod| pod.meta.finalizers.is_empty()));
    assert_eq!((world.told("SuccessfulCreate"), world.told("Completed: Job completed")), (5, 1));
}

#[test]
fn after_each_failure_a_job_waits_twice_as_long() {
    let mut world = World::new(1);
    world.job("crash", json!({"backoffLimit": 3}));
    world.run(90);
    // Each Pod fails about a second after it was made.
    let made = world.made_after();
    let gaps: Vec<u64> = made.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps.len(), 3);
    for (gap, wait) in gaps.iter().zip([10, 20, 40]) {
        assert!((wait..=wait + 3).contains(gap), "{gap} after {wait}");
    }
    assert_eq!(world.job_status().failed, Some(4));
    assert_eq!(world.job_conditions(), ["FailureTarget=BackoffLimitExceeded", "Failed=BackoffLimitExceeded"]);
    assert_eq!(world.told("BackoffLimitExceeded: Job has reached the specified backoff limit"), 1);
}

#[test]
fn each_pod_of_an_indexed_job_has_its_index() {
    let mut world = World::new(1);
    world.job("done", json!({"completions": 3, "parallelism": 3, "completionMode": "Indexed"}));
    world.run(1);
    for (index, pod) in world.pods().iter().enumerate() {
        let (index, label) = (index.to_string(), "batch.kubernetes.io/job-completion-index");
        assert!(pod.meta.name.starts_with(&format!("work-{index}-")), "{}", pod.meta.name);
        assert_eq!((pod.meta.label(label), pod.meta.annotation(label)), (Some(&*index), Some(&*index)));
        let spec = pod.spec::<PodSpec>().unwrap();
        assert_eq!(spec.hostname.as_deref(), Some(&*format!("work-{index}")));
        assert_eq!(spec.containers[0].env.as_ref().unwrap()[0].name, "JOB_COMPLETION_INDEX");
    }
    world.run(10);
    assert_eq!(world.job_status().completed_indexes.as_deref(), Some("0-2"));
}

#[test]
fn an_index_that_fails_for_good_does_not_stop_the_others() {
    let mut world = World::new(1);
    let spec = json!({"completions": 2, "parallelism": 2, "completionMode": "Indexed", "backoffLimitPerIndex": 1});
    world.job("crash", spec);
    world.run(40);
    let status = world.job_status();
    assert_eq!((status.failed, status.failed_indexes.as_deref()), (Some(4), Some("0,1")));
    assert_eq!(world.job_conditions(), ["FailureTarget=FailedIndexes", "Failed=FailedIndexes"]);
    let count =
        |pod: &Arc<Object>| pod.meta.annotation("batch.kubernetes.io/job-index-failure-count").map(str::to_owned);
    let mut counts: Vec<Option<String>> = world.pods().iter().map(count).collect();
    counts.arrange();
    assert_eq!(counts, ["0", "0", "1", "1"].map(|text| Some(text.to_owned())));
}

#[test]
fn a_rule_can_end_a_job_at_its_first_failure() {
    let mut world = World::new(1);
    let rule = |action: &str| json!({"action": action, "onExitCodes": {"operator": "In", "values": [1]}});
    world.job("crash", json!({"podFailurePolicy": {"rules": [rule("FailJob")]}}));
    world.run(8);
    assert_eq!(world.job_conditions(), ["FailureTarget=PodFailurePolicy", "Failed=PodFailurePolicy"]);
    let pod = world.pods()[0].meta.name.to_string();
    let message = world.job_status().conditions.unwrap()[0].message.clone().unwrap();
    let expected =
        format!("Container c for pod default/{pod} failed with exit code 1 matching FailJob rule at index 0");
    assert_eq!(message, expected);
    // A failure that is ignored does not count towards the limit.
    let mut world = World::new(1);
    world.job("crash", json!({"backoffLimit": 0, "podFailurePolicy": {"rules": [rule("Ignore")]}}));
    world.run(20);
    assert_eq!((world.pods().len(), world.job_status().failed, world.job_conditions().len()), (2, None, 0));
}

#[test]
fn a_job_that_takes_too_long_is_ended() {
    let mut world = World::new(1);
    world.job("busy", json!({"activeDeadlineSeconds": 5}));
    world.run(4);
    assert_eq!(world.job_status().ready, Some(1));
    world.run(6);
    assert_eq!(world.job_conditions(), ["FailureTarget=DeadlineExceeded", "Failed=DeadlineExceeded"]);
    assert_eq!(world.job_status().failed, Some(1));
    assert!(world.pods().is_empty());
    assert_eq!(world.told("DeadlineExceeded: Job was active longer than specified deadline"), 1);
}

#[test]
fn a_suspended_job_has_no_pods() {
    let mut world = World::new(1);
    world.job("busy", json!({"suspend": true}));
    world.run(3);
    assert_eq!((world.pods().len(), world.job_status().start_time), (0, None));
    assert_eq!(world.job_conditions(), ["Suspended=JobSuspended"]);
    let kind = world.cluster.kinds.job.clone();
    world.patch(&kind, "work", "suspend", json!(false));
    world.run(5);
    assert_eq!((world.pods().len(), world.job_status().ready, world.job_conditions().len()), (1, Some(1), 0));
    world.patch(&kind, "work", "suspend", json!(true));
    world.run(5);
    assert_eq!((world.pods().len(), world.job_status().failed), (0, None));
    let suspended = world.events().into_iter().filter(|event| event.contains("Job ")).collect::<Vec<_>>();
    assert_eq!(suspended, ["Suspended: Job suspended", "Resumed: Job resumed"]);
}

#[test]
fn pods_go_with_their_job_and_a_finished_job_goes_after_its_time() {
    let mut world = World::new(1);
    world.job("busy", json!({}));
    world.run(5);
    let kind = world.cluster.kinds.job.clone();
    let background = DeleteOptions { propagation: Some(Propagation::Background), ..DeleteOptions::default() };
    world.cluster.api.delete(&kind, &Key::new("default", "work"), &background).unwrap();
    world.cluster.settle(world.now);
    world.run(5);
    assert!(world.pods().is_empty());
    world.job("done", json!({"ttlSecondsAfterFinished": 10}));
    world.run(9);
    assert_eq!(world.job_conditions().len(), 2);
    world.run(9);
    assert!(world.jobs().is_empty() && world.pods().is_empty());
}

#[test]
fn a_cron_job_makes_a_job_each_minute_and_keeps_the_last_three() {
    let mut world = World::new(1);
    world.cron_job("done", json!({}));
    // It is 08:41:54.
    world.run(7);
    let first = START.secs() / 60 + 1;
    assert_eq!(world.jobs(), [format!("tick-{first}")]);
    let status = |world: &World| {
        let cron = world.cluster.api.get(&world.cluster.kinds.cron_job, &Key::new("default", "tick")).unwrap();
        cron.status::<CronJobStatus>().unwrap().clone()
    };
    assert_eq!(status(&world).active.map(|active| active.len()), Some(1));
    world.run(4 * 60 + 30);
    assert_eq!(world.jobs(), [2, 3, 4].map(|at| format!("tick-{}", first + at)));
    assert_eq!(status(&world).active, None);
    assert_eq!(
        status(&world).last_schedule_time.as_ref().map(time::from_meta),
        Some(Time::from_secs((first + 4) * 60))
    );
    assert_eq!(world.told(&format!("SawCompletedJob: Saw completed job: tick-{first}, condition: Complete")), 1);
    assert_eq!((world.told("SuccessfulCreate: Created job"), world.told("SuccessfulDelete: Deleted job")), (5, 2));
}

#[test]
fn what_a_cron_job_does_while_the_last_job_still_runs() {
    for (policy, jobs, event) in [
        ("Allow", 3, "SuccessfulCreate: Created job"),
        ("Forbid", 1, "JobAlreadyActive: Not starting job because prior execution is running"),
        ("Replace", 1, "SuccessfulDelete: Deleted job"),
    ] {
        let mut world = World::new(1);
        world.cron_job("busy", json!({"concurrencyPolicy": policy}));
        world.run(150);
        assert_eq!(world.jobs().len(), jobs, "{policy}");
        assert!(world.told(event) > 0, "{policy}: {:?}", world.events());
    }
}

#[test]
fn a_suspended_cron_job_catches_up_only_with_the_last_time() {
    let mut world = World::new(1);
    world.cron_job("busy", json!({"suspend": true}));
    world.run(200);
    assert!(world.jobs().is_empty());
    let kind = world.cluster.kinds.cron_job.clone();
    world.patch(&kind, "tick", "suspend", json!(false));
    world.run(1);
    assert_eq!(world.jobs(), [format!("tick-{}", world.now.secs() / 60)]);
}

#[test]
fn a_pod_whose_node_does_not_exist_is_collected_after_a_while() {
    let mut world = World::new(1);
    world.create(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "ghost", "namespace": "default"},
        "spec": {"nodeName": "node99", "containers": [{"name": "c", "image": "busy"}]},
    }));
    world.run(50);
    assert_eq!(world.pods().len(), 1);
    world.run(20);
    assert!(world.pods().is_empty());
}
