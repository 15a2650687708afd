//! From words and files to objects. Models cli-runtime/pkg/resource.

mod builder;
mod files;
mod mapper;

pub use builder::{Builder, Found, ONE_OR_MORE, Target, or_namespace};
pub use files::{Manifest, manifests, manifests_unchecked};
pub use mapper::Mapper;

use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;

use crate::api::Kind;

/// One object on its way through a command.
#[derive(Clone, Debug)]
pub struct Info {
    /// Its kind.
    pub kind: Arc<Kind>,
    /// Its namespace; empty for kinds without.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What the server or a file says of it.
    pub object: Rc<Value>,
    /// The file it comes from; empty where it comes from the server.
    pub source: String,
}

impl Info {
    /// The path of the object.
    pub fn path(&self) -> String {
        object_path(&self.kind, &self.namespace, &self.name)
    }

    /// The path of the objects beside it.
    pub fn collection(&self) -> String {
        collection_path(&self.kind, &self.namespace)
    }

    /// `deployment.apps/web`
    pub fn named(&self) -> String {
        format!("{}/{}", kind_word(&self.kind), self.name)
    }

    /// `deployments.apps "web"`
    pub fn resource_quoted(&self) -> String {
        format!("{} \"{}\"", self.kind.group_resource(), self.name)
    }
}

/// `deployment.apps`, `pod`.
pub fn kind_word(kind: &Kind) -> String {
    let word = kind.kind.to_lowercase();
    if kind.group.is_empty() { word } else { format!("{word}.{}", kind.group) }
}

/// `Deployment.apps`, `Pod`.
pub fn group_kind(kind: &Kind) -> String {
    if kind.group.is_empty() { kind.kind.to_string() } else { format!("{}.{}", kind.kind, kind.group) }
}

/// `/apis/apps/v1/namespaces/default/deployments`; an empty namespace means all of them.
pub fn collection_path(kind: &Kind, namespace: &str) -> String {
    let root = if kind.group.is_empty() {
        format!("/api/{}", kind.version)
    } else {
        format!("/apis/{}/{}", kind.group, kind.version)
    };
    match kind.namespaced && !namespace.is_empty() {
        true => format!("{root}/namespaces/{namespace}/{}", kind.plural),
        false => format!("{root}/{}", kind.plural),
    }
}

/// The path of one object.
pub fn object_path(kind: &Kind, namespace: &str, name: &str) -> String {
    format!("{}/{}", collection_path(kind, namespace), name)
}

/// A list's items, each told its kind as a reader of untyped lists tells them.
pub fn items(list: &Value) -> Vec<Value> {
    let kind = list["kind"].as_str().and_then(|kind| kind.strip_suffix("List")).unwrap_or_default();
    let items = list["items"].as_array().into_iter().flatten();
    items
        .map(|item| {
            let mut item = item.clone();
            if let Some(map) = item.as_object_mut() {
                if !kind.is_empty() {
                    map.entry("kind").or_insert_with(|| kind.into());
                }
                map.entry("apiVersion").or_insert_with(|| list["apiVersion"].clone());
            }
            item
        })
        .collect()
}
