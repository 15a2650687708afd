//! `kubectl cluster-info`. Models kubectl/pkg/cmd/clusterinfo.

use crate::kubectl::Kubectl;
use crate::kubectl::fail::Outcome;
use crate::kubectl::resource::items;
use crate::kubectl::spec::{Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "cluster-info",
    usage: "[flags] [options]",
    short: "Display cluster information",
    long: "Show where the control plane is, and the services that belong to the cluster.\n\n To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.",
    examples: "# Addresses\nkubectl cluster-info",
    run: run!(cluster_info),
    ..Spec::EMPTY
};

async fn cluster_info(k: &Kubectl) -> Outcome {
    let client = k.client().await?;
    let server = client.config().server.clone();
    let query = [("labelSelector", "kubernetes.io/cluster-service=true".to_owned())];
    let services = client.get("/api/v1/namespaces/kube-system/services", &query).await?;
    let line = |name: &str, address: &str| format!("{name} is running at {address}\n");
    let mut text = line("Kubernetes control plane", &server);
    for service in items(&services) {
        let text_of = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let name = text_of(&service["metadata"]["name"]);
        let port = &service["spec"]["ports"][0];
        let port_name = match text_of(&port["name"]) {
            name if name.is_empty() => String::new(),
            name => format!(":{name}"),
        };
        let scheme = if port["name"] == "https" || port["port"] == 443 { "https:" } else { "" };
        let label = text_of(&service["metadata"]["labels"]["kubernetes.io/name"]);
        let label = if label.is_empty() { name.clone() } else { label };
        let address = format!("{server}/api/v1/namespaces/kube-system/services/{scheme}{name}{port_name}/proxy");
        text.push_str(&line(&label, &address));
    }
    text.push_str("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
    k.out(&text).await;
    Ok(())
}
