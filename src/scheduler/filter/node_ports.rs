//! Host ports that are taken. Models pkg/scheduler/framework/plugins/nodeports.

use super::Rejection;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;

pub(super) fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Rejection> {
    pod.host_ports.iter().find(|port| node.host_ports.contains_key(*port))?;
    let reasons = vec!["node(s) didn't have free ports for the requested pod ports"];
    Some(Rejection { plugin: "NodePorts", reasons, resolvable: true })
}
