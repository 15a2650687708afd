//! Custom resources. Models apiextensions-apiserver/pkg/registry/customresource/strategy.go.

use serde_json::Value;

use crate::api::custom::{Fault, broken, validate};
use crate::api::{FieldError, Object};

/// The mistakes of a custom resource; `old` is the version that it replaces.
pub fn check(object: &Object, old: Option<&Object>, out: &mut Vec<FieldError>) {
    let Some(custom) = &object.kind.custom else { return };
    if !out.is_empty() {
        return;
    }
    let value = object.to_value();
    let old = old.map(Object::to_value);
    let faults: Vec<Fault> = validate(&value, old.as_ref(), &custom.open_api);
    let broken = broken(&value, old.as_ref(), &custom.open_api, &faults);
    out.extend(faults.into_iter().map(|fault| fault.error).chain(broken));
    let path = custom.scale["specReplicasPath"].as_str().unwrap_or_default();
    if let Some(replicas) = at(&value, path).and_then(Value::as_i64).filter(|replicas| *replicas < 0) {
        out.push(FieldError::invalid(path, replicas, "should be a non-negative integer"));
    }
}

/// The value at a simple path: `.spec.replicas`.
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').filter(|name| !name.is_empty()).try_fold(value, |value, name| value.get(name))
}
