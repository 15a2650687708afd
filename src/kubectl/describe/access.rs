//! Service accounts, roles and bindings. Models describe.go ServiceAccountDescriber,
//! RoleDescriber and RoleBindingDescriber.

use super::page::Page;
use super::{Scene, labels, list, or_none, text};
use crate::api::rbac::{self, Rule};
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

/// A rule's resource, URLs, names and verbs, with tabs between.
pub fn rule_row(rule: &Rule) -> String {
    let words = |list: &[String]| format!("[{}]", list.join(" "));
    let resource = rule.resources.first().map_or_else(String::new, |resource| {
        let (plural, sub) = resource.split_once('/').map_or((&**resource, ""), |(plural, sub)| (plural, sub));
        let group = rule.groups.first().map_or("", String::as_str);
        let (dot, slash) = (if group.is_empty() { "" } else { "." }, if sub.is_empty() { "" } else { "/" });
        format!("{plural}{dot}{group}{slash}{sub}")
    });
    format!("{resource}\t{}\t{}\t{}", words(&rule.urls), words(&rule.names), words(&rule.verbs))
}

pub async fn describe_role(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    head(scene, page);
    page.line(0, "PolicyRule:\n  Resources\tNon-Resource URLs\tResource Names\tVerbs");
    page.line(0, "  ---------\t-----------------\t--------------\t-----");
    for rule in rbac::told(list(&scene.object["rules"])) {
        page.line(1, rule_row(&rule));
    }
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
