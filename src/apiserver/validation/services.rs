//! Services. Models pkg/apis/core/validation ValidateService.

use k8s_openapi::api::core::v1::{ServicePort, ServiceSpec};
use serde_json::json;

use super::{faults, meta, one_of, port, port_or_name};
use crate::api::{FieldError, Object, name_rules};
use crate::collections::SortedSet;

const TYPES: [&str; 4] = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];

pub fn service(object: &Object, out: &mut Vec<FieldError>) {
    let Some(spec) = object.spec::<ServiceSpec>() else { return };
    let type_ = spec.type_.as_deref().unwrap_or_default();
    let headless = spec.cluster_ip.as_deref() == Some("None");
    let ports = spec.ports.as_deref().unwrap_or_default();
    if ports.is_empty() && !headless && type_ != "ExternalName" {
        out.push(FieldError::required("spec.ports", ""));
    }
    match type_ {
        "LoadBalancer" | "NodePort" if headless => {
            let why = format!("may not be set to 'None' for {type_} services");
            out.push(FieldError::invalid("spec.clusterIPs[0]", "None", why));
        }
        "ExternalName" => {
            let name = spec.external_name.as_deref().unwrap_or_default();
            let name = name.strip_suffix('.').unwrap_or(name);
            if name.is_empty() {
                out.push(FieldError::required("spec.externalName", ""));
            } else {
                faults(name_rules::subdomain_faults(name), name, "spec.externalName", out);
            }
        }
        _ => {}
    }
    let mut names = SortedSet::new();
    for (at, this) in ports.iter().enumerate() {
        service_port(this, ports.len() > 1, &mut names, &format!("spec.ports[{at}]"), out);
    }
    if let Some(selector) = &spec.selector {
        meta::labels(selector, "spec.selector", out);
    }
    one_of(spec.session_affinity.as_deref(), "spec.sessionAffinity", &["ClientIP", "None"], out);
    one_of(spec.type_.as_deref(), "spec.type", &TYPES, out);
    if type_ == "ClusterIP" {
        for (at, _) in ports.iter().enumerate().filter(|(_, port)| port.node_port.unwrap_or(0) != 0) {
            let why = "may not be used when `type` is 'ClusterIP'";
            out.push(FieldError::forbidden(&format!("spec.ports[{at}].nodePort"), why));
        }
    }
    let mut nodes = SortedSet::new();
    let mut numbers = SortedSet::new();
    for (at, port) in ports.iter().enumerate() {
        let protocol = port.protocol.as_deref().unwrap_or_default();
        if let Some(node) = port.node_port.filter(|node| *node != 0)
            && !nodes.insert((protocol, node))
        {
            out.push(FieldError::duplicate(&format!("spec.ports[{at}].nodePort"), node));
        }
        if !numbers.insert((protocol, port.port)) {
            // Go prints the port's struct with nothing but what is compared.
            let shown = format!(
                "{{\"Name\":\"\",\"Protocol\":{},\"AppProtocol\":null,\"Port\":{},\"TargetPort\":0,\"NodePort\":0}}",
                json!(protocol),
                port.port
            );
            let mut error = FieldError::duplicate(&format!("spec.ports[{at}]"), 0);
            error.message = format!("Duplicate value: {shown}");
            out.push(error);
        }
    }
    for (name, value, supported) in [
        ("externalTrafficPolicy", &spec.external_traffic_policy, ["Cluster", "Local"]),
        ("internalTrafficPolicy", &spec.internal_traffic_policy, ["Cluster", "Local"]),
    ] {
        if let Some(value) = value.as_deref().filter(|value| !supported.contains(value)) {
            out.push(FieldError::unsupported(&format!("spec.{name}"), value, &supported));
        }
    }
}

fn service_port(
    this: &ServicePort,
    needs_name: bool,
    names: &mut SortedSet<String>,
    field: &str,
    out: &mut Vec<FieldError>,
) {
    let path = |name: &str| format!("{field}.{name}");
    let name = this.name.as_deref().unwrap_or_default();
    if name.is_empty() {
        if needs_name {
            out.push(FieldError::required(&path("name"), ""));
        }
    } else {
        faults(name_rules::label_faults(name), name, &path("name"), out);
        if !names.insert(name.to_owned()) {
            out.push(FieldError::duplicate(&path("name"), name));
        }
    }
    port(i64::from(this.port), &path("port"), out);
    one_of(this.protocol.as_deref(), &path("protocol"), &["TCP", "UDP", "SCTP"], out);
    if let Some(target) = &this.target_port {
        port_or_name(target, &path("targetPort"), out);
    }
}
