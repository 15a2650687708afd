//! Who has which address.

use std::net::Ipv4Addr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{NodeStatus, PodStatus};

use crate::api::{Key, Object, PodSpec, WellKnown};
use crate::apiserver::Change;
use crate::collections::SortedMap;

/// Who has an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A node (and the Pods in its network).
    Node(Arc<str>),
    /// A Pod.
    Pod {
        /// Its key.
        key: Key,
        /// Its uid.
        uid: Arc<str>,
        /// The node it runs on.
        node: Arc<str>,
    },
}

impl Host {
    /// The node.
    pub fn node(&self) -> &Arc<str> {
        match self {
            Host::Node(node) | Host::Pod { node, .. } => node,
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Addresses(SortedMap<Ipv4Addr, Host>);

fn address(object: &Object) -> Option<(Ipv4Addr, Host)> {
    if let Some(status) = object.status::<NodeStatus>() {
        let mut addresses = status.addresses.iter().flatten();
        let ip = addresses.find(|one| one.type_ == "InternalIP")?.address.parse().ok()?;
        return Some((ip, Host::Node(Arc::clone(&object.meta.name))));
    }
    let (spec, status) = (object.spec::<PodSpec>()?, object.status::<PodStatus>()?);
    if spec.host_network == Some(true) || matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) {
        return None;
    }
    let ip = status.pod_ip.as_deref()?.parse().ok()?;
    let node = spec.node_name.as_deref().unwrap_or_default().into();
    Some((ip, Host::Pod { key: object.key(), uid: Arc::clone(&object.meta.uid), node }))
}

impl Addresses {
    pub(super) fn observe(&mut self, change: &Change, kinds: &WellKnown) {
        if change.kind != kinds.node.id && change.kind != kinds.pod.id {
            return;
        }
        // A node that is deleted from the cluster is a machine still.
        if change.kind == kinds.node.id && change.new.is_none() {
            return;
        }
        let of = |object: &Option<Arc<Object>>| object.as_deref().and_then(address);
        let (old, new) = (of(&change.old), of(&change.new));
        if old == new {
            return;
        }
        // A new owner of the address may have come before the old one's end was told.
        if let Some((ip, host)) = old
            && self.0.get(&ip) == Some(&host)
        {
            self.0.remove(&ip);
        }
        if let Some((ip, host)) = new {
            self.0.insert(ip, host);
        }
    }

    /// The address of a node.
    pub(super) fn of_node(&self, name: &str) -> Option<Ipv4Addr> {
        let is = |host: &Host| matches!(host, Host::Node(node) if **node == *name);
        self.0.iter().find(|(_, host)| is(host)).map(|(ip, _)| *ip)
    }

    pub(super) fn get(&self, ip: Ipv4Addr) -> Option<&Host> {
        self.0.get(&ip)
    }
}
