//! Whether a node is to have a Pod, and the Pod for it. Models NodeShouldRunDaemonPod and
//! pkg/controller/daemon/util/daemonset_util.go.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::DaemonSetSpec;
use k8s_openapi::api::core::v1::{
    NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, NodeSpec, PodTemplateSpec, Toleration,
};

use super::{GENERATION, GENERATION_LABEL, HASH_LABEL};
use crate::api::{Kind, Object, PodSpec};
use crate::controllers::pod_template;
use crate::scheduler::{fits_node, tolerates};

/// The field that tells a Pod's node.
const NAME: &str = "metadata.name";

/// What every Pod of a DaemonSet tolerates (AddOrUpdateDaemonPodTolerations).
fn own_tolerations(host_network: bool) -> impl Iterator<Item = Toleration> {
    let taints = [
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    ];
    let network = host_network.then_some(("network-unavailable", "NoSchedule"));
    taints.into_iter().chain(network).map(|(key, effect)| Toleration {
        key: Some(format!("node.kubernetes.io/{key}")),
        operator: Some("Exists".to_owned()),
        effect: Some(effect.to_owned()),
        ..Toleration::default()
    })
}

/// Whether a node is to have a Pod, and whether one that is there may stay.
pub(super) fn wants(spec: &DaemonSetSpec, node: &Object) -> (bool, bool) {
    let Some(pod) = &spec.template.spec else { return (false, false) };
    let elsewhere = pod.node_name.as_deref().is_some_and(|name| !name.is_empty() && *name != *node.meta.name);
    if elsewhere || !fits_node(pod, node) {
        return (false, false);
    }
    let own: Vec<Toleration> = own_tolerations(pod.host_network == Some(true)).collect();
    let taints = || node.spec::<NodeSpec>().into_iter().flat_map(|spec| spec.taints.iter().flatten());
    let mut refused = taints().filter(|taint| {
        taint.effect != "PreferNoSchedule"
            && !pod.tolerations.iter().flatten().chain(&own).any(|toleration| tolerates(toleration, taint))
    });
    let first = refused.next();
    let evicts = first.into_iter().chain(refused).any(|taint| taint.effect == "NoExecute");
    (first.is_none(), !evicts)
}

/// The node that a Pod is on, or is made for.
pub(super) fn target(pod: &Object) -> Option<&str> {
    let spec = pod.spec::<PodSpec>()?;
    if let Some(name) = spec.node_name.as_deref().filter(|name| !name.is_empty()) {
        return Some(name);
    }
    let affinity = spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let terms = &affinity.required_during_scheduling_ignored_during_execution.as_ref()?.node_selector_terms;
    let mut fields = terms.iter().flat_map(|term| term.match_fields.iter().flatten());
    fields.find(|field| field.key == NAME && field.operator == "In")?.values.as_ref()?.first().map(String::as_str)
}

/// The Pod for a node.
pub(super) fn pod(kind: &Arc<Kind>, set: &Object, spec: &DaemonSetSpec, node: &str, hash: &str) -> Object {
    let template: &PodTemplateSpec = &spec.template;
    let mut pod = pod_template::pod(kind, set, Some(template));
    let labels = Arc::make_mut(&mut pod.meta.labels);
    labels.insert(HASH_LABEL.to_owned(), hash.to_owned());
    if let Some(generation) = set.meta.annotation(GENERATION) {
        labels.insert(GENERATION_LABEL.to_owned(), generation.to_owned());
    }
    if let Some(spec) = pod.spec.get_mut::<PodSpec>() {
        let own = own_tolerations(spec.host_network == Some(true));
        let have = spec.tolerations.get_or_insert_default();
        for toleration in own {
            if !have.contains(&toleration) {
                have.push(toleration);
            }
        }
        let field = NodeSelectorRequirement {
            key: NAME.to_owned(),
            operator: "In".to_owned(),
            values: Some(vec![node.to_owned()]),
        };
        // What the template requires is met already: the node was chosen by it.
        let affinity = spec.affinity.get_or_insert_default().node_affinity.get_or_insert_default();
        affinity.required_during_scheduling_ignored_during_execution = Some(NodeSelector {
            node_selector_terms: vec![NodeSelectorTerm {
                match_fields: Some(vec![field]),
                ..NodeSelectorTerm::default()
            }],
        });
    }
    pod
}
