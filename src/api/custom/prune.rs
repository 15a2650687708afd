//! Defaults filled in, and unknown fields taken away.
//!
//! Models apiserver/schema/defaulting/algorithm.go and apiserver/schema/pruning/algorithm.go.

use serde_json::Value;

use super::{MAX_DEPTH, META_FIELDS};
use crate::collections::Sort;

/// Fills in defaults.
pub fn default(value: &mut Value, schema: &Value, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    let stands_for_null = |value: &Value, schema: &Value| {
        value.is_null() && schema["nullable"] != true && schema.get("default").is_some()
    };
    match value {
        Value::Object(map) => {
            for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                if let Some(wanted) = field.get("default").filter(|wanted| !wanted.is_null())
                    && map.get(name).is_none_or(|value| stands_for_null(value, field))
                {
                    map.insert(name.clone(), wanted.clone());
                }
            }
            for (name, value) in map {
                let field = schema["properties"].get(name).unwrap_or(&schema["additionalProperties"]);
                if stands_for_null(value, field) {
                    *value = field["default"].clone();
                }
                default(value, field, depth + 1);
            }
        }
        Value::Array(items) => {
            for item in items {
                if stands_for_null(item, &schema["items"]) {
                    *item = schema["items"]["default"].clone();
                }
                default(item, &schema["items"], depth + 1);
            }
        }
        _ => {}
    }
}

/// Takes away what the schema does not know, and tells of it: `unknown field "spec.foo"`.
/// A `resource` has metadata of its own.
pub fn prune(value: &mut Value, schema: &Value, resource: bool) -> Vec<String> {
    let mut pruner = Pruner { path: String::new(), unknown: Vec::new() };
    pruner.visit(value, Some(schema), resource, 0);
    pruner.unknown.arrange();
    pruner.unknown.iter().map(|path| format!("unknown field \"{path}\"")).collect()
}

struct Pruner {
    path: String,
    unknown: Vec<String>,
}

impl Pruner {
    fn visit(&mut self, value: &mut Value, schema: Option<&Value>, resource: bool, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let keeps = schema.is_some_and(|schema| schema["x-kubernetes-preserve-unknown-fields"] == true);
        let resource = resource || schema.is_some_and(|schema| schema["x-kubernetes-embedded-resource"] == true);
        let mark = self.path.len();
        match value {
            Value::Object(map) => map.retain(|name, value| {
                if resource && META_FIELDS.contains(&name.as_str()) {
                    return true;
                }
                if mark > 0 {
                    self.path.push('.');
                }
                self.path.push_str(name);
                let others = schema.and_then(|schema| schema.get("additionalProperties"));
                let field = schema.and_then(|schema| schema["properties"].get(name)).or(others);
                let known = match field {
                    Some(Value::Bool(allowed)) => *allowed || keeps,
                    Some(field) => {
                        self.visit(value, Some(field), false, depth + 1);
                        true
                    }
                    None => keeps,
                };
                if !known {
                    self.unknown.push(self.path.clone());
                }
                self.path.truncate(mark);
                known
            }),
            Value::Array(items) => {
                let of = schema.and_then(|schema| schema.get("items"));
                for (at, item) in items.iter_mut().enumerate().filter(|_| of.is_some() || !keeps) {
                    self.path.push_str(&format!("[{at}]"));
                    self.visit(item, of, false, depth + 1);
                    self.path.truncate(mark);
                }
            }
            _ => {}
        }
    }
}
