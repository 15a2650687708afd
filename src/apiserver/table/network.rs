//! Rows of Services, their endpoints, Ingresses and network policies.

use serde_json::{Value, json};

use super::{AGE, Column, NAME, Row, labels, selector, text, wide};
use crate::collections::Sort;

pub const SERVICE: &[Column] =
    &[NAME, text("Type"), text("Cluster-IP"), text("External-IP"), text("Port(s)"), AGE, wide("Selector")];
pub const ENDPOINTS: &[Column] = &[NAME, text("Endpoints"), AGE];
pub const ENDPOINT_SLICE: &[Column] = &[NAME, text("AddressType"), text("Ports"), text("Endpoints"), AGE];
pub const INGRESS: &[Column] = &[NAME, text("Class"), text("Hosts"), text("Address"), text("Ports"), AGE];
pub const INGRESS_CLASS: &[Column] = &[NAME, text("Controller"), text("Parameters"), AGE];
pub const NETWORK_POLICY: &[Column] = &[NAME, text("Pod-Selector"), AGE];

/// The most endpoints or ports that a cell names.
const SHOWN: usize = 3;

pub fn service(row: &Row<'_>) -> Vec<Value> {
    let kind = row.text("/spec/type", "ClusterIP");
    let cluster_ip = row.text("/spec/clusterIP", if kind == "ExternalName" { "<none>" } else { "" });
    vec![
        row.name(),
        json!(kind),
        json!(if cluster_ip.is_empty() { "<none>".to_owned() } else { cluster_ip }),
        json!(external_ip(row, &kind)),
        json!(ports(row)),
        row.age(),
        json!(labels(&row.value["spec"]["selector"])),
    ]
}

/// Models getServiceExternalIP.
fn external_ip(row: &Row<'_>, kind: &str) -> String {
    let given: Vec<&str> = row.list("/spec/externalIPs").iter().filter_map(Value::as_str).collect();
    match kind {
        "ExternalName" => row.text("/spec/externalName", ""),
        "LoadBalancer" => {
            let address = |point: &Value| point["ip"].as_str().or(point["hostname"].as_str()).map(str::to_owned);
            let mut all: Vec<String> = row.list("/status/loadBalancer/ingress").iter().filter_map(address).collect();
            all.arrange();
            all.dedup();
            all.extend(given.iter().map(|&ip| ip.to_owned()));
            if all.is_empty() { "<pending>".to_owned() } else { all.join(",") }
        }
        _ if given.is_empty() => "<none>".to_owned(),
        _ => given.join(","),
    }
}

/// `80:32022/TCP,443/TCP`.
fn ports(row: &Row<'_>) -> String {
    let port = |port: &Value| {
        let (number, protocol) = (port["port"].as_i64().unwrap_or(0), port["protocol"].as_str().unwrap_or("TCP"));
        match port["nodePort"].as_i64() {
            Some(node) if node > 0 => format!("{number}:{node}/{protocol}"),
            _ => format!("{number}/{protocol}"),
        }
    };
    let each: Vec<String> = row.list("/spec/ports").iter().map(port).collect();
    if each.is_empty() { "<none>".to_owned() } else { each.join(",") }
}

/// `a,b,c + 2 more...`.
fn some(all: &[String]) -> String {
    let shown = all[..all.len().min(SHOWN)].join(",");
    if all.len() > SHOWN { format!("{shown} + {} more...", all.len() - SHOWN) } else { shown }
}

pub fn endpoints(row: &Row<'_>) -> Vec<Value> {
    let mut all = Vec::new();
    for subset in row.list("/subsets") {
        let addresses = || subset["addresses"].as_array().into_iter().flatten();
        let ports: Vec<&Value> = subset["ports"].as_array().into_iter().flatten().collect();
        let text = |address: &Value| address["ip"].as_str().unwrap_or_default().to_owned();
        if ports.is_empty() {
            all.extend(addresses().map(text));
        }
        for port in ports {
            all.extend(addresses().map(|address| format!("{}:{}", text(address), port["port"])));
        }
    }
    let text = if all.is_empty() { "<none>".to_owned() } else { some(&all) };
    vec![row.name(), json!(text), row.age()]
}

pub fn endpoint_slice(row: &Row<'_>) -> Vec<Value> {
    let ports: Vec<String> = row
        .list("/ports")
        .iter()
        .map(|port| match (port["port"].as_i64(), port["name"].as_str()) {
            (Some(number), _) => number.to_string(),
            (None, Some(name)) if !name.is_empty() => name.to_owned(),
            _ => "*".to_owned(),
        })
        .collect();
    let ports = if ports.is_empty() { "<unset>".to_owned() } else { some(&ports) };
    let addresses: Vec<String> = row
        .list("/endpoints")
        .iter()
        .flat_map(|endpoint| endpoint["addresses"].as_array().into_iter().flatten())
        .filter_map(|address| address.as_str().map(str::to_owned))
        .collect();
    let addresses = if addresses.is_empty() { "<unset>".to_owned() } else { some(&addresses) };
    vec![row.name(), json!(row.text("/addressType", "")), json!(ports), json!(addresses), row.age()]
}

pub fn ingress(row: &Row<'_>) -> Vec<Value> {
    let hosts: Vec<String> = row
        .list("/spec/rules")
        .iter()
        .filter_map(|rule| rule["host"].as_str().filter(|host| !host.is_empty()).map(str::to_owned))
        .collect();
    let hosts = if hosts.is_empty() { "*".to_owned() } else { some(&hosts) };
    let addresses: Vec<&str> = row
        .list("/status/loadBalancer/ingress")
        .iter()
        .filter_map(|point| point["ip"].as_str().or(point["hostname"].as_str()))
        .collect();
    let ports = if row.list("/spec/tls").is_empty() { "80" } else { "80, 443" };
    vec![
        row.name(),
        json!(row.text("/spec/ingressClassName", "<none>")),
        json!(hosts),
        json!(addresses.join(",")),
        json!(ports),
        row.age(),
    ]
}

pub fn ingress_class(row: &Row<'_>) -> Vec<Value> {
    let default = row.object.meta.annotation("ingressclass.kubernetes.io/is-default-class") == Some("true");
    let name = if default { format!("{} (default)", row.object.meta.name) } else { row.object.meta.name.to_string() };
    let parameters = &row.value["spec"]["parameters"];
    let parameters = match (parameters["kind"].as_str(), parameters["name"].as_str()) {
        (Some(kind), Some(name)) => match parameters["apiGroup"].as_str().filter(|group| !group.is_empty()) {
            Some(group) => format!("{kind}.{group}/{name}"),
            None => format!("{kind}/{name}"),
        },
        _ => "<none>".to_owned(),
    };
    vec![json!(name), json!(row.text("/spec/controller", "")), json!(parameters), row.age()]
}

pub fn network_policy(row: &Row<'_>) -> Vec<Value> {
    vec![row.name(), json!(selector(&row.value["spec"]["podSelector"])), row.age()]
}
