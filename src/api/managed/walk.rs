//! Which fields an object has, and in which two versions of it differ.
//!
//! Models structured-merge-diff/typed (tofieldset.go, compare.go). The schema says which lists
//! are merged and by which keys; what it does not know is told by its value: maps are merged,
//! lists are not.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::set::{FieldSet, told};
use crate::api::schema::{Schema, Schemas, short_name};
use crate::collections::{Sort, SortedMap};

/// How a value is taken apart.
#[derive(Clone, Copy)]
pub enum Relation<'a> {
    /// Not at all: scalars, and what is atomic.
    Leaf,
    /// By its keys.
    Map,
    /// A list of type `set`.
    Set,
    /// A list of type `map`, with its keys.
    Keyed(&'a [String]),
}

/// A field's own schema, and the one that it refers to.
#[derive(Clone, Copy, Default)]
pub struct Type<'a> {
    own: Option<&'a Schema>,
    resolved: Option<&'a Schema>,
}

impl<'a> Type<'a> {
    /// The type of a whole object, or of a field.
    pub fn of(own: Option<&'a Schema>) -> Type<'a> {
        Type { own, resolved: own.map(|own| Schemas::builtin().resolve(own)) }
    }

    /// How such a value is taken apart.
    pub fn relation(self, value: &Value) -> Relation<'a> {
        let text = |field: fn(&Schema) -> &str| {
            let own = self.own.map(field).unwrap_or_default();
            if own.is_empty() { self.resolved.map(field).unwrap_or_default() } else { own }
        };
        match value {
            Value::Object(_) if text(|schema| &schema.map_type) == "atomic" => Relation::Leaf,
            Value::Object(_) => Relation::Map,
            Value::Array(_) => match (text(|schema| &schema.list_type), self.own) {
                ("set", _) => Relation::Set,
                ("map", Some(own)) => Relation::Keyed(&own.list_map_keys),
                _ => Relation::Leaf,
            },
            _ => Relation::Leaf,
        }
    }

    /// The type of a field of a map.
    pub fn field(self, name: &str) -> Type<'a> {
        let Some(schema) = self.resolved else { return Type::default() };
        Type::of(schema.properties.get(name).or(schema.additional_properties.as_deref()))
    }

    /// Whether the schema names the field.
    pub fn names(self, name: &str) -> bool {
        self.resolved.is_some_and(|schema| schema.properties.contains_key(name))
    }

    /// Whether a map may not have this field.
    fn refuses(self, name: &str) -> bool {
        self.resolved.is_some_and(|schema| {
            !schema.properties.is_empty() && !schema.properties.contains_key(name) && !schema.preserve_unknown_fields
        })
    }

    /// Why a scalar is not of this type (validate.go's validateScalar).
    fn mistyped(self, value: &Value) -> Option<String> {
        let schema = self.resolved?;
        if value.is_null() || schema.format == "int-or-string" || short_name(&self.own?.reference) == "Quantity" {
            return None;
        }
        let go = match value {
            Value::String(_) => "string",
            Value::Bool(_) => "bool",
            Value::Array(_) => "[]interface {}",
            Value::Object(_) => "map[string]interface {}",
            _ => "int64",
        };
        match &*schema.type_ {
            "integer" | "number" if !value.is_number() => Some(format!("expected numeric (int or float), got {go}")),
            wanted @ ("string" | "boolean") if !wanted.starts_with(go) => {
                Some(format!("expected {wanted}, got &value.valueUnstructured{{Value:{value}}}"))
            }
            _ => None,
        }
    }

    /// The type of a list's items.
    pub fn item(self) -> Type<'a> {
        Type::of(self.resolved.and_then(|schema| schema.items.as_deref()))
    }

    /// The value of a field. Go always writes structs that are no pointers, and lists that must be
    /// there, so they count as there though they are empty.
    fn get<'v>(self, map: Option<&'v Value>, name: &str) -> Option<&'v Value> {
        static STRUCT: LazyLock<Value> = LazyLock::new(|| Value::Object(Map::new()));
        static LIST: Value = Value::Null;
        let map = map?.as_object()?;
        map.get(name).or_else(|| {
            let schema = self.resolved?;
            let field = schema.properties.get(name)?;
            let listed = field.type_ == "array" && schema.required.iter().any(|required| required == name);
            match field.default.is_object() {
                true => Some(&*STRUCT),
                false => listed.then_some(&LIST),
            }
        })
    }
}

/// The step that leads to a list's item.
pub fn item_step(relation: Relation<'_>, item_type: Type<'_>, item: &Value, at: usize) -> String {
    match relation {
        Relation::Set => format!("v:{item}"),
        Relation::Keyed(keys) => {
            let value = |key: &String| {
                let default = || item_type.field(key).own.map(|schema| schema.default.clone());
                let value = item.get(key).cloned().or_else(default).filter(|value| !value.is_null());
                value.map(|value| (key.clone(), value))
            };
            let named: Map<String, Value> = keys.iter().filter_map(value).collect();
            format!("k:{}", Value::Object(named))
        }
        _ => format!("i:{at}"),
    }
}

/// The step that leads to a map's field.
pub fn field_step(name: &str) -> String {
    format!("f:{name}")
}

/// The fields that a value has, and what the schema does not allow of them, in words.
pub fn fields_of(value: &Value, of: Type<'_>) -> (FieldSet, Vec<String>) {
    let (mut set, mut unknown) = (FieldSet::default(), Vec::new());
    collect(value, of, &mut Vec::new(), &mut set, &mut unknown);
    (set, unknown)
}

fn collect(value: &Value, of: Type<'_>, path: &mut Vec<String>, set: &mut FieldSet, unknown: &mut Vec<String>) {
    let relation = of.relation(value);
    match (relation, value) {
        (Relation::Map, Value::Object(map)) => {
            for (name, value) in map {
                path.push(field_step(name));
                if of.refuses(name) {
                    let place: String = path.iter().map(|step| told(step)).collect();
                    unknown.push(format!("{place}: field not declared in schema"));
                } else {
                    collect(value, of.field(name), path, set, unknown);
                    if value.as_object().is_some_and(Map::is_empty) || !of.names(name) {
                        set.insert(path);
                    }
                }
                path.pop();
            }
        }
        (Relation::Set | Relation::Keyed(_), Value::Array(items)) => {
            let item_type = of.item();
            for (at, item) in items.iter().enumerate() {
                path.push(item_step(relation, item_type, item, at));
                collect(item, item_type, path, set, unknown);
                set.insert(path);
                path.pop();
            }
        }
        _ => {
            if let Some(why) = of.mistyped(value) {
                unknown.push(format!("{}: {why}", path.iter().map(|step| told(step)).collect::<String>()));
            }
            set.insert(path);
        }
    }
}

/// In what two versions differ.
#[derive(Default)]
pub struct Comparison {
    /// Only the new version has it.
    pub added: FieldSet,
    /// Both have it, with other values.
    pub modified: FieldSet,
    /// Only the old version has it.
    pub removed: FieldSet,
}

impl Comparison {
    /// What the new version says that the old one did not.
    pub fn changed(&self) -> FieldSet {
        let mut changed = self.modified.clone();
        changed.unite(&self.added);
        changed
    }
}

/// Compares two versions of an object.
pub fn compare(old: &Value, new: &Value, of: Type<'_>) -> Comparison {
    let mut comparison = Comparison::default();
    differ(Some(old), Some(new), of, &mut Vec::new(), &mut comparison);
    comparison
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        _ => false,
    }
}

fn differ(old: Option<&Value>, new: Option<&Value>, of: Type<'_>, path: &mut Vec<String>, into: &mut Comparison) {
    let shown = new.filter(|value| !value.is_null()).or(old);
    let relation = shown.map_or(Relation::Leaf, |shown| of.relation(shown));
    let both = |fits: fn(&Value) -> bool| [old, new].into_iter().flatten().all(|side| side.is_null() || fits(side));
    let leaf = is_empty(old) && is_empty(new);
    match relation {
        Relation::Map if !leaf && both(Value::is_object) => {
            let names = |side: Option<&'_ Value>| -> Vec<String> {
                side.and_then(Value::as_object).into_iter().flat_map(Map::keys).cloned().collect()
            };
            let mut all = names(new);
            all.extend(names(old));
            all.arrange();
            all.dedup();
            for name in all {
                path.push(field_step(&name));
                differ(of.get(old, &name), of.get(new, &name), of.field(&name), path, into);
                path.pop();
            }
        }
        Relation::Set | Relation::Keyed(_) if !leaf && both(Value::is_array) => {
            let (before, after) = (by_step(old, relation, of.item()), by_step(new, relation, of.item()));
            let gone = before.keys().filter(|step| !after.contains_key(*step));
            for step in after.keys().chain(gone) {
                path.push(step.clone());
                differ(before.get(step).copied(), after.get(step).copied(), of.item(), path, into);
                path.pop();
            }
        }
        _ => {
            if old.is_some() && new.is_some() && old != new && !leaf {
                into.modified.insert(path);
            }
        }
    }
    match (old, new) {
        (None, Some(_)) => into.added.insert(path),
        (Some(_), None) => into.removed.insert(path),
        _ => {}
    }
}

/// A list's items by the steps that lead to them.
pub fn by_step<'v>(
    list: Option<&'v Value>,
    relation: Relation<'_>,
    item_type: Type<'_>,
) -> SortedMap<String, &'v Value> {
    let items = list.and_then(Value::as_array).into_iter().flatten().enumerate();
    items.map(|(at, item)| (item_step(relation, item_type, item, at), item)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment() -> Type<'static> {
        Type::of(Schemas::builtin().kind("apps", "v1", "Deployment").map(|(_, schema)| schema))
    }

    #[test]
    fn applied_fields_and_new_fields() {
        let object = json!({"metadata": {"labels": {"app": "x"}}, "spec": {
            "selector": {"matchLabels": {"app": "x"}},
            "strategy": {"rollingUpdate": {"maxSurge": 1}},
            "template": {"spec": {"containers": [
                {"name": "web", "args": ["a"], "ports": [{"containerPort": 80}], "resources": {}}]}}}});
        let port = json!({".": {}, "f:containerPort": {}});
        let web = json!({".": {}, "f:name": {}, "f:args": {}, "f:resources": {},
            "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": port}});
        let mut expected = json!({"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:selector": {},
            "f:strategy": {"f:rollingUpdate": {"f:maxSurge": {}}},
            "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": web}}}}});
        assert_eq!(fields_of(&object, deployment()).0.to_value(), expected);
        // What comes to be counts itself, unless Go writes it anyway.
        expected["f:metadata"]["f:labels"]["."] = json!({});
        expected["f:spec"]["f:strategy"]["f:rollingUpdate"]["."] = json!({});
        expected["f:spec"]["f:template"]["f:spec"]["f:containers"]["k:{\"name\":\"web\"}"]["f:ports"]["."] = json!({});
        assert_eq!(compare(&json!({}), &object, deployment()).added.to_value(), expected);
    }

    #[test]
    fn differences() {
        let old = json!({"spec": {"replicas": 1, "paused": true, "template": {"spec": {"containers": [
            {"name": "a", "image": "x"}, {"name": "b"}]}}}});
        let new = json!({"spec": {"replicas": 2, "template": {"spec": {"containers": [
            {"name": "c"}, {"name": "a", "image": "y"}]}}}});
        let comparison = compare(&old, &new, deployment());
        assert_eq!(comparison.modified.paths(), [".spec.replicas", ".spec.template.spec.containers[name=\"a\"].image"]);
        assert_eq!(
            comparison.removed.paths(),
            [
                ".spec.paused",
                ".spec.template.spec.containers[name=\"b\"]",
                ".spec.template.spec.containers[name=\"b\"].name"
            ]
        );
        assert_eq!(comparison.added.paths().first().unwrap(), ".spec.template.spec.containers[name=\"c\"]");
    }

    #[test]
    fn undeclared_fields() {
        let object = json!({"spec": {"foo": 1, "template": {"spec": {"containers": [{"name": "a", "images": "x"}]}}}});
        assert_eq!(
            fields_of(&object, deployment()).1,
            [
                ".spec.foo: field not declared in schema",
                ".spec.template.spec.containers[name=\"a\"].images: field not declared in schema"
            ]
        );
    }
}
