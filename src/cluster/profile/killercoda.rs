//! Killercoda's clusters, which most public scenarios ask for: kubeadm's, but Pods may run on the control plane.
//!
//! Diverges: canal's Pods have flannel's container only, and the local-path provisioner has no Pod.

use super::kubeadm::{kubeadm, worker};
use super::{NodeProfile, Profile, StorageClass};

/// Longhorn's place is taken by what the machines there have.
pub(super) const STORAGE: &[StorageClass] = &[StorageClass {
    name: "local-path",
    provisioner: "rancher.io/local-path",
    binding: "WaitForFirstConsumer",
    expandable: false,
    parameters: &[],
}];

/// As their hosts have it: `controlplane:~$`.
pub(super) const BASHRC: &str = "PS1='\\h:\\w\\$ '\nalias k=kubectl\ncomplete -o default -F __start_kubectl k\n";

/// `kubernetes-kubeadm-2nodes`.
pub fn killercoda() -> Profile {
    let control_plane = NodeProfile { name: "controlplane".into(), control_plane: true, ..worker(0) };
    Profile {
        name: "killercoda",
        nodes: vec![control_plane, worker(1)],
        network_plugin: Some("canal"),
        storage_classes: STORAGE,
        bashrc: BASHRC,
        ..kubeadm()
    }
}

/// `kubernetes-kubeadm-1node`.
pub fn killercoda_1node() -> Profile {
    let mut profile = killercoda();
    profile.name = "killercoda-1node";
    profile.nodes.truncate(1);
    profile
}
