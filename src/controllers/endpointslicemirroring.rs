//! Endpoints that somebody wrote by hand, for a Service without a selector, as EndpointSlices. Models
//! pkg/controller/endpointslicemirroring.
//!
//! Diverges: IPv4 only, and one slice for each subset whatever its length.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{EndpointAddress, ServiceSpec};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort};

use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::endpoints::{EndpointSubset, EndpointsBody};
use crate::api::kinds::EndpointSliceBody;
use crate::api::{Key, Object, Part, WellKnown};
use crate::apiserver::{Change, Store};

const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslicemirroring-controller.k8s.io";
const SERVICE: &str = "kubernetes.io/service-name";
const SKIP: &str = "endpointslice.kubernetes.io/skip-mirror";
/// What is of the Endpoints alone.
const NOT_COPIED: [&str; 2] =
    ["endpoints.kubernetes.io/last-change-trigger-time", "kubectl.kubernetes.io/last-applied-configuration"];

/// See the module.
#[derive(Debug)]
pub struct EndpointSliceMirroring(WellKnown);

impl EndpointSliceMirroring {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> EndpointSliceMirroring {
        EndpointSliceMirroring(kinds.clone())
    }
}

/// Whether it is a Service whose endpoints nobody but people write.
fn is_mirrored(service: &Object) -> bool {
    service.spec::<ServiceSpec>().is_some_and(|spec| spec.selector.as_ref().is_none_or(|selector| selector.is_empty()))
}

impl Controller for EndpointSliceMirroring {
    fn name(&self) -> &'static str {
        "endpointslice-mirroring-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        let Some(object) = change.object() else { return };
        let key = object.key();
        if change.kind == self.0.endpoints.id {
            let service = store.get(self.0.service.id, &key);
            if service.is_some_and(|service| is_mirrored(service)) || change.new.is_none() {
                queue.add(key);
            }
        } else if change.kind == self.0.service.id && store.get(self.0.endpoints.id, &key).is_some() {
            let was = change.old.as_ref().is_some_and(|old| is_mirrored(old));
            if was || change.new.as_ref().is_some_and(|new| is_mirrored(new)) {
                queue.add(key);
            }
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let slices = view.store.labelled(self.0.endpoint_slice.id, &key.namespace, SERVICE, &key.name);
        let mut slices: Vec<Arc<Object>> =
            slices.filter(|slice| slice.meta.label(MANAGED_BY) == Some(MANAGER)).cloned().collect();
        let service = view.get(&self.0.service, key).filter(|service| is_mirrored(service));
        let endpoints = view.get(&self.0.endpoints, key).filter(|one| one.meta.label(SKIP) != Some("true"));
        let wanted = match (service, endpoints) {
            (Some(_), Some(endpoints)) => self.wanted(endpoints),
            _ => Vec::new(),
        };
        for new in wanted {
            let body = |slice: &Object| slice.rest::<EndpointSliceBody>().cloned();
            let same_ports = |old: &Arc<Object>| body(old).map(|old| old.ports) == body(&new).map(|new| new.ports);
            let Some(at) = slices.iter().position(same_ports) else {
                plan.then(Write::Create(new));
                continue;
            };
            let old = slices.swap_remove(at);
            if old.rest != new.rest
                || old.meta.labels != new.meta.labels
                || old.meta.annotations != new.meta.annotations
            {
                let mut changed = Object { rest: new.rest, ..(*old).clone() };
                changed.meta.labels = new.meta.labels;
                changed.meta.annotations = new.meta.annotations;
                plan.then(Write::Update(changed));
            }
        }
        slices.into_iter().for_each(|slice| plan.then(Write::Delete(slice)));
        plan
    }
}

impl EndpointSliceMirroring {
    fn wanted(&self, endpoints: &Object) -> Vec<Object> {
        let subsets = endpoints.rest::<EndpointsBody>().map(|body| &body.subsets[..]).unwrap_or_default();
        let slice = |subset: &EndpointSubset| {
            let mut slice = Object::new(&self.0.endpoint_slice, &endpoints.meta.namespace, "");
            slice.meta.generate_name = Some(format!("{}-", endpoints.meta.name).into());
            slice.meta.owners = [endpoints.controller_reference()].into();
            let mut labels = (*endpoints.meta.labels).clone();
            labels.insert(SERVICE.to_owned(), endpoints.meta.name.to_string());
            labels.insert(MANAGED_BY.to_owned(), MANAGER.to_owned());
            slice.meta.labels = Arc::new(labels);
            let annotations = endpoints.meta.annotations.iter().filter(|(key, _)| !NOT_COPIED.contains(&key.as_str()));
            slice.meta.annotations = Arc::new(annotations.map(|(key, value)| (key.clone(), value.clone())).collect());
            let ready = subset.addresses.iter().map(|address| endpoint(address, true));
            let unready = subset.not_ready_addresses.iter().map(|address| endpoint(address, false));
            let ports = subset.ports.iter().map(|port| EndpointPort {
                app_protocol: port.app_protocol.clone(),
                name: Some(port.name.clone().unwrap_or_default()),
                port: Some(port.port),
                protocol: Some(port.protocol.clone().unwrap_or_else(|| "TCP".to_owned())),
            });
            slice.rest = Part::typed(EndpointSliceBody {
                address_type: "IPv4".to_owned(),
                endpoints: ready.chain(unready).collect(),
                ports: Some(ports.collect()),
            });
            slice
        };
        subsets.iter().map(slice).collect()
    }
}

fn endpoint(address: &EndpointAddress, ready: bool) -> Arc<Endpoint> {
    Arc::new(Endpoint {
        addresses: vec![address.ip.clone()],
        conditions: Some(EndpointConditions { ready: Some(ready), ..EndpointConditions::default() }),
        hostname: address.hostname.clone(),
        node_name: address.node_name.clone(),
        target_ref: address.target_ref.clone(),
        ..Endpoint::default()
    })
}
