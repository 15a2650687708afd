//! Endpoints and EndpointSlices. Models describe.go EndpointsDescriber and
//! EndpointSliceDescriber.

use serde_json::Value;

use super::page::Page;
use super::{Scene, labels, list, or_none, text};
use crate::kubectl::fail::Fail;

fn head(scene: &Scene<'_>, page: &mut Page) {
    let metadata = &scene.object["metadata"];
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
}

fn or_unset(value: &Value) -> String {
    match value {
        Value::Null => "<unset>".to_owned(),
        Value::String(text) if text.is_empty() => "<unset>".to_owned(),
        other => super::shown(other),
    }
}

fn ports(page: &mut Page, level: usize, ports: &Value) {
    let indent = "  ".repeat(level);
    page.line(0, format!("{indent}Ports:\n{indent}  Name\tPort\tProtocol\n{indent}  ----\t----\t--------"));
    for port in list(ports) {
        page.line(
            level + 1,
            format!("{}\t{}\t{}", or_unset(&port["name"]), or_unset(&port["port"]), text(&port["protocol"])),
        );
    }
}

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    head(scene, page);
    page.line(0, "Subsets:");
    for subset in list(&scene.object["subsets"]) {
        let addresses =
            |key: &str| list(&subset[key]).map(|address| text(&address["ip"])).collect::<Vec<_>>().join(",");
        page.field(1, "Addresses", or_none(&addresses("addresses")));
        page.field(1, "NotReadyAddresses", or_none(&addresses("notReadyAddresses")));
        if list(&subset["ports"]).next().is_some() {
            ports(page, 1, &subset["ports"]);
        }
        page.line(0, "");
    }
    scene.events(page).await
}

pub async fn describe_slice(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let slice = scene.object;
    head(scene, page);
    page.field(0, "AddressType", text(&slice["addressType"]));
    if list(&slice["ports"]).next().is_none() {
        page.line(0, "Ports: <unset>");
    } else {
        ports(page, 0, &slice["ports"]);
    }
    if list(&slice["endpoints"]).next().is_none() {
        page.line(0, "Endpoints: <none>");
    } else {
        page.line(0, "Endpoints:");
    }
    for endpoint in list(&slice["endpoints"]) {
        let addresses: Vec<&str> = list(&endpoint["addresses"]).map(text).collect();
        page.line(1, format!("- Addresses:\t{}", addresses.join(", ")));
        page.line(2, "Conditions:");
        let ready = &endpoint["conditions"]["ready"];
        page.field(3, "Ready", or_unset(ready));
        page.field(2, "Hostname", or_unset(&endpoint["hostname"]));
        let target = &endpoint["targetRef"];
        if target.is_object() {
            page.field(2, "TargetRef", format!("{}/{}", text(&target["kind"]), text(&target["name"])));
        }
        page.field(2, "NodeName", or_unset(&endpoint["nodeName"]));
        page.field(2, "Zone", or_unset(&endpoint["zone"]));
    }
    scene.events(page).await
}
