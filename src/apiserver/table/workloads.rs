//! Rows of the kinds that own Pods.

use serde_json::{Value, json};

use super::{AGE, Column, NAME, Row, containers, number, selector, text, wide};
use crate::api::Quantity;

pub const DEPLOYMENT: &[Column] = &[
    NAME,
    text("Ready"),
    number("Up-to-date"),
    number("Available"),
    AGE,
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];
pub const REPLICA_SET: &[Column] = &[
    NAME,
    number("Desired"),
    number("Current"),
    number("Ready"),
    AGE,
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];
pub const STATEFUL_SET: &[Column] = &[NAME, text("Ready"), AGE, wide("Containers"), wide("Images")];
pub const DAEMON_SET: &[Column] = &[
    NAME,
    number("Desired"),
    number("Current"),
    number("Ready"),
    number("Up-to-date"),
    number("Available"),
    text("Node Selector"),
    AGE,
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];
pub const CONTROLLER_REVISION: &[Column] = &[NAME, text("Controller"), number("Revision"), AGE];
pub const POD_TEMPLATE: &[Column] = &[NAME, text("Containers"), text("Images"), text("Pod Labels")];
pub const AUTOSCALER: &[Column] =
    &[NAME, text("Reference"), text("Targets"), text("MinPods"), text("MaxPods"), text("Replicas"), AGE];
pub const BUDGET: &[Column] =
    &[NAME, text("Min Available"), text("Max Unavailable"), number("Allowed Disruptions"), AGE];

pub fn deployment(row: &Row<'_>) -> Vec<Value> {
    let ready = format!("{}/{}", row.count("/status/readyReplicas"), row.count("/spec/replicas"));
    let [names, images] = containers(&row.value["spec"]["template"]["spec"]);
    vec![
        row.name(),
        json!(ready),
        json!(row.count("/status/updatedReplicas")),
        json!(row.count("/status/availableReplicas")),
        row.age(),
        names,
        images,
        json!(selector(&row.value["spec"]["selector"])),
    ]
}

/// ReplicationControllers, whose selector is a plain map, too.
pub fn replica_set(row: &Row<'_>) -> Vec<Value> {
    let [names, images] = containers(&row.value["spec"]["template"]["spec"]);
    let selected = &row.value["spec"]["selector"];
    let selector = if row.object.kind.group.is_empty() { super::labels(selected) } else { selector(selected) };
    vec![
        row.name(),
        json!(row.count("/spec/replicas")),
        json!(row.count("/status/replicas")),
        json!(row.count("/status/readyReplicas")),
        row.age(),
        names,
        images,
        json!(selector),
    ]
}

pub fn stateful_set(row: &Row<'_>) -> Vec<Value> {
    let ready = format!("{}/{}", row.count("/status/readyReplicas"), row.count("/spec/replicas"));
    let [names, images] = containers(&row.value["spec"]["template"]["spec"]);
    vec![row.name(), json!(ready), row.age(), names, images]
}

pub fn daemon_set(row: &Row<'_>) -> Vec<Value> {
    let [names, images] = containers(&row.value["spec"]["template"]["spec"]);
    vec![
        row.name(),
        json!(row.count("/status/desiredNumberScheduled")),
        json!(row.count("/status/currentNumberScheduled")),
        json!(row.count("/status/numberReady")),
        json!(row.count("/status/updatedNumberScheduled")),
        json!(row.count("/status/numberAvailable")),
        json!(super::labels(&row.value["spec"]["template"]["spec"]["nodeSelector"])),
        row.age(),
        names,
        images,
        json!(selector(&row.value["spec"]["selector"])),
    ]
}

pub fn controller_revision(row: &Row<'_>) -> Vec<Value> {
    let owner = row.object.meta.controller();
    let controller = owner.map_or("<none>".to_owned(), |owner| {
        let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
        let kind = owner.kind.to_lowercase();
        if group.is_empty() { format!("{kind}/{}", owner.name) } else { format!("{kind}.{group}/{}", owner.name) }
    });
    vec![row.name(), json!(controller), json!(row.count("/revision")), row.age()]
}

pub fn pod_template(row: &Row<'_>) -> Vec<Value> {
    let template = &row.value["template"];
    let [names, images] = containers(&template["spec"]);
    vec![row.name(), names, images, json!(super::labels(&template["metadata"]["labels"]))]
}

pub fn autoscaler(row: &Row<'_>) -> Vec<Value> {
    let target = &row.value["spec"]["scaleTargetRef"];
    let name = |field: &str| target[field].as_str().unwrap_or_default().to_owned();
    let minimum = row.value["spec"]["minReplicas"].as_i64().map_or("<unset>".to_owned(), |minimum| minimum.to_string());
    vec![
        row.name(),
        json!(format!("{}/{}", name("kind"), name("name"))),
        json!(targets(row)),
        json!(minimum),
        json!(row.count("/spec/maxReplicas").to_string()),
        json!(row.count("/status/currentReplicas").to_string()),
        row.age(),
    ]
}

/// `cpu: 1%/50%, memory: <unknown>/200Mi + 1 more...`. Models formatHPAMetrics.
fn targets(row: &Row<'_>) -> String {
    const SHOWN: usize = 2;
    let metrics = row.list("/spec/metrics");
    if metrics.is_empty() {
        return "<none>".to_owned();
    }
    let current = row.list("/status/currentMetrics");
    let each: Vec<String> = metrics.iter().enumerate().map(|(at, metric)| target(metric, current.get(at))).collect();
    let shown = each[..each.len().min(SHOWN)].join(", ");
    if each.len() > SHOWN { format!("{shown} + {} more...", each.len() - SHOWN) } else { shown }
}

fn target(metric: &Value, current: Option<&Value>) -> String {
    let quantity = |value: &Value| {
        value.as_str().and_then(Quantity::parse).map_or("<unknown>".to_owned(), |quantity| quantity.to_string())
    };
    let (part, prefix, average) = match metric["type"].as_str().unwrap_or_default() {
        "Resource" => ("resource", format!("{}: ", metric["resource"]["name"].as_str().unwrap_or_default()), ""),
        "ContainerResource" => {
            let name = metric["containerResource"]["name"].as_str().unwrap_or_default();
            ("containerResource", format!("{name}: "), "")
        }
        "External" => ("external", String::new(), " (avg)"),
        "Pods" => ("pods", String::new(), ""),
        "Object" => ("object", String::new(), " (avg)"),
        _ => return "<unknown type>".to_owned(),
    };
    let wanted = &metric[part]["target"];
    let now = current.map_or(&Value::Null, |current| &current[part]["current"]);
    if !wanted["averageUtilization"].is_null() {
        let now = now["averageUtilization"].as_i64().map_or("<unknown>".to_owned(), |now| format!("{now}%"));
        return format!("{prefix}{now}/{}%", wanted["averageUtilization"]);
    }
    let (field, suffix) = if wanted["averageValue"].is_null() { ("value", "") } else { ("averageValue", average) };
    format!("{prefix}{}/{}{suffix}", quantity(&now[field]), quantity(&wanted[field]))
}

pub fn budget(row: &Row<'_>) -> Vec<Value> {
    let bound = |field: &str| match &row.value["spec"][field] {
        Value::String(text) => json!(text),
        Value::Number(number) => json!(number.to_string()),
        _ => json!("N/A"),
    };
    vec![
        row.name(),
        bound("minAvailable"),
        bound("maxUnavailable"),
        json!(row.count("/status/disruptionsAllowed")),
        row.age(),
    ]
}
