//! Rows of ConfigMaps, Secrets, quotas and limits.

use serde_json::{Value, json};

use super::{AGE, Column, NAME, Row, number, text};
use crate::api::{Quantity, time};

pub const CONFIG_MAP: &[Column] = &[NAME, number("Data"), AGE];
pub const SECRET: &[Column] = &[NAME, text("Type"), number("Data"), AGE];
pub const QUOTA: &[Column] = &[NAME, text("Request"), text("Limit"), AGE];
/// Kinds that tell when they were made, not how old they are.
pub const CREATED: &[Column] = &[NAME, ("Created At", "date", "", 0)];

fn entries(row: &Row<'_>, field: &str) -> usize {
    row.value[field].as_object().map_or(0, serde_json::Map::len)
}

pub fn config_map(row: &Row<'_>) -> Vec<Value> {
    vec![row.name(), json!(entries(row, "data") + entries(row, "binaryData")), row.age()]
}

pub fn secret(row: &Row<'_>) -> Vec<Value> {
    vec![row.name(), json!(row.text("/type", "")), json!(entries(row, "data")), row.age()]
}

pub fn created(row: &Row<'_>) -> Vec<Value> {
    vec![row.name(), json!(row.object.meta.created.map_or("<unknown>".to_owned(), time::rfc3339))]
}

/// `cpu: 0/1, memory: 0/1Gi`: what is used of what may be.
pub fn quota(row: &Row<'_>) -> Vec<Value> {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    let amount = |value: &Value| value.as_str().and_then(Quantity::parse).unwrap_or_default();
    for (name, hard) in row.value["status"]["hard"].as_object().into_iter().flatten() {
        let used = amount(&row.value["status"]["used"][name]);
        let cell = format!("{name}: {used}/{}", amount(hard));
        if name.starts_with("limits") { limits.push(cell) } else { requests.push(cell) }
    }
    vec![row.name(), json!(requests.join(", ")), json!(limits.join(", ")), row.age()]
}
