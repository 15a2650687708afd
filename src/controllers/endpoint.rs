//! Endpoints, the older form of EndpointSlices. Models pkg/controller/endpoint.
//!
//! Diverges: of more than a thousand addresses the first thousand that came are shown; upstream
//! prefers the ready ones.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{EndpointAddress, EndpointPort, ObjectReference, ServiceSpec};

use super::service_pods::{self, ServicePods};
use super::work::{Controller, Outcome, Plan, Queue, View, Write};
use crate::api::endpoints::{EndpointSubset, EndpointsBody};
use crate::api::{Key, Object, Part, PodSpec, WellKnown, time};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::collections::SortedMap;

const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";
const HEADLESS: &str = "service.kubernetes.io/headless";
const TRIGGER: &str = "endpoints.kubernetes.io/last-change-trigger-time";
const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";
/// More addresses than this are left out.
const MOST: usize = 1000;

/// An address, with the ports it listens on and whether it is ready.
type Address = (Arc<EndpointAddress>, Arc<[EndpointPort]>, bool);

/// The addresses of one Service.
#[derive(Debug, Default)]
struct Known {
    by_pod: SortedMap<Arc<str>, Address>,
    /// Those that are shown, by their text, which is their order.
    shown: SortedMap<String, Address>,
    last_ports: Option<Arc<[EndpointPort]>>,
}

impl Known {
    /// Sets or removes the address of a Pod. Whether that changed what is shown.
    fn set(&mut self, pod: &Arc<str>, mut address: Option<Address>) -> bool {
        let old = self.by_pod.get(pod);
        if old == address.as_ref() {
            return false;
        }
        // Nearly all listen on the same ports: shared, they are told apart at a glance.
        if let (Some(new), Some(last)) = (&mut address, &self.last_ports)
            && new.1 == *last
        {
            new.1 = Arc::clone(last);
        }
        self.last_ports = address.as_ref().map(|new| Arc::clone(&new.1)).or(self.last_ports.take());
        let was_shown = old.is_some_and(|old| self.shown.remove(&old.0.ip).is_some());
        match address {
            Some(address) => {
                let room = self.shown.len() < MOST;
                if room {
                    self.shown.insert(address.0.ip.clone(), address.clone());
                }
                // The first one too many is a change: it is said that some are left out.
                let first_over = !room && self.by_pod.len() == MOST;
                self.by_pod.insert(Arc::clone(pod), address);
                was_shown || room || first_over
            }
            None => {
                self.by_pod.remove(pod);
                if was_shown && self.by_pod.len() >= MOST {
                    let hidden = self.by_pod.values().find(|one| !self.shown.contains_key(&one.0.ip));
                    if let Some(address) = hidden {
                        self.shown.insert(address.0.ip.clone(), address.clone());
                    }
                }
                was_shown || self.by_pod.len() == MOST
            }
        }
    }

    /// Groups the shown addresses by their ports, in the order of their texts (RepackSubsets).
    fn subsets(&self) -> Vec<EndpointSubset> {
        let mut subsets: Vec<(&Arc<[EndpointPort]>, EndpointSubset)> = Vec::new();
        for (address, ports, ready) in self.shown.values() {
            let same = |(known, _): &(&Arc<[EndpointPort]>, _)| Arc::ptr_eq(known, ports) || *known == ports;
            let at = match subsets.iter().position(same) {
                Some(at) => at,
                None => {
                    subsets.push((ports, EndpointSubset { ports: ports.to_vec(), ..EndpointSubset::default() }));
                    subsets.len() - 1
                }
            };
            let subset = &mut subsets[at].1;
            let list = if *ready { &mut subset.addresses } else { &mut subset.not_ready_addresses };
            list.push(Arc::clone(address));
        }
        let finished = subsets.into_iter().map(|(_, mut subset)| {
            subset.addresses.shrink_to_fit();
            subset.not_ready_addresses.shrink_to_fit();
            subset
        });
        finished.collect()
    }
}

/// See the module.
#[derive(Debug)]
pub struct Endpoints {
    kinds: WellKnown,
    pods: ServicePods,
    services: SortedMap<Key, Known>,
}

impl Endpoints {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> Endpoints {
        Endpoints { kinds: kinds.clone(), pods: ServicePods::default(), services: SortedMap::new() }
    }
}

impl Controller for Endpoints {
    fn name(&self) -> &'static str {
        "endpoint-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        if change.kind == self.kinds.endpoints.id {
            if change.new.is_none()
                && let Some(object) = change.object()
            {
                self.pods.renew(&object.key());
                queue.add(object.key());
            }
            return;
        }
        for key in self.pods.observe(change, &self.kinds) {
            queue.add(key);
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let news = self.pods.take(key);
        let current = view.get(&self.kinds.endpoints, key);
        let Some(service) = view.get(&self.kinds.service, key) else {
            // They go with their Service, without being owned by it.
            self.services.remove(key);
            if let Some(current) = current {
                plan.then(Write::Delete(Arc::clone(current)));
            }
            return plan;
        };
        let Some(spec) = service.spec::<ServiceSpec>() else { return plan };
        let Some(selector) = service_pods::selector(spec) else { return plan };
        let known = self.services.entry(key.clone()).or_default();
        let mut changed = news.all || current.is_none();
        if news.all {
            *known = Known::default();
            for pod in service_pods::pods(view.store, &self.kinds, &key.namespace, selector) {
                known.set(&pod.meta.name, address(pod, service, spec));
            }
        }
        for name in news.pods.iter().filter(|_| !news.all) {
            let pod = view.get(&self.kinds.pod, &Key { namespace: Arc::clone(&key.namespace), name: Arc::clone(name) });
            let mine = pod.filter(|pod| service_pods::selects(selector, &pod.meta.labels));
            changed |= known.set(name, mine.and_then(|pod| address(pod, service, spec)));
        }
        if !changed {
            return plan;
        }
        let over = known.by_pod.len() > MOST;
        let body = EndpointsBody { subsets: known.subsets() };
        let mut labels = (*service.meta.labels).clone();
        labels.insert(MANAGED_BY.to_owned(), "endpoint-controller".to_owned());
        if spec.cluster_ip.as_deref() == Some("None") {
            labels.insert(HEADLESS.to_owned(), String::new());
        }
        if current
            .is_some_and(|current| current.rest::<EndpointsBody>() == Some(&body) && *current.meta.labels == labels)
        {
            return plan;
        }
        let mut object = match current {
            Some(current) => (**current).clone(),
            None => Object::new(&self.kinds.endpoints, &key.namespace, &key.name),
        };
        object.meta.labels = Arc::new(labels);
        let annotations = Arc::make_mut(&mut object.meta.annotations);
        annotations.remove(TRIGGER);
        annotations.remove(OVER_CAPACITY);
        if let Some(at) = news.trigger {
            annotations.insert(TRIGGER.to_owned(), time::rfc3339(at));
        }
        if over {
            annotations.insert(OVER_CAPACITY.to_owned(), "truncated".to_owned());
        }
        object.rest = Part::typed(body);
        plan.then(if current.is_some() { Write::Update(object) } else { Write::Create(object) });
        plan
    }

    fn wrote(&mut self, key: &Key, outcome: &Outcome, _: &View<'_>) -> Option<Happening> {
        if matches!(outcome, Outcome::Refused(_)) {
            self.pods.renew(key);
        }
        None
    }
}

fn address(pod: &Object, service: &Object, spec: &ServiceSpec) -> Option<Address> {
    let view = service_pods::view(pod)?;
    let publish = spec.publish_not_ready_addresses == Some(true);
    if view.terminating && !publish {
        return None;
    }
    let hostname = pod.spec::<PodSpec>().and_then(|spec| {
        let named = spec.subdomain.as_deref() == Some(&service.meta.name);
        spec.hostname.clone().filter(|_| named)
    });
    let ports = spec.ports.iter().flatten().filter_map(|port| {
        Some(EndpointPort {
            app_protocol: port.app_protocol.clone(),
            name: port.name.clone().filter(|name| !name.is_empty()),
            port: service_pods::target_port(port, pod)?,
            protocol: Some(port.protocol.clone().unwrap_or_else(|| "TCP".to_owned())),
        })
    });
    let address = EndpointAddress {
        hostname,
        ip: view.ip.to_owned(),
        node_name: Some(view.node.to_owned()),
        target_ref: Some(ObjectReference {
            kind: Some("Pod".to_owned()),
            name: Some(pod.meta.name.to_string()),
            namespace: Some(pod.meta.namespace.to_string()),
            uid: Some(pod.meta.uid.to_string()),
            ..ObjectReference::default()
        }),
    };
    let ports: Arc<[EndpointPort]> = ports.collect();
    // A Pod that has none of the Service's named ports is not among them.
    let none = ports.is_empty() && spec.ports.as_ref().is_some_and(|ports| !ports.is_empty());
    (!none).then(|| (Arc::new(address), ports, view.ready || publish))
}
