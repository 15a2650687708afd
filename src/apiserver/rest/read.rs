//! GET: one object, lists and watches.

use std::sync::Arc;

use serde_json::{Value, json};

use super::form::{Form, partial};
use super::{Answer, Events, Request, Resource, Response, options, value};
use crate::api::{Key, Kind, Object, Status};
use crate::apiserver::ApiServer;
use crate::apiserver::watch::Filter;

impl ApiServer {
    pub(super) fn get_one(&mut self, request: &Request, resource: &Resource<'_>, kind: &Arc<Kind>) -> Answer {
        let object = self.get(kind, &Key::new(resource.namespace, resource.name))?;
        value(200, Form::of(request).show(object))
    }

    pub(super) fn list_or_watch(&mut self, request: &Request, resource: &Resource<'_>, kind: &Arc<Kind>) -> Answer {
        let filter = options::filter(request, resource, kind)?;
        if request.flag("watch") {
            let since = match request.parameter("resourceVersion") {
                "" | "0" => None,
                text => Some(text.parse().map_err(|_| {
                    Status::bad_request(format!(
                        "Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax"
                    ))
                })?),
            };
            let events = Events(self.watch(kind.id, filter, Form::of(request), since));
            return Ok(Response::Watch { warnings: Vec::new(), events });
        }
        let objects = self.select(kind, &filter);
        value(200, list(kind, &objects, Form::of(request), self.store.revision()))
    }

    /// The objects that a filter lets through, by the index where the filter names a label.
    pub(super) fn select(&self, kind: &Kind, filter: &Filter) -> Vec<Arc<Object>> {
        let namespace = filter.namespace.as_deref();
        match (namespace, filter.labels.exact_label()) {
            (Some(namespace), Some((key, label))) => {
                let found = self.store.labelled(kind.id, namespace, key, label);
                found.filter(|object| filter.matches(object)).cloned().collect()
            }
            _ => self.store.list(kind.id, namespace).filter(|object| filter.matches(object)).cloned().collect(),
        }
    }
}

/// A list as the API prints it.
pub(super) fn list(kind: &Kind, objects: &[Arc<Object>], form: Form, revision: u64) -> Value {
    let metadata = json!({"resourceVersion": revision.to_string()});
    let bare = |object: &Arc<Object>| {
        let mut item = object.to_value();
        if let Some(map) = item.as_object_mut() {
            map.remove("apiVersion");
            map.remove("kind");
        }
        item
    };
    match form {
        Form::Object | Form::Table { .. } => {
            let items: Vec<Value> = objects.iter().map(bare).collect();
            json!({"apiVersion": kind.api_version(), "kind": format!("{}List", kind.kind), "metadata": metadata, "items": items})
        }
        Form::Metadata => {
            let items: Vec<Value> = objects.iter().map(|object| partial(object)).collect();
            json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList", "metadata": metadata, "items": items})
        }
    }
}
