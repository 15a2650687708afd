//! Three machines set up with kubeadm; the learner sits on the control plane.

use super::{ALIAS, Installer, NodeProfile, Profile, StorageClass};

const STORAGE: &[StorageClass] = &[
    StorageClass {
        name: "standard",
        provisioner: "rancher.io/local-path",
        binding: "WaitForFirstConsumer",
        expandable: false,
        parameters: &[],
    },
    StorageClass {
        name: "fast",
        provisioner: "driver.longhorn.io",
        binding: "Immediate",
        expandable: true,
        parameters: &[("fsType", "ext4"), ("numberOfReplicas", "3"), ("staleReplicaTimeout", "30")],
    },
];

/// See the module.
pub fn kubeadm() -> Profile {
    let control_plane = NodeProfile { name: "controlplane".into(), control_plane: true, tainted: true, ..worker(0) };
    Profile {
        name: "kubeadm",
        nodes: vec![control_plane, worker(1), worker(2)],
        host: "controlplane",
        host_ip: "172.30.1.2",
        version: "v1.36.2",
        os_image: "Ubuntu 24.04.3 LTS",
        kernel: "6.8.0-94-generic",
        container_runtime: "containerd://2.1.4",
        network_plugin: Some("kube-flannel-ds"),
        pod_network: "192.168.0.0/16",
        storage_classes: STORAGE,
        dns_replicas: 2,
        metrics_server: false,
        installer: Installer::Kubeadm,
        bashrc: ALIAS,
    }
}

/// The worker of that number. More than 250 workers go on in the next networks.
pub(super) fn worker(number: usize) -> NodeProfile {
    let (block, place) = (number / 250, number % 250);
    NodeProfile {
        name: format!("node{number:02}"),
        ip: format!("172.{}.{}.2", 30 + block, place + 1),
        pod_cidr: format!("192.{}.{place}.0/24", 168 + block),
        control_plane: false,
        tainted: false,
        cpus: 4,
        memory: ("8Gi", "8092Mi"),
        pods: 110,
        labels: &[],
    }
}
