//! One machine with k3s; the learner sits on it.
//!
//! The control plane, kube-proxy and flannel are parts of the k3s process and have no Pods (k3s' pkg/daemons).
//! Diverges: traefik, servicelb and the local-path provisioner have no Pods either, so that nothing answers on an
//! Ingress, and a LoadBalancer's address stays pending.

use super::killercoda::{BASHRC, STORAGE, killercoda_1node};
use super::{Installer, Profile};

/// See the module.
pub fn k3s() -> Profile {
    Profile {
        name: "k3s",
        version: "v1.36.2+k3s1",
        container_runtime: "containerd://2.1.4-k3s1",
        network_plugin: None,
        storage_classes: STORAGE,
        dns_replicas: 1,
        metrics_server: true,
        installer: Installer::K3s,
        bashrc: BASHRC,
        ..killercoda_1node()
    }
}
