//! Ingresses and their classes. Models describe.go IngressDescriber.

use serde_json::Value;

use super::page::Page;
use super::service::endpoints;
use super::{Scene, labels, list, shown, text};
use crate::kubectl::fail::Fail;

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let ingress = scene.object;
    let (metadata, spec) = (&ingress["metadata"], &ingress["spec"]);
    page.field(0, "Name", text(&metadata["name"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    page.field(0, "Namespace", text(&metadata["namespace"]));
    let addresses: Vec<&str> = list(&ingress["status"]["loadBalancer"]["ingress"])
        .map(|address| if address["ip"].is_string() { text(&address["ip"]) } else { text(&address["hostname"]) })
        .collect();
    page.field(0, "Address", addresses.join(","));
    page.field(
        0,
        "Ingress Class",
        if spec["ingressClassName"].is_string() { text(&spec["ingressClassName"]) } else { "<none>" },
    );
    match spec["defaultBackend"].is_object() {
        true => page.field(0, "Default backend", backend(scene, &spec["defaultBackend"]).await),
        false => page.field(0, "Default backend", "<default>"),
    }
    if list(&spec["tls"]).next().is_some() {
        page.line(0, "TLS:");
    }
    for tls in list(&spec["tls"]) {
        let hosts: Vec<&str> = list(&tls["hosts"]).map(text).collect();
        match text(&tls["secretName"]) {
            "" => page.line(1, format!("SNI routes {}", hosts.join(","))),
            secret => page.line(1, format!("{secret} terminates {}", hosts.join(","))),
        }
    }
    page.line(0, "Rules:\n  Host\tPath\tBackends\n  ----\t----\t--------");
    let mut count = 0;
    for rule in list(&spec["rules"]).filter(|rule| rule["http"].is_object()) {
        count += 1;
        let host = if text(&rule["host"]).is_empty() { "*" } else { text(&rule["host"]) };
        page.line(1, format!("{host}\t"));
        for path in list(&rule["http"]["paths"]) {
            let to = backend(scene, &path["backend"]).await;
            page.line(1, format!("  \t{} \t{to}", text(&path["path"])));
        }
    }
    if count == 0 {
        let to = backend(scene, &spec["defaultBackend"]).await;
        page.line(1, format!("{}\t{}\t{to}", "*", "*"));
    }
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    scene.events(page).await
}

async fn backend(scene: &Scene<'_>, backend: &Value) -> String {
    let service = &backend["service"];
    if !service.is_object() {
        let resource = &backend["resource"];
        return format!(
            "APIGroup: {}, Kind: {}, Name: {}",
            text(&resource["apiGroup"]),
            text(&resource["kind"]),
            text(&resource["name"])
        );
    }
    let name = text(&service["name"]);
    let port = if service["port"]["name"].is_string() { &service["port"]["name"] } else { &service["port"]["number"] };
    let namespace = &scene.info.namespace;
    let Ok(client) = scene.k.client().await else { return String::new() };
    let known = client.get(&format!("/api/v1/namespaces/{namespace}/services/{name}"), &[]).await;
    let ready = match known {
        Err(fail) => format!("<error: {}>", fail.message()),
        Ok(known) => {
            let found = list(&known["spec"]["ports"]).find(|one| one["port"] == *port || one["name"] == *port);
            let port_name = found.map(|port| text(&port["name"]).to_owned()).unwrap_or_default();
            let path = format!("/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices");
            let query = [("labelSelector", format!("kubernetes.io/service-name={name}"))];
            let slices = scene.list(&path, &query).await.unwrap_or_default();
            endpoints(&slices, Some(&port_name))
        }
    };
    format!("{name}:{} ({ready})", shown(port))
}

pub async fn describe_class(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let (metadata, spec) = (&scene.object["metadata"], &scene.object["spec"]);
    page.field(0, "Name", text(&metadata["name"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    page.field(0, "Controller", text(&spec["controller"]));
    scene.events(page).await
}
