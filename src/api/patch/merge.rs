//! JSON merge patch (RFC 7386): objects merge, null removes, all else replaces.

use serde_json::{Map, Value};

/// Applies `patch` to `target`.
pub fn merge_patch(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(map) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            map.remove(key);
        } else {
            merge_patch(map.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn merging() {
        let mut target = json!({"a": {"b": 1, "c": [1]}, "d": 2});
        merge_patch(&mut target, &json!({"a": {"b": null, "c": [2, 3]}, "e": {"f": null, "g": 1}}));
        assert_eq!(target, json!({"a": {"c": [2, 3]}, "d": 2, "e": {"g": 1}}));
    }
}
