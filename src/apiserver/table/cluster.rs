//! Rows of the kinds that concern the whole cluster.

use serde_json::{Value, json};

use super::{AGE, Column, NAME, Row, number, text, wide};
use crate::api::duration;
use crate::sim::Duration;

pub const NAMESPACE: &[Column] = &[NAME, text("Status"), AGE];
pub const LEASE: &[Column] = &[NAME, text("Holder"), AGE];
pub const PRIORITY_CLASS: &[Column] =
    &[NAME, number("Value"), ("Global-Default", "boolean", "", 0), AGE, text("PreemptionPolicy")];
pub const BINDING: &[Column] = &[NAME, text("Role"), AGE, wide("Users"), wide("Groups"), wide("ServiceAccounts")];
pub const SIGNING_REQUEST: &[Column] =
    &[NAME, AGE, text("SignerName"), text("Requestor"), text("RequestedDuration"), text("Condition")];
pub const API_SERVICE: &[Column] = &[NAME, text("Service"), text("Available"), AGE];
pub const COMPONENT: &[Column] = &[NAME, text("Status"), text("Message"), text("Error")];

pub fn namespace(row: &Row<'_>) -> Vec<Value> {
    vec![row.name(), json!(row.text("/status/phase", "")), row.age()]
}

pub fn lease(row: &Row<'_>) -> Vec<Value> {
    vec![row.name(), json!(row.text("/spec/holderIdentity", "")), row.age()]
}

pub fn priority_class(row: &Row<'_>) -> Vec<Value> {
    let default = row.value["globalDefault"] == true;
    let policy = row.text("/preemptionPolicy", "");
    vec![row.name(), json!(row.count("/value")), json!(default), row.age(), json!(policy)]
}

pub fn binding(row: &Row<'_>) -> Vec<Value> {
    let role = format!("{}/{}", row.text("/roleRef/kind", ""), row.text("/roleRef/name", ""));
    let subjects = |kind: &str| {
        let named = row.list("/subjects").iter().filter(|subject| subject["kind"] == kind);
        let names: Vec<String> = named
            .map(|subject| {
                let name = subject["name"].as_str().unwrap_or_default();
                match kind {
                    "ServiceAccount" => format!("{}/{name}", subject["namespace"].as_str().unwrap_or_default()),
                    _ => name.to_owned(),
                }
            })
            .collect();
        json!(names.join(", "))
    };
    vec![row.name(), json!(role), row.age(), subjects("User"), subjects("Group"), subjects("ServiceAccount")]
}

pub fn signing_request(row: &Row<'_>) -> Vec<Value> {
    let has = |kind: &str| row.list("/status/conditions").iter().any(|condition| condition["type"] == kind);
    let mut condition = match (has("Denied"), has("Approved")) {
        (true, _) => "Denied",
        (false, true) => "Approved",
        (false, false) => "Pending",
    }
    .to_owned();
    if has("Failed") {
        condition.push_str(",Failed");
    }
    if !row.text("/status/certificate", "").is_empty() {
        condition.push_str(",Issued");
    }
    let lasting = row.value["spec"]["expirationSeconds"].as_u64();
    let lasting = lasting.map_or("<none>".to_owned(), |seconds| duration::human(Duration::from_secs(seconds)));
    vec![
        row.name(),
        row.age(),
        json!(row.text("/spec/signerName", "<none>")),
        json!(row.text("/spec/username", "")),
        json!(lasting),
        json!(condition),
    ]
}

pub fn api_service(row: &Row<'_>) -> Vec<Value> {
    let service = &row.value["spec"]["service"];
    let service = match (service["namespace"].as_str(), service["name"].as_str()) {
        (Some(namespace), Some(name)) => format!("{namespace}/{name}"),
        _ => "Local".to_owned(),
    };
    let condition = row.list("/status/conditions").iter().find(|condition| condition["type"] == "Available");
    let available = match condition {
        Some(condition) if condition["status"] == "True" => "True".to_owned(),
        Some(condition) => format!(
            "{} ({})",
            condition["status"].as_str().unwrap_or_default(),
            condition["reason"].as_str().unwrap_or_default()
        ),
        None => "Unknown".to_owned(),
    };
    vec![row.name(), json!(service), json!(available), row.age()]
}

pub fn component(row: &Row<'_>) -> Vec<Value> {
    let healthy = row.list("/conditions").iter().find(|condition| condition["type"] == "Healthy");
    let field = |name: &str| healthy.and_then(|healthy| healthy[name].as_str()).unwrap_or_default().to_owned();
    let status = match &*field("status") {
        "True" => "Healthy",
        "False" => "Unhealthy",
        _ => "Unknown",
    };
    vec![row.name(), json!(status), json!(field("message")), json!(field("error"))]
}
