//! Service accounts, roles and bindings. Models describe.go ServiceAccountDescriber,
//! RoleDescriber and RoleBindingDescriber.

use serde_json::Value;

use super::page::Page;
use super::{Scene, labels, list, or_none, text};
use crate::collections::Sort;
use crate::kubectl::fail::Fail;

pub async fn describe_account(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let metadata = &scene.object["metadata"];
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    let secrets: Vec<&str> = list(&scene.object["imagePullSecrets"]).map(|secret| text(&secret["name"])).collect();
    page.field(0, "Image pull secrets", or_none(&secrets.join("\n\t")));
    scene.events(page).await
}

fn head(scene: &Scene<'_>, page: &mut Page) {
    let metadata = &scene.object["metadata"];
    page.field(0, "Name", text(&metadata["name"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
}

pub async fn describe_role(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    head(scene, page);
    page.line(0, "PolicyRule:\n  Resources\tNon-Resource URLs\tResource Names\tVerbs");
    page.line(0, "  ---------\t-----------------\t--------------\t-----");
    let words = |value: &Value| format!("[{}]", list(value).map(text).collect::<Vec<_>>().join(" "));
    let mut rows = Vec::new();
    for rule in list(&scene.object["rules"]) {
        let (names, verbs) = (words(&rule["resourceNames"]), words(&rule["verbs"]));
        for group in list(&rule["apiGroups"]).map(text) {
            for resource in list(&rule["resources"]).map(text) {
                let qualified = if group.is_empty() {
                    resource.to_owned()
                } else {
                    let (plural, sub) = resource.split_once('/').unwrap_or((resource, ""));
                    format!("{plural}.{group}{}", if sub.is_empty() { String::new() } else { format!("/{sub}") })
                };
                rows.push(format!("{qualified}\t[]\t{names}\t{verbs}"));
            }
        }
        if list(&rule["nonResourceURLs"]).next().is_some() {
            rows.push(format!("\t{}\t{names}\t{verbs}", words(&rule["nonResourceURLs"])));
        }
    }
    rows.arrange();
    rows.iter().for_each(|row| page.line(1, row));
    Ok(())
}

pub async fn describe_binding(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    head(scene, page);
    let role = &scene.object["roleRef"];
    page.line(0, format!("Role:\n  Kind:\t{}\n  Name:\t{}", text(&role["kind"]), text(&role["name"])));
    page.line(0, "Subjects:\n  Kind\tName\tNamespace\n  ----\t----\t---------");
    for subject in list(&scene.object["subjects"]) {
        let field = |key: &str| text(&subject[key]);
        page.line(1, format!("{}\t{}\t{}", field("kind"), field("name"), field("namespace")));
    }
    Ok(())
}
