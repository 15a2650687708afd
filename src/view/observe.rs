//! Reads the cluster's objects for the picture: only those that changed since the last look.

use std::sync::Arc;

use k8s_openapi::api::apps::v1 as apps;
use k8s_openapi::api::core::v1 as core;

use super::cluster::{Cluster, Deed, Delta, Deployment, Endpoint, Happened, Node, Phase, Pod, ReplicaSet, Service};
use super::traffic::{self, Hop, Request};
use crate::api::kinds::EndpointSliceBody;
use crate::api::{Key, Kind, Kinds, Object, PodSpec};
use crate::apiserver::{ApiServer, Change, Store};
use crate::collections::SortedMap;
use crate::session::{Session, Traced};

/// Follows the store of an API server.
pub struct Observer {
    pod: Arc<Kind>,
    node: Arc<Kind>,
    service: Arc<Kind>,
    slice: Arc<Kind>,
    deployment: Arc<Kind>,
    replica_set: Arc<Kind>,
    /// The last change that was looked at.
    revision: u64,
    /// What the page was told.
    told: Cluster,
}

impl Observer {
    /// One that has seen nothing yet.
    pub fn new(kinds: &Kinds) -> Observer {
        Observer {
            pod: kinds.builtin_kind("", "Pod"),
            node: kinds.builtin_kind("", "Node"),
            service: kinds.builtin_kind("", "Service"),
            slice: kinds.builtin_kind("discovery.k8s.io", "EndpointSlice"),
            deployment: kinds.builtin_kind("apps", "Deployment"),
            replica_set: kinds.builtin_kind("apps", "ReplicaSet"),
            revision: 0,
            told: Cluster::default(),
        }
    }

    /// What the page knows once it has heard everything that was observed.
    pub fn cluster(&self) -> &Cluster {
        &self.told
    }

    /// What has changed since the last look.
    pub fn look(&mut self, api: &ApiServer) -> Delta {
        let mut delta = Delta::default();
        // The last state of each object is what counts, so each is read once.
        let mut touched: SortedMap<(usize, Key), ()> = SortedMap::new();
        for change in api.store().changes_since(self.revision) {
            self.revision = change.revision;
            let Some(object) = change.object() else { continue };
            // An EndpointSlice is drawn with its Service.
            let (kind, key) = match slice_service(&self.slice, object) {
                Some(service) => (self.service.id, service),
                None => (change.kind, object.key()),
            };
            touched.insert((kind.0, key), ());
        }
        for (kind, key) in touched.into_keys() {
            self.read(api.store(), kind, &key, &mut delta);
        }
        let delta = self.told.news(delta);
        self.told.apply(delta.clone());
        delta
    }

    fn read(&self, store: &Store, kind: usize, key: &Key, delta: &mut Delta) {
        let name =
            if key.namespace.is_empty() { key.name.to_string() } else { format!("{}/{}", key.namespace, key.name) };
        if kind == self.pod.id.0 {
            delta.pods.insert(name, store.get(self.pod.id, key).and_then(|object| pod(object)));
        } else if kind == self.node.id.0 {
            delta.nodes.insert(name, store.get(self.node.id, key).and_then(|object| node(object)));
        } else if kind == self.service.id.0 {
            let read = |object: &Arc<Object>| service(object, self.endpoints(store, key));
            delta.services.insert(name, store.get(self.service.id, key).and_then(read));
        } else if kind == self.deployment.id.0 {
            delta.deployments.insert(name, store.get(self.deployment.id, key).and_then(|object| deployment(object)));
        } else if kind == self.replica_set.id.0 {
            delta.replica_sets.insert(name, store.get(self.replica_set.id, key).and_then(|object| replica_set(object)));
        }
    }

    fn endpoints(&self, store: &Store, service: &Key) -> Vec<Endpoint> {
        let slices = store.labelled(self.slice.id, &service.namespace, SERVICE_NAME, &service.name);
        let bodies = slices.filter_map(|slice| slice.rest::<EndpointSliceBody>());
        let mut found = Vec::new();
        for endpoint in bodies.flat_map(|body| &body.endpoints) {
            let conditions = endpoint.conditions.clone().unwrap_or_default();
            for ip in &endpoint.addresses {
                found.push(Endpoint {
                    ip: ip.clone(),
                    pod: endpoint.target_ref.as_ref().and_then(|target| target.name.clone()).unwrap_or_default(),
                    ready: conditions.ready.unwrap_or(true),
                    terminating: conditions.terminating.unwrap_or(false),
                });
            }
        }
        found
    }
}

const SERVICE_NAME: &str = "kubernetes.io/service-name";

fn slice_service(slice: &Kind, object: &Object) -> Option<Key> {
    if object.kind.id != slice.id {
        return None;
    }
    let service = object.meta.labels.get(SERVICE_NAME)?;
    Some(Key::new(&object.meta.namespace, service))
}

fn count(number: Option<i32>) -> u32 {
    number.and_then(|number| u32::try_from(number).ok()).unwrap_or(0)
}

fn owner(object: &Object) -> String {
    let controller = object.meta.owners.iter().find(|owner| owner.controller == Some(true));
    controller.map(|owner| format!("{}/{}", owner.kind, owner.name)).unwrap_or_default()
}

fn node(object: &Object) -> Option<Node> {
    let (spec, status) = (object.spec::<core::NodeSpec>()?, object.status::<core::NodeStatus>()?);
    let addresses = status.addresses.iter().flatten();
    let ready = status.conditions.iter().flatten().any(|c| c.type_ == "Ready" && c.status == "True");
    let role = |label: &String| label.strip_prefix("node-role.kubernetes.io/").map(str::to_owned);
    Some(Node {
        name: object.meta.name.to_string(),
        address: addresses.filter(|a| a.type_ == "InternalIP").map(|a| a.address.clone()).next().unwrap_or_default(),
        ready,
        unschedulable: spec.unschedulable.unwrap_or(false),
        roles: object.meta.labels.keys().filter_map(role).collect(),
    })
}

fn pod(object: &Object) -> Option<Pod> {
    let (spec, status) = (object.spec::<PodSpec>()?, object.status::<core::PodStatus>()?);
    let containers = status.container_statuses.as_deref().unwrap_or_default();
    let ready = containers.iter().filter(|container| container.ready).count();
    let condition = |name: &str| status.conditions.iter().flatten().find(|c| c.type_ == name);
    let text = status_text(object, status);
    let phase = if object.meta.deleted.is_some() {
        Phase::Terminating
    } else if spec.node_name.is_none() {
        Phase::Pending
    } else if text == "Completed" || text == "Succeeded" {
        Phase::Completed
    } else if !matches!(&*text, "Running" | "Pending" | "ContainerCreating" | "PodInitializing") {
        Phase::Failing
    } else if text != "Running" {
        Phase::Starting
    } else if condition("Ready").is_some_and(|c| c.status == "True") {
        Phase::Ready
    } else {
        Phase::Unready
    };
    Some(Pod {
        namespace: object.meta.namespace.to_string(),
        name: object.meta.name.to_string(),
        node: spec.node_name.clone().unwrap_or_default(),
        ip: status.pod_ip.clone().unwrap_or_default(),
        phase,
        status: text,
        ready: u32::try_from(ready).unwrap_or(u32::MAX),
        containers: u32::try_from(spec.containers.len()).unwrap_or(u32::MAX),
        restarts: containers.iter().map(|container| count(Some(container.restart_count))).sum(),
        owner: owner(object),
        unschedulable: condition("PodScheduled").is_some_and(|c| c.reason.as_deref() == Some("Unschedulable")),
        images: spec.containers.iter().filter_map(|container| container.image.clone()).collect(),
    })
}

/// STATUS as `kubectl get pods` prints it. Models pkg/printers/internalversion printPod.
/// Diverges: init containers count as `PodInitializing`, without their number.
fn status_text(object: &Object, status: &core::PodStatus) -> String {
    let mut text = status.phase.clone().unwrap_or_default();
    if let Some(reason) = status.reason.as_deref().filter(|reason| !reason.is_empty()) {
        text = reason.to_owned();
    }
    let mut running = false;
    for container in status.container_statuses.iter().flatten().rev() {
        let Some(state) = &container.state else { continue };
        let waits = state.waiting.as_ref().and_then(|waiting| waiting.reason.clone());
        if let Some(reason) = waits.filter(|reason| !reason.is_empty()) {
            text = reason;
        } else if let Some(ended) = &state.terminated {
            text = match (ended.reason.clone().filter(|reason| !reason.is_empty()), ended.signal) {
                (Some(reason), _) => reason,
                (None, Some(signal)) if signal != 0 => format!("Signal:{signal}"),
                (None, _) => format!("ExitCode:{}", ended.exit_code),
            };
        } else if container.ready && state.running.is_some() {
            running = true;
        }
    }
    if text == "Completed" && running {
        let ready = status.conditions.iter().flatten().any(|c| c.type_ == "Ready" && c.status == "True");
        text = if ready { "Running" } else { "NotReady" }.to_owned();
    }
    if object.meta.deleted.is_some() {
        text = if status.reason.as_deref() == Some("NodeLost") { "Unknown" } else { "Terminating" }.to_owned();
    }
    text
}

fn service(object: &Object, endpoints: Vec<Endpoint>) -> Option<Service> {
    let spec = object.spec::<core::ServiceSpec>()?;
    let port = |port: &core::ServicePort| {
        let node_port = port.node_port.filter(|port| *port != 0).map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{node_port}/{}", port.port, port.protocol.as_deref().unwrap_or("TCP"))
    };
    Some(Service {
        namespace: object.meta.namespace.to_string(),
        name: object.meta.name.to_string(),
        kind: spec.type_.clone().unwrap_or_else(|| "ClusterIP".to_owned()),
        cluster_ip: spec.cluster_ip.clone().unwrap_or_default(),
        ports: spec.ports.iter().flatten().map(port).collect(),
        endpoints,
    })
}

fn deployment(object: &Object) -> Option<Deployment> {
    let (spec, status) = (object.spec::<apps::DeploymentSpec>()?, object.status::<apps::DeploymentStatus>()?);
    Some(Deployment {
        namespace: object.meta.namespace.to_string(),
        name: object.meta.name.to_string(),
        desired: count(spec.replicas.or(Some(1))),
        ready: count(status.ready_replicas),
        updated: count(status.updated_replicas),
        available: count(status.available_replicas),
        observed: status.observed_generation.unwrap_or(0) >= object.meta.generation,
    })
}

fn replica_set(object: &Object) -> Option<ReplicaSet> {
    let (spec, status) = (object.spec::<apps::ReplicaSetSpec>()?, object.status::<apps::ReplicaSetStatus>()?);
    Some(ReplicaSet {
        namespace: object.meta.namespace.to_string(),
        name: object.meta.name.to_string(),
        owner: owner(object),
        desired: count(spec.replicas.or(Some(1))),
        current: count(Some(status.replicas)),
        ready: count(status.ready_replicas),
    })
}

/// What was written after `revision`, but for what goes on all the time: leases and Events.
pub fn happened(session: &Session, revision: u64) -> Vec<Happened> {
    let cluster = session.cluster();
    let (kinds, api) = (cluster.kinds(), cluster.api());
    let changes = api.store().changes_since(revision).iter();
    let changes = changes.filter(|change| change.kind != kinds.lease.id && change.kind != kinds.event.id);
    let tell = |change: &Change| {
        let object = change.object()?;
        let deed = match (&change.old, &change.new) {
            (None, _) => Deed::Created,
            (Some(_), Some(_)) => Deed::Changed,
            (Some(_), None) => Deed::Deleted,
        };
        let (kind, name) = (object.kind.kind.to_string(), object.meta.name.to_string());
        Some(Happened { kind, name, deed, by: change.by.to_string() })
    };
    changes.filter_map(tell).collect()
}

/// A connection as the picture shows it; `None` for one that met neither a Service nor a Pod, as
/// those to the API server.
pub fn request(session: &Session, cluster: &Cluster, traced: &Traced) -> Option<Request> {
    use crate::session::Outcome;
    let to = traced.to.ip().to_string();
    let (pod, outcome) = match traced.trace.outcome {
        Outcome::Delivered { ip, .. } => {
            (session.name_of(ip).filter(|name| name.contains('/')), traffic::Outcome::Answered)
        }
        Outcome::Refused => (None, traffic::Outcome::Refused),
        Outcome::Denied => (None, traffic::Outcome::Denied),
        Outcome::NoRoute | Outcome::Dropped => (None, traffic::Outcome::Lost),
    };
    let node_port = format!(":{}/", traced.to.port());
    let is_node = traced.to.ip().is_loopback() || cluster.nodes.values().any(|node| node.address == to);
    let mut services = cluster.services.iter().filter(|(name, _)| *name != "default/kubernetes");
    let service = services.find(|(_, service)| {
        service.cluster_ip == to || (is_node && service.ports.iter().any(|port| port.contains(&node_port)))
    });
    let service = service.map(|(name, _)| name.clone());
    if service.is_none() && pod.is_none() {
        return None;
    }
    let from = session.name_of(traced.from).unwrap_or_else(|| traced.from.to_string());
    let hop = |hop: &crate::session::Hop| Hop {
        node: hop.node.to_string(),
        chain: hop.chain.to_string(),
        rule: hop.rule.clone(),
        draw: hop.draw.map(|draw| (draw.drawn, draw.below)),
        matched: hop.matched,
    };
    let hops = traced.trace.hops.iter().map(hop).collect();
    Some(Request { at: traced.at, from, to: traced.to.to_string(), service, pod, outcome, hops })
}
