//! The cluster as the picture knows it: a few facts of each object, keyed so that only what
//! changed has to travel.

use serde::{Deserialize, Serialize};

use crate::collections::SortedMap;

/// `namespace/name`; a node has no namespace and is its name alone.
pub type Name = String;

/// What the picture knows. Kept up to date by [`Cluster::apply`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// By name.
    pub nodes: SortedMap<Name, Node>,
    /// By `namespace/name`.
    pub pods: SortedMap<Name, Pod>,
    /// By `namespace/name`.
    pub services: SortedMap<Name, Service>,
    /// By `namespace/name`.
    pub deployments: SortedMap<Name, Deployment>,
    /// By `namespace/name`.
    pub replica_sets: SortedMap<Name, ReplicaSet>,
}

/// What changed: the new facts, or `None` where the object is gone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    /// Nodes.
    #[serde(default, skip_serializing_if = "SortedMap::is_empty")]
    pub nodes: SortedMap<Name, Option<Node>>,
    /// Pods.
    #[serde(default, skip_serializing_if = "SortedMap::is_empty")]
    pub pods: SortedMap<Name, Option<Pod>>,
    /// Services.
    #[serde(default, skip_serializing_if = "SortedMap::is_empty")]
    pub services: SortedMap<Name, Option<Service>>,
    /// Deployments.
    #[serde(default, skip_serializing_if = "SortedMap::is_empty")]
    pub deployments: SortedMap<Name, Option<Deployment>>,
    /// ReplicaSets.
    #[serde(default, skip_serializing_if = "SortedMap::is_empty")]
    pub replica_sets: SortedMap<Name, Option<ReplicaSet>>,
}

/// A machine of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// `InternalIP`.
    pub address: String,
    /// Whether its kubelet says that it is well.
    pub ready: bool,
    /// Cordoned.
    pub unschedulable: bool,
    /// `control-plane`, where it is one.
    pub roles: Vec<String>,
}

/// What a Pod is about to do or does: one shape each in the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// No node yet.
    #[default]
    Pending,
    /// On a node, its containers are being made.
    Starting,
    /// Its containers run, but it is not ready for requests.
    Unready,
    /// Ready.
    Ready,
    /// Was asked to stop.
    Terminating,
    /// Ran to its end.
    Completed,
    /// Does not start, or keeps falling over.
    Failing,
}

/// One Pod.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pod {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// The node that it is bound to; empty before the scheduler chose.
    pub node: String,
    /// Its address; empty before it has one.
    pub ip: String,
    /// What it does, as a shape.
    pub phase: Phase,
    /// What `kubectl get pods` says in STATUS.
    pub status: String,
    /// Ready containers.
    pub ready: u32,
    /// Containers.
    pub containers: u32,
    /// How often containers were restarted.
    pub restarts: u32,
    /// `ReplicaSet/web-5bc7474869`: who manages it; empty for none.
    pub owner: String,
    /// No node has room for it, or none that it may go to.
    pub unschedulable: bool,
    /// The images, in order.
    pub images: Vec<String>,
}

/// One Service with its endpoints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// `ClusterIP`, `NodePort`, …
    pub kind: String,
    /// Its cluster address; `None` for a headless one.
    pub cluster_ip: String,
    /// `8080:31234/TCP`, as `kubectl get services` prints them.
    pub ports: Vec<String>,
    /// Where it may send requests.
    pub endpoints: Vec<Endpoint>,
}

/// One address behind a Service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Endpoint {
    /// The address.
    pub ip: String,
    /// The Pod that has it; empty for none.
    pub pod: String,
    /// Gets requests.
    pub ready: bool,
    /// Stops soon.
    pub terminating: bool,
}

/// One Deployment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// `spec.replicas`.
    pub desired: u32,
    /// `status.readyReplicas`.
    pub ready: u32,
    /// `status.updatedReplicas`.
    pub updated: u32,
    /// `status.availableReplicas`.
    pub available: u32,
    /// Whether its controller has seen its newest spec.
    pub observed: bool,
}

/// One ReplicaSet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplicaSet {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// `Deployment/web`: who manages it; empty for none.
    pub owner: String,
    /// `spec.replicas`.
    pub desired: u32,
    /// `status.replicas`.
    pub current: u32,
    /// `status.readyReplicas`.
    pub ready: u32,
}

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// It is new.
    Created,
    /// It is another.
    Changed,
    /// It is gone.
    Deleted,
}

/// One write to an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// `Pod`, `Deployment`, …
    pub kind: String,
    /// Its name, without its namespace.
    pub name: String,
    /// What became of it.
    pub deed: Deed,
    /// Who wrote: a user, a controller, a kubelet.
    pub by: String,
}

impl Delta {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
            && self.pods.is_empty()
            && self.services.is_empty()
            && self.deployments.is_empty()
            && self.replica_sets.is_empty()
    }
}

impl Cluster {
    /// Takes over what changed.
    pub fn apply(&mut self, delta: Delta) {
        merge(&mut self.nodes, delta.nodes);
        merge(&mut self.pods, delta.pods);
        merge(&mut self.services, delta.services);
        merge(&mut self.deployments, delta.deployments);
        merge(&mut self.replica_sets, delta.replica_sets);
    }

    /// The part of `delta` that tells anything new.
    pub fn news(&self, delta: Delta) -> Delta {
        Delta {
            nodes: news(&self.nodes, delta.nodes),
            pods: news(&self.pods, delta.pods),
            services: news(&self.services, delta.services),
            deployments: news(&self.deployments, delta.deployments),
            replica_sets: news(&self.replica_sets, delta.replica_sets),
        }
    }

    /// The Pod that has this address. Terminated Pods keep theirs on paper, so the living win.
    pub fn pod_at(&self, ip: &str) -> Option<(&Name, &Pod)> {
        let at = |(_, pod): &(&Name, &Pod)| pod.ip == ip && !ip.is_empty();
        let found = self.pods.iter().filter(at);
        found.min_by_key(|(_, pod)| pod.phase == Phase::Completed)
    }
}

fn merge<T>(known: &mut SortedMap<Name, T>, changed: SortedMap<Name, Option<T>>) {
    for (name, value) in changed {
        match value {
            Some(value) => drop(known.insert(name, value)),
            None => drop(known.remove(&name)),
        }
    }
}

fn news<T: PartialEq>(
    known: &SortedMap<Name, T>,
    mut changed: SortedMap<Name, Option<T>>,
) -> SortedMap<Name, Option<T>> {
    changed.retain(|name, value| known.get(name) != value.as_ref());
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(phase: Phase, ip: &str) -> Pod {
        Pod { phase, ip: ip.into(), ..Pod::default() }
    }

    #[test]
    fn applies_only_what_is_new() {
        let mut cluster = Cluster::default();
        let change = |pod: Option<Pod>| Delta { pods: [("default/a".to_owned(), pod)].into(), ..Delta::default() };
        cluster.apply(change(Some(pod(Phase::Starting, ""))));
        assert!(cluster.news(change(Some(pod(Phase::Starting, "")))).is_empty());
        assert!(!cluster.news(change(Some(pod(Phase::Ready, "10.0.0.1")))).is_empty());
        cluster.apply(change(None));
        assert!(cluster.pods.is_empty());
        assert!(cluster.news(change(None)).is_empty());
    }
}
