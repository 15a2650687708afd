//! NetworkPolicies: which connections between Pods and others may be.
//!
//! Models networking/v1 NetworkPolicy as the usual network plugins carry it out: a Pod that no policy selects
//! takes and opens every connection; one that is selected, only those that some rule of some policy names.
//! Rules see the addresses behind a Service's, and a node always reaches the Pods that it runs itself.

use std::net::Ipv4Addr;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::Value;

use super::addresses::Host;
use super::route::Protocol;
use crate::api::selector::Selector;
use crate::api::{Key, Object, PodSpec, WellKnown, codec};
use crate::apiserver::Store;

/// A connection, as the two ends have it.
pub(super) struct Flow<'a> {
    /// The address that the receiver sees.
    pub from: Ipv4Addr,
    /// Whose it is, if anybody's here.
    pub sender: Option<&'a Host>,
    /// The address behind the Service's.
    pub to: Ipv4Addr,
    /// Whose it is, if anybody's here.
    pub receiver: Option<&'a Host>,
    /// The port there.
    pub port: u16,
    /// TCP or UDP.
    pub protocol: Protocol,
}

/// What the rules of one direction are called.
#[derive(Clone, Copy)]
struct Direction {
    /// In `policyTypes`.
    type_: &'static str,
    /// The field with the rules.
    rules: &'static str,
    /// The field with those at the other end.
    peers: &'static str,
}

const EGRESS: Direction = Direction { type_: "Egress", rules: "egress", peers: "to" };
const INGRESS: Direction = Direction { type_: "Ingress", rules: "ingress", peers: "from" };

/// Whether the policies let the connection be.
pub(super) fn allow(store: &Store, kinds: &WellKnown, flow: &Flow) -> bool {
    let judge = |own: Option<&Host>, other: Option<&Host>, address: Ipv4Addr, direction: Direction| match own {
        Some(Host::Pod { key, node, .. }) => {
            matches!(other, Some(Host::Node(there)) if there == node)
                || Judge { store, kinds, flow, address, peer: pod(store, kinds, other) }.allows(key, direction)
        }
        _ => true,
    };
    judge(flow.sender, flow.receiver, flow.to, EGRESS) && judge(flow.receiver, flow.sender, flow.from, INGRESS)
}

fn pod<'a>(store: &'a Store, kinds: &WellKnown, host: Option<&Host>) -> Option<&'a Object> {
    match host {
        Some(Host::Pod { key, .. }) => store.get(kinds.pod.id, key).map(|pod| &**pod),
        _ => None,
    }
}

/// One end of a connection, judged by the policies of its Pod.
struct Judge<'a> {
    store: &'a Store,
    kinds: &'a WellKnown,
    flow: &'a Flow<'a>,
    /// The address at the other end, and the Pod that has it.
    address: Ipv4Addr,
    peer: Option<&'a Object>,
}

impl Judge<'_> {
    fn allows(&self, own: &Key, direction: Direction) -> bool {
        let Some(pod) = self.store.get(self.kinds.pod.id, own) else { return true };
        let mut isolated = false;
        for policy in self.store.list(self.kinds.network_policy.id, Some(&own.namespace)) {
            let Some(spec) = policy.spec.json() else { continue };
            let about = |type_: &Value| type_.as_str() == Some(direction.type_);
            if !list(&spec["policyTypes"]).any(about) || !selects(&spec["podSelector"], pod) {
                continue;
            }
            isolated = true;
            let named = |rule: &Value| self.is_peer(&rule[direction.peers], own) && self.is_port(&rule["ports"]);
            if list(&spec[direction.rules]).any(named) {
                return true;
            }
        }
        !isolated
    }

    /// Whether those listed, or all if none is, have the other end among them.
    fn is_peer(&self, peers: &Value, own: &Key) -> bool {
        let is = |peer: &Value| {
            if let Some(block) = peer.get("ipBlock") {
                let inside = |network: &Value| super::route::in_network(self.address, network.as_str().unwrap_or(""));
                return inside(&block["cidr"]) && !list(&block["except"]).any(inside);
            }
            let Some(pod) = self.peer else { return false };
            let of_namespace = match peer.get("namespaceSelector") {
                None => pod.meta.namespace == own.namespace,
                Some(selector) => {
                    let namespace = self.store.get(self.kinds.namespace.id, &Key::new("", &pod.meta.namespace));
                    namespace.is_some_and(|namespace| selects(selector, namespace))
                }
            };
            of_namespace && peer.get("podSelector").is_none_or(|selector| selects(selector, pod))
        };
        list(peers).next().is_none() || list(peers).any(is)
    }

    /// Whether those listed, or all if none is, have the port among them.
    fn is_port(&self, ports: &Value) -> bool {
        let is = |port: &Value| {
            if port["protocol"].as_str().unwrap_or("TCP") != self.flow.protocol.upper() {
                return false;
            }
            let number = u64::from(self.flow.port);
            match &port["port"] {
                Value::Number(first) => {
                    let first = first.as_u64().unwrap_or(0);
                    let last = port["endPort"].as_u64().unwrap_or(first);
                    (first..=last).contains(&number)
                }
                Value::String(name) => self.named_port(name) == Some(self.flow.port),
                _ => true,
            }
        };
        list(ports).next().is_none() || list(ports).any(is)
    }

    /// The port that the receiver's containers give a name.
    fn named_port(&self, name: &str) -> Option<u16> {
        let spec = pod(self.store, self.kinds, self.flow.receiver)?.spec::<PodSpec>()?;
        let mut ports = spec.containers.iter().flat_map(|container| container.ports.iter().flatten());
        let port = ports.find(|port| {
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            port.name.as_deref() == Some(name) && protocol == self.flow.protocol.upper()
        })?;
        u16::try_from(port.container_port).ok()
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Whether a label selector, the empty one too, selects an object.
fn selects(selector: &Value, object: &Object) -> bool {
    let selector = codec::read::<LabelSelector>(selector).map_or_else(|_| Selector::nothing(), |s| Selector::from(&s));
    selector.matches(&object.meta.labels)
}
