//! What `kubectl apply` changes: the difference between a file, what was applied before and
//! what is there, as a patch.
//!
//! Models apimachinery/pkg/util/strategicpatch CreateThreeWayMergePatch and jsonmergepatch.

use serde_json::{Map, Value, json};

use crate::api::Kind;
use crate::api::schema::{Schema, Schemas};

pub use crate::api::managed::apply::LAST_APPLIED;

/// What a file asks for: its object without the note of what was applied last, and with annotations, if none.
/// Models kubectl/pkg/util/apply.go GetModifiedConfiguration.
pub fn configuration(object: &Value) -> Value {
    let mut bare = object.clone();
    if !bare["metadata"]["annotations"].is_object() {
        bare["metadata"]["annotations"] = json!({});
    }
    if let Some(annotations) = bare["metadata"]["annotations"].as_object_mut() {
        annotations.remove(LAST_APPLIED);
    }
    bare
}

/// The object with itself noted as applied last.
pub fn with_last_applied(object: &Value) -> Value {
    let mut bare = configuration(object);
    let noted = format!("{bare}\n");
    bare["metadata"]["annotations"][LAST_APPLIED] = Value::String(noted);
    bare
}

/// The configuration that was applied last, if there was one.
pub fn last_applied(object: &Value) -> Option<Value> {
    serde_json::from_str(object["metadata"]["annotations"][LAST_APPLIED].as_str()?).ok()
}

/// The patch that turns `current` into `modified`, and takes away what `original` had and
/// `modified` has no more. Built-in kinds are merged by their schema (`true`), others as plain
/// JSON (`false`).
pub fn three_way(kind: &Kind, original: &Value, modified: &Value, current: &Value) -> (Value, bool) {
    let schemas = Schemas::builtin();
    let schema = schemas.kind(&kind.group, &kind.version, &kind.kind).map(|(_, schema)| schema);
    let empty = Map::new();
    let map = |value: &'_ Value| value.as_object().cloned().unwrap_or_else(|| empty.clone());
    let patch = maps(&map(original), &map(modified), &map(current), schema);
    (Value::Object(patch), schema.is_some())
}

/// The schema of a field, and the field's own, which says how it is merged.
fn field<'a>(schema: Option<&'a Schema>, key: &str) -> (Option<&'a Schema>, Option<&'a Schema>) {
    let Some(schema) = schema else { return (None, None) };
    let own = schema.properties.get(key).or(schema.additional_properties.as_deref());
    (own, own.map(|own| Schemas::builtin().resolve(own)))
}

fn maps(
    original: &Map<String, Value>,
    modified: &Map<String, Value>,
    current: &Map<String, Value>,
    schema: Option<&Schema>,
) -> Map<String, Value> {
    let mut patch = Map::new();
    for (key, wanted) in modified {
        let (own, inner) = field(schema, key);
        let before = original.get(key);
        match (wanted, current.get(key)) {
            (_, None) => {
                patch.insert(key.clone(), wanted.clone());
            }
            (Value::Object(wanted), Some(Value::Object(is))) => {
                let before = before.and_then(Value::as_object).cloned().unwrap_or_default();
                let mut sub = maps(&before, wanted, is, inner);
                if !sub.is_empty() {
                    if own.is_some_and(Schema::retains_keys) {
                        let keys: Vec<&String> = wanted.keys().collect();
                        sub.insert("$retainKeys".to_owned(), json!(keys));
                    }
                    patch.insert(key.clone(), Value::Object(sub));
                }
            }
            (Value::Array(wanted_items), Some(Value::Array(is))) if own.is_some_and(Schema::merges) => {
                let before = before.and_then(Value::as_array).cloned().unwrap_or_default();
                let merge_key = own.map(|own| own.patch_merge_key.as_str()).unwrap_or_default();
                lists(&mut patch, key, merge_key, (&before, wanted_items, is), inner);
            }
            (wanted, Some(is)) if wanted != is => {
                patch.insert(key.clone(), wanted.clone());
            }
            _ => {}
        }
    }
    for key in original.keys().filter(|key| !modified.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    patch
}

/// A list whose items are merged: by a key, or as a set.
fn lists(
    patch: &mut Map<String, Value>,
    key: &str,
    merge_key: &str,
    (original, modified, current): (&[Value], &[Value], &[Value]),
    schema: Option<&Schema>,
) {
    if merge_key.is_empty() {
        let added: Vec<Value> = modified.iter().filter(|item| !current.contains(item)).cloned().collect();
        let gone: Vec<Value> = original.iter().filter(|item| !modified.contains(item)).cloned().collect();
        if !added.is_empty() || !gone.is_empty() {
            patch.insert(format!("$setElementOrder/{key}"), json!(modified));
        }
        if !gone.is_empty() {
            patch.insert(format!("$deleteFromPrimitiveList/{key}"), Value::Array(gone));
        }
        if !added.is_empty() {
            patch.insert(key.to_owned(), Value::Array(added));
        }
        return;
    }
    let item_schema = schema.and_then(|schema| schema.items.as_deref()).map(|items| Schemas::builtin().resolve(items));
    let by_key =
        |list: &'_ [Value], item: &Value| list.iter().find(|other| other[merge_key] == item[merge_key]).cloned();
    let mut changes = Vec::new();
    for item in modified {
        match by_key(current, item) {
            None => changes.push(item.clone()),
            Some(is) => {
                let before = by_key(original, item).unwrap_or_else(|| json!({}));
                let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
                let mut sub = maps(&object(&before), &object(item), &object(&is), item_schema);
                if !sub.is_empty() {
                    sub.insert(merge_key.to_owned(), item[merge_key].clone());
                    changes.push(Value::Object(sub));
                }
            }
        }
    }
    for item in original.iter().filter(|item| by_key(modified, item).is_none()) {
        changes.push(json!({"$patch": "delete", merge_key: item[merge_key]}));
    }
    let order = |list: &[Value]| -> Vec<Value> { list.iter().map(|item| item[merge_key].clone()).collect() };
    if !changes.is_empty() || order(modified) != order(current) {
        let keys: Vec<Value> = modified.iter().map(|item| json!({merge_key: item[merge_key]})).collect();
        patch.insert(format!("$setElementOrder/{key}"), Value::Array(keys));
    }
    if !changes.is_empty() {
        patch.insert(key.to_owned(), Value::Array(changes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kinds;

    fn deployment(replicas: i64, labels: Value, containers: Value) -> Value {
        json!({"metadata": {"labels": labels, "name": "app"}, "spec": {"replicas": replicas,
            "template": {"spec": {"containers": containers}}}})
    }

    #[test]
    fn changes_deletions_and_what_others_have_set() {
        let kind = Kinds::builtin().builtin_kind("apps", "Deployment");
        let original = deployment(
            2,
            json!({"a": "1", "old": "x"}),
            json!([
            {"name": "web", "image": "nginx:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
            {"name": "side", "image": "busybox"}]),
        );
        let modified = deployment(
            2,
            json!({"a": "2"}),
            json!([
            {"name": "web", "image": "nginx:2", "env": [{"name": "A", "value": "1"}]}]),
        );
        let mut current = original.clone();
        current["spec"]["replicas"] = json!(5);
        current["metadata"]["labels"]["manual"] = json!("yes");
        current["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = json!("Always");
        let (patch, strategic) = three_way(&kind, &original, &modified, &current);
        assert!(strategic);
        assert_eq!(
            patch,
            json!({
                "metadata": {"labels": {"a": "2", "old": null}},
                "spec": {"replicas": 2, "template": {"spec": {
                    "$setElementOrder/containers": [{"name": "web"}],
                    "containers": [
                        {"name": "web", "image": "nginx:2", "$setElementOrder/env": [{"name": "A"}],
                         "env": [{"$patch": "delete", "name": "B"}]},
                        {"$patch": "delete", "name": "side"},
                    ]}}},
            })
        );
        let (same, _) = three_way(&kind, &modified, &modified, &modified);
        assert_eq!(same, json!({}));
    }

    #[test]
    fn notes_what_was_applied() {
        let object = json!({"kind": "ConfigMap", "metadata": {"name": "x"}});
        let noted = with_last_applied(&object);
        assert_eq!(
            noted["metadata"]["annotations"][LAST_APPLIED],
            "{\"kind\":\"ConfigMap\",\"metadata\":{\"annotations\":{},\"name\":\"x\"}}\n"
        );
        assert_eq!(last_applied(&noted).unwrap()["metadata"]["name"], "x");
    }
}
