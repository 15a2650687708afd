//! What the scheduler knows of a node: kept up to date Pod by Pod, never counted anew. Models
//! the NodeInfo of pkg/scheduler/framework/types.go.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{NodeSpec, NodeStatus};

use super::pod_info::{PodInfo, Resources};
use crate::api::Object;
use crate::api::quantity::Quantity;
use crate::collections::SortedMap;

/// See the module.
#[derive(Clone, Debug)]
pub struct NodeInfo {
    /// The node.
    pub node: Arc<Object>,
    /// What it has for Pods.
    pub allocatable: Resources,
    /// How many Pods it takes.
    pub max_pods: i64,
    /// How many there are.
    pub pods: i64,
    /// What they ask for.
    pub requested: Resources,
    /// The same, with defaults for those that do not say.
    pub nonzero: Resources,
    /// Sizes of the images that are there.
    pub images: SortedMap<String, i64>,
    /// Host ports in use, and how often.
    pub host_ports: SortedMap<(String, i32), u32>,
    /// How many Pods each owner has here.
    pub owners: SortedMap<Arc<str>, i64>,
}

impl NodeInfo {
    /// What is known of a node without Pods.
    pub fn of(node: &Arc<Object>) -> NodeInfo {
        let mut info = NodeInfo {
            node: Arc::clone(node),
            allocatable: Resources::default(),
            max_pods: 0,
            pods: 0,
            requested: Resources::default(),
            nonzero: Resources::default(),
            images: SortedMap::new(),
            host_ports: SortedMap::new(),
            owners: SortedMap::new(),
        };
        info.set(node);
        info
    }

    /// Takes a newer version of the node.
    pub fn set(&mut self, node: &Arc<Object>) {
        self.node = Arc::clone(node);
        let status = node.status::<NodeStatus>();
        let allocatable = status.and_then(|status| status.allocatable.as_ref());
        let amount = |name: &str| allocatable.and_then(|all| Quantity::parse(&all.get(name)?.0));
        self.allocatable = Resources {
            milli_cpu: amount("cpu").map_or(0, Quantity::milli_value),
            memory: amount("memory").map_or(0, Quantity::value),
            storage: amount("ephemeral-storage").map_or(0, Quantity::value),
        };
        self.max_pods = amount("pods").map_or(0, Quantity::value);
        let images = status.into_iter().flat_map(|status| status.images.iter().flatten());
        self.images = images
            .flat_map(|image| image.names.iter().flatten().map(|name| (name.clone(), image.size_bytes.unwrap_or(0))))
            .collect();
    }

    /// The node's spec.
    pub fn spec(&self) -> Option<&NodeSpec> {
        self.node.spec::<NodeSpec>()
    }

    /// Counts a Pod in.
    pub fn add(&mut self, pod: &PodInfo) {
        self.count(pod, 1);
        for port in &pod.host_ports {
            *self.host_ports.entry(port.clone()).or_default() += 1;
        }
        if let Some(owner) = &pod.owner {
            *self.owners.entry(Arc::clone(owner)).or_default() += 1;
        }
    }

    /// Counts a Pod out.
    pub fn remove(&mut self, pod: &PodInfo) {
        self.count(pod, -1);
        for port in &pod.host_ports {
            if let Some(count) = self.host_ports.get_mut(port) {
                *count -= 1;
                if *count == 0 {
                    self.host_ports.remove(port);
                }
            }
        }
        if let Some(owner) = &pod.owner
            && let Some(count) = self.owners.get_mut(owner)
        {
            *count -= 1;
            if *count == 0 {
                self.owners.remove(owner);
            }
        }
    }

    fn count(&mut self, pod: &PodInfo, times: i64) {
        self.pods += times;
        self.requested.add(&pod.requests, times);
        self.nonzero.add(&pod.nonzero, times);
    }
}
