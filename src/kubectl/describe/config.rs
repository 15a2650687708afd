//! ConfigMaps and Secrets. Models describe.go ConfigMapDescriber and SecretDescriber.

use super::page::Page;
use super::{Scene, labels, text};
use crate::kubectl::base64;
use crate::kubectl::fail::Fail;

fn head(scene: &Scene<'_>, page: &mut Page) {
    let metadata = &scene.object["metadata"];
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
}

pub async fn describe_map(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    head(scene, page);
    page.line(0, "\nData\n====");
    for (key, value) in scene.object["data"].as_object().into_iter().flatten() {
        page.line(0, format!("{key}:\n----"));
        page.line(0, format!("{}\n", text(value)));
    }
    page.line(0, "\nBinaryData\n====");
    for (key, value) in scene.object["binaryData"].as_object().into_iter().flatten() {
        page.line(0, format!("{key}: {} bytes", base64::decode(text(value)).map_or(0, |bytes| bytes.len())));
    }
    page.line(0, "");
    scene.events(page).await
}

pub async fn describe_secret(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    head(scene, page);
    page.line(0, format!("\nType:\t{}", text(&scene.object["type"])));
    page.line(0, "\nData\n====");
    for (key, value) in scene.object["data"].as_object().into_iter().flatten() {
        let bytes = base64::decode(text(value)).unwrap_or_default();
        if scene.object["type"] == "kubernetes.io/service-account-token" && key == "token" {
            page.line(0, format!("{key}:\t{}", String::from_utf8_lossy(&bytes)));
        } else {
            page.line(0, format!("{key}:\t{} bytes", bytes.len()));
        }
    }
    Ok(())
}
