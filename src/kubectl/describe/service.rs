//! Services. Models describe.go ServiceDescriber.

use serde_json::Value;

use super::page::Page;
use super::{Scene, labels, list, or_none, shown, text};
use crate::kubectl::fail::Fail;

/// This many endpoints are shown.
const ENDPOINTS_MAX: usize = 3;

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let service = scene.object;
    let (metadata, spec) = (&service["metadata"], &service["spec"]);
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    page.field(0, "Selector", or_none(&labels::map_selector(&spec["selector"])));
    page.field(0, "Type", text(&spec["type"]));
    page.field_if(0, "IP Family Policy", text(&spec["ipFamilyPolicy"]));
    let join = |value: &Value| list(value).map(text).collect::<Vec<_>>().join(",");
    page.field(0, "IP Families", or_none(&join(&spec["ipFamilies"])));
    page.field(0, "IP", text(&spec["clusterIP"]));
    page.field(0, "IPs", or_none(&join(&spec["clusterIPs"])));
    page.field_if(0, "External IPs", &join(&spec["externalIPs"]));
    page.field_if(0, "Desired LoadBalancer IP", text(&spec["loadBalancerIP"]));
    page.field_if(0, "External Name", text(&spec["externalName"]));
    let balancers: Vec<String> = list(&service["status"]["loadBalancer"]["ingress"])
        .map(|ingress| {
            let address = if ingress["ip"].is_string() { text(&ingress["ip"]) } else { text(&ingress["hostname"]) };
            match text(&ingress["ipMode"]) {
                "" => address.to_owned(),
                mode => format!("{address} ({mode})"),
            }
        })
        .collect();
    page.field_if(0, "LoadBalancer Ingress", &balancers.join(", "));
    let path = format!("/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices", scene.info.namespace);
    let query = [("labelSelector", format!("kubernetes.io/service-name={}", scene.info.name))];
    let slices = scene.list(&path, &query).await?;
    for port in list(&spec["ports"]) {
        let name = if text(&port["name"]).is_empty() { "<unset>" } else { text(&port["name"]) };
        let protocol = text(&port["protocol"]);
        page.field(0, "Port", format!("{name}\t{}/{protocol}", port["port"]));
        page.field(0, "TargetPort", format!("{}/{protocol}", shown(&port["targetPort"])));
        if port["nodePort"].as_i64().is_some_and(|port| port != 0) {
            page.field(0, "NodePort", format!("{name}\t{}/{protocol}", port["nodePort"]));
        }
        page.field(0, "Endpoints", endpoints(&slices, Some(text(&port["name"]))));
    }
    page.field(0, "Session Affinity", text(&spec["sessionAffinity"]));
    page.field_if(0, "External Traffic Policy", text(&spec["externalTrafficPolicy"]));
    page.field_if(0, "Internal Traffic Policy", text(&spec["internalTrafficPolicy"]));
    page.field_if(0, "Traffic Distribution", text(&spec["trafficDistribution"]));
    if spec["healthCheckNodePort"].as_i64().is_some_and(|port| port != 0) {
        page.field(0, "HealthCheck NodePort", &spec["healthCheckNodePort"]);
    }
    page.field_if(0, "LoadBalancer Source Ranges", &join(&spec["loadBalancerSourceRanges"]));
    scene.events(page).await
}

/// The ready endpoints of a port of the name given, or of all ports. Models
/// formatEndpointSlices.
pub fn endpoints(slices: &[Value], port_name: Option<&str>) -> String {
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let mut shown_ones = Vec::new();
    let mut count = 0;
    for slice in slices {
        let ready = || list(&slice["endpoints"]).filter(|endpoint| endpoint["conditions"]["ready"] != false);
        let mut add = |address: String| {
            if count < ENDPOINTS_MAX {
                shown_ones.push(address);
            }
            count += 1;
        };
        if list(&slice["ports"]).next().is_none() {
            ready().for_each(|endpoint| add(text(&endpoint["addresses"][0]).to_owned()));
        }
        for port in list(&slice["ports"]) {
            if port_name.is_some_and(|name| name != text(&port["name"])) {
                continue;
            }
            ready().for_each(|endpoint| add(format!("{}:{}", text(&endpoint["addresses"][0]), port["port"])));
        }
    }
    let all = shown_ones.join(",");
    match count.checked_sub(ENDPOINTS_MAX) {
        Some(more) if more > 0 => format!("{all} + {more} more..."),
        _ => all,
    }
}
