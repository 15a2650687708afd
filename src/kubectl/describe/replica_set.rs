//! ReplicaSets and ReplicationControllers. Models describe.go ReplicaSetDescriber.

use super::page::Page;
use super::{Scene, controller, deployment, labels, pod_template, pods_status, text};
use crate::kubectl::fail::Fail;

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let set = scene.object;
    let (metadata, spec, status) = (&set["metadata"], &set["spec"], &set["status"]);
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    page.field(0, "Selector", labels::selector(&spec["selector"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    if let Some(controller) = controller(set) {
        page.field(0, "Controlled By", controller);
    }
    let (current, desired) = (status["replicas"].as_i64().unwrap_or(0), spec["replicas"].as_i64().unwrap_or(1));
    page.field(0, "Replicas", format!("{current} current / {desired} desired"));
    page.field(0, "Pods Status", pods_status(scene).await?);
    pod_template(page, &spec["template"]);
    deployment::conditions(page, status);
    scene.events(page).await
}
