//! kube-proxy: which version of the Services the rules are made from.

use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::sync::Arc;

use k8s_openapi::api::core::v1::ServiceSpec;

use super::addresses::{Addresses, Host};
use super::rules::{self, ServiceRules};
use crate::api::{Key, Object, WellKnown};
use crate::apiserver::{Change, Store};
use crate::client::Limiter;
use crate::collections::{SortedMap, SortedSet};
use crate::sim::{Duration, Rng, Time};

const SERVICE: &str = "kubernetes.io/service-name";

/// A Service as kube-proxy has it.
#[derive(Clone, Debug)]
struct Applied {
    service: Arc<Object>,
    slices: Vec<Arc<Object>>,
}

/// The rules of a Service on a node, made when they are first asked for.
type Made = RefCell<SortedMap<(Key, Arc<str>), Rc<ServiceRules>>>;

/// The network of a cluster.
#[derive(Debug)]
pub struct Network {
    kinds: WellKnown,
    rng: Rng,
    pod_network: String,
    pub(super) addresses: Addresses,
    applied: SortedMap<Key, Applied>,
    /// Services by the addresses that lead to them: their own, or any node's with a node port.
    by_address: SortedMap<(Ipv4Addr, u16), Key>,
    by_node_port: SortedMap<u16, Key>,
    dirty: SortedSet<Key>,
    sync_at: Option<Time>,
    /// --iptables-min-sync-period: once a second, twice at once.
    limiter: Limiter,
    made: Made,
}

fn entries(service: &Object) -> (Vec<(Ipv4Addr, u16)>, Vec<u16>) {
    let (mut addresses, mut node_ports) = (Vec::new(), Vec::new());
    let Some(spec) = service.spec::<ServiceSpec>() else { return (addresses, node_ports) };
    let status = service.status::<k8s_openapi::api::core::v1::ServiceStatus>();
    let balancer = status.and_then(|status| status.load_balancer.as_ref()?.ingress.as_ref());
    let balanced = balancer.into_iter().flatten().filter_map(|one| one.ip.as_ref());
    let ips: Vec<Ipv4Addr> = spec
        .cluster_ip
        .iter()
        .chain(spec.external_ips.iter().flatten())
        .chain(balanced)
        .filter_map(|ip| ip.parse().ok())
        .collect();
    for port in spec.ports.iter().flatten() {
        if let Ok(number) = u16::try_from(port.port) {
            addresses.extend(ips.iter().map(|ip| (*ip, number)));
        }
        node_ports.extend(port.node_port.and_then(|port| u16::try_from(port).ok()).filter(|&port| port != 0));
    }
    (addresses, node_ports)
}

impl Network {
    /// A network without Services; `pod_network` holds the addresses of all Pods.
    pub fn new(kinds: &WellKnown, pod_network: &str, rng: Rng) -> Network {
        Network {
            kinds: kinds.clone(),
            rng,
            pod_network: pod_network.to_owned(),
            addresses: Addresses::default(),
            applied: SortedMap::new(),
            by_address: SortedMap::new(),
            by_node_port: SortedMap::new(),
            dirty: SortedSet::new(),
            sync_at: None,
            limiter: Limiter::new(1, 2),
            made: Made::default(),
        }
    }

    /// Takes note of a change: kube-proxy writes its rules some milliseconds later.
    pub fn observe(&mut self, change: &Change, now: Time) {
        self.addresses.observe(change, &self.kinds);
        let Some(object) = change.object() else { return };
        if change.kind == self.kinds.service.id {
            self.dirty.insert(object.key());
        } else if change.kind == self.kinds.endpoint_slice.id {
            let Some(name) = object.meta.label(SERVICE) else { return };
            self.dirty.insert(Key { namespace: Arc::clone(&object.meta.namespace), name: name.into() });
        } else {
            return;
        }
        if self.sync_at.is_none() {
            let latency = self.rng.between(Duration::from_millis(6), Duration::from_millis(25));
            self.sync_at = Some(self.limiter.reserve(now) + latency);
        }
    }

    /// When kube-proxy next writes its rules.
    pub fn next_at(&self) -> Option<Time> {
        self.sync_at
    }

    /// Writes the rules of the Services that changed, if it is time.
    pub fn step(&mut self, now: Time, store: &Store) {
        if self.sync_at.is_none_or(|at| at > now) {
            return;
        }
        self.sync_at = None;
        for key in std::mem::take(&mut self.dirty) {
            if let Some(old) = self.applied.remove(&key) {
                let (addresses, node_ports) = entries(&old.service);
                for address in addresses {
                    if self.by_address.get(&address) == Some(&key) {
                        self.by_address.remove(&address);
                    }
                }
                node_ports.iter().for_each(|port| drop(self.by_node_port.remove(port)));
            }
            self.made.borrow_mut().retain(|(made, _), _| *made != key);
            let Some(service) = store.get(self.kinds.service.id, &key) else { continue };
            let slices = store.labelled(self.kinds.endpoint_slice.id, &key.namespace, SERVICE, &key.name);
            let slices: Vec<Arc<Object>> = slices.cloned().collect();
            let (addresses, node_ports) = entries(service);
            self.by_address.extend(addresses.into_iter().map(|address| (address, key.clone())));
            self.by_node_port.extend(node_ports.into_iter().map(|port| (port, key.clone())));
            self.applied.insert(key, Applied { service: Arc::clone(service), slices });
        }
    }

    /// Who has an address.
    pub fn host(&self, ip: Ipv4Addr) -> Option<&Host> {
        self.addresses.get(ip)
    }

    /// The addresses of all Pods: `192.168.0.0/16`.
    pub fn pod_network(&self) -> &str {
        &self.pod_network
    }

    /// The Service that an address and port lead to.
    pub(super) fn service_at(&self, ip: Ipv4Addr, port: u16) -> Option<&Key> {
        self.by_address.get(&(ip, port))
    }

    /// The Service that a node port leads to.
    pub(super) fn service_of_node_port(&self, port: u16) -> Option<&Key> {
        self.by_node_port.get(&port)
    }

    /// The Services that have rules, in their order.
    pub fn services(&self) -> impl Iterator<Item = &Key> {
        self.applied.keys()
    }

    /// The rules of a Service on a node.
    pub fn rules(&self, service: &Key, node: &str) -> Rc<ServiceRules> {
        let made = (service.clone(), Arc::from(node));
        if let Some(rules) = self.made.borrow().get(&made) {
            return Rc::clone(rules);
        }
        let rules = self.applied.get(service).map_or_else(ServiceRules::default, |applied| {
            rules::of_service(&applied.service, &applied.slices, node, &self.pod_network)
        });
        let rules = Rc::new(rules);
        self.made.borrow_mut().insert(made, Rc::clone(&rules));
        rules
    }
}
