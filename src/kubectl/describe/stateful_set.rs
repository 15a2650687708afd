//! StatefulSets. Models describe.go StatefulSetDescriber.

use serde_json::Value;

use super::page::Page;
use super::{Scene, labels, list, pod_template, pods_status, shown, text};
use crate::kubectl::age::rfc1123;
use crate::kubectl::fail::Fail;

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let set = scene.object;
    let (metadata, spec, status) = (&set["metadata"], &set["spec"], &set["status"]);
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    page.field(0, "CreationTimestamp", rfc1123(&metadata["creationTimestamp"]));
    page.field(0, "Selector", labels::selector(&spec["selector"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    let (desired, total) = (spec["replicas"].as_i64().unwrap_or(1), status["replicas"].as_i64().unwrap_or(0));
    page.field(0, "Replicas", format!("{desired} desired | {total} total"));
    page.field(0, "Update Strategy", text(&spec["updateStrategy"]["type"]));
    let rolling = &spec["updateStrategy"]["rollingUpdate"];
    if rolling.is_object() {
        page.field(1, "Partition", rolling["partition"].as_i64().unwrap_or(0));
        if !rolling["maxUnavailable"].is_null() {
            page.field(1, "MaxUnavailable", shown(&rolling["maxUnavailable"]));
        }
    }
    page.field(0, "Pods Status", pods_status(scene).await?);
    pod_template(page, &spec["template"]);
    claims(page, &spec["volumeClaimTemplates"]);
    scene.events(page).await
}

fn claims(page: &mut Page, templates: &Value) {
    if list(templates).next().is_none() {
        page.line(0, "Volume Claims:\t<none>");
        return;
    }
    page.line(0, "Volume Claims:");
    for claim in list(templates) {
        let (metadata, spec) = (&claim["metadata"], &claim["spec"]);
        page.line(1, format!("Name:\t{}", text(&metadata["name"])));
        page.line(1, format!("StorageClass:\t{}", text(&spec["storageClassName"])));
        labels::labels(page, "  Labels", &metadata["labels"]);
        labels::annotations(page, "  Annotations", &metadata["annotations"]);
        let capacity = &spec["resources"]["requests"]["storage"];
        page.line(
            1,
            format!("Capacity:\t{}", if capacity.is_null() { "<default>".to_owned() } else { shown(capacity) }),
        );
        let modes: Vec<&str> = list(&spec["accessModes"]).map(text).collect();
        page.line(1, format!("Access Modes:\t[{}]", modes.join(" ")));
    }
}
