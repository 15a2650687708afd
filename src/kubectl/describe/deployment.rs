//! Deployments. Models describe.go DeploymentDescriber.

use serde_json::Value;

use super::page::Page;
use super::{Scene, labels, list, pod_template, shown, text};
use crate::collections::Sort;
use crate::kubectl::age::rfc1123;
use crate::kubectl::fail::Fail;

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let deployment = scene.object;
    let (metadata, spec, status) = (&deployment["metadata"], &deployment["spec"], &deployment["status"]);
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    page.field(0, "CreationTimestamp", rfc1123(&metadata["creationTimestamp"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    page.field(0, "Selector", labels::selector(&spec["selector"]));
    let number = |key: &str| status[key].as_i64().unwrap_or(0);
    page.field(
        0,
        "Replicas",
        format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            spec["replicas"].as_i64().unwrap_or(1),
            number("updatedReplicas"),
            number("replicas"),
            number("availableReplicas"),
            number("unavailableReplicas")
        ),
    );
    page.field(0, "StrategyType", text(&spec["strategy"]["type"]));
    page.field(0, "MinReadySeconds", spec["minReadySeconds"].as_i64().unwrap_or(0));
    let rolling = &spec["strategy"]["rollingUpdate"];
    if rolling.is_object() {
        let (unavailable, surge) = (shown(&rolling["maxUnavailable"]), shown(&rolling["maxSurge"]));
        page.field(0, "RollingUpdateStrategy", format!("{unavailable} max unavailable, {surge} max surge"));
    }
    pod_template(page, &spec["template"]);
    conditions(page, status);
    let path = format!("/apis/apps/v1/namespaces/{}/replicasets", scene.info.namespace);
    let query = [("labelSelector", labels::selector_query(&spec["selector"]))];
    let mut sets = owned(scene.list(&path, &query).await?, &metadata["uid"]);
    sets.arrange_by_key(age);
    let new = newest(&sets, &spec["template"]);
    let old: Vec<&Value> =
        sets.iter().filter(|set| new.is_none_or(|new| new["metadata"]["uid"] != set["metadata"]["uid"])).collect();
    page.field(0, "OldReplicaSets", replica_sets(&old));
    page.field(0, "NewReplicaSet", replica_sets(&new.into_iter().collect::<Vec<_>>()));
    scene.events(page).await
}

/// Type, status and reason of each condition, if there are any.
pub fn conditions(page: &mut Page, status: &Value) {
    if list(&status["conditions"]).next().is_none() {
        return;
    }
    page.line(0, "Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------");
    for condition in list(&status["conditions"]) {
        let field = |key: &str| text(&condition[key]);
        page.line(1, format!("{} \t{}\t{}", field("type"), field("status"), field("reason")));
    }
}

/// The ReplicaSets that are a Deployment's own.
pub fn owned(sets: Vec<Value>, uid: &Value) -> Vec<Value> {
    let own = |set: &Value| {
        list(&set["metadata"]["ownerReferences"]).any(|owner| owner["controller"] == true && owner["uid"] == *uid)
    };
    sets.into_iter().filter(own).collect()
}

/// The oldest ReplicaSet with the Deployment's present template. Models FindNewReplicaSet.
pub fn newest<'a>(sets: &'a [Value], template: &Value) -> Option<&'a Value> {
    let mut same: Vec<&Value> = sets.iter().filter(|set| same_template(&set["spec"]["template"], template)).collect();
    same.arrange_by_key(|set| age(set));
    same.first().copied()
}

/// Sorts the oldest first.
fn age(set: &Value) -> (String, String) {
    let metadata = &set["metadata"];
    (text(&metadata["creationTimestamp"]).to_owned(), text(&metadata["name"]).to_owned())
}

/// Whether two templates differ in nothing but the hash label.
pub fn same_template(one: &Value, other: &Value) -> bool {
    let bare = |template: &Value| {
        let mut template = template.clone();
        if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
            labels.remove("pod-template-hash");
        }
        if let Some(metadata) = template["metadata"].as_object_mut() {
            metadata.remove("creationTimestamp");
        }
        template
    };
    bare(one) == bare(other)
}

fn replica_sets(sets: &[&Value]) -> String {
    let words: Vec<String> = sets
        .iter()
        .map(|set| {
            let count = |value: &Value| value.as_i64().unwrap_or(0);
            format!(
                "{} ({}/{} replicas created)",
                text(&set["metadata"]["name"]),
                count(&set["status"]["replicas"]),
                count(&set["spec"]["replicas"])
            )
        })
        .collect();
    if words.is_empty() { "<none>".to_owned() } else { words.join(", ") }
}
