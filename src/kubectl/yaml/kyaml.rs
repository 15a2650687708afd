//! KYAML, the dialect of YAML with braces and quotes that kubectl prints with `-o kyaml`.
//!
//! Models sigs.k8s.io/yaml/kyaml.

use serde_json::Value;

use super::resolve::resolve;

/// The document as KYAML, its marker before it.
pub fn kyaml(value: &Value) -> String {
    let mut out = "---\n".to_owned();
    put(&mut out, value, 0);
    out.push('\n');
    out
}

fn put(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(map) => {
            out.push_str("{\n");
            for (key, value) in map {
                indent(out, depth + 1);
                out.push_str(&name(key));
                out.push_str(": ");
                put(out, value, depth + 1);
                out.push_str(",\n");
            }
            indent(out, depth);
            out.push('}');
        }
        // Braces cuddle: a list of objects or lists is written `[{ … }, { … }]`.
        Value::Array(items) if items.iter().all(|item| item.is_object() || item.is_array()) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                put(out, item, depth);
            }
            out.push(']');
        }
        Value::Array(items) => {
            out.push_str("[\n");
            for item in items {
                indent(out, depth + 1);
                put(out, item, depth + 1);
                out.push_str(",\n");
            }
            indent(out, depth);
            out.push(']');
        }
        Value::String(text) => out.push_str(&Value::String(text.clone()).to_string()),
        other => out.push_str(&other.to_string()),
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// A key needs quotes only where it could be taken for something else.
fn name(key: &str) -> String {
    let safe = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
        && matches!(resolve(key), Value::String(_));
    if safe { key.to_owned() } else { Value::String(key.to_owned()).to_string() }
}
