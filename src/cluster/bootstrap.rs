//! What is there before anybody does anything: nodes, namespaces, kube-system.
//!
//! The objects are created here; what follows from them (Pods, endpoints, service accounts,
//! certificates in ConfigMaps) is done by the controllers, the scheduler and the kubelets in
//! the seconds before the learner comes.

use serde_json::{Value, json};

use super::profile::{Installer, NodeProfile, Profile};
use crate::api::managed::apply::LAST_APPLIED;
use crate::api::storage::DEFAULT_CLASS;
use crate::api::{Kinds, Object, names, time};
use crate::apiserver::{ApiServer, authorization};
use crate::kubelet::CONDITIONS;
use crate::sim::Rng;

/// What the API server makes by itself when it starts.
pub(super) fn api_server(profile: &Profile) -> Vec<Value> {
    let ip = profile.api_server_ip();
    let mut objects: Vec<Value> = ["default", "kube-node-lease", "kube-public", "kube-system"]
        .iter()
        .map(|name| {
            json!({
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
                "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
            })
        })
        .collect();
    objects.push(json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "kubernetes", "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"}},
        "spec": {
            "clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"], "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "sessionAffinity": "None", "type": "ClusterIP",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}],
        },
        "status": {"loadBalancer": {}},
    }));
    objects.push(json!({
        "apiVersion": "v1", "kind": "Endpoints",
        "metadata": {"name": "kubernetes", "namespace": "default",
            "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}},
        "subsets": [{"addresses": [{"ip": ip}], "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}]}],
    }));
    objects.push(json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"name": "kubernetes", "namespace": "default", "generation": 1,
            "labels": {"kubernetes.io/service-name": "kubernetes"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [ip], "conditions": {"ready": true}}],
        "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
    }));
    let config_map = |name: &str, data: Value| {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "kube-system"}, "data": data})
    };
    objects.push(config_map(
        "extension-apiserver-authentication",
        json!({
            "client-ca-file": CERTIFICATE, "requestheader-client-ca-file": CERTIFICATE,
            "requestheader-allowed-names": "[\"front-proxy-client\"]",
            "requestheader-extra-headers-prefix": "[\"X-Remote-Extra-\"]",
            "requestheader-group-headers": "[\"X-Remote-Group\"]",
            "requestheader-username-headers": "[\"X-Remote-User\"]",
        }),
    ));
    objects.push(config_map("kube-apiserver-legacy-service-account-token-tracking", json!({"since": "2026-11-20"})));
    for (name, value, about) in [
        (
            "system-cluster-critical",
            2_000_000_000,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
        ),
        (
            "system-node-critical",
            2_000_001_000,
            "Used for system critical pods that must not be moved from their current node.",
        ),
    ] {
        objects.push(json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
            "value": value, "description": about, "preemptionPolicy": "PreemptLowerPriority",
        }));
    }
    objects
}

/// The cluster's certificate authority, as ConfigMaps show it. Nothing checks it: connections
/// inside a simulated cluster are not encrypted.
pub(super) const CERTIFICATE: &str = crate::controllers::ROOT_CERTIFICATE;

/// A node, and the lease by which it says that it lives.
pub(super) fn node(profile: &Profile, node: &NodeProfile, rng: &Rng, now: crate::sim::Time) -> Vec<Value> {
    let mut rng = rng.split(&node.name);
    let mut hex = |digits: usize| rng.text("0123456789abcdef", digits);
    let uuid =
        |text: String| format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..32]);
    let (machine, system, boot) = (hex(32), uuid(hex(32)), uuid(hex(32)));
    let mut labels = json!({
        "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": node.name, "kubernetes.io/os": "linux",
    });
    if node.control_plane {
        labels["node-role.kubernetes.io/control-plane"] = json!("");
        labels["node.kubernetes.io/exclude-from-external-load-balancers"] = json!("");
    }
    for (key, value) in node.labels {
        labels[*key] = json!(value);
    }
    let mut spec = json!({"podCIDR": node.pod_cidr, "podCIDRs": [node.pod_cidr]});
    if node.tainted {
        spec["taints"] = json!([{"effect": "NoSchedule", "key": "node-role.kubernetes.io/control-plane"}]);
    }
    let at = time::rfc3339(now);
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({"type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": at, "lastTransitionTime": at})
    };
    let mut conditions = Vec::new();
    if profile.network_plugin.is_some() {
        conditions.push(condition("NetworkUnavailable", "False", "FlannelIsUp", "Flannel is running on this node"));
    }
    conditions
        .extend(CONDITIONS.iter().map(|(kind, status, reason, message, _)| condition(kind, status, reason, message)));
    let resources = |disk: &str, memory: &str| {
        json!({"cpu": node.cpus.to_string(), "ephemeral-storage": disk, "hugepages-1Gi": "0",
            "hugepages-2Mi": "0", "memory": memory, "pods": node.pods.to_string()})
    };
    let handler =
        |name: &str| json!({"name": name, "features": {"recursiveReadOnlyMounts": true, "userNamespaces": true}});
    vec![json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": node.name, "labels": labels, "annotations": {
            "node.alpha.kubernetes.io/ttl": "0",
            "volumes.kubernetes.io/controller-managed-attach-detach": "true"}},
        "spec": spec,
        "status": {
            "addresses": [{"address": node.ip, "type": "InternalIP"}, {"address": node.name, "type": "Hostname"}],
            "capacity": resources("20134592Ki", node.memory.0),
            "allocatable": resources("18556039957", node.memory.1),
            "conditions": conditions,
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "features": {"supplementalGroupsPolicy": true},
            "nodeInfo": {
                "architecture": "amd64", "bootID": boot, "containerRuntimeVersion": profile.container_runtime,
                "kernelVersion": profile.kernel, "kubeProxyVersion": "", "kubeletVersion": profile.version,
                "machineID": machine, "operatingSystem": "linux", "osImage": profile.os_image,
                "systemUUID": system,
            },
            "runtimeHandlers": [handler(""), handler("runc")],
        },
    })]
}

/// The storage classes of the profile, as `kubectl apply` leaves them.
pub(super) fn storage_classes(profile: &Profile) -> Vec<Value> {
    let class = |(at, class): (usize, &super::profile::StorageClass)| {
        let mut object = json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": {"annotations": {}, "name": class.name},
            "provisioner": class.provisioner, "reclaimPolicy": "Delete", "volumeBindingMode": class.binding,
        });
        if at == 0 {
            object["metadata"]["annotations"][DEFAULT_CLASS] = json!("true");
        }
        if class.expandable {
            object["allowVolumeExpansion"] = json!(true);
        }
        if !class.parameters.is_empty() {
            object["parameters"] = class.parameters.iter().map(|(key, value)| (*key, *value)).collect();
        }
        let applied = format!("{object}\n");
        object["metadata"]["annotations"][LAST_APPLIED] = json!(applied);
        object
    };
    profile.storage_classes.iter().enumerate().map(class).collect()
}

/// The default roles and bindings, and who administers the cluster.
pub(super) fn access(profile: &Profile) -> Vec<Value> {
    let mut objects = authorization::policy();
    if profile.installer == Installer::Kubeadm {
        let rbac = "rbac.authorization.k8s.io";
        objects.push(json!({
            "apiVersion": format!("{rbac}/v1"), "kind": "ClusterRoleBinding",
            "metadata": {"name": "kubeadm:cluster-admins"},
            "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": rbac, "kind": "Group", "name": "kubeadm:cluster-admins"}],
        }));
    }
    objects
}

/// Creates objects written as JSON.
///
/// # Panics
/// Where the program's own data is no valid object, which every test would show.
///
/// `uids` is where their uids are drawn from; without it they come from where every other's do.
pub(super) fn create(api: &mut ApiServer, kinds: &Kinds, objects: Vec<Value>, mut uids: Option<Rng>) {
    for value in objects {
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let (version, kind) = (text("apiVersion"), text("kind"));
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let kind = kinds.builtin_kind(group, &kind);
        let created = Object::from_value(&kind, value).map_err(|error| error.to_string()).and_then(|mut object| {
            if let Some(rng) = &mut uids {
                object.meta.uid = names::uid(rng).into();
            }
            api.create(object).map_err(|status| status.message)
        });
        if let Err(error) = created {
            panic!("a profile's {} cannot be created: {error}", kind.kind);
        }
    }
}
