//! One node in a container of its own; the learner sits outside, beside it.

use super::{ALIAS, Installer, NodeProfile, Profile, StorageClass};

const STORAGE: &[StorageClass] = &[StorageClass {
    name: "standard",
    provisioner: "k8s.io/minikube-hostpath",
    binding: "Immediate",
    expandable: false,
    parameters: &[],
}];

const LABELS: &[(&str, &str)] = &[
    ("minikube.k8s.io/name", "minikube"),
    ("minikube.k8s.io/primary", "true"),
    ("minikube.k8s.io/version", "v1.38.1"),
];

/// See the module.
pub fn minikube() -> Profile {
    let node = NodeProfile {
        name: "minikube".into(),
        ip: "192.168.49.2".into(),
        pod_cidr: "10.244.0.0/24".into(),
        control_plane: true,
        tainted: false,
        cpus: 4,
        memory: ("8Gi", "8Gi"),
        pods: 110,
        labels: LABELS,
    };
    Profile {
        name: "minikube",
        nodes: vec![node],
        host: "host01",
        host_ip: "192.168.49.1",
        version: "v1.36.2",
        os_image: "Debian GNU/Linux 12 (bookworm)",
        kernel: "6.8.0-94-generic",
        container_runtime: "docker://28.4.0",
        network_plugin: None,
        pod_network: "10.244.0.0/16",
        storage_classes: STORAGE,
        dns_replicas: 1,
        metrics_server: false,
        installer: Installer::Minikube,
        bashrc: ALIAS,
    }
}
