//! What each kind's fields are: one table that drives decoding, patches, defaults and explain.
//!
//! The table is `kubernetes-1.36.json`, read from a running API server without its prose. Custom
//! resources bring schemas of the same form.

mod decode;
mod omit;
pub mod prose;

use std::sync::OnceLock;

pub use decode::{Decoded, Words, decode, json_type};
use serde::Deserialize;
use serde_json::Value;

use crate::collections::SortedMap;

/// The fields of one type, or of one field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Schema {
    /// `object`, `array`, `string`, `integer`, `number`, `boolean`; empty where `reference` says it.
    #[serde(rename = "type")]
    pub type_: String,
    /// `int32`, `int64`, `double`, `byte`, `date-time`, `int-or-string`.
    pub format: String,
    /// The name of the type that this field is of.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What an array holds.
    pub items: Option<Box<Schema>>,
    /// What an object holds.
    pub properties: SortedMap<String, Schema>,
    /// What it is for, in its definition's words; of built-in kinds [`Schemas::described`] knows it.
    pub description: String,
    /// What a map holds.
    #[serde(rename = "additionalProperties")]
    pub additional_properties: Option<Box<Schema>>,
    /// The properties that must be there.
    pub required: Vec<String>,
    /// What stands for a missing field; Go's zero values are listed too and mean nothing.
    pub default: Value,
    /// The values that may be.
    #[serde(rename = "enum")]
    pub values: Vec<String>,
    /// The key by which a strategic merge finds a list's items.
    pub patch_merge_key: String,
    /// `merge`, `replace`, `retainKeys`, or two of them.
    pub patch_strategy: String,
    /// `atomic`, `set` or `map`.
    pub list_type: String,
    /// The keys of a list of type `map`.
    pub list_map_keys: Vec<String>,
    /// `atomic` or `granular`.
    pub map_type: String,
    /// The kinds whose objects have this type.
    pub group_version_kind: Vec<GroupVersionKind>,
    /// Whether unknown fields are kept (custom resources).
    pub preserve_unknown_fields: bool,
}

/// A kind, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct GroupVersionKind {
    /// API group.
    pub group: String,
    /// Version.
    pub version: String,
    /// Kind.
    pub kind: String,
}

/// Schemas by the names of their types.
#[derive(Debug, Default)]
pub struct Schemas {
    types: SortedMap<String, Schema>,
    kinds: SortedMap<GroupVersionKind, String>,
}

#[derive(Deserialize)]
struct Table {
    schemas: SortedMap<String, Schema>,
}

impl Schemas {
    /// The schemas of Kubernetes 1.36, read when first asked for.
    pub fn builtin() -> &'static Schemas {
        static BUILTIN: OnceLock<Schemas> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            // The table is part of the program; the test below reads it too.
            let table: Option<Table> = serde_json::from_str(include_str!("kubernetes-1.36.json")).ok();
            let mut schemas =
                Schemas { types: table.map(|table| table.schemas).unwrap_or_default(), ..Schemas::default() };
            for (name, schema) in &schemas.types {
                for kind in &schema.group_version_kind {
                    schemas.kinds.insert(kind.clone(), name.clone());
                }
            }
            schemas
        })
    }

    /// The type of a name, as `reference` names it.
    pub fn named(&self, name: &str) -> Option<&Schema> {
        self.types.get(name)
    }

    /// The name of a kind's type, and the type.
    pub fn kind(&self, group: &str, version: &str, kind: &str) -> Option<(&str, &Schema)> {
        let key = GroupVersionKind { group: group.into(), version: version.into(), kind: kind.into() };
        let name = self.kinds.get(&key)?;
        Some((name, self.types.get(name)?))
    }

    /// The schema that a field's `reference` leads to, or the field's own.
    pub fn resolve<'a>(&'a self, field: &'a Schema) -> &'a Schema {
        match self.types.get(&field.reference) {
            Some(named) => named,
            None => field,
        }
    }
}

impl Schema {
    /// Whether a strategic merge merges this list or map, rather than replace it.
    pub fn merges(&self) -> bool {
        self.patch_strategy.split(',').any(|strategy| strategy == "merge")
    }

    /// Whether a strategic merge of this keeps only the keys that it lists.
    pub fn retains_keys(&self) -> bool {
        self.patch_strategy.split(',').any(|strategy| strategy == "retainKeys")
    }
}

/// `Container` of `io.k8s.api.core.v1.Container`.
pub fn short_name(reference: &str) -> &str {
    reference.rsplit('.').next().unwrap_or(reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let schemas = Schemas::builtin();
        let (_, deployment) = schemas.kind("apps", "v1", "Deployment").unwrap();
        let spec = schemas.resolve(&deployment.properties["spec"]);
        assert_eq!(spec.properties["replicas"].format, "int32");
        let containers = &schemas.named("io.k8s.api.core.v1.PodSpec").unwrap().properties["containers"];
        assert!(containers.merges());
        assert_eq!(containers.patch_merge_key, "name");
    }
}
