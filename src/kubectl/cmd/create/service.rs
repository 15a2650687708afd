//! `kubectl create service` and its four types. Models create_service.go.

use serde_json::{Value, json};

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind, quote};
use crate::kubectl::spec::{self, Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "service",
    aliases: &["svc"],
    usage: "[flags] [options]",
    short: "Create a service using a specified subcommand",
    long: "Create a service using a specified subcommand.",
    subs: &[&CLUSTER_IP, &EXTERNAL_NAME, &LOAD_BALANCER, &NODE_PORT],
    ..Spec::EMPTY
};

const CLUSTER_IP: Spec = Spec {
    name: "clusterip",
    usage: "NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none] [options]",
    short: "Create a ClusterIP service",
    long: "Create a Service that is reached by an address within the cluster.",
    examples: "# Port 5678, to port 8080 of the Pods\nkubectl create service clusterip web --tcp=5678:8080\n\n# Without an address\nkubectl create service clusterip web --clusterip=None",
    flags: &[TCP, CLUSTER_IP_FLAGS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(cluster_ip),
    ..Spec::EMPTY
};

const EXTERNAL_NAME: Spec = Spec {
    name: "externalname",
    usage: "NAME --external-name external.name [--dry-run=server|client|none] [options]",
    short: "Create an ExternalName service",
    long: "Create a Service that is another name for a host outside.",
    examples: "# A name for a database elsewhere\nkubectl create service externalname db --external-name db.example.com",
    flags: &[TCP, EXTERNAL_FLAGS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(external_name),
    ..Spec::EMPTY
};

const LOAD_BALANCER: Spec = Spec {
    name: "loadbalancer",
    usage: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none] [options]",
    short: "Create a LoadBalancer service",
    long: "Create a Service with a load balancer before it.",
    examples: "# Port 80\nkubectl create service loadbalancer web --tcp=80",
    flags: &[TCP, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(load_balancer),
    ..Spec::EMPTY
};

const NODE_PORT: Spec = Spec {
    name: "nodeport",
    usage: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none] [options]",
    short: "Create a NodePort service",
    long: "Create a Service that is reached by a port of every node.",
    examples: "# Port 80, on any free port of the nodes\nkubectl create service nodeport web --tcp=80",
    flags: &[TCP, NODE_PORT_FLAGS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(node_port),
    ..Spec::EMPTY
};

const TCP: &[Flag] = &[Flag::new("tcp", Kind::Slice, "", "Ports: '<port>:<targetPort>'.")];
const CLUSTER_IP_FLAGS: &[Flag] = &[Flag::text("clusterip", "", "Address to take; None for none.")];
const EXTERNAL_FLAGS: &[Flag] = &[Flag::text("external-name", "", "Name of the host.").required()];
const NODE_PORT_FLAGS: &[Flag] = &[Flag::new("node-port", Kind::Int, "0", "Port of the nodes.")];

async fn cluster_ip(k: &Kubectl) -> Outcome {
    let address = k.flags.text("clusterip").to_owned();
    make(k, "ClusterIP", |spec| {
        if !address.is_empty() {
            spec["clusterIP"] = json!(address);
        }
    })
    .await
}

async fn external_name(k: &Kubectl) -> Outcome {
    let host = k.flags.text("external-name").to_owned();
    make(k, "ExternalName", |spec| spec["externalName"] = json!(host)).await
}

async fn load_balancer(k: &Kubectl) -> Outcome {
    make(k, "LoadBalancer", |_| {}).await
}

async fn node_port(k: &Kubectl) -> Outcome {
    let port = k.flags.int("node-port");
    make(k, "NodePort", |spec| {
        if port != 0
            && let Some(first) = spec["ports"].get_mut(0)
        {
            first["nodePort"] = json!(port);
        }
    })
    .await
}

async fn make(k: &Kubectl, kind: &str, change: impl FnOnce(&mut Value)) -> Outcome {
    let name = super::name(k)?;
    let headless = k.flags.text("clusterip") == "None";
    let tcp = k.flags.list("tcp");
    if tcp.is_empty() && !headless && kind != "ExternalName" {
        return Err(Fail::plain("at least one tcp port specifier must be provided"));
    }
    let ports: Vec<Value> = tcp.iter().map(|text| port(text)).collect::<Result<_, Fail>>()?;
    let labels = json!({"app": name});
    let mut spec = json!({"selector": labels, "type": kind});
    if !ports.is_empty() {
        spec["ports"] = Value::Array(ports);
    }
    change(&mut spec);
    let object = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"labels": labels, "name": name},
        "spec": spec, "status": {"loadBalancer": {}},
    });
    super::send(k, object, &format!("failed to create {kind} service: ")).await
}

/// `80`, `5678:8080`, `80:http`
fn port(text: &str) -> Result<Value, Fail> {
    let (port, target) = text.split_once(':').unwrap_or((text, text));
    let number = |text: &str| -> Result<i64, Fail> {
        text.parse::<i64>().map_err(|_| Fail::plain(format!("strconv.Atoi: parsing {}: invalid syntax", quote(text))))
    };
    let port = number(port)?;
    let target = target.parse::<i64>().map_or_else(|_| json!(target), |number| json!(number));
    let name = text.replace(':', "-");
    Ok(json!({"name": name, "port": port, "protocol": "TCP", "targetPort": target}))
}
