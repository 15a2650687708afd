//! Jobs and CronJobs. Models pkg/apis/batch/validation.

use k8s_openapi::api::batch::v1::{CronJobSpec, JobSpec};

use super::{not_negative, one_of, pods};
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
    let template = spec.job_template.spec.clone().unwrap_or_default();
    self::spec(&template, "spec.jobTemplate.spec", out);
    if spec.schedule.is_empty() {
        out.push(FieldError::required("spec.schedule", ""));
    } else if let Err(why) = schedule(&spec.schedule) {
        out.push(FieldError::invalid("spec.schedule", spec.schedule.as_str(), why));
    }
    not_negative(spec.starting_deadline_seconds, "spec.startingDeadlineSeconds", out);
    one_of(spec.concurrency_policy.as_deref(), "spec.concurrencyPolicy", &["Allow", "Forbid", "Replace"], out);
    not_negative(spec.successful_jobs_history_limit.map(i64::from), "spec.successfulJobsHistoryLimit", out);
    not_negative(spec.failed_jobs_history_limit.map(i64::from), "spec.failedJobsHistoryLimit", out);
}

/// The fields of a schedule with their bounds, and the names that stand for numbers.
const FIELDS: [(u32, u32, &[&str]); 5] = [
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &[]),
    (1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

/// Checks a schedule in github.com/robfig/cron's words.
fn schedule(text: &str) -> Result<(), String> {
    if let Some(name) = text.strip_prefix('@') {
        let known = ["yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly"];
        if known.contains(&name) || name.starts_with("every ") {
            return Ok(());
        }
        return Err(format!("unrecognized descriptor: {text}"));
    }
    let parts: Vec<&str> = text.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Err(format!("expected exactly 5 fields, found {}: [{}]", parts.len(), parts.join(" ")));
    }
    for (part, (low, high, names)) in parts.iter().zip(FIELDS) {
        for range in part.split(',') {
            self::range(range, low, high, names)?;
        }
    }
    Ok(())
}

fn range(text: &str, low: u32, high: u32, names: &[&str]) -> Result<(), String> {
    let (span, step) = match text.split_once('/') {
        Some((_, step)) if step.contains('/') => return Err(format!("too many slashes: {text}")),
        Some((span, step)) => (span, Some(step)),
        None => (text, None),
    };
    let number = |text: &str| -> Result<u32, String> {
        if let Some(at) = names.iter().position(|name| text.eq_ignore_ascii_case(name)) {
            return Ok(low + u32::try_from(at).unwrap_or(0));
        }
        match text.parse::<i64>() {
            Ok(number) => u32::try_from(number).map_err(|_| format!("negative number ({number}) not allowed: {text}")),
            Err(_) => Err(format!("failed to parse int from {text}: strconv.Atoi: parsing \"{text}\": invalid syntax")),
        }
    };
    if let Some(step) = step
        && number(step)? == 0
    {
        return Err(format!("step of range should be a positive number: {text}"));
    }
    if matches!(span, "*" | "?") {
        return Ok(());
    }
    let (start, end) = match span.split_once('-') {
        Some((_, end)) if end.contains('-') => return Err(format!("too many hyphens: {text}")),
        Some((start, end)) => (number(start)?, number(end)?),
        None => (number(span)?, if step.is_some() { high } else { number(span)? }),
    };
    if start < low {
        return Err(format!("beginning of range ({start}) below minimum ({low}): {text}"));
    }
    if end > high {
        return Err(format!("end of range ({end}) above maximum ({high}): {text}"));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {text}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::schedule;

    #[test]
    fn schedules() {
        for fine in ["* * * * *", "*/5 0-6 1,15 jan-mar MON", "@daily", "0 0 * * 0/2"] {
            assert_eq!(schedule(fine), Ok(()), "{fine}");
        }
        for (text, why) in [
            ("* * *", "expected exactly 5 fields, found 3: [* * *]"),
            ("61 * * * *", "end of range (61) above maximum (59): 61"),
            ("a * * * *", "failed to parse int from a: strconv.Atoi: parsing \"a\": invalid syntax"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("@often", "unrecognized descriptor: @often"),
        ] {
            assert_eq!(schedule(text).unwrap_err(), why);
        }
    }
}
