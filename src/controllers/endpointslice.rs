//! EndpointSlices: which Pods a Service has, a hundred to a slice.
//!
//! Models pkg/controller/endpointslice and staging/src/k8s.io/endpointslice/reconciler.go. Only
//! the Pods that changed are looked at, and only the slices that hold them are written.
//!
//! Diverges: IPv4 only, no topology hints; slices that have become small are not merged.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{ObjectReference, ServiceSpec};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort};

use super::service_pods::{self, ServicePods};
use super::work::{Controller, Outcome, Plan, Queue, View, Write};
use crate::api::kinds::EndpointSliceBody;
use crate::api::md5::md5;
use crate::api::{Key, Object, Part, PodSpec, WellKnown, time};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::collections::{Sort, SortedMap, SortedSet};
use crate::sim::Time;

const NAME: &str = "endpointslice-controller";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslice-controller.k8s.io";
const SERVICE: &str = "kubernetes.io/service-name";
const HEADLESS: &str = "service.kubernetes.io/headless";
const TRIGGER: &str = "endpoints.kubernetes.io/last-change-trigger-time";
/// --max-endpoints-per-slice.
const MOST: usize = 100;

/// What is known of a Service's slices.
#[derive(Debug, Default)]
struct Known {
    /// Which slice holds a Pod.
    placed: SortedMap<Arc<str>, Arc<str>>,
    /// How many endpoints a slice holds.
    sizes: SortedMap<Arc<str>, usize>,
}

impl Known {
    /// The fullest slice that has room.
    fn roomiest(&self) -> Option<&Arc<str>> {
        let roomy = self.sizes.iter().filter(|(_, size)| **size < MOST);
        roomy.max_by_key(|(_, size)| **size).map(|(name, _)| name)
    }
}

/// See the module.
#[derive(Debug)]
pub struct EndpointSlices {
    kinds: WellKnown,
    pods: ServicePods,
    services: SortedMap<Key, Known>,
}

impl EndpointSlices {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> EndpointSlices {
        EndpointSlices { kinds: kinds.clone(), pods: ServicePods::default(), services: SortedMap::new() }
    }
}

/// The Service that a slice belongs to, if the slice is ours.
fn service_of(slice: &Object) -> Option<Key> {
    let name = slice.meta.label(SERVICE).filter(|_| slice.meta.label(MANAGED_BY) == Some(MANAGER))?;
    Some(Key { namespace: Arc::clone(&slice.meta.namespace), name: name.into() })
}

fn holds(endpoint: &Endpoint, pod: &str) -> bool {
    endpoint.target_ref.as_ref().is_some_and(|target| target.name.as_deref() == Some(pod))
}

impl Controller for EndpointSlices {
    fn name(&self) -> &'static str {
        NAME
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        if change.kind == self.kinds.endpoint_slice.id {
            // Our own writes are no news; anybody else's are.
            if *change.by != *NAME
                && let Some(key) = change.object().and_then(|slice| service_of(slice))
            {
                self.pods.renew(&key);
                queue.add(key);
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
        let service = view.get(&self.kinds.service, key).filter(|service| service.meta.deleted.is_none());
        let spec = service.and_then(|service| service.spec::<ServiceSpec>());
        let selector = spec.and_then(service_pods::selector);
        let (Some(service), Some(spec), Some(selector)) = (service, spec, selector) else {
            self.services.remove(key);
            return plan;
        };
        let mut edit = Edit::new(service, spec, self.services.entry(key.clone()).or_default(), news.trigger);
        let all_slices = || {
            let found = view.store.labelled(self.kinds.endpoint_slice.id, &key.namespace, SERVICE, &key.name);
            found.filter(|slice| service_of(slice).is_some())
        };
        let named = |name: &Arc<str>| Key { namespace: Arc::clone(&key.namespace), name: Arc::clone(name) };
        let mut names = news.pods;
        if news.all {
            edit.load_all(all_slices());
            names = edit.known.placed.keys().cloned().collect();
            let pods = service_pods::pods(view.store, &self.kinds, &key.namespace, selector);
            names.extend(pods.map(|pod| Arc::clone(&pod.meta.name)));
        } else {
            // A handful of slices at most: those of the Pods that changed, and one with room.
            let known = &edit.known;
            let mut wanted: SortedSet<Arc<str>> =
                names.iter().filter_map(|pod| known.placed.get(pod).cloned()).collect();
            wanted.extend(known.roomiest().cloned());
            edit.load(wanted.iter().filter_map(|name| view.get(&self.kinds.endpoint_slice, &named(name))));
        }
        for name in &names {
            let pod = view.get(&self.kinds.pod, &named(name));
            let mine = pod.filter(|pod| service_pods::selects(selector, &pod.meta.labels));
            edit.look_at(name, mine.map(|pod| &**pod));
        }
        plan.at_once(edit.writes(&self.kinds));
        plan
    }

    fn wrote(&mut self, key: &Key, outcome: &Outcome, _: &View<'_>) -> Option<Happening> {
        match outcome {
            Outcome::Created(slice) => {
                let known = self.services.entry(key.clone()).or_default();
                let mut size = 0;
                for endpoint in slice.rest::<EndpointSliceBody>().into_iter().flat_map(|body| &body.endpoints) {
                    if let Some(pod) = endpoint.target_ref.as_ref().and_then(|target| target.name.as_deref()) {
                        known.placed.insert(pod.into(), Arc::clone(&slice.meta.name));
                        size += 1;
                    }
                }
                known.sizes.insert(Arc::clone(&slice.meta.name), size);
            }
            Outcome::Refused(_) => self.pods.renew(key),
            _ => {}
        }
        None
    }
}

/// A slice as it will be.
#[derive(Debug)]
struct Slice {
    object: Object,
    body: EndpointSliceBody,
    changed: bool,
}

/// The slices of one Service being edited.
struct Edit<'a> {
    service: &'a Object,
    spec: &'a ServiceSpec,
    known: &'a mut Known,
    trigger: Option<Time>,
    slices: SortedMap<Arc<str>, Slice>,
    /// Endpoints that no slice has room for, by their ports.
    overflow: Vec<(Vec<EndpointPort>, Vec<Arc<Endpoint>>)>,
}

impl<'a> Edit<'a> {
    fn new(service: &'a Object, spec: &'a ServiceSpec, known: &'a mut Known, trigger: Option<Time>) -> Edit<'a> {
        Edit { service, spec, known, trigger, slices: SortedMap::new(), overflow: Vec::new() }
    }

    fn load<'s>(&mut self, slices: impl Iterator<Item = &'s Arc<Object>>) {
        for slice in slices {
            if let Some(body) = slice.rest::<EndpointSliceBody>() {
                let entry = Slice { object: (**slice).clone(), body: body.clone(), changed: false };
                self.slices.insert(Arc::clone(&slice.meta.name), entry);
            }
        }
    }

    /// Loads all slices anew, and where their Pods are.
    fn load_all<'s>(&mut self, slices: impl Iterator<Item = &'s Arc<Object>>) {
        self.load(slices);
        self.known.placed.clear();
        self.known.sizes.clear();
        let labels = labels(self.service, self.spec);
        for (name, slice) in &mut self.slices {
            for endpoint in &slice.body.endpoints {
                if let Some(pod) = endpoint.target_ref.as_ref().and_then(|target| target.name.as_deref()) {
                    self.known.placed.insert(pod.into(), Arc::clone(name));
                }
            }
            self.known.sizes.insert(Arc::clone(name), slice.body.endpoints.len());
            slice.changed = *slice.object.meta.labels != labels;
        }
    }

    /// Brings the endpoint of a Pod up to date; `None` where the Service has it no more.
    fn look_at(&mut self, name: &Arc<str>, pod: Option<&Object>) {
        let wanted = pod.and_then(|pod| Some((endpoint(pod, self.service, self.spec)?, ports(self.spec, pod))));
        if let Some(slice) = self.known.placed.get(name).and_then(|slice| self.slices.get_mut(slice)) {
            let at = slice.body.endpoints.iter().position(|endpoint| holds(endpoint, name));
            match (at, &wanted) {
                (Some(at), Some((endpoint, ports))) if slice.body.ports.as_ref() == Some(ports) => {
                    if *slice.body.endpoints[at] != *endpoint {
                        slice.body.endpoints[at] = Arc::new(endpoint.clone());
                        slice.changed = true;
                    }
                    return;
                }
                (Some(at), _) => {
                    slice.body.endpoints.remove(at);
                    slice.changed = true;
                }
                (None, _) => {}
            }
        }
        self.known.placed.remove(name);
        if let Some((endpoint, ports)) = wanted {
            self.add(name, Arc::new(endpoint), ports);
        }
    }

    fn add(&mut self, pod: &Arc<str>, endpoint: Arc<Endpoint>, ports: Vec<EndpointPort>) {
        // A slice that is written anyway is best, then the fullest that has room.
        let fits = |slice: &&mut Slice| {
            let empty = slice.body.endpoints.is_empty();
            slice.body.endpoints.len() < MOST && (empty || slice.body.ports.as_ref() == Some(&ports))
        };
        let best =
            self.slices.values_mut().filter(fits).max_by_key(|slice| (slice.changed, slice.body.endpoints.len()));
        if let Some(slice) = best {
            slice.body.endpoints.push(endpoint);
            slice.body.ports = Some(ports);
            slice.changed = true;
            self.known.placed.insert(Arc::clone(pod), Arc::clone(&slice.object.meta.name));
            return;
        }
        match self.overflow.iter_mut().find(|(known, _)| *known == ports) {
            Some((_, endpoints)) => endpoints.push(endpoint),
            None => self.overflow.push((ports, vec![endpoint])),
        }
    }

    fn writes(mut self, kinds: &WellKnown) -> Vec<Write> {
        let mut writes = Vec::new();
        let labels = labels(self.service, self.spec);
        for (name, slice) in &self.slices {
            self.known.sizes.insert(Arc::clone(name), slice.body.endpoints.len());
        }
        let mut kept_empty = self.known.sizes.values().any(|size| *size > 0) || !self.overflow.is_empty();
        for mut slice in std::mem::take(&mut self.slices).into_values() {
            if slice.body.endpoints.is_empty() {
                // One empty slice stays, to say that there are none.
                if kept_empty {
                    self.known.sizes.remove(&slice.object.meta.name);
                    writes.push(Write::Delete(Arc::new(slice.object)));
                    continue;
                }
                kept_empty = true;
                slice.body.ports = None;
            }
            if slice.changed {
                slice.object.meta.labels = Arc::new(labels.clone());
                self.annotate(&mut slice.object);
                slice.object.rest = Part::typed(slice.body);
                writes.push(Write::Update(slice.object));
            }
        }
        let mut new = Vec::new();
        for (ports, endpoints) in std::mem::take(&mut self.overflow) {
            new.extend(endpoints.chunks(MOST).map(|chunk| (Some(ports.clone()), chunk.to_vec())));
        }
        if new.is_empty() && !kept_empty {
            new.push((None, Vec::new()));
        }
        for (ports, endpoints) in new {
            let service = &self.service.meta;
            let mut object = Object::new(&kinds.endpoint_slice, &service.namespace, "");
            object.meta.generate_name = Some(format!("{}-", service.name).into());
            object.meta.owners = [self.service.controller_reference()].into();
            object.meta.labels = Arc::new(labels.clone());
            self.annotate(&mut object);
            object.rest = Part::typed(EndpointSliceBody { address_type: "IPv4".to_owned(), endpoints, ports });
            writes.push(Write::Create(object));
        }
        writes
    }

    fn annotate(&self, object: &mut Object) {
        match self.trigger {
            Some(at) => object.meta.annotate(TRIGGER, time::rfc3339(at)),
            None => {
                Arc::make_mut(&mut object.meta.annotations).remove(TRIGGER);
            }
        }
    }
}

fn labels(service: &Object, spec: &ServiceSpec) -> crate::api::meta::StringMap {
    let mut labels = (*service.meta.labels).clone();
    labels.insert(MANAGED_BY.to_owned(), MANAGER.to_owned());
    labels.insert(SERVICE.to_owned(), service.meta.name.to_string());
    if spec.cluster_ip.as_deref() == Some("None") {
        labels.insert(HEADLESS.to_owned(), String::new());
    }
    labels
}

fn endpoint(pod: &Object, service: &Object, spec: &ServiceSpec) -> Option<Endpoint> {
    let view = service_pods::view(pod)?;
    let publish = spec.publish_not_ready_addresses == Some(true);
    let hostname = pod.spec::<PodSpec>().and_then(|spec| {
        let named = spec.subdomain.as_deref() == Some(&service.meta.name);
        spec.hostname.clone().filter(|_| named)
    });
    Some(Endpoint {
        addresses: vec![view.ip.to_owned()],
        conditions: Some(EndpointConditions {
            ready: Some(publish || (view.ready && !view.terminating)),
            serving: Some(view.ready),
            terminating: Some(view.terminating),
        }),
        hostname,
        node_name: Some(view.node.to_owned()),
        target_ref: Some(ObjectReference {
            kind: Some("Pod".to_owned()),
            name: Some(pod.meta.name.to_string()),
            namespace: Some(pod.meta.namespace.to_string()),
            uid: Some(pod.meta.uid.to_string()),
            ..ObjectReference::default()
        }),
        ..Endpoint::default()
    })
}

fn ports(spec: &ServiceSpec, pod: &Object) -> Vec<EndpointPort> {
    let ports = spec.ports.iter().flatten();
    let port = |port: &k8s_openapi::api::core::v1::ServicePort| {
        Some(EndpointPort {
            app_protocol: port.app_protocol.clone(),
            name: Some(port.name.clone().unwrap_or_default()),
            port: Some(service_pods::target_port(port, pod)?),
            protocol: Some(port.protocol.clone().unwrap_or_else(|| "TCP".to_owned())),
        })
    };
    let mut ports: Vec<EndpointPort> = ports.filter_map(port).collect();
    if ports.len() > 1 {
        ports.arrange_by_key(hash);
    }
    ports
}

/// What ports are sorted by: the hash of what Go's spew library prints of one (portsInOrder).
fn hash(port: &EndpointPort) -> [u8; 16] {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "<nil>".to_owned());
    let number = port.port.map_or_else(|| "<nil>".to_owned(), |port| port.to_string());
    let printed = format!(
        "(v1.EndpointPort){{Name:(*string){} Protocol:(*v1.Protocol){} Port:(*int32){number} AppProtocol:(*string){}}}",
        text(&port.name),
        text(&port.protocol),
        text(&port.app_protocol)
    );
    md5(printed.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A real cluster's slice said `9377,80` of these.
    #[test]
    fn ports_are_in_the_order_of_their_hashes() {
        let port = |name: &str, port| EndpointPort {
            name: Some(name.to_owned()),
            port: Some(port),
            protocol: Some("TCP".to_owned()),
            app_protocol: None,
        };
        let mut ports = [port("http", 80), port("https", 9377)];
        ports.arrange_by_key(hash);
        assert_eq!(ports.iter().map(|one| one.port).collect::<Vec<_>>(), [Some(9377), Some(80)]);
    }
}
