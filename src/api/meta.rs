//! `metadata`, typed once for every kind.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::managed::Managed;
use super::time;
use crate::sim::Time;

/// Labels or annotations.
pub type StringMap = std::collections::BTreeMap<String, String>;

/// An object's `metadata`. What many objects share (labels, owners) is shared in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta {
    /// Unique within kind and namespace.
    pub name: Arc<str>,
    /// The prefix that the name was made from.
    pub generate_name: Option<Arc<str>>,
    /// Empty for objects that have no namespace.
    pub namespace: Arc<str>,
    /// Set by the API server at creation.
    pub uid: Arc<str>,
    /// The revision of the store that wrote this version; 0 before it is stored.
    pub resource_version: u64,
    /// Counts changes of the desired state; 0 for kinds that do not count it.
    pub generation: i64,
    /// When the object was created.
    pub created: Option<Time>,
    /// When the object's graceful deletion ends (`deletionTimestamp`).
    pub deleted: Option<Time>,
    /// Seconds of grace that the deletion was given.
    pub grace_seconds: Option<i64>,
    /// What selectors look at.
    pub labels: Arc<StringMap>,
    /// What tools leave for themselves.
    pub annotations: Arc<StringMap>,
    /// The objects that this one goes away with.
    pub owners: Arc<[OwnerReference]>,
    /// Who must agree before the object goes away.
    pub finalizers: Arc<[String]>,
    /// Who has set which fields.
    pub managed: Managed,
}

/// An entry of `metadata.ownerReferences`.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnerReference {
    /// Group and version of the owner.
    pub api_version: Arc<str>,
    /// Kind of the owner.
    pub kind: Arc<str>,
    /// Name of the owner.
    pub name: Arc<str>,
    /// The owner itself, not a namesake.
    pub uid: Arc<str>,
    /// Whether this owner manages the object; at most one does.
    pub controller: Option<bool>,
    /// Whether the owner's foreground deletion waits for this object.
    pub block_owner_deletion: Option<bool>,
}

impl Meta {
    /// The owner that manages the object, as `metav1.GetControllerOf` finds it.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owners.iter().find(|owner| owner.controller == Some(true))
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).map(String::as_str)
    }

    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }

    /// Sets an annotation.
    pub fn annotate(&mut self, key: &str, value: impl Into<String>) {
        Arc::make_mut(&mut self.annotations).insert(key.to_owned(), value.into());
    }

    /// As the API prints it. The order of fields is the alphabet's, as everywhere.
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
        put("name", json!(*self.name));
        if let Some(prefix) = &self.generate_name {
            put("generateName", json!(**prefix));
        }
        if !self.namespace.is_empty() {
            put("namespace", json!(*self.namespace));
        }
        if !self.uid.is_empty() {
            put("uid", json!(*self.uid));
        }
        if self.resource_version != 0 {
            put("resourceVersion", json!(self.resource_version.to_string()));
        }
        if self.generation != 0 {
            put("generation", json!(self.generation));
        }
        if let Some(at) = self.created {
            put("creationTimestamp", json!(time::rfc3339(at)));
        }
        if let Some(at) = self.deleted {
            put("deletionTimestamp", json!(time::rfc3339(at)));
        }
        if let Some(seconds) = self.grace_seconds {
            put("deletionGracePeriodSeconds", json!(seconds));
        }
        if !self.labels.is_empty() {
            put("labels", json!(*self.labels));
        }
        if !self.annotations.is_empty() {
            put("annotations", json!(*self.annotations));
        }
        if !self.owners.is_empty() {
            put("ownerReferences", Value::Array(self.owners.iter().map(OwnerReference::to_value).collect()));
        }
        if !self.finalizers.is_empty() {
            put("finalizers", json!(*self.finalizers));
        }
        Value::Object(map)
    }

    /// Reads `metadata`. Fields of a wrong type are passed over here: the schema has refused
    /// them before.
    pub fn from_value(value: &Value) -> Meta {
        let text = |key: &str| value[key].as_str().map(Arc::<str>::from);
        let strings = |key: &str| -> StringMap {
            let entries = value[key].as_object().into_iter().flatten();
            entries.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
        };
        let instant = |key: &str| value[key].as_str().and_then(time::parse);
        Meta {
            name: text("name").unwrap_or_default(),
            generate_name: text("generateName").filter(|prefix| !prefix.is_empty()),
            namespace: text("namespace").unwrap_or_default(),
            uid: text("uid").unwrap_or_default(),
            resource_version: value["resourceVersion"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0),
            generation: value["generation"].as_i64().unwrap_or(0),
            created: instant("creationTimestamp"),
            deleted: instant("deletionTimestamp"),
            grace_seconds: value["deletionGracePeriodSeconds"].as_i64(),
            labels: Arc::new(strings("labels")),
            annotations: Arc::new(strings("annotations")),
            owners: value["ownerReferences"].as_array().into_iter().flatten().map(OwnerReference::from_value).collect(),
            finalizers: value["finalizers"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
            managed: Managed::default(),
        }
    }
}

impl OwnerReference {
    fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("apiVersion".into(), json!(*self.api_version));
        map.insert("kind".into(), json!(*self.kind));
        map.insert("name".into(), json!(*self.name));
        map.insert("uid".into(), json!(*self.uid));
        if let Some(flag) = self.controller {
            map.insert("controller".into(), json!(flag));
        }
        if let Some(flag) = self.block_owner_deletion {
            map.insert("blockOwnerDeletion".into(), json!(flag));
        }
        Value::Object(map)
    }

    fn from_value(value: &Value) -> OwnerReference {
        let text = |key: &str| value[key].as_str().unwrap_or_default().into();
        OwnerReference {
            api_version: text("apiVersion"),
            kind: text("kind"),
            name: text("name"),
            uid: text("uid"),
            controller: value["controller"].as_bool(),
            block_owner_deletion: value["blockOwnerDeletion"].as_bool(),
        }
    }
}
