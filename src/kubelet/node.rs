//! What a kubelet knows of its own node.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{NodeSpec, NodeStatus};

use super::address;
use super::ipam::Ipam;
use super::worker::Job;
use crate::api::Object;
use crate::client::Source;
use crate::collections::SortedSet;
use crate::sim::Time;

/// See the module.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) ip: Arc<str>,
    pub(super) source: Source,
    /// The name it makes its requests under.
    pub(super) actor: Arc<str>,
    pub(super) ipam: Ipam,
    /// The images that it has, by reference.
    pub(super) images: SortedSet<String>,
    /// Until when it pulls what was asked for so far: one image at a time.
    pub(super) pulling_until: Time,
    /// Whether the kubelet has been stopped.
    pub(super) stopped: bool,
    /// What came due since then, by Pod.
    pub(super) held: Vec<(Arc<str>, Job)>,
    /// The node as it was when it was deleted: the kubelet registers it again when it starts next.
    pub(super) deleted: Option<Arc<Object>>,
}

impl Node {
    pub(super) fn of(node: &Object) -> Node {
        let cidr = node.spec::<NodeSpec>().and_then(|spec| spec.pod_cidr.clone()).unwrap_or_default();
        let name = &node.meta.name;
        Node {
            ip: address(node.status::<NodeStatus>(), "InternalIP").unwrap_or_default().into(),
            source: Source { component: "kubelet".into(), host: Some(Arc::clone(name)) },
            actor: format!("system:node:{name}").into(),
            ipam: Ipam::new(&cidr),
            images: SortedSet::new(),
            pulling_until: Time(0),
            stopped: false,
            held: Vec::new(),
            deleted: None,
        }
    }
}
