//! Jobs and CronJobs. Models pkg/apis/batch/validation.

use k8s_openapi::api::batch::v1::{CronJobSpec, JobSpec};

use super::{not_negative, one_of, pods};
use crate::api::cron::Schedule;
use crate::api::zone::Zone;
use crate::api::{FieldError, Object};

pub fn job(object: &Object, out: &mut Vec<FieldError>) {
    if let Some(spec) = object.spec::<JobSpec>() {
        self::spec(spec, "spec", out);
    }
}

fn spec(spec: &JobSpec, field: &str, out: &mut Vec<FieldError>) {
    let path = |name: &str| format!("{field}.{name}");
    for (name, value) in [
        ("parallelism", spec.parallelism),
        ("completions", spec.completions),
        ("backoffLimit", spec.backoff_limit),
        ("ttlSecondsAfterFinished", spec.ttl_seconds_after_finished),
        ("backoffLimitPerIndex", spec.backoff_limit_per_index),
        ("maxFailedIndexes", spec.max_failed_indexes),
    ] {
        not_negative(value.map(i64::from), &path(name), out);
    }
    not_negative(spec.active_deadline_seconds, &path("activeDeadlineSeconds"), out);
    if let Some(mode) = spec.completion_mode.as_deref() {
        one_of(Some(mode), &path("completionMode"), &["NonIndexed", "Indexed"], out);
        if mode == "Indexed" && spec.completions.is_none() {
            let why = "when completion mode is Indexed";
            out.push(FieldError::required(&path("completions"), why));
        }
    }
    let template = path("template");
    pods::template(&spec.template, &template, out);
    let policy = spec.template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref()).unwrap_or_default();
    let per_index =
        [("backoffLimitPerIndex", spec.backoff_limit_per_index), ("maxFailedIndexes", spec.max_failed_indexes)];
    for (name, value) in per_index.into_iter().filter(|_| spec.completion_mode.as_deref() != Some("Indexed")) {
        if let Some(value) = value {
            out.push(FieldError::invalid(&path(name), value, "requires indexed completion mode"));
        }
    }
    if spec.pod_failure_policy.is_some() && policy == "OnFailure" {
        let why = "only \"Never\" is supported when podFailurePolicy is specified";
        out.push(FieldError::invalid(&format!("{template}.spec.restartPolicy"), policy, why));
    }
    if policy == "Always" {
        // The message names both values, the list of supported ones is the same.
        out.push(FieldError::required(
            &format!("{template}.spec.restartPolicy"),
            "valid values: \"OnFailure\", \"Never\"",
        ));
    }
}

pub fn cron_job(object: &Object, out: &mut Vec<FieldError>) {
    let Some(spec) = object.spec::<CronJobSpec>() else { return };
    // Its Jobs' names add the minute to this.
    if object.meta.name.len() > 52 {
        out.push(FieldError::invalid("metadata.name", &*object.meta.name, "must be no more than 52 characters"));
    }
    let template = spec.job_template.spec.clone().unwrap_or_default();
    self::spec(&template, "spec.jobTemplate.spec", out);
    if spec.schedule.is_empty() {
        out.push(FieldError::required("spec.schedule", ""));
    } else {
        let zone = time_zone(spec.time_zone.as_deref(), out);
        if let Err(why) = Schedule::parse(&spec.schedule, zone) {
            out.push(FieldError::invalid("spec.schedule", spec.schedule.as_str(), why));
        }
        if spec.schedule.contains("TZ") {
            let why = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
            out.push(FieldError::invalid("spec.schedule", spec.schedule.as_str(), why));
        }
    }
    not_negative(spec.starting_deadline_seconds, "spec.startingDeadlineSeconds", out);
    one_of(spec.concurrency_policy.as_deref(), "spec.concurrencyPolicy", &["Allow", "Forbid", "Replace"], out);
    not_negative(spec.successful_jobs_history_limit.map(i64::from), "spec.successfulJobsHistoryLimit", out);
    not_negative(spec.failed_jobs_history_limit.map(i64::from), "spec.failedJobsHistoryLimit", out);
}

/// The zone that a CronJob's schedule is in.
fn time_zone(name: Option<&str>, out: &mut Vec<FieldError>) -> Zone {
    let Some(name) = name else { return Zone::UTC };
    let field = "spec.timeZone";
    if name.is_empty() {
        out.push(FieldError::invalid(field, name, "timeZone must be nil or non-empty string"));
        return Zone::UTC;
    }
    if name.eq_ignore_ascii_case("local") {
        let why = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        out.push(FieldError::invalid(field, name, why));
    }
    Zone::named(name).unwrap_or_else(|| {
        out.push(FieldError::invalid(field, name, format!("unknown time zone {name}")));
        Zone::UTC
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::codec;

    #[test]
    fn jobs() {
        let faults = |more: Value| -> Vec<String> {
            let mut value = json!({"template": {"metadata": {}, "spec": {
                "restartPolicy": "OnFailure", "containers": [{"name": "c", "image": "busybox"}],
            }}});
            for (field, given) in more.as_object().unwrap() {
                value[field] = given.clone();
            }
            let mut out = Vec::new();
            spec(&codec::read(&value).unwrap(), "spec", &mut out);
            out.iter().map(|fault| fault.field.clone()).collect()
        };
        let per_index = |mode: &str| json!({"completions": 2, "completionMode": mode, "backoffLimitPerIndex": 1});
        assert!(faults(per_index("Indexed")).iter().all(|field| field.contains("template")));
        assert!(faults(per_index("NonIndexed")).contains(&"spec.backoffLimitPerIndex".to_owned()));
        assert!(
            faults(json!({"podFailurePolicy": {"rules": []}})).contains(&"spec.template.spec.restartPolicy".to_owned())
        );
        assert!(faults(json!({"backoffLimit": -1})).contains(&"spec.backoffLimit".to_owned()));
    }
}
