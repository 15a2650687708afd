//! Disruption budgets. Models describe.go PodDisruptionBudgetDescriber.

use super::page::Page;
use super::{Scene, labels, shown, text};
use crate::kubectl::fail::Fail;

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let (metadata, spec, status) = (&scene.object["metadata"], &scene.object["spec"], &scene.object["status"]);
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    if !spec["minAvailable"].is_null() {
        page.field(0, "Min available", shown(&spec["minAvailable"]));
    } else if !spec["maxUnavailable"].is_null() {
        page.field(0, "Max unavailable", shown(&spec["maxUnavailable"]));
    }
    let selector =
        if spec["selector"].is_object() { labels::selector(&spec["selector"]) } else { "<unset>".to_owned() };
    page.field(0, "Selector", selector);
    page.line(0, "Status:");
    for (title, key) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        page.field(2, title, status[key].as_i64().unwrap_or(0));
    }
    scene.events(page).await
}
