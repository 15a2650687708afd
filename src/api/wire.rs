//! How Go writes values: JSON in the order of its structs' fields, and `%+v` of maps.

use serde_json::{Map, Value};

/// The order of ObjectMeta's fields.
const META: [&str; 15] = [
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];
/// The order of ManagedFieldsEntry's fields.
const MANAGED: [&str; 7] = ["manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1", "subresource"];
/// The order of an object's own fields; the others follow.
const OBJECT: [&str; 5] = ["kind", "apiVersion", "metadata", "spec", "status"];

/// An object as the API server's encoder writes it: `{"kind":…,"apiVersion":…,"metadata":{"name":…`.
/// Diverges: within spec and status the order is the alphabet's, since the schema knows no other.
pub fn object_text(value: &Value) -> String {
    let mut text = String::new();
    write(value, &OBJECT, &mut text);
    text
}

/// A patched object as a merge patch leaves it: its own fields by the alphabet, the metadata in
/// Go's order.
pub fn patched_text(value: &Value) -> String {
    let mut text = String::new();
    write(value, &[], &mut text);
    text
}

fn write(value: &Value, order: &[&str], text: &mut String) {
    match value {
        Value::Object(map) => {
            text.push('{');
            let listed = order.iter().filter_map(|name| map.get_key_value(*name));
            let others = map.iter().filter(|(name, _)| !order.contains(&name.as_str()));
            for (at, (name, value)) in listed.chain(others).enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                let inner: &[&str] = match name.as_str() {
                    "metadata" => &META,
                    "items" => &OBJECT,
                    "managedFields" => &MANAGED,
                    _ => &[],
                };
                write(value, inner, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(item, order, text);
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

/// `map[spec:map[replicas:x]]`: Go's `%+v`.
pub fn go_value(value: &Value) -> String {
    match value {
        Value::Object(map) => go_map(map),
        Value::Array(items) => {
            let each: Vec<String> = items.iter().map(go_value).collect();
            format!("[{}]", each.join(" "))
        }
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

/// [`go_value`] of a map.
pub fn go_map(map: &Map<String, Value>) -> String {
    let each: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", go_value(value))).collect();
    format!("map[{}]", each.join(" "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn orders() {
        let value =
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"a": "b"}, "name": "x"}, "spec": {}});
        assert_eq!(
            object_text(&value),
            r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x","labels":{"a":"b"}},"spec":{}}"#
        );
        assert!(patched_text(&value).starts_with(r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x""#));
        assert_eq!(
            go_value(&json!({"spec": {"replicas": "x", "l": [1, null]}})),
            "map[spec:map[l:[1 <nil>] replicas:x]]"
        );
    }
}
