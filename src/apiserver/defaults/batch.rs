//! Defaults of Jobs and CronJobs. Models pkg/apis/batch/v1/defaults.go.

use k8s_openapi::api::batch::v1::{CronJobSpec, JobSpec};

use super::{apps::pod_template, set, set_text};

pub fn job(spec: &mut JobSpec) {
    if spec.completions.is_none() && spec.parallelism.is_none() {
        spec.completions = Some(1);
        spec.parallelism = Some(1);
    }
    set(&mut spec.parallelism, || 1);
    set(&mut spec.backoff_limit, || 6);
    set_text(&mut spec.completion_mode, "NonIndexed");
    set(&mut spec.suspend, || false);
    set(&mut spec.manual_selector, || false);
    let replacement = if spec.pod_failure_policy.is_some() { "Failed" } else { "TerminatingOrFailed" };
    set_text(&mut spec.pod_replacement_policy, replacement);
    pod_template(&mut spec.template);
}

pub fn cron_job(spec: &mut CronJobSpec) {
    set_text(&mut spec.concurrency_policy, "Allow");
    set(&mut spec.suspend, || false);
    set(&mut spec.successful_jobs_history_limit, || 3);
    set(&mut spec.failed_jobs_history_limit, || 1);
    set(&mut spec.job_template.metadata, Default::default);
    // A job template is not defaulted as a Job, but its Pod template is.
    pod_template(&mut spec.job_template.spec.get_or_insert_default().template);
}
