//! PATCH with `application/apply-patch+yaml`: server-side apply.
//!
//! Models apiserver/pkg/endpoints/handlers/patch.go (applyPatcher); the merge is
//! [`crate::api::managed::apply`].

use std::sync::Arc;

use serde_json::json;

use super::form::Shape;
use super::{Answer, Request, Resource, Target, value};
use crate::api::managed::{self, Managed, Writer, apply::apply};
use crate::api::schema::Words;
use crate::api::{FieldError, Key, Object, Status};
use crate::apiserver::versions::Version;
use crate::apiserver::write::same;
use crate::apiserver::{ApiServer, strategy};

/// The content type.
pub(super) fn is_apply(request: &Request) -> bool {
    request.content_type.split(';').next().unwrap_or_default().trim() == "application/apply-patch+yaml"
}

impl ApiServer {
    pub(super) fn apply_patch(&mut self, request: &Request, resource: &Resource<'_>, target: &Target) -> Answer {
        let kind = &target.served;
        if request.parameter("fieldManager").is_empty() {
            let error = FieldError::required("fieldManager", "is required for apply patch");
            return Err(Status::invalid("meta.k8s.io", "PatchOptions", "", &[error]));
        }
        if target.version.as_ref().is_some_and(Version::translates) {
            return Err(Status::not_implemented(format!(
                "server-side apply in {} is not simulated yet; use {}",
                kind.api_version(),
                target.stored.api_version()
            )));
        }
        if !request.body.is_object() {
            return Err(Status::bad_request("error decoding YAML: the patch is not an object"));
        }
        if !request.body["metadata"]["managedFields"].is_null() {
            return Err(Status::bad_request("metadata.managedFields must be nil"));
        }
        let key = Key::new(resource.namespace, resource.name);
        let found = self.store.get(kind.id, &key).cloned();
        if found.is_none() && !resource.subresource.is_empty() {
            return Err(Status::not_found(&kind.group_resource(), &key.name));
        }
        let (live, entries) = match &found {
            Some(old) => (Arc::clone(old), managed::entries(old)),
            None => (Arc::new(Object::new(kind, &key.namespace, &key.name)), Vec::new()),
        };
        let shown = match &found {
            Some(old) => old.to_value(),
            None => json!({"metadata": live.meta.to_value()}),
        };
        let writer = Writer { applies: true, ..self.writer(&live, resource.subresource) };
        let applied = apply((&live, &shown, &entries), &request.body, &writer, request.flag("force"), self.now)?;
        let object = self.patched_object(request, resource, kind, applied.value, Words::Json)?;
        if *object.meta.name != *resource.name {
            return Err(Status::bad_request(format!(
                "the name of the object ({}) does not match the name on the URL ({})",
                object.meta.name, resource.name
            )));
        }
        let shape = Shape::of(request, target.version.as_ref());
        let noted = Managed::known(applied.entries.clone());
        let Some(old) = found else {
            let mut object = object;
            (object.meta.uid, object.meta.created, object.meta.generation) = ("".into(), None, 0);
            strategy::drop_status(&mut object);
            let mut object = self.prepare_create(object)?;
            object.meta.managed = noted;
            if request.dry_run() {
                return value(201, shape.show(&object, self.now));
            }
            let made = self.write(&Arc::clone(kind), &key, object);
            return value(201, shape.show(&made, self.now));
        };
        self.checked(&object)?;
        let mut new = match resource.subresource {
            "status" => Object { status: object.status, ..(*old).clone() },
            _ => self.prepare_update(object)?.0,
        };
        // What was applied before and is applied again writes nothing.
        if same(&new, &old) && managed::same(&applied.entries, &entries) {
            return value(200, shape.show(&old, self.now));
        }
        new.meta.managed = noted;
        new.meta.resource_version = old.meta.resource_version;
        if request.dry_run() {
            return value(200, shape.show(&new, self.now));
        }
        let written = self.commit_anyway(new);
        value(200, shape.show(&written, self.now))
    }
}

#[cfg(test)]
mod tests;
