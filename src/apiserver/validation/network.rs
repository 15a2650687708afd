//! Ingresses and network policies. Models pkg/apis/networking/validation.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::{Value, json};

use super::{faults, meta};
use crate::api::{FieldError, Object, codec, name_rules};

pub fn ingress(object: &Object, out: &mut Vec<FieldError>) {
    let empty = json!({});
    let spec = object.spec.json().unwrap_or(&empty);
    let rules = spec["rules"].as_array().map_or(&[][..], Vec::as_slice);
    match (&spec["defaultBackend"], rules) {
        (Value::Null, []) => {
            let why = "either `defaultBackend` or `rules` must be specified";
            out.push(FieldError::invalid("spec", Value::Null, why));
        }
        (Value::Null, _) => {}
        (default, _) => backend(default, "spec.defaultBackend", out),
    }
    for (at, rule) in rules.iter().enumerate() {
        let path = format!("spec.rules[{at}]");
        if let Some(host) = rule["host"].as_str().filter(|host| !host.is_empty()) {
            if host.parse::<std::net::IpAddr>().is_ok() {
                out.push(FieldError::invalid(&format!("{path}.host"), host, "must be a DNS name, not an IP address"));
            } else if host.contains('*') {
                faults(name_rules::wildcard_faults(host), host, &format!("{path}.host"), out);
            } else {
                faults(name_rules::subdomain_faults(host), host, &format!("{path}.host"), out);
            }
        }
        if !rule["http"].is_object() {
            continue;
        }
        let paths = rule["http"]["paths"].as_array().map_or(&[][..], Vec::as_slice);
        if paths.is_empty() {
            out.push(FieldError::required(&format!("{path}.http.paths"), ""));
        }
        for (index, this) in paths.iter().enumerate() {
            http_path(this, &format!("{path}.http.paths[{index}]"), out);
        }
    }
    for (at, tls) in spec["tls"].as_array().into_iter().flatten().enumerate() {
        for (index, host) in tls["hosts"].as_array().into_iter().flatten().enumerate() {
            let host = host.as_str().unwrap_or_default();
            let found =
                if host.contains('*') { name_rules::wildcard_faults(host) } else { name_rules::subdomain_faults(host) };
            faults(found, host, &format!("spec.tls[{at}].hosts[{index}]"), out);
        }
    }
    if let Some(class) = spec["ingressClassName"].as_str() {
        faults(name_rules::subdomain_faults(class), class, "spec.ingressClassName", out);
    }
}

fn http_path(this: &Value, field: &str, out: &mut Vec<FieldError>) {
    let path = this["path"].as_str().unwrap_or_default();
    match this["pathType"].as_str() {
        None | Some("") => out.push(FieldError::required(&format!("{field}.pathType"), "pathType must be specified")),
        Some("Exact" | "Prefix") => {
            if !path.starts_with('/') {
                out.push(FieldError::invalid(&format!("{field}.path"), path, "must be an absolute path"));
            }
            for wrong in ["//", "/./", "/../", "%2f", "%2F"].into_iter().filter(|wrong| path.contains(wrong)) {
                let why = format!("must not contain '{wrong}'");
                out.push(FieldError::invalid(&format!("{field}.path"), path, why));
            }
            for wrong in ["/..", "/."].into_iter().filter(|wrong| path.ends_with(wrong)) {
                out.push(FieldError::invalid(&format!("{field}.path"), path, format!("cannot end with '{wrong}'")));
            }
        }
        Some("ImplementationSpecific") => {
            if !path.is_empty() && !path.starts_with('/') {
                out.push(FieldError::invalid(&format!("{field}.path"), path, "must be an absolute path"));
            }
        }
        Some(other) => {
            let supported = ["Exact", "ImplementationSpecific", "Prefix"];
            out.push(FieldError::unsupported(&format!("{field}.pathType"), other, &supported));
        }
    }
    backend(&this["backend"], &format!("{field}.backend"), out);
}

fn backend(backend: &Value, field: &str, out: &mut Vec<FieldError>) {
    let service = &backend["service"];
    match (service.is_object(), backend["resource"].is_object()) {
        (true, true) => {
            let why = "cannot set both resource and service backends";
            out.push(FieldError::invalid(field, "", why));
        }
        (false, false) => out.push(FieldError::required(field, "resource or service backend is required")),
        (false, true) => {}
        (true, false) => {
            let name = service["name"].as_str().unwrap_or_default();
            if name.is_empty() {
                out.push(FieldError::required(&format!("{field}.service.name"), ""));
            } else {
                faults(name_rules::label_faults(name), name, &format!("{field}.service.name"), out);
            }
            let port = &service["port"];
            let (named, number) = (port["name"].as_str().unwrap_or_default(), port["number"].as_i64().unwrap_or(0));
            let path = format!("{field}.service.port");
            match (named.is_empty(), number) {
                (true, 0) => out.push(FieldError::required(&path, "port name or number is required")),
                (false, 0) => super::port_name(named, &format!("{path}.name"), out),
                (true, number) => super::port(number, &format!("{path}.number"), out),
                (false, _) => out.push(FieldError::invalid(&path, "", "cannot set both port name & port number")),
            }
        }
    }
}

pub fn network_policy(object: &Object, out: &mut Vec<FieldError>) {
    let Some(spec) = object.spec.json() else { return };
    if let Ok(selector) = codec::read::<LabelSelector>(&spec["podSelector"]) {
        meta::selector(&selector, "spec.podSelector", out);
    }
    for (at, kind) in spec["policyTypes"].as_array().into_iter().flatten().enumerate() {
        let kind = kind.as_str().unwrap_or_default();
        if !matches!(kind, "Ingress" | "Egress") {
            out.push(FieldError::unsupported(&format!("spec.policyTypes[{at}]"), kind, &["Egress", "Ingress"]));
        }
    }
}
