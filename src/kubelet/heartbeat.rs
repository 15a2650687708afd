//! How nodes say that they live: a lease, renewed every ten seconds. Models
//! component-helpers/apimachinery/lease and pkg/kubelet/nodelease.
//!
//! Diverges: the node's own status is not written again every five minutes.

use std::sync::Arc;

use serde_json::json;

use crate::api::{Key, Object, OwnerReference, Part, WellKnown, time};
use crate::apiserver::{Actor, ApiServer, Change};
use crate::collections::{SortedMap, SortedSet};
use crate::sim::{Agenda, Duration, EntryId, Rng, Time};

const NAMESPACE: &str = "kube-node-lease";
const SECONDS: u64 = 40;
const INTERVAL: Duration = Duration::from_secs(10);

/// The heartbeats of all nodes.
#[derive(Debug)]
pub struct Heartbeats {
    kinds: WellKnown,
    rng: Rng,
    agenda: Agenda<Arc<str>>,
    nodes: SortedMap<Arc<str>, EntryId>,
    /// Nodes whose kubelet has been stopped.
    silent: SortedSet<Arc<str>>,
}

impl Heartbeats {
    /// Heartbeats of no node yet.
    pub fn new(kinds: &WellKnown, rng: Rng) -> Heartbeats {
        Heartbeats {
            kinds: kinds.clone(),
            rng,
            agenda: Agenda::new(),
            nodes: SortedMap::new(),
            silent: SortedSet::new(),
        }
    }

    /// Takes note of nodes that come and go.
    pub fn observe(&mut self, change: &Change, now: Time) {
        if change.kind != self.kinds.node.id {
            return;
        }
        match (&change.old, &change.new) {
            (None, Some(node)) => {
                let soon = self.rng.between(Duration::from_millis(100), Duration::from_millis(600));
                let entry = self.agenda.add(now + soon, Arc::clone(&node.meta.name));
                if let Some(other) = self.nodes.insert(Arc::clone(&node.meta.name), entry) {
                    self.agenda.remove(other);
                }
            }
            (Some(node), None) => {
                if let Some(entry) = self.nodes.remove(&node.meta.name) {
                    self.agenda.remove(entry);
                }
            }
            _ => {}
        }
    }

    /// A node's kubelet is stopped or started.
    pub fn run(&mut self, name: &str, runs: bool, now: Time) {
        if !runs {
            self.silent.insert(name.into());
        } else if self.silent.remove(name) && !self.nodes.contains_key(name) {
            let soon = self.rng.between(Duration::from_millis(1200), Duration::from_millis(1800));
            let entry = self.agenda.add(now + soon, name.into());
            self.nodes.insert(name.into(), entry);
        }
    }

    /// When the next is due.
    pub fn next_at(&self) -> Option<Time> {
        self.agenda.next_at()
    }

    /// Whether one that is due will be missing.
    pub fn is_one_missing(&self) -> bool {
        self.silent.iter().any(|name| self.nodes.contains_key(name))
    }

    /// Renews the next lease, if one is due. The node whose kubelet should have done so and did not is
    /// given back, once.
    pub fn step(&mut self, now: Time, api: &mut ApiServer) -> Option<Arc<str>> {
        let (_, name) = self.agenda.pop_due(now)?;
        if self.silent.contains(&name) {
            self.nodes.remove(&name);
            return Some(name);
        }
        api.act_as(Actor { name: format!("system:node:{name}").into(), because: None });
        self.renew(&name, now, api);
        let entry = self.agenda.add(now + INTERVAL, Arc::clone(&name));
        self.nodes.insert(name, entry);
        None
    }

    fn renew(&self, name: &Arc<str>, now: Time, api: &mut ApiServer) {
        let key = Key { namespace: NAMESPACE.into(), name: Arc::clone(name) };
        let spec = Part::Json(Arc::new(json!({
            "holderIdentity": **name, "leaseDurationSeconds": SECONDS, "renewTime": time::rfc3339_micro(now),
        })));
        // A lease that cannot be written is tried again at the next beat.
        let _ = match api.get(&self.kinds.lease, &key) {
            Ok(lease) => {
                let lease = Object { spec, ..(**lease).clone() };
                api.update(lease)
            }
            Err(_) => {
                let mut lease = Object::new(&self.kinds.lease, NAMESPACE, name);
                let node = api.get(&self.kinds.node, &Key { namespace: "".into(), name: Arc::clone(name) });
                lease.meta.owners = node
                    .ok()
                    .map(|node| OwnerReference {
                        controller: None,
                        block_owner_deletion: None,
                        ..node.controller_reference()
                    })
                    .into_iter()
                    .collect();
                lease.spec = spec;
                api.create(lease)
            }
        };
    }
}
