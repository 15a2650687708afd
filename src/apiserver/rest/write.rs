//! POST and DELETE of objects.

use std::sync::Arc;

use serde_json::Value;

use super::form::Form;
use super::{Answer, Request, Resource, options, value};
use crate::api::{Key, Kind, Object, Status};
use crate::apiserver::ApiServer;
use crate::apiserver::delete::Deletion;

impl ApiServer {
    /// Reads an object from a request's body.
    fn decode(&self, body: &Value, resource: &Resource<'_>, kind: &Arc<Kind>) -> Result<Object, Status> {
        let mut object = Object::from_value(kind, body.clone()).map_err(|why| Status::bad_request(why.to_string()))?;
        if kind.namespaced {
            if object.meta.namespace.is_empty() {
                object.meta.namespace = resource.namespace.into();
            } else if *object.meta.namespace != *resource.namespace {
                return Err(Status::bad_request(
                    "the namespace of the provided object does not match the namespace sent on the request",
                ));
            }
        } else {
            object.meta.namespace = "".into();
        }
        Ok(object)
    }

    pub(super) fn post(&mut self, request: &Request, resource: &Resource<'_>, kind: &Arc<Kind>) -> Answer {
        let object = self.decode(&request.body, resource, kind)?;
        let made = self.create(object)?;
        value(201, Form::of(request).show(&made))
    }

    pub(super) fn delete_one(&mut self, request: &Request, resource: &Resource<'_>, kind: &Arc<Kind>) -> Answer {
        let options = options::delete_options(request)?;
        let key = Key::new(resource.namespace, resource.name);
        let deletion = match request.dry_run() {
            true => self.delete_dry(kind, &key, &options)?,
            false => self.delete(kind, &key, &options)?,
        };
        match deletion {
            // A Pod is shown as it was, everything else is answered with a Status.
            Deletion::Gone(object) if *kind.kind == *"Pod" => value(200, Form::of(request).show(&object)),
            Deletion::Gone(object) => value(200, Status::deleted(kind, &object.meta.name, &object.meta.uid)),
            Deletion::Pending(object) => value(200, Form::of(request).show(&object)),
        }
    }

    pub(super) fn delete_collection(&mut self, request: &Request, resource: &Resource<'_>, kind: &Arc<Kind>) -> Answer {
        let options = options::delete_options(request)?;
        let filter = options::filter(request, resource, kind)?;
        let objects = self.select(kind, &filter);
        for object in &objects {
            if !request.dry_run() {
                self.delete(kind, &object.key(), &options)?;
            }
        }
        value(200, super::read::list(kind, &objects, Form::Object, self.store.revision()))
    }
}
