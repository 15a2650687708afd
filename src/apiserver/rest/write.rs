//! POST, PUT, PATCH and DELETE of objects.
//!
//! Models apiserver/pkg/endpoints/handlers/{create,update,patch,delete}.go.

use std::sync::Arc;

use serde_json::{Value, json};

use super::apply::is_apply;
use super::form::{Form, Shape};
use super::{Answer, Request, Resource, Target, options, value};
use crate::api::managed::{self, Entry, Managed};
use crate::api::patch::{json_fault, json_patch, merge_patch, strategic_merge_patch};
use crate::api::schema::{Schema, Schemas, Words, json_type};
use crate::api::{FieldError, Key, Object, PodSpec, Status};
use crate::apiserver::delete::Deletion;
use crate::apiserver::write::same;
use crate::apiserver::{ApiServer, defaults, strategy, validation};

impl ApiServer {
    pub(super) fn post(&mut self, request: &Request, resource: &Resource<'_>, target: &Target) -> Answer {
        let mut object = self.body_object(request, resource, &target.served)?;
        if object.meta.resource_version != 0 {
            return Err(Status::bad_request("resourceVersion should not be set on objects to be created"));
        }
        // What only the server sets is not taken from a manifest.
        (object.meta.uid, object.meta.created, object.meta.generation) = ("".into(), None, 0);
        strategy::drop_status(&mut object);
        let shape = Shape::of(request, target.version.as_ref());
        if request.dry_run() {
            let object = self.prepare_create(object)?;
            return value(201, shape.show(&object, self.now));
        }
        let made = self.create(object)?;
        value(201, shape.show(&made, self.now))
    }

    pub(super) fn put(&mut self, request: &Request, resource: &Resource<'_>, target: &Target) -> Answer {
        let object = self.body_object(request, resource, &target.served)?;
        if object.meta.name.is_empty() {
            return Err(Status::bad_request(format!(
                "the name of the object (based on URL: {}) was undeterminable: resource name may not be empty",
                resource.name
            )));
        }
        if *object.meta.name != *resource.name {
            return Err(Status::bad_request(format!(
                "the name of the object ({}) does not match the name on the URL ({})",
                object.meta.name, resource.name
            )));
        }
        self.replace(request, resource, target, object, managed::given(&request.body))
    }

    pub(super) fn patch(&mut self, request: &Request, resource: &Resource<'_>, target: &Target) -> Answer {
        if is_apply(request) {
            return self.apply_patch(request, resource, target);
        }
        if !request.parameter("force").is_empty() {
            let error = FieldError::forbidden("force", "may not be specified for non-apply patch");
            return Err(Status::invalid("meta.k8s.io", "PatchOptions", "", &[error]));
        }
        let key = Key::new(resource.namespace, resource.name);
        let found = self.store.get(target.stored.id, &key);
        let old = found.ok_or_else(|| Status::not_found(&target.served.group_resource(), &key.name))?;
        let mut current = old.to_managed_value();
        if let Some(version) = &target.version {
            current = version.from_stored(current);
        }
        let kind = &target.served;
        let schema = Schemas::builtin().kind(&kind.group, &kind.version, &kind.kind).map(|(_, schema)| schema);
        let (patched, words) = apply(request, schema, current)?;
        let given = managed::given(&patched);
        let object = self.patched_object(request, resource, kind, patched, words)?;
        if *object.meta.name != *resource.name {
            return Err(Status::bad_request(format!(
                "the name of the object ({}) does not match the name on the URL ({})",
                object.meta.name, resource.name
            )));
        }
        self.replace(request, resource, target, object, given)
    }

    /// Writes the new version that a PUT or PATCH has made, or the part of it that the
    /// subresource is about. `given` are the managed fields that it says.
    fn replace(
        &mut self,
        request: &Request,
        resource: &Resource<'_>,
        target: &Target,
        object: Object,
        given: Option<Vec<Entry>>,
    ) -> Answer {
        let shape = Shape::of(request, target.version.as_ref());
        let old = self.checked(&object)?;
        let (mut new, old) = match resource.subresource {
            "status" => {
                self.confirm_signer(&object, &old)?;
                (Object { status: object.status, ..(*old).clone() }, old)
            }
            "ephemeralcontainers" => (with_ephemeral_containers(object, &old)?, old),
            "approval" => {
                let new = self.approval(&object, &old)?;
                validation::update(&new, &old)?;
                (new, old)
            }
            "finalize" => (Object { spec: object.spec, ..(*old).clone() }, old),
            _ => self.prepare_update(object)?,
        };
        // A subresource's managed fields are not to be written.
        let given = given.filter(|_| resource.subresource.is_empty());
        let rewritten = given.filter(|given| !managed::same(given, &managed::entries(&old)));
        let unchanged = same(&new, &old) && rewritten.is_none();
        new.meta.managed = match rewritten {
            _ if unchanged => old.meta.managed.clone(),
            None => self.note_update(&old, resource.subresource),
            Some(entries) => {
                let writer = self.writer(&old, "");
                Managed::written_after(&old, entries.into(), writer, self.now)
            }
        };
        new.meta.resource_version = old.meta.resource_version;
        let written = match request.dry_run() || unchanged {
            true => Arc::new(new),
            false => self.commit_anyway(new),
        };
        value(200, shape.show(&written, self.now))
    }

    pub(super) fn delete_one(&mut self, request: &Request, resource: &Resource<'_>, target: &Target) -> Answer {
        let options = options::delete_options(request)?;
        let key = Key::new(resource.namespace, resource.name);
        let kind = Arc::clone(&target.stored);
        if self.store.get(kind.id, &key).is_none() {
            return Err(Status::not_found(&target.served.group_resource(), &key.name));
        }
        // The namespaces that a cluster cannot do without (NamespaceLifecycle's immortal ones).
        if *kind.kind == *"Namespace" && matches!(&*key.name, "default" | "kube-system" | "kube-public") {
            return Err(Status::forbidden("namespaces", &key.name, "this namespace may not be deleted"));
        }
        let deletion = match request.dry_run() {
            true => self.delete_dry(&kind, &key, &options)?,
            false => self.delete(&kind, &key, &options)?,
        };
        let shape = Shape::of(request, target.version.as_ref());
        match deletion {
            // A Pod is shown as it was; of most kinds a Status tells that they are gone.
            Deletion::Gone(object) if *kind.kind == *"Pod" => value(200, shape.show(&object, self.now)),
            Deletion::Gone(object) => value(200, Status::deleted(&target.served, &object.meta.name, &object.meta.uid)),
            Deletion::Pending(object) => value(200, shape.show(&object, self.now)),
        }
    }

    pub(super) fn delete_collection(&mut self, request: &Request, resource: &Resource<'_>, target: &Target) -> Answer {
        let options = options::delete_options(request)?;
        let filter = options::filter(request, resource, &target.served)?;
        let objects = self.select(&target.stored, &filter);
        for object in &objects {
            if !request.dry_run() {
                self.delete(&target.stored, &object.key(), &options)?;
            }
        }
        let shape = Shape { form: Form::Object, version: target.version.clone() };
        value(200, shape.list(&target.served, &objects, self.now, self.store.revision()))
    }
}

/// A Pod with the ephemeral containers of another version, and nothing else of it (EphemeralContainersREST).
fn with_ephemeral_containers(mut object: Object, old: &Object) -> Result<Object, Status> {
    defaults::apply(&mut object);
    let mut new = old.clone();
    if let (Some(spec), Some(given)) = (new.spec.get_mut::<PodSpec>(), object.spec.get::<PodSpec>()) {
        spec.ephemeral_containers.clone_from(&given.ephemeral_containers);
    }
    validation::ephemeral_containers(&new, old)?;
    if new.spec != old.spec {
        new.meta.generation += 1;
    }
    Ok(new)
}

/// What a patch makes of an object, and whose words tell of mistakes in the result.
pub(super) fn apply(request: &Request, schema: Option<&Schema>, current: Value) -> Result<(Value, Words), Status> {
    let kind = request.content_type.split(';').next().unwrap_or_default().trim();
    // A text is what the client could not read either.
    let fault = request.body.as_str().and_then(json_fault);
    let unfit = |wanted: &str| {
        let what = json_type(&request.body);
        fault.clone().unwrap_or_else(|| format!("json: cannot unmarshal {what} into Go value of type {wanted}"))
    };
    let decoding = |fault: String| Status::bad_request(format!("error decoding patch: {fault}"));
    const MAP: &str = "map[string]interface {}";
    match (kind, schema) {
        ("application/json-patch+json", _) => {
            let Some(operations) = request.body.as_array() else {
                return Err(decoding(unfit("[]handlers.jsonPatchOp")));
            };
            let patched = json_patch(&current, operations).map_err(|_| Status {
                code: 422,
                reason: "Invalid",
                message: "the server rejected our request due to an error in our request".to_owned(),
                details: json!({}),
            })?;
            Ok((patched, Words::Json))
        }
        ("application/merge-patch+json", _) if !request.body.is_object() => Err(decoding(unfit(MAP))),
        ("application/strategic-merge-patch+json", Some(_)) if !request.body.is_object() => {
            Err(Status::bad_request(unfit(MAP)))
        }
        ("application/merge-patch+json", _) => {
            let mut patched = current;
            merge_patch(&mut patched, &request.body);
            Ok((patched, Words::Json))
        }
        ("application/strategic-merge-patch+json", Some(schema)) => {
            let patched = strategic_merge_patch(Schemas::builtin(), schema, &current, &request.body)
                .map_err(Status::bad_request)?;
            Ok((patched, Words::Converter))
        }
        ("application/apply-patch+yaml", _) => {
            Err(Status::not_implemented("server-side apply of a scale is not simulated yet; apply the object itself"))
        }
        (_, Some(_)) => Err(Status::unsupported_media_type(
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml, \
             application/strategic-merge-patch+json",
        )),
        (_, None) => Err(Status::unsupported_media_type(
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
        )),
    }
}
