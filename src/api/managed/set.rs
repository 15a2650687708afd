//! A set of fields of an object, as `fieldsV1` writes it.
//!
//! Models structured-merge-diff/fieldpath (Set, PathElement). A step of a path is kept as it is
//! written: `f:name`, `k:{"name":"web"}`, `v:"x"`.

use serde_json::{Map, Value};

use crate::collections::SortedMap;

/// What in `fieldsV1` says that the place itself belongs to the set.
const SELF: &str = ".";

/// Fields of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet(SortedMap<String, Node>);

/// A place in the object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Node {
    /// Whether the place itself belongs to the set.
    member: bool,
    /// What of that which is below it does.
    below: FieldSet,
}

impl Node {
    fn is_empty(&self) -> bool {
        !self.member && self.below.is_empty()
    }
}

impl FieldSet {
    /// Whether no field belongs to the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the place that a path leads to.
    pub fn insert(&mut self, path: &[String]) {
        let Some((first, rest)) = path.split_first() else { return };
        let node = self.0.entry(first.clone()).or_default();
        match rest {
            [] => node.member = true,
            rest => node.below.insert(rest),
        }
    }

    /// Whether the step itself belongs to the set.
    pub fn has(&self, step: &str) -> bool {
        self.0.get(step).is_some_and(|node| node.member)
    }

    /// Whether the place that a path leads to belongs to the set.
    pub fn has_path(&self, path: &[&str]) -> bool {
        match path {
            [] => false,
            [step] => self.has(step),
            [step, rest @ ..] => self.below(step).is_some_and(|below| below.has_path(rest)),
        }
    }

    /// What of the set is below a step.
    pub fn below(&self, step: &str) -> Option<&FieldSet> {
        self.0.get(step).map(|node| &node.below).filter(|below| !below.is_empty())
    }

    /// Adds what belongs to `other`.
    pub fn unite(&mut self, other: &FieldSet) {
        for (step, node) in &other.0 {
            let own = self.0.entry(step.clone()).or_default();
            own.member |= node.member;
            own.below.unite(&node.below);
        }
    }

    /// Takes away what belongs to `other`, place by place.
    pub fn subtract(&mut self, other: &FieldSet) {
        self.0.retain(|step, node| {
            if let Some(gone) = other.0.get(step) {
                node.member &= !gone.member;
                node.below.subtract(&gone.below);
            }
            !node.is_empty()
        });
    }

    /// What belongs to both.
    pub fn intersection(&self, other: &FieldSet) -> FieldSet {
        let both = self.0.iter().filter_map(|(step, node)| {
            let theirs = other.0.get(step)?;
            let both = Node { member: node.member && theirs.member, below: node.below.intersection(&theirs.below) };
            (!both.is_empty()).then(|| (step.clone(), both))
        });
        FieldSet(both.collect())
    }

    /// Adds the named steps that have something below them and that `named` accepts; `named`
    /// gives what tells of the steps below.
    pub fn with_named_steps<T: Copy>(&self, of: T, named: &dyn Fn(T, &str) -> (bool, T)) -> FieldSet {
        let each = self.0.iter().map(|(step, node)| {
            let (is_named, inner) = named(of, step);
            let member = node.member || (is_named && !node.below.is_empty());
            (step.clone(), Node { member, below: node.below.with_named_steps(inner, named) })
        });
        FieldSet(each.collect())
    }

    /// The paths as conflicts tell them: `.spec.template.spec.containers[name="web"].image`. What
    /// belongs to the set at a place comes before what is below it.
    pub fn paths(&self) -> Vec<String> {
        let mut all = Vec::new();
        self.tell("", &mut all);
        all
    }

    fn tell(&self, before: &str, all: &mut Vec<String>) {
        all.extend(self.0.iter().filter(|(_, node)| node.member).map(|(step, _)| format!("{before}{}", told(step))));
        for (step, node) in &self.0 {
            node.below.tell(&format!("{before}{}", told(step)), all);
        }
    }

    /// As `fieldsV1`.
    pub fn to_value(&self) -> Value {
        Value::Object(self.to_map())
    }

    fn to_map(&self) -> Map<String, Value> {
        let each = self.0.iter().map(|(step, node)| {
            let mut map = node.below.to_map();
            if node.member && !map.is_empty() {
                map.insert(SELF.to_owned(), Value::Object(Map::new()));
            }
            (step.clone(), Value::Object(map))
        });
        each.collect()
    }

    /// Reads `fieldsV1`; what it cannot be is passed over.
    pub fn from_value(value: &Value) -> FieldSet {
        let steps = value.as_object().into_iter().flatten().filter(|(step, _)| *step != SELF);
        let each = steps.map(|(step, inner)| {
            let below = FieldSet::from_value(inner);
            (step.clone(), Node { member: below.is_empty() || inner.get(SELF).is_some(), below })
        });
        FieldSet(each.collect())
    }
}

/// A step as conflicts tell it: `.name`, `[name="web"]`, `[="x"]`.
pub fn told(step: &str) -> String {
    match step.split_at_checked(2) {
        Some(("f:", name)) => format!(".{name}"),
        Some(("k:", keys)) => {
            let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
            let each: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", each.join(","))
        }
        Some(("v:", value)) => format!("[={value}]"),
        _ => format!("[{step}]"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sets() {
        let both = json!({"f:a": {}, "f:b": {".": {}, "f:c": {}}, "f:l": {"k:{\"name\":\"x\",\"port\":1}": {"f:d": {}}, "v:\"y\"": {}}});
        let set = FieldSet::from_value(&both);
        assert_eq!(set.to_value(), both);
        assert_eq!(set.paths(), [".a", ".b", ".b.c", ".l[=\"y\"]", ".l[name=\"x\",port=1].d"]);
        let other = FieldSet::from_value(&json!({"f:b": {}, "f:l": {"v:\"y\"": {}, "v:\"z\"": {}}, "f:m": {}}));
        assert_eq!(set.intersection(&other).to_value(), json!({"f:b": {}, "f:l": {"v:\"y\"": {}}}));
        let mut less = set.clone();
        less.subtract(&other);
        assert_eq!(
            less.to_value(),
            json!({"f:a": {}, "f:b": {"f:c": {}}, "f:l": {"k:{\"name\":\"x\",\"port\":1}": {"f:d": {}}}})
        );
        less.unite(&set);
        assert_eq!(less, set);
    }
}
