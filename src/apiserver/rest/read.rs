//! GET: one object, lists and watches.

use std::sync::Arc;

use super::form::Shape;
use super::{Answer, Events, Request, Resource, Response, Target, components, options, value};
use crate::api::{Key, Kind, Object, Status};
use crate::apiserver::ApiServer;
use crate::apiserver::watch::Filter;

impl ApiServer {
    pub(super) fn get_one(&mut self, request: &Request, resource: &Resource<'_>, target: &Target) -> Answer {
        let key = Key::new(resource.namespace, resource.name);
        let components = if components::are(&target.stored) { components::all(&target.stored) } else { Vec::new() };
        let component = components.iter().find(|component| component.meta.name == key.name);
        let found = self.store.get(target.stored.id, &key).or(component);
        let object = found.ok_or_else(|| Status::not_found(&target.served.group_resource(), &key.name))?;
        value(200, Shape::of(request, target.version.as_ref()).show(object, self.now))
    }

    pub(super) fn list_or_watch(&mut self, request: &Request, resource: &Resource<'_>, target: &Target) -> Answer {
        let mut filter = options::filter(request, resource, &target.served)?;
        if !resource.name.is_empty() {
            filter.name = Some(resource.name.to_owned());
        }
        let shape = Shape::of(request, target.version.as_ref());
        if request.flag("watch") {
            let since = match request.parameter("resourceVersion") {
                "" | "0" => None,
                text => Some(text.parse().map_err(|_| {
                    let error = crate::api::FieldError::invalid(
                        "resourceVersion",
                        text,
                        format!("strconv.ParseUint: parsing \"{text}\": invalid syntax"),
                    );
                    Status::bad_request(error.message)
                })?),
            };
            let events = Events(self.watch(target.stored.id, filter, shape, since));
            return Ok(Response::Watch { warnings: Vec::new(), events });
        }
        let objects = match components::are(&target.stored) {
            true => components::all(&target.stored).into_iter().filter(|object| filter.matches(object)).collect(),
            false => self.select(&target.stored, &filter),
        };
        value(200, shape.list(&target.served, &objects, self.now, self.store.revision()))
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
