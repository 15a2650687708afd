//! Cordoned nodes. Models pkg/scheduler/framework/plugins/nodeunschedulable.

use k8s_openapi::api::core::v1::Taint;

use super::{Rejection, tolerates, unresolvable};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;

pub(super) fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Rejection> {
    if node.spec()?.unschedulable != Some(true) {
        return None;
    }
    let taint = Taint {
        key: "node.kubernetes.io/unschedulable".to_owned(),
        effect: "NoSchedule".to_owned(),
        ..Taint::default()
    };
    let tolerated = pod.spec()?.tolerations.iter().flatten().any(|toleration| tolerates(toleration, &taint));
    if tolerated { None } else { unresolvable("NodeUnschedulable", "node(s) were unschedulable") }
}
