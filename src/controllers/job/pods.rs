//! A Job's Pods: what is asked about one, and how one is made.

use std::sync::Arc;

use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, ObjectFieldSelector, PodStatus};

use super::policy::{self, Verdict};
use crate::api::{Kind, Object, PodSpec, time};
use crate::controllers::pod_template;
use crate::sim::{Duration, Time};

/// Keeps an ended Pod until the Job has counted it.
pub(super) const FINALIZER: &str = "batch.kubernetes.io/job-tracking";
const INDEX: &str = "batch.kubernetes.io/job-completion-index";
const FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
const IGNORED: &str = "batch.kubernetes.io/job-index-ignored-failure-count";
/// The longest prefix of a generated name.
const MAX_PREFIX: usize = 58;

pub(super) fn phase(pod: &Object) -> &str {
    pod.status::<PodStatus>().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

pub(super) fn ended(pod: &Object) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

pub(super) fn tracked(pod: &Object) -> bool {
    pod.meta.finalizers.iter().any(|one| one == FINALIZER)
}

pub(super) fn ready(pod: &Object) -> bool {
    let mut conditions = pod.status::<PodStatus>().into_iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.any(|one| one.type_ == "Ready" && one.status == "True")
}

/// Whether only Pods that have failed are replaced, not those that are about to end.
pub(super) fn only_replace_failed(spec: &JobSpec) -> bool {
    spec.pod_replacement_policy.as_deref() == Some("Failed") || spec.pod_failure_policy.is_some()
}

/// Whether a Pod counts as failed; one that is being deleted does, unless the Job waits for its end.
pub(super) fn failed(pod: &Object, spec: &JobSpec) -> bool {
    let deleted = pod.meta.deleted.is_some() && !only_replace_failed(spec);
    phase(pod) == "Failed" || (deleted && phase(pod) != "Succeeded")
}

/// The Pod's completion index, where it has one below `spec.completions`.
pub(super) fn index(pod: &Object, spec: &JobSpec) -> Option<i32> {
    let index: i32 = pod.meta.annotation(INDEX)?.parse().ok()?;
    (index >= 0 && index < spec.completions.unwrap_or(0)).then_some(index)
}

fn number(pod: &Object, annotation: &str) -> u32 {
    pod.meta.annotation(annotation).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// How often Pods of its index have failed before this one, ignored failures aside.
pub(super) fn index_failures(pod: &Object) -> u32 {
    number(pod, FAILURES)
}

/// The same with those that a rule ignored.
pub(super) fn all_index_failures(pod: &Object) -> u32 {
    number(pod, FAILURES).saturating_add(number(pod, IGNORED))
}

/// When a Pod ended, as well as can be told (getFinishedTime).
pub(super) fn finished_at(pod: &Object) -> Time {
    let status = pod.status::<PodStatus>();
    let containers = status.and_then(|status| status.container_statuses.as_deref()).unwrap_or_default();
    let ends: Option<Vec<Time>> = containers
        .iter()
        .map(|one| one.state.as_ref()?.terminated.as_ref()?.finished_at.as_ref().map(time::from_meta))
        .collect();
    let unready = || {
        let mut conditions = status?.conditions.iter().flatten();
        let ready = conditions.find(|one| one.type_ == "Ready" && one.status == "False")?;
        ready.last_transition_time.as_ref().map(time::from_meta)
    };
    let deleted = || {
        let grace = u64::try_from(pod.meta.grace_seconds.unwrap_or(0)).unwrap_or(0);
        let grace = Duration::from_secs(grace).as_micros();
        pod.meta.deleted.map(|at| Time(at.0.saturating_sub(u64::try_from(grace).unwrap_or(u64::MAX))))
    };
    let ends = ends.and_then(|ends| ends.into_iter().max());
    ends.or_else(unready).or_else(deleted).or(pod.meta.created).unwrap_or_default()
}

/// A new Pod of `job`; of an Indexed Job for that index, which takes the place of `replaced`.
pub(super) fn make(
    kind: &Arc<Kind>,
    job: &Object,
    spec: &JobSpec,
    index: Option<i32>,
    replaced: Option<&Object>,
) -> Object {
    let mut pod = pod_template::pod(kind, job, Some(&spec.template));
    pod.meta.finalizers = pod.meta.finalizers.iter().cloned().chain([FINALIZER.to_owned()]).collect();
    let Some(index) = index else { return pod };
    let suffix = format!("-{index}-");
    let room = MAX_PREFIX - suffix.len();
    let name = job.meta.name.get(..room).unwrap_or(&job.meta.name);
    pod.meta.generate_name = Some(format!("{name}{suffix}").into());
    pod.meta.annotate(INDEX, index.to_string());
    Arc::make_mut(&mut pod.meta.labels).insert(INDEX.to_owned(), index.to_string());
    if spec.backoff_limit_per_index.is_some() {
        let (mut failures, mut ignored) = replaced.map_or((0, 0), |pod| (number(pod, FAILURES), number(pod, IGNORED)));
        if let Some(replaced) = replaced {
            let counter = if policy::judge(spec, replaced) == Verdict::Ignore { &mut ignored } else { &mut failures };
            *counter = counter.saturating_add(1);
        }
        pod.meta.annotate(FAILURES, failures.to_string());
        if ignored > 0 {
            pod.meta.annotate(IGNORED, ignored.to_string());
        }
    }
    if let Some(spec) = pod.spec.get_mut::<PodSpec>() {
        spec.hostname = Some(format!("{}-{index}", job.meta.name));
        let spec = &mut **spec;
        for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
            let env = container.env.get_or_insert_default();
            if !env.iter().any(|one| one.name == "JOB_COMPLETION_INDEX") {
                env.push(index_variable());
            }
        }
    }
    pod
}

/// How a container learns its index.
fn index_variable() -> EnvVar {
    let field = ObjectFieldSelector { api_version: None, field_path: format!("metadata.labels['{INDEX}']") };
    EnvVar {
        name: "JOB_COMPLETION_INDEX".to_owned(),
        value: None,
        value_from: Some(EnvVarSource { field_ref: Some(field), ..EnvVarSource::default() }),
    }
}
