//! What a layer changes in all of its resources: namespace, names, labels, annotations, replicas,
//! images.
//!
//! Models kustomize/api/internal/builtins and konfig/builtinpluginconsts, in the order of
//! internal/target/kusttarget_configplugin.go.

use serde_json::{Value, json};

use super::generators::pairs;
use super::names::{Resource, each_place, set};
use crate::api::Kinds;
use crate::kubectl::fail::Fail;

/// Changes a layer's resources.
pub fn transform(says: &Value, all: &mut [Resource]) -> Result<(), Fail> {
    let text = |field: &str| says[field].as_str().unwrap_or_default();
    if !text("namespace").is_empty() {
        namespace(text("namespace"), all);
    }
    let (prefix, suffix) = (text("namePrefix"), text("nameSuffix"));
    if !prefix.is_empty() || !suffix.is_empty() {
        for resource in all.iter_mut() {
            if !matches!(resource.kind(), "CustomResourceDefinition" | "APIService" | "Namespace") {
                resource.rename(format!("{prefix}{}{suffix}", resource.name()));
            }
        }
    }
    for resource in all.iter_mut() {
        for entry in says["labels"].as_array().into_iter().flatten() {
            if !entry["fields"].is_null() {
                return Err(Fail::plain("kustomize: labels with fields of their own are not simulated"));
            }
            let selectors = entry["includeSelectors"] == true;
            labels(resource, &entry["pairs"], selectors, selectors || entry["includeTemplates"] == true);
        }
        labels(resource, &says["commonLabels"], true, true);
        let annotations = &says["commonAnnotations"];
        if annotations.is_object() {
            set_all(&mut resource.value, "annotations", annotations);
            for template in templates(resource.kind()) {
                put(&mut resource.value, template, "metadata/annotations", annotations, true);
            }
        }
    }
    for entry in says["replicas"].as_array().into_iter().flatten() {
        let name = entry["name"].as_str().unwrap_or_default();
        let scaled = |kind: &str| matches!(kind, "Deployment" | "ReplicaSet" | "StatefulSet" | "ReplicationController");
        let mut found = false;
        for resource in all.iter_mut().filter(|resource| scaled(resource.kind()) && resource.was(name)) {
            set(&mut resource.value, &["spec", "replicas"], entry["count"].clone());
            found = true;
        }
        if !found {
            return Err(Fail::plain(format!(
                "resource with name {name} does not match a config with the following GVK [Deployment.[noVer].[noGrp] ReplicationController.[noVer].[noGrp] ReplicaSet.[noVer].[noGrp] StatefulSet.[noVer].[noGrp]]"
            )));
        }
    }
    for entry in says["images"].as_array().into_iter().flatten() {
        for resource in all.iter_mut() {
            for list in ["containers", "initContainers"] {
                each_place(&mut resource.value, &["*", list, "[]", "image"], &mut |image| {
                    if let Some(other) = image.as_str().and_then(|image| renamed(image, entry)) {
                        *image = json!(other);
                    }
                });
            }
        }
    }
    Ok(())
}

/// Puts what has a namespace into this one.
fn namespace(name: &str, all: &mut [Resource]) {
    let kinds = Kinds::builtin();
    for resource in all {
        let (group, _) = resource.group_version();
        if kinds.kind(group, resource.kind()).is_none_or(|kind| kind.namespaced) {
            set(&mut resource.value, &["metadata", "namespace"], json!(name));
        }
        if resource.kind() == "Namespace" && resource.names.len() == 1 {
            resource.rename(name.to_owned());
        }
        if resource.kind().ends_with("RoleBinding") {
            each_place(&mut resource.value, &["subjects", "[]"], &mut |subject| {
                if subject["kind"] == "ServiceAccount" && subject["name"] == "default" {
                    set(subject, &["namespace"], json!(name));
                }
            });
        }
    }
}

/// Where a kind keeps its Pods' templates, and templates of those.
fn templates(kind: &str) -> &'static [&'static str] {
    match kind {
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" | "Job" | "ReplicationController" => {
            &["spec/template"]
        }
        "CronJob" => &["spec/jobTemplate", "spec/jobTemplate/spec/template"],
        _ => &[],
    }
}

/// Where a kind keeps its selector, and whether one is made where there is none.
fn selector(kind: &str) -> Option<(&'static str, bool)> {
    Some(match kind {
        "Service" | "ReplicationController" => ("selector", true),
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" => ("selector/matchLabels", true),
        "Job" | "PodDisruptionBudget" => ("selector/matchLabels", false),
        "CronJob" => ("jobTemplate/spec/selector/matchLabels", false),
        "NetworkPolicy" => ("podSelector/matchLabels", false),
        _ => return None,
    })
}

fn labels(resource: &mut Resource, labels: &Value, in_selectors: bool, in_templates: bool) {
    if !labels.is_object() {
        return;
    }
    set_all(&mut resource.value, "labels", labels);
    let kind = resource.kind().to_owned();
    if in_templates {
        for template in templates(&kind) {
            put(&mut resource.value, template, "metadata/labels", labels, true);
        }
    }
    if in_selectors {
        if let Some((path, make)) = selector(&kind) {
            put(&mut resource.value, "spec", path, labels, make);
        }
        each_place(&mut resource.value, &["spec", "volumeClaimTemplates", "[]"], &mut |claim| {
            set_all(claim, "labels", labels);
        });
    }
}

/// Adds pairs to `metadata.labels` or `metadata.annotations`.
pub fn set_all(object: &mut Value, field: &str, given: &Value) {
    for (key, value) in pairs(given) {
        set(object, &["metadata", field, &key], text(value));
    }
}

/// Adds pairs to a map below a place that is there; the map itself is made where `make` says so.
fn put(object: &mut Value, place: &str, path: &str, given: &Value, make: bool) {
    let steps: Vec<&str> = place.split('/').collect();
    each_place(object, &steps, &mut |inner| {
        let pointer = format!("/{path}");
        if !make && inner.pointer(&pointer).is_none() {
            return;
        }
        for (key, value) in pairs(given) {
            let whole: Vec<&str> = path.split('/').chain([key.as_str()]).collect();
            set(inner, &whole, text(value));
        }
    });
}

/// Labels are texts, however they are written.
fn text(value: Value) -> Value {
    match value {
        Value::String(_) => value,
        other => json!(other.to_string()),
    }
}

/// The image that an entry of `images` makes of this one.
fn renamed(image: &str, entry: &Value) -> Option<String> {
    let text = |field: &str| entry[field].as_str().filter(|text| !text.is_empty());
    let name = text("name")?;
    let rest = image.strip_prefix(name)?;
    if !(rest.is_empty() || rest.starts_with('@') || (rest.starts_with(':') && !rest.contains('/'))) {
        return None;
    }
    let tag = entry["newTag"].as_f64().map(|_| entry["newTag"].to_string());
    let tag = text("newTag").map(str::to_owned).or(tag);
    let new = text("newName").unwrap_or(name);
    Some(match (text("digest"), tag) {
        (Some(digest), None) => format!("{new}@{digest}"),
        (Some(digest), Some(tag)) => format!("{new}:{tag}@{digest}"),
        (None, Some(tag)) => format!("{new}:{tag}"),
        (None, None) => format!("{new}{rest}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images() {
        for (image, entry, expected) in [
            ("nginx:1.25", json!({"name": "nginx", "newTag": "1.28"}), Some("nginx:1.28")),
            ("nginx", json!({"name": "nginx", "newName": "my/nginx"}), Some("my/nginx")),
            ("nginx:1@sha256:0", json!({"name": "nginx", "digest": "sha256:1"}), Some("nginx@sha256:1")),
            ("nginx-x:1", json!({"name": "nginx", "newTag": "2"}), None),
            ("host:5000/nginx", json!({"name": "host", "newTag": "2"}), None),
        ] {
            assert_eq!(renamed(image, &entry).as_deref(), expected, "{image}");
        }
    }
}
