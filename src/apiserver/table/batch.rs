//! Rows of Jobs and CronJobs.

use serde_json::{Value, json};

use super::{AGE, Column, NAME, Row, containers, number, selector, text, wide};
use crate::api::{duration, time};

pub const JOB: &[Column] = &[
    NAME,
    text("Status"),
    text("Completions"),
    text("Duration"),
    AGE,
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];
pub const CRON_JOB: &[Column] = &[
    NAME,
    text("Schedule"),
    text("Timezone"),
    text("Suspend"),
    number("Active"),
    text("Last Schedule"),
    AGE,
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

pub fn job(row: &Row<'_>) -> Vec<Value> {
    let spec = &row.value["spec"];
    let done = row.count("/status/succeeded");
    let completions = match (spec["completions"].as_i64(), spec["parallelism"].as_i64()) {
        (Some(wanted), _) => format!("{done}/{wanted}"),
        (None, Some(parallelism)) if parallelism > 1 => format!("{done}/1 of {parallelism}"),
        _ => format!("{done}/1"),
    };
    let condition = |kind: &str| {
        row.list("/status/conditions")
            .iter()
            .any(|condition| condition["type"] == kind && condition["status"] == "True")
    };
    let status = if condition("Complete") {
        "Complete"
    } else if condition("Failed") {
        "Failed"
    } else if row.object.meta.deleted.is_some() {
        "Terminating"
    } else if condition("Suspended") {
        "Suspended"
    } else if condition("FailureTarget") {
        "FailureTarget"
    } else if condition("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    };
    let instant = |field: &str| row.value["status"][field].as_str().and_then(time::parse);
    let took = match (instant("startTime"), instant("completionTime")) {
        (Some(start), Some(end)) => duration::human(end.since(start)),
        (Some(start), None) => duration::age(row.now, start),
        (None, _) => String::new(),
    };
    let [names, images] = containers(&spec["template"]["spec"]);
    let selector = json!(selector(&spec["selector"]));
    vec![row.name(), json!(status), json!(completions), json!(took), row.age(), names, images, selector]
}

pub fn cron_job(row: &Row<'_>) -> Vec<Value> {
    let spec = &row.value["spec"];
    let last = row.since(&row.value["status"]["lastScheduleTime"], "<none>");
    let [names, images] = containers(&spec["jobTemplate"]["spec"]["template"]["spec"]);
    let suspended = if spec["suspend"] == true { "True" } else { "False" };
    vec![
        row.name(),
        json!(row.text("/spec/schedule", "")),
        json!(row.text("/spec/timeZone", "<none>")),
        json!(suspended),
        json!(row.list("/status/active").len()),
        json!(last),
        row.age(),
        names,
        images,
        json!(selector(&spec["jobTemplate"]["spec"]["selector"])),
    ]
}
