//! Merging an applied configuration into an object, and taking fields out of one.
//!
//! Models structured-merge-diff/typed (merge.go, remove.go).

use serde_json::{Map, Value};

use super::set::FieldSet;
use super::walk::{Relation, Type, by_step, field_step, item_step};
use crate::collections::SortedSet;

/// `live` with what `config` says.
pub fn merge(live: Option<&Value>, config: &Value, of: Type<'_>) -> Value {
    match (of.relation(config), live, config) {
        (Relation::Map, Some(Value::Object(live)), Value::Object(config)) => {
            let mut merged = live.clone();
            for (name, value) in config {
                let value = merge(live.get(name), value, of.field(name));
                merged.insert(name.clone(), value);
            }
            Value::Object(merged)
        }
        (relation @ (Relation::Set | Relation::Keyed(_)), Some(Value::Array(_)), Value::Array(_)) => {
            Value::Array(merge_list(live, config, relation, of.item()))
        }
        _ => config.clone(),
    }
}

/// The items that both lists have come in the configuration's order, those of the live list alone
/// where they stood among them (merge.go's visitListItems).
fn merge_list(live: Option<&Value>, config: &Value, relation: Relation<'_>, item_type: Type<'_>) -> Vec<Value> {
    let steps = |list: Option<&Value>| -> Vec<String> {
        let items = list.and_then(Value::as_array).into_iter().flatten().enumerate();
        items.map(|(at, item)| item_step(relation, item_type, item, at)).collect()
    };
    let (left, right) = (steps(live), steps(Some(config)));
    let (of_left, of_right) = (by_step(live, relation, item_type), by_step(Some(config), relation, item_type));
    let merged = |step: &String| match (of_left.get(step), of_right.get(step)) {
        (Some(live), Some(config)) => Some(merge(Some(live), config, item_type)),
        (Some(one), None) | (None, Some(one)) => Some((*one).clone()),
        (None, None) => None,
    };
    let mut shared = right.iter().filter(|step| of_left.contains_key(*step)).peekable();
    let (mut out, mut done) = (Vec::new(), SortedSet::new());
    let (mut l, mut r) = (0, 0);
    while l < left.len() || r < right.len() {
        if let (Some(ours), Some(theirs)) = (left.get(l), right.get(r)) {
            if ours == theirs {
                out.extend(merged(ours));
                done.insert(ours);
                (l, r) = (l + 1, r + 1);
                shared.next();
                continue;
            }
            if of_right.contains_key(ours) && shared.peek().is_some_and(|next| *next != ours) {
                l += 1;
                continue;
            }
        }
        if let Some(ours) = left.get(l) {
            if !of_right.contains_key(ours) {
                out.extend(merged(ours));
                l += 1;
                continue;
            }
            if done.contains(ours) {
                l += 1;
            }
        }
        if let Some(theirs) = right.get(r) {
            out.extend(merged(theirs));
            done.insert(theirs);
            r += 1;
            if shared.peek() == Some(&theirs) {
                shared.next();
            }
        }
    }
    out
}

/// The value without the places of `gone`; a map or list that becomes empty by it goes too.
pub fn remove(value: &Value, gone: &FieldSet, of: Type<'_>) -> Option<Value> {
    let without = |step: &str, value: &Value, of: Type<'_>| match gone.has(step) {
        true => None,
        false => match gone.below(step) {
            Some(below) => remove(value, below, of),
            None => Some(value.clone()),
        },
    };
    match (of.relation(value), value) {
        (Relation::Map, Value::Object(map)) => {
            let kept = map
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), without(&field_step(name), value, of.field(name))?)));
            let kept: Map<String, Value> = kept.collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        (relation @ (Relation::Set | Relation::Keyed(_)), Value::Array(items)) => {
            let kept = items
                .iter()
                .enumerate()
                .filter_map(|(at, item)| without(&item_step(relation, of.item(), item, at), item, of.item()));
            let kept: Vec<Value> = kept.collect();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        _ => Some(value.clone()),
    }
}

/// The set with every named field that has something below it (fieldpath's
/// EnsureNamedFieldsAreMembers).
pub fn with_named_fields(set: &FieldSet, of: Type<'_>) -> FieldSet {
    set.with_named_steps(of, &|of, step| match step.strip_prefix("f:") {
        Some(name) => (of.names(name), of.field(name)),
        None => (false, of.item()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::schema::Schemas;

    fn pod_spec() -> Type<'static> {
        Type::of(Schemas::builtin().named("io.k8s.api.core.v1.PodSpec"))
    }

    fn containers(names: &str) -> Value {
        let each: Vec<Value> = names.chars().map(|name| json!({"name": name.to_string()})).collect();
        json!({"containers": each})
    }

    #[test]
    fn lists_merge_by_their_keys() {
        for (live, config, merged) in
            [("ab", "b", "ab"), ("ab", "ba", "ba"), ("abc", "xc", "abxc"), ("", "a", "a"), ("axb", "ba", "xba")]
        {
            assert_eq!(
                merge(Some(&containers(live)), &containers(config), pod_spec()),
                containers(merged),
                "{live} {config}"
            );
        }
        let live = json!({"containers": [{"name": "a", "image": "x", "args": ["1", "2"]}]});
        let config = json!({"containers": [{"name": "a", "args": ["3"]}], "hostNetwork": true});
        assert_eq!(
            merge(Some(&live), &config, pod_spec()),
            json!({"containers": [{"name": "a", "image": "x", "args": ["3"]}], "hostNetwork": true})
        );
    }

    #[test]
    fn removes() {
        let live = json!({"containers": [{"name": "a", "image": "x"}, {"name": "b"}], "nodeSelector": {"x": "y"}});
        let gone = json!({"f:containers": {"k:{\"name\":\"a\"}": {"f:image": {}}, "k:{\"name\":\"b\"}": {}}, "f:nodeSelector": {}});
        let left = remove(&live, &FieldSet::from_value(&gone), pod_spec());
        assert_eq!(left, Some(json!({"containers": [{"name": "a"}]})));
    }
}
