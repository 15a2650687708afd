//! The learner's machine.

use std::rc::Rc;

use super::world::World;
use super::{api_listener, credentials, network};
use crate::cluster::Profile;
use crate::cluster::profile::Installer;
use crate::machine::{Fs, Machine, MachineSpec, base_layer};

/// Builds it: root's home, a kubeconfig, the names of the nodes.
pub fn build(world: &Rc<World>, profile: &Profile) -> Machine {
    let spec = MachineSpec::new(profile.host, &world.sim, world.rng.split("host"), Rc::clone(&world.programs));
    let machine = Machine::new(MachineSpec {
        net: Rc::clone(&world.host_place.net),
        network: network::port(world, None),
        root: Fs::over(base_layer(&world.programs, world.sim.now())),
        ..spec
    });
    for (name, value) in
        [("profile", profile.name), ("version", profile.version), ("api-server", profile.api_server_ip())]
    {
        machine.set_fact(name, value);
    }
    let files = machine.files();
    let mut hosts = format!("127.0.0.1 localhost\n{} {} host01\n", profile.host_ip, profile.host);
    for node in profile.nodes.iter().filter(|node| node.name != profile.host) {
        hosts += &format!("{} {}\n", node.ip, node.name);
    }
    let _ = files.write("/", "/etc/hosts", hosts.as_bytes());
    let _ = files.write("/", "/root/.bashrc", profile.bashrc.as_bytes());
    let _ = files.mkdir_all("/root/.kube");
    let _ = files.write("/", "/root/.kube/config", kubeconfig(world, profile).as_bytes());
    let _ = files.change("/", "/root/.kube/config", |inode| inode.mode = 0o600);
    if world.nodes.contains_key(profile.host) {
        super::nodes::add_services(world, &machine, profile.host);
    }
    machine
}

fn kubeconfig(world: &World, profile: &Profile) -> String {
    let (cluster, user, context, name, group, port) = match profile.installer {
        Installer::Kubeadm => (
            "kubernetes",
            "kubernetes-admin",
            "kubernetes-admin@kubernetes",
            "kubernetes-admin",
            "kubeadm:cluster-admins",
            api_listener::PORT,
        ),
        Installer::K3s => ("default", "default", "default", "system:admin", "system:masters", api_listener::PORT),
        Installer::Minikube => {
            ("minikube", "minikube", "minikube", "minikube-user", "system:masters", api_listener::MINIKUBE_PORT)
        }
    };
    format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {}\n    server: https://{}:{}\n  name: {cluster}\n\
         contexts:\n- context:\n    cluster: {cluster}\n    user: {user}\n  name: {context}\ncurrent-context: {context}\nkind: Config\n\
         preferences: {{}}\nusers:\n- name: {user}\n  user:\n    client-certificate-data: {}\n    client-key-data: {}\n",
        credentials::authority(),
        profile.api_server_ip(),
        port,
        credentials::certificate(name, &[group]),
        credentials::key(&mut world.rng.split("client-key")),
    )
}
