//! Rows of Nodes.

use serde_json::{Value, json};

use super::{AGE, Column, NAME, Row, text, wide};
use crate::collections::Sort;

pub const COLUMNS: &[Column] = &[
    NAME,
    text("Status"),
    text("Roles"),
    AGE,
    text("Version"),
    wide("Internal-IP"),
    wide("External-IP"),
    wide("OS-Image"),
    wide("Kernel-Version"),
    wide("Container-Runtime"),
];

pub fn cells(row: &Row<'_>) -> Vec<Value> {
    let ready = row.list("/status/conditions").iter().find(|condition| condition["type"] == "Ready");
    let mut status = match ready.map(|condition| condition["status"] == "True") {
        Some(true) => "Ready",
        Some(false) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if row.value["spec"]["unschedulable"] == true {
        status.push_str(",SchedulingDisabled");
    }
    let address = |kind: &str| {
        let found = row.list("/status/addresses").iter().find(|address| address["type"] == kind);
        json!(found.and_then(|address| address["address"].as_str()).unwrap_or("<none>"))
    };
    let kernel = row.text("/status/nodeInfo/kernelVersion", "<unknown>");
    let architecture = row.text("/status/nodeInfo/architecture", "");
    let kernel = if architecture.is_empty() { kernel } else { format!("{kernel} ({architecture})") };
    vec![
        row.name(),
        json!(status),
        json!(roles(row)),
        row.age(),
        json!(row.text("/status/nodeInfo/kubeletVersion", "")),
        address("InternalIP"),
        address("ExternalIP"),
        json!(row.text("/status/nodeInfo/osImage", "<unknown>")),
        json!(kernel),
        json!(row.text("/status/nodeInfo/containerRuntimeVersion", "<unknown>")),
    ]
}

fn roles(row: &Row<'_>) -> String {
    let mut roles: Vec<&str> = Vec::new();
    for (key, value) in &*row.object.meta.labels {
        let role = key.strip_prefix("node-role.kubernetes.io/");
        let role = role.or((key == "kubernetes.io/role").then_some(value.as_str()));
        roles.extend(role.filter(|role| !role.is_empty()));
    }
    roles.arrange();
    if roles.is_empty() { "<none>".to_owned() } else { roles.join(",") }
}
