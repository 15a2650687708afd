//! APIServices: whether the server behind each answers.
//!
//! Models kube-aggregator/pkg/controllers/status (remote, local). Diverges: the discovery check asks the
//! runtime whether what answers at the endpoint is metrics-server, the only such server that is simulated.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ServiceSpec;
use k8s_openapi::api::discovery::v1::Endpoint;
use serde_json::{Value, json};

use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::kinds::EndpointSliceBody;
use crate::api::{Key, Object, Part, WellKnown};
use crate::apiserver::aggregation::{LOCAL, available};
use crate::apiserver::{Change, Store};
use crate::collections::SortedMap;
use crate::sim::Duration;

/// How long until a check that failed is made again (a guess at the rate limiter's middle).
const AGAIN: Duration = Duration::from_secs(5);
const SERVICE: &str = "kubernetes.io/service-name";

/// See the module.
#[derive(Debug)]
pub struct ApiServices {
    kinds: WellKnown,
    /// The Services that APIServices name, by APIService.
    services: SortedMap<Key, Key>,
}

impl ApiServices {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> ApiServices {
        ApiServices { kinds: kinds.clone(), services: SortedMap::new() }
    }
}

/// The Service that an APIService names.
fn service_of(api_service: &Object) -> Option<Key> {
    let service = &api_service.spec.json()?["service"];
    Some(Key::new(service["namespace"].as_str()?, service["name"].as_str()?))
}

impl Controller for ApiServices {
    fn name(&self) -> &'static str {
        "kube-aggregator"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        let Some(object) = change.object() else { return };
        if change.kind == self.kinds.api_service.id {
            let service = change.new.as_ref().and_then(|new| service_of(new));
            // What the API server answers itself is available from the start.
            let told = service.is_none() && object.status.json().is_some();
            match service {
                Some(service) => drop(self.services.insert(object.key(), service)),
                None => drop(self.services.remove(&object.key())),
            }
            if !told && change.old.as_ref().is_none_or(|old| old.spec != object.spec) {
                queue.add(object.key());
            }
            return;
        }
        let service = match change.kind {
            kind if self.services.is_empty()
                || kind != self.kinds.service.id && kind != self.kinds.endpoint_slice.id =>
            {
                return;
            }
            kind if kind == self.kinds.service.id => object.key(),
            _ => Key::new(&object.meta.namespace, object.meta.label(SERVICE).unwrap_or_default()),
        };
        for (key, _) in self.services.iter().filter(|(_, named)| **named == service) {
            queue.add(key.clone());
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some(object) = view.get(&self.kinds.api_service, key) else { return plan };
        let Some(spec) = object.spec.json() else { return plan };
        let (truth, reason, message) = match service_of(object) {
            None => ("True", LOCAL.0, LOCAL.1.to_owned()),
            Some(service) => match check(spec, &service, view) {
                Ok(()) => ("True", "Passed", "all checks passed".to_owned()),
                Err((reason, message)) => ("False", reason, message),
            },
        };
        if truth == "False" {
            plan.again_after(AGAIN);
        }
        let mut new = available(truth, reason, &message, view.now);
        let was = object.status.json().map_or(&Value::Null, |status| &status["conditions"][0]);
        if was["status"] == truth {
            new["lastTransitionTime"] = was["lastTransitionTime"].clone();
        }
        if *was != new {
            let status = json!({"conditions": [new]});
            plan.then(Write::Status(Object { status: Part::Json(Arc::new(status)), ..(**object).clone() }));
        }
        plan
    }
}

/// What keeps the server behind an APIService from answering.
fn check(spec: &Value, key: &Key, view: &View<'_>) -> Result<(), (&'static str, String)> {
    let (name, namespace) = (&key.name, &key.namespace);
    let service = view.get(&view.kinds.service, key).and_then(|service| service.spec::<ServiceSpec>());
    let Some(service) = service else {
        return Err(("ServiceNotFound", format!("service/{name} in \"{namespace}\" is not present")));
    };
    let wanted = spec["service"]["port"].as_i64().unwrap_or(443);
    let Some(port) = service.ports.iter().flatten().find(|port| i64::from(port.port) == wanted) else {
        let message = format!("service/{name} in \"{namespace}\" is not listening on port {wanted}");
        return Err(("ServicePortError", message));
    };
    let mut slices = view.store.labelled(view.kinds.endpoint_slice.id, namespace, SERVICE, name).peekable();
    if slices.peek().is_none() {
        return Err(("EndpointsNotFound", format!("cannot find endpointslices for service/{name} in \"{namespace}\"")));
    }
    let bodies = slices.filter_map(|slice| slice.rest::<EndpointSliceBody>());
    let ready = |endpoint: &&Arc<Endpoint>| endpoint.conditions.as_ref().is_none_or(|is| is.ready != Some(false));
    let endpoints: Vec<&Arc<Endpoint>> = bodies.flat_map(|body| &body.endpoints).filter(ready).collect();
    let Some(first) = endpoints.first() else {
        let port = port.name.as_deref().unwrap_or_default();
        let message =
            format!("endpointslices for service/{name} in \"{namespace}\" have no addresses with port name \"{port}\"");
        return Err(("MissingEndpoints", message));
    };
    let uid = |endpoint: &&Arc<Endpoint>| endpoint.target_ref.as_ref().and_then(|pod| pod.uid.clone());
    if endpoints.iter().filter_map(uid).any(|uid| view.api.serves_metrics(&uid)) {
        return Ok(());
    }
    let text = |field: &str| spec[field].as_str().unwrap_or_default();
    let address = first.addresses.first().map_or("", String::as_str);
    let url = format!("https://{address}:{wanted}/apis/{}/{}", text("group"), text("version"));
    Err(("FailedDiscoveryCheck", format!("failing or missing response from {url}: bad status from {url}: 404")))
}
