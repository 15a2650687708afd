//! Pods that name their node. Models pkg/scheduler/framework/plugins/nodename.

use super::{Rejection, unresolvable};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;

pub(super) fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Rejection> {
    let name = pod.spec()?.node_name.as_deref().filter(|name| !name.is_empty())?;
    if *name == *node.node.meta.name {
        return None;
    }
    unresolvable("NodeName", "node(s) didn't match the requested node name")
}
