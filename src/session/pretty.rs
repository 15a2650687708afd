//! JSON as the API server writes it for people: indented, if a browser, curl or wget asks, or `?pretty=true`.
//!
//! Models staging/src/k8s.io/apiserver/pkg/endpoints/handlers/negotiation/negotiate.go (isPrettyPrint). Diverges: only
//! kind, apiVersion and metadata stand where Go's structures have them; other fields stand in the order of the alphabet.

use serde_json::{Map, Value};

use crate::machine::HttpRequest;

/// Go's ObjectMeta and ListMeta.
const METADATA: &[&str] = &[
    "name",
    "generateName",
    "namespace",
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

const OBJECT: &[&str] = &["kind", "apiVersion", "metadata"];

/// How deep values are followed.
const DEPTH_MAX: usize = 100;

/// Whether whoever asks is a person, by the looks of it.
pub fn is_wanted(request: &HttpRequest) -> bool {
    let asked = request.query().split('&').find_map(|pair| pair.strip_prefix("pretty="));
    match asked {
        Some(asked) => matches!(asked, "true" | "1" | "t" | "T" | "TRUE" | "True"),
        None => {
            let agent = request.header("User-Agent").unwrap_or_default();
            ["curl", "Wget", "Mozilla/5.0"].iter().any(|known| agent.starts_with(known))
        }
    }
}

/// A value, indented.
pub fn print(value: &Value) -> String {
    let mut out = String::new();
    put(value, OBJECT, 0, &mut out);
    out
}

fn put(value: &Value, first: &[&str], depth: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() && depth < DEPTH_MAX => {
            out.push('{');
            for (at, (key, value)) in ordered(map, first).into_iter().enumerate() {
                let inside = if key == "metadata" { METADATA } else { OBJECT };
                begin(at, depth, out);
                out.push_str(&Value::from(key).to_string());
                out.push_str(": ");
                put(value, inside, depth + 1, out);
            }
            end('}', depth, out);
        }
        Value::Array(items) if !items.is_empty() && depth < DEPTH_MAX => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                begin(at, depth, out);
                put(item, OBJECT, depth + 1, out);
            }
            end(']', depth, out);
        }
        other => out.push_str(&other.to_string()),
    }
}

fn ordered<'a>(map: &'a Map<String, Value>, first: &[&str]) -> Vec<(&'a str, &'a Value)> {
    let leading = first.iter().filter_map(|name| map.get_key_value(*name));
    let others = map.iter().filter(|(key, _)| !first.contains(&key.as_str()));
    leading.chain(others).map(|(key, value)| (key.as_str(), value)).collect()
}

fn begin(at: usize, depth: usize, out: &mut String) {
    if at > 0 {
        out.push(',');
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth + 1));
}

fn end(bracket: char, depth: usize, out: &mut String) {
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push(bracket);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kind_stands_first() {
        let list = json!({"items": [], "apiVersion": "v1", "kind": "PodList", "metadata": {"resourceVersion": "7"}});
        let expected = "{\n  \"kind\": \"PodList\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {\n    \"resourceVersion\": \"7\"\n  },\n  \"items\": []\n}";
        assert_eq!(print(&list), expected);
    }
}
