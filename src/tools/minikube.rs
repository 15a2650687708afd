//! minikube, as far as a cluster that runs already needs it.

use std::rc::Rc;

use serde_json::{Value, json};

use super::run::start;
use crate::api::{ingress_nginx, metrics_server};
use crate::machine::{Fds, File, Process, SpawnSpec, file};
use crate::sim::Duration;

/// minikube ip, node, ssh, status, start, version: what the node says, and the facts that the machine was told.
pub async fn run(process: Process) -> i32 {
    let machine = process.machine();
    let words = process.args()[1..].to_vec();
    let version = "minikube version: v1.38.0\n";
    if machine.fact("profile").as_deref() != Some("minikube") {
        let text = "minikube: this cluster was not made by minikube. Try the minikube profile: drydock shell --profile minikube\n";
        process.err(text).await;
        return 85;
    }
    let ip =
        machine.fact("minikube-ip").or_else(|| machine.fact("api-server")).unwrap_or_else(|| "192.168.49.2".to_owned());
    process.spend(Duration::from_millis(120)).await;
    match words.first().map(String::as_str) {
        Some("ip") => process.out(&format!("{ip}\n")).await,
        Some("version") => process.out(version).await,
        Some("status") => {
            let asked = Some("systemctl is-active -q kubelet");
            let runs = super::ssh::log_in(&process, "root", &ip, 22, asked, false, false).await == 0;
            let kubelet = if runs { "Running" } else { "Stopped" };
            process.out(&format!("minikube\ntype: Control Plane\nhost: Running\nkubelet: {kubelet}\napiserver: Running\nkubeconfig: Configured\n\n")).await;
            return if runs { 0 } else { 2 };
        }
        Some("ssh") => {
            let command: Vec<&str> = words[1..].iter().map(String::as_str).filter(|word| *word != "--").collect();
            let tty = process.is_tty(0) && command.is_empty();
            let command = (!command.is_empty()).then(|| command.join(" "));
            return super::ssh::log_in(&process, "root", &ip, 22, command.as_deref(), true, tty).await;
        }
        Some("start") => {
            let kubernetes = machine.fact("version").unwrap_or_default();
            let text = format!(
                "* minikube is already running\n* Kubernetes {kubernetes} at {ip}\n* Done! kubectl is now configured to use \"minikube\" cluster and \"default\" namespace by default\n"
            );
            process.out(&text).await;
        }
        // It has the one node.
        Some("node") if words.get(1).is_some_and(|word| word == "list") => process.out(&format!("minikube\t{ip}\n")).await,
        Some("node") => {
            process.err("minikube node: only `list` is simulated; `minikube ssh sudo systemctl stop kubelet` stops the node's kubelet, and kubeadm's profile has more nodes.\n").await;
            return 1;
        }
        Some("addons") => return addons(&process, &words[1..]).await,
        Some(command @ ("stop" | "delete" | "service" | "tunnel" | "dashboard" | "image")) => {
            process.err(&format!("minikube {command} is not simulated yet. `minikube addons`, `ip`, `node list`, `ssh`, `start`, `status` and `version` are.\n")).await;
            return 1;
        }
        Some(command) => {
            process.err(&format!("Error: unknown command \"{command}\" for \"minikube\"\nRun 'minikube --help' for usage.\n")).await;
            return 1;
        }
        None => process.out("minikube provisions and manages local Kubernetes clusters.\n\nHere: minikube addons | ip | node list | ssh | start | status | version\n").await,
    }
    0
}

/// What can be enabled and disabled.
#[derive(Clone, Copy)]
struct Addon {
    name: &'static str,
    image: &'static str,
    objects: fn() -> Vec<Value>,
}

const ADDONS: [Addon; 2] = [
    Addon { name: "ingress", image: ingress_nginx::IMAGE, objects: || ingress_nginx::objects("NodePort") },
    Addon { name: "metrics-server", image: metrics_server::IMAGE, objects: metrics_server::objects },
];

/// `minikube addons enable` and `disable`: applies an addon's manifest, or deletes what it names.
async fn addons(process: &Process, words: &[String]) -> i32 {
    let (verb, enabled) = match words.first().map(String::as_str) {
        Some("enable") => ("apply", true),
        Some("disable") => ("delete", false),
        _ => {
            process.err("minikube addons: only `enable NAME` and `disable NAME` are simulated.\n").await;
            return 1;
        }
    };
    let name = words.get(1).map_or("", String::as_str);
    let Some(Addon { name, image, objects }) = ADDONS.into_iter().find(|addon| addon.name == name) else {
        let known = ADDONS.map(|addon| addon.name).join(" and ");
        process.err(&format!("minikube addons: of all addons only {known} are simulated, not \"{name}\".\n")).await;
        return 1;
    };
    if enabled {
        process.out(&format!("* {name} is an addon maintained by Kubernetes. For any concerns contact minikube on GitHub.\nYou can view the list of minikube maintainers at: https://github.com/kubernetes/minikube/blob/master/OWNERS\n")).await;
        process.out(&format!("  - Using image {image}\n")).await;
        if name == "ingress" {
            process.out("* Verifying ingress addon...\n").await;
        }
    }
    // As minikube does, with a kubectl and a file of its own.
    let path = &format!("/var/tmp/minikube-addon-{name}.json");
    let manifest = json!({"apiVersion": "v1", "kind": "List", "items": objects()});
    let files = process.machine().files();
    let written = files.mkdir_all("/var/tmp").and_then(|()| files.write("/", path, manifest.to_string().as_bytes()));
    if written.is_err() {
        process.err("minikube: the addon's manifest cannot be written.\n").await;
        return 1;
    }
    let null: Rc<dyn File> = Rc::new(file::Null);
    let mut fds: Fds = (0..2).map(|fd| (fd, Rc::clone(&null))).collect();
    fds.extend(process.fd(2).map(|stderr| (2, stderr)));
    let spec = SpawnSpec { fds: Some(fds), ..SpawnSpec::new(["kubectl", verb, "-f", path.as_str()]) };
    let status = match start(process, "minikube", spec).await {
        Ok(child) => child.wait().await.code(),
        Err(status) => status,
    };
    let _ = files.unlink("/", path);
    if status == 0 {
        let state = if enabled { "enabled" } else { "disabled" };
        process.out(&format!("* The '{name}' addon is {state}\n")).await;
    }
    status
}
