//! Rows of tables, as `kubectl get` prints them. Models pkg/printers/internalversion/printers.go.

use serde_json::{Value, json};

use crate::api::{Kind, Object};
use crate::sim::Time;

/// The columns of a kind's table.
pub fn columns(_kind: &Kind) -> Value {
    json!([
        {"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0},
        {"name": "Age", "type": "string", "format": "", "description": "", "priority": 0},
    ])
}

/// An object's cells.
pub fn row(object: &Object, _now: Time) -> Value {
    json!({"cells": [*object.meta.name, "<unknown>"]})
}
