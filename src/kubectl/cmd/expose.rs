//! `kubectl expose`. Models kubectl/pkg/cmd/expose/expose.go.

use serde_json::{Map, Value, json};

use super::create::manager;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, quote};
use crate::kubectl::printers::{Printer, report};
use crate::kubectl::resource::{Builder, Info};
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl};

/// The command.
pub const SPEC: Spec = Spec {
    name: "expose",
    usage: "(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type] [options]",
    short: "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
    long: "Make a Service for the Pods that a Deployment, ReplicaSet, ReplicationController, Service or Pod stands for.\n\n The Service selects what the object selects, and takes its ports where none are given.",
    examples: "# A Deployment, on a port of every node\nkubectl expose deployment/web --type=NodePort --port=8080\n\n# Another port in the Pods\nkubectl expose deployment web --port=80 --target-port=8000",
    flags: &[FLAGS, spec::FILES, spec::SELECTOR_TEXT, spec::DRY_RUN, spec::PRINT],
    run: run!(expose),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("cluster-ip", "", "Address of the Service; None for none."),
    Flag::text("external-ip", "", "Address from outside that leads to the Service."),
    Flag::text("field-manager", "", "Who is noted as the manager of the fields."),
    Flag::text("labels", "", "Labels of the Service.").short('l'),
    Flag::text("load-balancer-ip", "", "Address for the load balancer."),
    Flag::text("name", "", "Name of the Service."),
    Flag::text("override-type", "merge", "How --overrides is applied: json, merge or strategic."),
    Flag::text("overrides", "", "JSON that changes the Service before it is made."),
    Flag::text("port", "", "Port of the Service."),
    Flag::text("protocol", "", "Protocol of the ports."),
    Flag::switch("save-config", "Keep the configuration in an annotation for apply."),
    Flag::text("session-affinity", "", "None or ClientIP."),
    Flag::text("target-port", "", "Port of the Pods, by number or name."),
    Flag::text("type", "", "ClusterIP, NodePort, LoadBalancer or ExternalName."),
];

async fn expose(k: &Kubectl) -> Outcome {
    let dry_run = k.dry_run().await?;
    if !k.flags.text("overrides").is_empty() {
        return Err(Fail::plain("--overrides is not simulated; create the Service and patch it instead"));
    }
    let infos = Builder::new(k).selector("").objects().await?.all()?;
    for info in &infos {
        let service = service(k, info)?;
        if dry_run == DryRun::Client {
            tell(k, &service, dry_run).await?;
            continue;
        }
        let mut query = dry_run.query();
        query.push(("fieldManager", manager(k, "kubectl-expose")));
        let path = format!("/api/v1/namespaces/{}/services", info.namespace);
        let made = k.client().await?.post(&path, &query, service).await?;
        tell(k, &made, dry_run).await?;
    }
    Ok(())
}

async fn tell(k: &Kubectl, service: &Value, dry_run: DryRun) -> Outcome {
    match Printer::of(k, false).await? {
        Some(printer) => k.out(&printer.print(service, &k.flags)?).await,
        None => report(k, service, "exposed", dry_run).await?,
    }
    Ok(())
}

fn service(k: &Kubectl, info: &Info) -> Result<Value, Fail> {
    let object = &info.object;
    let selector = selector(k, info)?;
    let default_name: String = info.name.chars().take(63).collect();
    let name = if k.flags.text("name").is_empty() { default_name } else { k.flags.text("name").to_owned() };
    let labels = match k.flags.text("labels") {
        "" => object["metadata"]["labels"].clone(),
        given => Value::Object(pairs(given)?),
    };
    let mut ports = ports(k, info)?;
    let target = k.flags.text("target-port");
    for port in &mut ports {
        port["targetPort"] = match target {
            "" => port["port"].clone(),
            given => given.parse::<i64>().map_or_else(|_| json!(given), |number| json!(number)),
        };
    }
    let mut spec = json!({"ports": ports, "selector": selector});
    for (flag, field) in [
        ("type", "type"),
        ("session-affinity", "sessionAffinity"),
        ("cluster-ip", "clusterIP"),
        ("load-balancer-ip", "loadBalancerIP"),
    ] {
        if !k.flags.text(flag).is_empty() {
            spec[field] = json!(k.flags.text(flag));
        }
    }
    if !k.flags.text("external-ip").is_empty() {
        spec["externalIPs"] = json!([k.flags.text("external-ip")]);
    }
    let mut metadata = json!({"name": name});
    if labels.is_object() {
        metadata["labels"] = labels;
    }
    Ok(
        json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec, "status": {"loadBalancer": {}}}),
    )
}

fn selector(k: &Kubectl, info: &Info) -> Result<Value, Fail> {
    let given = k.flags.text("selector");
    let object = &info.object;
    let found = match &*info.kind.kind {
        "ReplicationController" | "Service" => &object["spec"]["selector"],
        "Deployment" | "ReplicaSet" => {
            if object["spec"]["selector"]["matchExpressions"].as_array().is_some_and(|list| !list.is_empty())
                && given.is_empty()
            {
                return Err(Fail::plain(
                    "couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - \"matchExpressions\" to map-based selector format",
                ));
            }
            &object["spec"]["selector"]["matchLabels"]
        }
        "Pod" => &object["metadata"]["labels"],
        other => return Err(Fail::plain(format!("cannot expose a {other}"))),
    };
    if !given.is_empty() {
        return Ok(Value::Object(pairs(given)?));
    }
    match found.as_object().filter(|map| !map.is_empty()) {
        Some(map) => Ok(Value::Object(map.clone())),
        None => {
            let what = if *info.kind.kind == *"Pod" {
                "the pod has no labels and cannot be exposed"
            } else {
                "the service has no pod selector set"
            };
            Err(Fail::plain(format!("couldn't retrieve selectors via --selector flag or introspection: {what}")))
        }
    }
}

fn pairs(text: &str) -> Result<Map<String, Value>, Fail> {
    let mut map = Map::new();
    for pair in text.split(',') {
        let (key, value) = pair
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| Fail::plain(format!("unexpected label spec: {pair}")))?;
        map.insert(key.to_owned(), json!(value));
    }
    Ok(map)
}

/// The ports asked for, or those that the object names.
fn ports(k: &Kubectl, info: &Info) -> Result<Vec<Value>, Fail> {
    let object = &info.object;
    let listed: Vec<(i64, String)> = match &*info.kind.kind {
        "Service" => object["spec"]["ports"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|port| number_and_protocol(port, "port"))
            .collect(),
        "Pod" => container_ports(&object["spec"]),
        _ => container_ports(&object["spec"]["template"]["spec"]),
    };
    let given = k.flags.text("port");
    let wanted: Vec<i64> = match given {
        "" => listed.iter().map(|(port, _)| *port).collect(),
        given => given
            .split(',')
            .map(|text| {
                text.parse::<i64>()
                    .map_err(|_| Fail::plain(format!("strconv.Atoi: parsing {}: invalid syntax", quote(text))))
            })
            .collect::<Result<_, Fail>>()?,
    };
    if wanted.is_empty() {
        return Err(Fail::plain("couldn't find port via --port flag or introspection"));
    }
    let many = wanted.len() > 1;
    let named = wanted.into_iter().enumerate().map(|(at, port)| {
        let own = listed.iter().find(|(known, _)| *known == port).map(|(_, protocol)| protocol.clone());
        let protocol = match k.flags.text("protocol") {
            "" => own.unwrap_or_else(|| "TCP".to_owned()),
            given => given.to_owned(),
        };
        let mut entry = json!({"port": port, "protocol": protocol});
        if many {
            entry["name"] = json!(format!("port-{}", at + 1));
        }
        entry
    });
    Ok(named.collect())
}

fn container_ports(spec: &Value) -> Vec<(i64, String)> {
    let containers = spec["containers"].as_array().into_iter().flatten();
    let ports = containers.flat_map(|container| container["ports"].as_array().into_iter().flatten());
    ports.map(|port| number_and_protocol(port, "containerPort")).collect()
}

fn number_and_protocol(port: &Value, key: &str) -> (i64, String) {
    (port[key].as_i64().unwrap_or(0), port["protocol"].as_str().unwrap_or("TCP").to_owned())
}
