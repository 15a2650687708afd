//! Which empty fields are not kept. Go's `omitempty` drops zero values of plain fields, but keeps
//! those of pointers, and the schema does not tell the two apart.

use serde_json::Value;

use super::Schema;

/// Plain booleans and numbers, dropped where they are false or zero.
const PLAIN: [&str; 22] = [
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "hostPort",
    "initialDelaySeconds",
    "minReadySeconds",
    "paused",
    "publishNotReadyAddresses",
    "readOnly",
    "stdin",
    "stdinOnce",
    "tty",
    "unschedulable",
    "nodePort",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
    "observedGeneration",
    "updatedReplicas",
    "globalDefault",
    "generation",
];

/// Texts that are pointers, kept though empty.
const TEXT_POINTERS: [&str; 7] =
    ["storageClassName", "service", "ingressClassName", "volumeMode", "appProtocol", "type", "pathType"];

/// Whether Go would not print the field `name` with this value.
pub fn omitted(name: &str, value: &Value, field: &Schema, parent: &Schema) -> bool {
    if value.is_null() {
        return true;
    }
    if parent.required.iter().any(|required| required == name) {
        return false;
    }
    match value {
        Value::Array(items) => items.is_empty(),
        // Maps are dropped, structs are kept: most of them are pointers, or printed anyway.
        Value::Object(map) => map.is_empty() && field.additional_properties.is_some(),
        Value::String(text) => text.is_empty() && !TEXT_POINTERS.contains(&name),
        Value::Bool(false) => PLAIN.contains(&name),
        Value::Number(number) => number.as_i64() == Some(0) && PLAIN.contains(&name),
        _ => false,
    }
}
