//! The events of an object. Models describe.go DescribeEvents.

use serde_json::Value;

use super::page::Page;
use super::{Scene, text};
use crate::api::time;
use crate::collections::Sort;
use crate::kubectl::age::since;
use crate::kubectl::fail::Fail;
use crate::sim::Time;

/// The events that name the object by this uid.
pub async fn of(scene: &Scene<'_>, uid: &str) -> Result<Vec<Value>, Fail> {
    let info = scene.info;
    let fields = format!(
        "involvedObject.kind={},involvedObject.name={},involvedObject.namespace={},involvedObject.uid={uid}",
        info.kind.kind, info.name, info.namespace
    );
    let path = match info.namespace.as_str() {
        "" => "/api/v1/events".to_owned(),
        namespace => format!("/api/v1/namespaces/{namespace}/events"),
    };
    // Without the right to see events there are none.
    Ok(scene.list(&path, &[("fieldSelector", fields)]).await.unwrap_or_default())
}

/// The events as a table, by when they were last seen.
pub fn table(page: &mut Page, events: &[Value], now: Time) {
    if events.is_empty() {
        page.line(0, "Events:\t<none>");
        return;
    }
    page.line(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage");
    page.line(0, "  ----\t------\t----\t----\t-------");
    let mut events: Vec<&Value> = events.iter().collect();
    events.arrange_by_key(|event| event["lastTimestamp"].as_str().and_then(time::parse).unwrap_or_default());
    for event in events {
        let mut source = text(&event["source"]["component"]);
        if source.is_empty() {
            source = text(&event["reportingComponent"]);
        }
        let part = text(&event["involvedObject"]["fieldPath"]);
        let part = if part.is_empty() { String::new() } else { format!("{part}: ") };
        page.line(
            0,
            format!(
                "  {}\t{}\t{}\t{source}\t{part}{}",
                text(&event["type"]),
                text(&event["reason"]),
                interval(event, now),
                text(&event["message"]).trim()
            ),
        );
    }
}

/// `5s`, or `5s (x3 over 2m)`.
pub fn interval(event: &Value, now: Time) -> String {
    let first = if event["eventTime"].is_string() { &event["eventTime"] } else { &event["firstTimestamp"] };
    let first = since(first, now);
    if event["series"].is_object() {
        let last = since(&event["series"]["lastObservedTime"], now);
        return format!("{last} (x{} over {first})", event["series"]["count"]);
    }
    match event["count"].as_i64() {
        Some(count) if count > 1 => format!("{} (x{count} over {first})", since(&event["lastTimestamp"], now)),
        _ => first,
    }
}
