//! Strategic merge patch: lists merge by the keys that the schema names.
//!
//! Models apimachinery/pkg/util/strategicpatch/patch.go: `$patch`, `$retainKeys`,
//! `$setElementOrder` and `$deleteFromPrimitiveList`, and where merged items end up in a list.

use serde_json::{Map, Value};

use crate::api::schema::{Schema, Schemas};
use crate::api::wire::go_map;
use crate::collections::Sort;

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const SET_ORDER: &str = "$setElementOrder/";
const DELETE_PRIMITIVES: &str = "$deleteFromPrimitiveList/";

/// Applies `patch` to `target`, whose type is `schema`.
pub fn strategic_merge_patch(
    schemas: &Schemas,
    schema: &Schema,
    target: &Value,
    patch: &Value,
) -> Result<Value, String> {
    let (Value::Object(target), Value::Object(patch)) = (target, patch) else {
        return Err("Invalid JSON document".to_owned());
    };
    merge_map(schemas, Some(schema), target.clone(), patch.clone()).map(Value::Object)
}

type Object = Map<String, Value>;

fn merge_map(
    schemas: &Schemas,
    schema: Option<&Schema>,
    mut target: Object,
    mut patch: Object,
) -> Result<Object, String> {
    match patch.remove(DIRECTIVE) {
        None => {}
        Some(Value::String(directive)) => match &*directive {
            "merge" => {}
            "replace" => return Ok(patch),
            "delete" => return Ok(Object::new()),
            other => return Err(format!("unknown patch type: {other} in map")),
        },
        Some(other) => return Err(format!("unknown patch type: {other} in map")),
    }
    if let Some(Value::Array(retained)) = patch.remove(RETAIN_KEYS) {
        target.retain(|key, _| retained.iter().any(|name| name == key));
    }
    let field = |name: &str| schema.and_then(|schema| schema.properties.get(name));
    let inner = |field: Option<&'_ Schema>| -> Option<Schema> {
        // Maps' values have one schema for all.
        field.map(|field| schemas.resolve(field).clone())
    };
    set_orders(schemas, schema, &mut target, &mut patch)?;
    for (key, value) in patch {
        if let Some(name) = key.strip_prefix(DELETE_PRIMITIVES) {
            if let (Some(Value::Array(items)), Value::Array(gone)) = (target.get_mut(name), &value) {
                items.retain(|item| !gone.contains(item));
            }
            continue;
        }
        if value.is_null() {
            target.remove(&key);
            continue;
        }
        let merged = match (target.remove(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                let known = field(&key).or(schema.and_then(|schema| schema.additional_properties.as_deref()));
                let replaces = known.is_some_and(|known| known.patch_strategy == "replace");
                if replaces {
                    Value::Object(new)
                } else {
                    Value::Object(merge_map(schemas, inner(known).as_ref(), old, new)?)
                }
            }
            (Some(Value::Array(old)), Value::Array(new)) => match field(&key).filter(|field| field.merges()) {
                Some(list) => {
                    let order = new.clone();
                    let merged = merge_list(schemas, list, &old, new)?;
                    Value::Array(ordered(merged, &order, &old, &list.patch_merge_key))
                }
                None => Value::Array(new),
            },
            (_, value) => plain(value),
        };
        target.insert(key, merged);
    }
    Ok(target)
}

/// A value that meets nothing to merge with: directives and nulls have no meaning in it.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(key, value)| !key.starts_with('$') && !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, plain(value))).collect())
        }
        Value::Array(items) => {
            let kept =
                items.into_iter().filter(|item| item.get(DIRECTIVE).is_none_or(|directive| directive == "merge"));
            Value::Array(kept.map(plain).collect())
        }
        other => other,
    }
}

/// Merges the items of a list, in no particular order yet.
fn merge_list(schemas: &Schemas, list: &Schema, old: &[Value], patch: Vec<Value>) -> Result<Vec<Value>, String> {
    let mut merged = old.to_vec();
    let key = &*list.patch_merge_key;
    if key.is_empty() {
        for item in patch {
            if !merged.contains(&item) {
                merged.push(item);
            }
        }
        return Ok(merged);
    }
    let item_schema = list.items.as_deref().map(|items| schemas.resolve(items));
    let replaces = patch.iter().any(|item| item.get(DIRECTIVE).is_some_and(|directive| directive == "replace"));
    if replaces {
        return Ok(patch.into_iter().filter(|item| item.get(DIRECTIVE).is_none()).collect());
    }
    for item in patch {
        let Value::Object(mut item) = item else {
            return Err(format!("cannot merge lists of different types: {item}"));
        };
        let Some(name) = item.get(key).cloned() else {
            return Err(format!("map: {} does not contain declared merge key: {key}", go_map(&item)));
        };
        let place = merged.iter().position(|old| old.get(key) == Some(&name));
        match (item.get(DIRECTIVE).and_then(Value::as_str), place) {
            (Some("delete"), _) => merged.retain(|old| old.get(key) != Some(&name)),
            (Some(other), _) if other != "merge" => return Err(format!("unknown patch type: {other} in map")),
            (_, Some(place)) => {
                item.remove(DIRECTIVE);
                if let Value::Object(old) = merged[place].take() {
                    merged[place] = Value::Object(merge_map(schemas, item_schema, old, item)?);
                }
            }
            (_, None) => merged.push(plain(Value::Object(item))),
        }
    }
    Ok(merged)
}

/// Carries out `$setElementOrder`: the lists that it names are merged and ordered here.
fn set_orders(
    schemas: &Schemas,
    schema: Option<&Schema>,
    target: &mut Object,
    patch: &mut Object,
) -> Result<(), String> {
    let directives: Vec<String> = patch.keys().filter(|key| key.starts_with(SET_ORDER)).cloned().collect();
    for directive in directives {
        let Some(Value::Array(order)) = patch.remove(&directive) else { continue };
        let name = &directive[SET_ORDER.len()..];
        let Some(list) = schema.and_then(|schema| schema.properties.get(name)) else { continue };
        if let Some(Value::Array(gone)) = patch.remove(&format!("{DELETE_PRIMITIVES}{name}"))
            && let Some(Value::Array(items)) = target.get_mut(name)
        {
            items.retain(|item| !gone.contains(item));
        }
        let old = match target.get(name) {
            Some(Value::Array(items)) => items.clone(),
            _ => Vec::new(),
        };
        let merged = match patch.remove(name) {
            Some(Value::Array(items)) => merge_list(schemas, list, &old, items)?,
            Some(Value::Null) => {
                target.remove(name);
                continue;
            }
            _ if target.contains_key(name) => old.clone(),
            _ => continue,
        };
        let ordered = ordered(merged, &order, &old, &list.patch_merge_key);
        target.insert(name.to_owned(), Value::Array(ordered));
    }
    Ok(())
}

/// The items that `order` names come in its order; the others keep theirs, and stand before
/// those that they stood before. Models normalizeElementOrder and mergeSortedSlice.
fn ordered(merged: Vec<Value>, order: &[Value], old: &[Value], key: &str) -> Vec<Value> {
    let place = |list: &[Value], item: &Value| {
        list.iter().position(|other| match key {
            "" => other == item,
            key => other.get(key).is_some() && other.get(key) == item.get(key),
        })
    };
    let (mut named, mut others): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| place(order, item).is_some());
    named.arrange_by_key(|item| place(order, item));
    others.arrange_by_key(|item| place(old, item).unwrap_or(usize::MAX));
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    let mut all = Vec::new();
    while let (Some(left), Some(right)) = (others.peek(), named.peek()) {
        let before = matches!((place(old, left), place(old, right)), (Some(left), Some(right)) if left < right);
        all.extend(if before { others.next() } else { named.next() });
    }
    all.extend(others);
    all.extend(named);
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod_spec(target: Value, patch: Value) -> Result<Value, String> {
        let schemas = Schemas::builtin();
        strategic_merge_patch(schemas, schemas.named("io.k8s.api.core.v1.PodSpec").unwrap(), &target, &patch)
    }

    #[test]
    fn lists_merge_by_key() {
        let target =
            json!({"containers": [{"name": "a", "image": "x", "env": [{"name": "A", "value": "1"}]}, {"name": "b"}]});
        let patch = json!({"containers": [{"name": "a", "env": [{"name": "C", "value": "3"}]}]});
        // What the patch brings stands first.
        let env = json!([{"name": "C", "value": "3"}, {"name": "A", "value": "1"}]);
        assert_eq!(
            pod_spec(target, patch).unwrap(),
            json!({"containers": [{"name": "a", "image": "x", "env": env}, {"name": "b"}]})
        );
    }

    #[test]
    fn directives() {
        let target = json!({"containers": [{"name": "a"}, {"name": "b"}], "nodeSelector": {"x": "1", "y": "2"}});
        for (patch, containers) in [
            (json!({"containers": [{"name": "a", "$patch": "delete"}]}), json!([{"name": "b"}])),
            (json!({"containers": [{"name": "c"}, {"$patch": "replace"}]}), json!([{"name": "c"}])),
            (
                json!({"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}),
                json!([{"name": "b"}, {"name": "a"}]),
            ),
            (
                json!({"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}], "containers": [{"name": "c"}]}),
                json!([{"name": "c"}, {"name": "a"}, {"name": "b"}]),
            ),
        ] {
            assert_eq!(pod_spec(target.clone(), patch).unwrap()["containers"], containers);
        }
        let replaced = pod_spec(target.clone(), json!({"nodeSelector": {"$patch": "replace", "z": "3"}})).unwrap();
        assert_eq!(replaced["nodeSelector"], json!({"z": "3"}));
        let merged = pod_spec(target.clone(), json!({"nodeSelector": {"x": null, "z": "3"}})).unwrap();
        assert_eq!(merged["nodeSelector"], json!({"y": "2", "z": "3"}));
        let error = pod_spec(target, json!({"containers": [{"image": "x"}]})).unwrap_err();
        assert_eq!(error, "map: map[image:x] does not contain declared merge key: name");
    }

    #[test]
    fn retained_keys() {
        let schemas = Schemas::builtin();
        let schema = schemas.named("io.k8s.api.apps.v1.DeploymentSpec").unwrap();
        let target = json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}});
        let patch = json!({"strategy": {"$retainKeys": ["type"], "type": "Recreate"}});
        let patched = strategic_merge_patch(schemas, schema, &target, &patch).unwrap();
        assert_eq!(patched, json!({"strategy": {"type": "Recreate"}}));
    }
}
