//! LimitRanges. Models describe.go describeLimitRange.

use serde_json::Value;

use super::page::Page;
use super::{Scene, list, text};
use crate::collections::SortedSet;
use crate::kubectl::fail::Fail;

const COLUMNS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let metadata = &scene.object["metadata"];
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    page.line(0, "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
    page.line(0, "----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
    lines(scene.object, page);
    Ok(())
}

/// A line for each resource that is limited.
pub fn lines(range: &Value, page: &mut Page) {
    for item in list(&range["spec"]["limits"]) {
        let mut resources = SortedSet::new();
        for column in COLUMNS {
            for (name, _) in item[column].as_object().into_iter().flatten() {
                resources.insert(name.clone());
            }
        }
        for resource in &resources {
            let cells = COLUMNS.map(|column| item[column][resource].as_str().unwrap_or("-"));
            page.line(0, format!("{}\t{resource}\t{}", text(&item["type"]), cells.join("\t")));
        }
    }
}
