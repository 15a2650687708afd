//! Rows of Events.

use serde_json::{Value, json};

use super::{Column, Row, text, wide};
use crate::api::event::EventBody;
use crate::api::{duration, time};

pub const COLUMNS: &[Column] = &[
    text("Last Seen"),
    text("Type"),
    text("Reason"),
    text("Object"),
    wide("Subobject"),
    wide("Source"),
    text("Message"),
    wide("First Seen"),
    ("Count", "integer", "", 1),
    ("Name", "string", "name", 1),
];

pub fn cells(row: &Row<'_>) -> Vec<Value> {
    let empty = EventBody::default();
    let event = row.object.rest::<EventBody>().unwrap_or(&empty);
    let since =
        |at: &Option<std::sync::Arc<str>>| at.as_deref().and_then(time::parse).map(|at| duration::age(row.now, at));
    // The newer API sets the event's time alone.
    let unknown = || "<unknown>".to_owned();
    let event_time = || since(&event.event_time);
    let first = since(&event.first_timestamp).or_else(event_time).unwrap_or_else(unknown);
    let last = since(&event.last_timestamp).unwrap_or_else(|| first.clone());
    let about = &event.involved_object;
    let object =
        if about.kind.is_empty() { String::new() } else { format!("{}/{}", about.kind.to_lowercase(), about.name) };
    let component = event.source.component.as_deref().unwrap_or(&event.reporting_component);
    let source = match event.source.host.as_deref() {
        Some(host) if !host.is_empty() => format!("{component}, {host}"),
        _ if event.source.component.is_none() && !event.reporting_instance.is_empty() => {
            format!("{component}, {}", event.reporting_instance)
        }
        _ => component.to_owned(),
    };
    vec![
        json!(last),
        json!(*event.type_),
        json!(*event.reason),
        json!(object),
        json!(about.field_path.as_deref().unwrap_or_default()),
        json!(source),
        json!(event.message.trim()),
        json!(first),
        json!(event.count.unwrap_or(1)),
        row.name(),
    ]
}
