//! Taints that the Pod must tolerate. Models pkg/scheduler/framework/plugins/tainttoleration.

use k8s_openapi::api::core::v1::{Taint, Toleration};

use super::{Rejection, unresolvable};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;

/// Whether the toleration covers the taint (Toleration.ToleratesTaint).
pub fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let given = |text: &Option<String>| text.as_deref().unwrap_or_default().to_owned();
    let (effect, key) = (given(&toleration.effect), given(&toleration.key));
    if !effect.is_empty() && effect != taint.effect || !key.is_empty() && key != taint.key {
        return false;
    }
    match toleration.operator.as_deref() {
        Some("Exists") => true,
        None | Some("" | "Equal") => given(&toleration.value) == given(&taint.value),
        Some(operator @ ("Lt" | "Gt")) => {
            let number = |text: String| text.parse::<i64>().ok();
            match (number(given(&taint.value)), number(given(&toleration.value))) {
                (Some(taint), Some(limit)) => {
                    (operator == "Lt" && taint < limit) || (operator == "Gt" && taint > limit)
                }
                _ => false,
            }
        }
        Some(_) => false,
    }
}

/// Whether the node has a taint that keeps the Pod away.
pub(in crate::scheduler) fn is_tainted(pod: &PodInfo, node: &NodeInfo) -> bool {
    let tolerations = pod.spec().and_then(|spec| spec.tolerations.as_deref()).unwrap_or_default();
    let taints = node.spec().into_iter().flat_map(|spec| spec.taints.iter().flatten());
    let mut keeping = taints.filter(|taint| taint.effect != "PreferNoSchedule");
    keeping.any(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, taint)))
}

pub(super) fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Rejection> {
    if is_tainted(pod, node) { unresolvable("TaintToleration", "node(s) had untolerated taint(s)") } else { None }
}
