//! Columns of custom resources.
//! Models apiextensions-apiserver/pkg/registry/customresource/tableconvertor/tableconvertor.go.

use serde_json::{Value, json};

use crate::api::custom::Custom;
use crate::api::jsonpath::{JsonPath, text_of};
use crate::api::{Object, duration, time};
use crate::sim::Time;

/// The columns that a definition asks for, behind the name.
pub fn columns(custom: &Custom) -> Value {
    let mut columns =
        vec![json!({"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0})];
    for column in &custom.columns {
        let text = |name: &str| column[name].as_str().unwrap_or_default();
        let described = match text("description") {
            "" => format!("Custom resource definition column (in JSONPath format): {}", text("jsonPath")),
            words => words.to_owned(),
        };
        columns.push(json!({
            "name": text("name"), "type": text("type"), "format": text("format"), "description": described,
            "priority": column["priority"].as_i64().unwrap_or(0),
        }));
    }
    Value::Array(columns)
}

/// An object's cells; null where a path leads nowhere.
pub fn cells(custom: &Custom, object: &Object, now: Time) -> Vec<Value> {
    let value = object.to_value();
    let mut cells = vec![json!(*object.meta.name)];
    for column in &custom.columns {
        let path = column["jsonPath"].as_str().unwrap_or_default();
        let found = JsonPath::parse(&format!("{{{path}}}")).ok().and_then(|path| {
            let parts = path.find(&value).ok()?;
            parts.first()?.first().map(|found| found.value().clone())
        });
        let type_ = column["type"].as_str().unwrap_or_default();
        cells.push(found.map_or(Value::Null, |value| cell(type_, &value, now)));
    }
    cells
}

fn cell(type_: &str, value: &Value, now: Time) -> Value {
    match (type_, value) {
        ("string", value) => json!(text_of(value)),
        ("integer", Value::Number(number)) => json!(number.as_i64()),
        ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) => value.clone(),
        ("date", Value::String(text)) => match time::parse(text) {
            Some(at) => json!(duration::age(now, at)),
            None => json!("<invalid>"),
        },
        _ => Value::Null,
    }
}
