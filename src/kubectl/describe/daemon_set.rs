//! DaemonSets. Models describe.go DaemonSetDescriber.

use super::page::Page;
use super::{Scene, labels, pod_template, pods_status, text};
use crate::kubectl::fail::Fail;

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let set = scene.object;
    let (metadata, spec, status) = (&set["metadata"], &set["spec"], &set["status"]);
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    page.field(0, "Selector", labels::selector(&spec["selector"]));
    let nodes = labels::map_selector(&spec["template"]["spec"]["nodeSelector"]);
    page.field(0, "Node-Selector", if nodes.is_empty() { "<none>".to_owned() } else { nodes });
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    for (title, key) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        page.line(0, format!("{title}: {}", status[key].as_i64().unwrap_or(0)));
    }
    page.field(0, "Pods Status", pods_status(scene).await?);
    pod_template(page, &spec["template"]);
    scene.events(page).await
}
