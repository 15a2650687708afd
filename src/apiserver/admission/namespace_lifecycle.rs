//! Objects need a namespace that is there and not going away.
//! Models apiserver/pkg/admission/plugin/namespace/lifecycle.

use super::Context;
use crate::api::{Key, Object, Status};

pub fn create(object: &Object, context: &Context<'_>) -> Result<(), Status> {
    let name = &object.meta.namespace;
    if !object.kind.namespaced {
        return Ok(());
    }
    let kind = context.kinds.kind("", "Namespace");
    let namespace = kind.and_then(|kind| context.store.get(kind.id, &Key::new("", name)));
    let Some(namespace) = namespace else { return Err(Status::not_found("namespaces", name)) };
    if namespace.meta.deleted.is_none() {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {name} because it is being terminated");
    let mut status = Status::forbidden(&object.kind.group_resource(), &object.meta.name, &why);
    let cause = serde_json::json!({
        "field": "metadata.namespace", "message": format!("namespace {name} is being terminated"),
        "reason": "NamespaceTerminating",
    });
    status.details["causes"] = serde_json::json!([cause]);
    Err(status)
}
