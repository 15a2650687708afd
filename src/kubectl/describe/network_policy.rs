//! NetworkPolicies. Models describe.go describeNetworkPolicy.

use serde_json::Value;

use super::page::Page;
use super::{Scene, labels, list, shown, text};
use crate::api::{Selector, codec, time};
use crate::kubectl::fail::Fail;

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let (metadata, spec) = (&scene.object["metadata"], &scene.object["spec"]);
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    let created = time::parse(text(&metadata["creationTimestamp"])).map(time::rfc3339).unwrap_or_default();
    page.field(0, "Created on", format!("{} +0000 UTC", created.replace('T', " ").trim_end_matches('Z')));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    page.line(0, "Spec:");
    let pods = match selector(&spec["podSelector"]).as_str() {
        "" => "<none> (Allowing the specific traffic to all pods in this namespace)".to_owned(),
        pods => pods.to_owned(),
    };
    page.line(0, format!("  PodSelector:     {pods}"));
    let types: Vec<&str> = list(&spec["policyTypes"]).map(text).collect();
    for (direction, rules, end) in [("Ingress", "ingress", "from"), ("Egress", "egress", "to")] {
        let lower = direction.to_lowercase();
        if !types.contains(&direction) {
            page.line(0, format!("  Not affecting {lower} traffic"));
            continue;
        }
        page.line(0, format!("  Allowing {lower} traffic:"));
        let title = if end == "from" { "From" } else { "To" };
        if list(&spec[rules]).next().is_none() {
            let side = if end == "from" { "ingress connectivity" } else { "egress connectivity" };
            page.line(0, format!("    <none> (Selected pods are isolated for {side})"));
        }
        for (at, rule) in list(&spec[rules]).enumerate() {
            if at > 0 {
                page.line(0, "    ----------");
            }
            self::rule(rule, end, title, page);
        }
    }
    page.line(0, format!("  Policy Types: {}", types.join(", ")));
    Ok(())
}

fn rule(rule: &Value, end: &str, title: &str, page: &mut Page) {
    if list(&rule["ports"]).next().is_none() {
        page.line(0, "    To Port: <any> (traffic allowed to all ports)");
    }
    for port in list(&rule["ports"]) {
        let protocol = if text(&port["protocol"]).is_empty() { "TCP" } else { text(&port["protocol"]) };
        let last = match shown(&port["endPort"]).as_str() {
            "" => String::new(),
            last => format!("-{last}"),
        };
        let number = if port["port"].is_null() { "<any>".to_owned() } else { shown(&port["port"]) };
        page.line(0, format!("    To Port: {number}{last}/{protocol}"));
    }
    if list(&rule[end]).next().is_none() {
        let of = if end == "from" { "source" } else { "destination" };
        page.line(0, format!("    {title}: <any> (traffic not restricted by {of})"));
    }
    for peer in list(&rule[end]) {
        page.line(0, format!("    {title}:"));
        for (name, field) in [("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")] {
            if peer[field].is_object() {
                let chosen = selector(&peer[field]);
                page.line(0, format!("      {name}: {}", if chosen.is_empty() { "<none>" } else { &chosen }));
            }
        }
        let block = &peer["ipBlock"];
        if block.is_object() {
            page.line(0, format!("      IPBlock:\n        CIDR: {}", text(&block["cidr"])));
            let except: Vec<&str> = list(&block["except"]).map(text).collect();
            page.line(0, format!("        Except: {}", except.join(", ")));
        }
    }
}

fn selector(value: &Value) -> String {
    let typed: Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector> = codec::read(value).ok();
    typed.map(|selector| Selector::from(&selector).to_string()).unwrap_or_default()
}
