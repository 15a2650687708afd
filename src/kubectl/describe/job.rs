//! Jobs and CronJobs. Models describe.go JobDescriber and CronJobDescriber.

use serde_json::Value;

use super::page::Page;
use super::{Scene, labels, list, pod_template, text};
use crate::api::time;
use crate::kubectl::age::{human, rfc1123};
use crate::kubectl::fail::Fail;

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let job = scene.object;
    let (metadata, spec, status) = (&job["metadata"], &job["spec"], &job["status"]);
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    if spec["selector"].is_object() {
        page.field(0, "Selector", labels::selector(&spec["selector"]));
    }
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    if let Some(controller) = super::controller(job) {
        page.field(0, "Controlled By", controller);
    }
    if !spec["parallelism"].is_null() {
        page.field(0, "Parallelism", &spec["parallelism"]);
    }
    page.field(0, "Completions", or_unset(&spec["completions"]));
    page.field_if(0, "Completion Mode", text(&spec["completionMode"]));
    if spec["suspend"].is_boolean() {
        page.field(0, "Suspend", &spec["suspend"]);
    }
    if !spec["backoffLimit"].is_null() {
        page.field(0, "Backoff Limit", &spec["backoffLimit"]);
    }
    if !spec["ttlSecondsAfterFinished"].is_null() {
        page.field(0, "TTL Seconds After Finished", &spec["ttlSecondsAfterFinished"]);
    }
    let (start, end) = (&status["startTime"], &status["completionTime"]);
    if start.is_string() {
        page.field(0, "Start Time", rfc1123(start));
    }
    if end.is_string() {
        page.field(0, "Completed At", rfc1123(end));
    }
    if let (Some(start), Some(end)) = (start.as_str().and_then(time::parse), end.as_str().and_then(time::parse)) {
        page.field(0, "Duration", human(end.since(start).as_secs() as i64));
    }
    if !spec["activeDeadlineSeconds"].is_null() {
        page.field(0, "Active Deadline Seconds", format!("{}s", spec["activeDeadlineSeconds"]));
    }
    let number = |key: &str| status[key].as_i64().unwrap_or(0);
    let ready = status["ready"].as_i64().map(|ready| format!(" ({ready} Ready)")).unwrap_or_default();
    page.field(
        0,
        "Pods Statuses",
        format!("{} Active{ready} / {} Succeeded / {} Failed", number("active"), number("succeeded"), number("failed")),
    );
    if spec["completionMode"] == "Indexed" {
        page.field(0, "Completed Indexes", cut_indexes(text(&status["completedIndexes"])));
    }
    pod_template(page, &spec["template"]);
    scene.events(page).await
}

/// A list of indexes, cut at a comma where it is long (capIndexesListOrNone).
fn cut_indexes(indexes: &str) -> String {
    const LIMIT: usize = 50;
    match indexes.get(LIMIT..).and_then(|rest| rest.find(',')) {
        _ if indexes.is_empty() => "<none>".to_owned(),
        Some(comma) => format!("{},...", &indexes[..LIMIT + comma]),
        None => indexes.to_owned(),
    }
}

fn or_unset(value: &Value) -> String {
    if value.is_null() { "<unset>".to_owned() } else { super::shown(value) }
}

pub async fn describe_cron(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let cron = scene.object;
    let (metadata, spec, status) = (&cron["metadata"], &cron["spec"], &cron["status"]);
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    page.field(0, "Schedule", text(&spec["schedule"]));
    page.field(0, "Concurrency Policy", text(&spec["concurrencyPolicy"]));
    page.field(0, "Suspend", super::yes(spec["suspend"] == true));
    page.field(0, "Time Zone", or_unset(&spec["timeZone"]));
    page.field(0, "Successful Job History Limit", or_unset(&spec["successfulJobsHistoryLimit"]));
    page.field(0, "Failed Job History Limit", or_unset(&spec["failedJobsHistoryLimit"]));
    let deadline = &spec["startingDeadlineSeconds"];
    page.field(
        0,
        "Starting Deadline Seconds",
        if deadline.is_null() { "<unset>".to_owned() } else { format!("{deadline}s") },
    );
    let job = &spec["jobTemplate"]["spec"];
    let selector = if job["selector"].is_object() { labels::selector(&job["selector"]) } else { "<unset>".to_owned() };
    page.field(0, "Selector", selector);
    page.field(0, "Parallelism", or_unset(&job["parallelism"]));
    page.field(0, "Completions", or_unset(&job["completions"]));
    pod_template(page, &job["template"]);
    let last = &status["lastScheduleTime"];
    page.field(0, "Last Schedule Time", if last.is_string() { rfc1123(last) } else { "<unset>".to_owned() });
    let active: Vec<&str> = list(&status["active"]).map(|job| text(&job["name"])).collect();
    page.field(0, "Active Jobs", super::or_none(&active.join(", ")));
    scene.events(page).await
}
