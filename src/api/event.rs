//! Events, the most numerous of all objects, kept small.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::object::Object;

/// An Event's fields beside its metadata. Strings are shared between events alike. The times are
/// printed as null where they are not set, as the API does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventBody {
    /// How often it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i32>,
    /// Set by the newer events API only (the scheduler's).
    pub event_time: Option<Arc<str>>,
    /// When it first happened.
    pub first_timestamp: Option<Arc<str>>,
    /// The object it happened to.
    pub involved_object: ObjectReference,
    /// When it last happened.
    pub last_timestamp: Option<Arc<str>>,
    /// What happened, in words.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub message: Arc<str>,
    /// What happened, in one word.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub reason: Arc<str>,
    /// What was done (newer events API).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Arc<str>>,
    /// Who tells.
    pub reporting_component: Arc<str>,
    /// Which instance of it tells.
    pub reporting_instance: Arc<str>,
    /// Who tells, as older clients read it.
    pub source: EventSource,
    /// `Normal` or `Warning`.
    #[serde(rename = "type", skip_serializing_if = "str::is_empty")]
    pub type_: Arc<str>,
}

/// An Event's `source`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventSource {
    /// `kubelet`, `deployment-controller`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<Arc<str>>,
    /// The node, for the kubelet's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Arc<str>>,
}

/// What an Event is about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectReference {
    /// Group and version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<Arc<str>>,
    /// `spec.containers{nginx}`: the part of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_path: Option<Arc<str>>,
    /// Kind.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub kind: Arc<str>,
    /// Name.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub name: Arc<str>,
    /// Namespace.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub namespace: Arc<str>,
    /// The version that the reporter saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<Arc<str>>,
    /// The object itself, not a namesake.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub uid: Arc<str>,
}

impl ObjectReference {
    /// A reference to `object` as it is now.
    pub fn to(object: &Object) -> ObjectReference {
        ObjectReference {
            api_version: Some(object.kind.api_version().into()),
            field_path: None,
            kind: Arc::clone(&object.kind.kind),
            name: Arc::clone(&object.meta.name),
            namespace: Arc::clone(&object.meta.namespace),
            resource_version: Some(object.meta.resource_version.to_string().into()),
            uid: Arc::clone(&object.meta.uid),
        }
    }
}
