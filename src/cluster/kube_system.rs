//! What runs in kube-system: the control plane's own Pods, CoreDNS, kube-proxy and the network.

use serde_json::{Value, json};

use super::profile::{Installer, NodeProfile, Profile};
use crate::api::time;
use crate::sim::{Rng, Time};

/// The control plane's Pods: the kubelet of its node runs them from files and mirrors them in
/// the API. k3s has none.
pub(super) fn static_pods(profile: &Profile, node: &NodeProfile, node_uid: &str, rng: &Rng, now: Time) -> Vec<Value> {
    if profile.installer == Installer::K3s {
        return Vec::new();
    }
    let version = profile.version;
    let pods = [
        ("etcd", "registry.k8s.io/etcd:3.6.8-0".to_owned(), "100m"),
        ("kube-apiserver", format!("registry.k8s.io/kube-apiserver:{version}"), "250m"),
        ("kube-controller-manager", format!("registry.k8s.io/kube-controller-manager:{version}"), "200m"),
        ("kube-scheduler", format!("registry.k8s.io/kube-scheduler:{version}"), "100m"),
    ];
    let pod = |(component, image, cpu): (&str, String, &str)| {
        let hash = rng.split(component).text("0123456789abcdef", 32);
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": format!("{component}-{}", node.name), "namespace": "kube-system",
                "labels": {"component": component, "tier": "control-plane"},
                "annotations": {
                    "kubernetes.io/config.hash": hash, "kubernetes.io/config.mirror": hash,
                    "kubernetes.io/config.seen": time::rfc3339(now), "kubernetes.io/config.source": "file",
                },
                "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": node.name, "uid": node_uid, "controller": true}],
            },
            "spec": {
                "containers": [{
                    "name": component, "image": image, "command": [component, "start"],
                    "imagePullPolicy": "IfNotPresent", "resources": {"requests": {"cpu": cpu}},
                }],
                "hostNetwork": true, "nodeName": node.name,
                "priorityClassName": "system-node-critical",
                "tolerations": [{"effect": "NoExecute", "operator": "Exists"}],
            },
        })
    };
    pods.into_iter().map(pod).collect()
}

/// CoreDNS, kube-proxy, the network's DaemonSet, and the Service of the DNS.
pub(super) fn workloads(profile: &Profile) -> Vec<Value> {
    let mut objects = vec![dns_service(), dns_deployment(profile)];
    if profile.installer != Installer::K3s {
        objects.push(kube_proxy(profile));
    }
    if let Some(name) = profile.network_plugin {
        objects.push(daemon_set(
            name,
            json!({"app": "flannel", "tier": "node"}),
            json!({"app": "flannel"}),
            json!({
                "containers": [{
                    "name": "kube-flannel", "image": "ghcr.io/flannel-io/flannel:v0.27.4",
                    "command": ["/opt/bin/flanneld"], "args": ["--ip-masq", "--kube-subnet-mgr"],
                    "resources": {"requests": {"cpu": "100m", "memory": "50Mi"}},
                }],
                "hostNetwork": true, "priorityClassName": "system-node-critical",
                "tolerations": [{"effect": "NoSchedule", "operator": "Exists"}],
            }),
        ));
    }
    objects
}

fn dns_service() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": "kube-system",
            "annotations": {"prometheus.io/port": "9153", "prometheus.io/scrape": "true"},
            "labels": {"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}},
        "spec": {
            "clusterIP": "10.96.0.10", "clusterIPs": ["10.96.0.10"], "type": "ClusterIP",
            "selector": {"k8s-app": "kube-dns"},
            "ports": [
                {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
                {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
                {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153},
            ],
        },
    })
}

fn dns_deployment(profile: &Profile) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "coredns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
        "spec": {
            "replicas": profile.dns_replicas,
            "selector": {"matchLabels": {"k8s-app": "kube-dns"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
            "template": {
                "metadata": {"labels": {"k8s-app": "kube-dns"}},
                "spec": {
                    "containers": [{
                        "name": "coredns", "image": "registry.k8s.io/coredns/coredns:v1.14.1",
                        "args": ["-conf", "/etc/coredns/Corefile"],
                        "ports": [
                            {"containerPort": 53, "name": "dns", "protocol": "UDP"},
                            {"containerPort": 53, "name": "dns-tcp", "protocol": "TCP"},
                            {"containerPort": 9153, "name": "metrics", "protocol": "TCP"},
                        ],
                        "resources": {"limits": {"memory": "170Mi"}, "requests": {"cpu": "100m", "memory": "70Mi"}},
                    }],
                    "dnsPolicy": "Default", "nodeSelector": {"kubernetes.io/os": "linux"},
                    "priorityClassName": "system-cluster-critical",
                    "tolerations": [
                        {"key": "CriticalAddonsOnly", "operator": "Exists"},
                        {"effect": "NoSchedule", "key": "node-role.kubernetes.io/control-plane"},
                    ],
                },
            },
        },
    })
}

fn kube_proxy(profile: &Profile) -> Value {
    let image = format!("registry.k8s.io/kube-proxy:{}", profile.version);
    daemon_set(
        "kube-proxy",
        json!({"k8s-app": "kube-proxy"}),
        json!({"k8s-app": "kube-proxy"}),
        json!({
            "containers": [{"name": "kube-proxy", "image": image,
                "command": ["/usr/local/bin/kube-proxy", "--config=/var/lib/kube-proxy/config.conf"]}],
            "hostNetwork": true, "nodeSelector": {"kubernetes.io/os": "linux"},
            "priorityClassName": "system-node-critical", "tolerations": [{"operator": "Exists"}],
        }),
    )
}

fn daemon_set(name: &str, labels: Value, selector: Value, spec: Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": "kube-system", "labels": labels},
        "spec": {
            "selector": {"matchLabels": selector},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    })
}
