//! What kinds of cluster there are, as data.

mod k3s;
mod killercoda;
mod kubeadm;
mod minikube;

pub use k3s::k3s;
pub use killercoda::{killercoda, killercoda_1node};
pub use kubeadm::kubeadm;
pub use minikube::minikube;

/// What adds metrics-server to a profile's name.
pub const METRICS_SERVER: &str = "+metrics-server";

/// A cluster to be set up.
#[derive(Clone, Debug)]
pub struct Profile {
    /// `kubeadm`, `minikube`: what `--profile` takes.
    pub name: &'static str,
    /// Its nodes; the first is the control plane.
    pub nodes: Vec<NodeProfile>,
    /// The name of the learner's machine. It may be a node's.
    pub host: &'static str,
    /// The address of the learner's machine.
    pub host_ip: &'static str,
    /// `v1.36.2`.
    pub version: &'static str,
    /// `Ubuntu 24.04.3 LTS`.
    pub os_image: &'static str,
    /// `6.8.0-94-generic`.
    pub kernel: &'static str,
    /// `containerd://2.1.4`.
    pub container_runtime: &'static str,
    /// The plugin that gives Pods their addresses, as the DaemonSet's name; none for a single node.
    pub network_plugin: Option<&'static str>,
    /// The addresses of all Pods.
    pub pod_network: &'static str,
    /// The StorageClasses; the first is the default.
    pub storage_classes: &'static [StorageClass],
    /// How many replicas of CoreDNS run.
    pub dns_replicas: i32,
    /// Whether metrics-server is installed.
    pub metrics_server: bool,
    /// Who set it up, as it shows.
    pub installer: Installer,
    /// `/root/.bashrc` of the learner's machine and of every node.
    pub bashrc: &'static str,
}

/// Who set a cluster up. It decides how the control plane runs and how its administrator is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installer {
    /// `kubeadm init`.
    Kubeadm,
    /// `k3s server`: one process that holds the whole control plane.
    K3s,
    /// `minikube start`.
    Minikube,
}

/// The alias that every course writes, with its completion.
const ALIAS: &str = "alias k=kubectl\ncomplete -o default -F __start_kubectl k\n";

/// A node to be set up.
#[derive(Clone, Debug)]
pub struct NodeProfile {
    /// Its name.
    pub name: String,
    /// Its address.
    pub ip: String,
    /// The addresses of its Pods: `192.168.1.0/24`.
    pub pod_cidr: String,
    /// Whether it runs the control plane.
    pub control_plane: bool,
    /// Whether Pods that do not tolerate the control plane keep off.
    pub tainted: bool,
    /// CPUs.
    pub cpus: u32,
    /// Memory that the node has, and what is left for Pods.
    pub memory: (&'static str, &'static str),
    /// How many Pods it takes.
    pub pods: u32,
    /// Labels of this profile's nodes beside the usual ones.
    pub labels: &'static [(&'static str, &'static str)],
}

/// A StorageClass to be set up.
#[derive(Clone, Debug)]
pub struct StorageClass {
    /// Its name.
    pub name: &'static str,
    /// Who makes the volumes.
    pub provisioner: &'static str,
    /// `Immediate` or `WaitForFirstConsumer`.
    pub binding: &'static str,
    /// Whether volumes may grow.
    pub expandable: bool,
    /// What it tells the provisioner.
    pub parameters: &'static [(&'static str, &'static str)],
}

impl Profile {
    /// What `--profile` takes, and what scenarios ask for.
    pub const NAMES: [&str; 5] = ["k3s", "killercoda", "killercoda-1node", "kubeadm", "minikube"];

    /// The profile of that name, to which `+metrics-server` adds metrics-server.
    pub fn named(name: &str) -> Option<Profile> {
        let (name, metrics_server) = match name.strip_suffix(METRICS_SERVER) {
            Some(name) => (name, true),
            None => (name, false),
        };
        let profile = match name {
            "k3s" => k3s(),
            "killercoda" => killercoda(),
            "killercoda-1node" => killercoda_1node(),
            "kubeadm" => kubeadm(),
            "minikube" => minikube(),
            _ => return None,
        };
        Some(Profile { metrics_server: metrics_server || profile.metrics_server, ..profile })
    }

    /// The same cluster with `count` worker nodes.
    pub fn with_workers(mut self, count: usize) -> Profile {
        self.nodes.truncate(1);
        self.nodes.extend((1..=count).map(kubeadm::worker));
        self
    }

    /// The address that the API server listens on.
    pub fn api_server_ip(&self) -> &str {
        self.nodes.first().map_or("127.0.0.1", |node| &node.ip)
    }
}
