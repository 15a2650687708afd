//! Defaults of the kinds that have no Rust types. Models the defaults.go of their groups.

use std::sync::Arc;

use k8s_openapi::api::core::v1::PodSpec;
use serde_json::{Map, Value, json};

use super::{pods, put};
use crate::api::{Object, codec};
use crate::apiserver::admission::limit_ranger;

/// Fills in the defaults of an untyped object.
pub fn untyped(object: &mut Object) {
    let kind = std::sync::Arc::clone(&object.kind);
    match (&*kind.group, &*kind.kind) {
        ("", "PersistentVolumeClaim") => {
            with(object.spec.json_mut(), |spec| put(spec, "volumeMode", "Filesystem"));
            with(object.status.json_mut(), |status| put(status, "phase", "Pending"));
        }
        ("", "PersistentVolume") => {
            with(object.spec.json_mut(), |spec| {
                put(spec, "persistentVolumeReclaimPolicy", "Retain");
                put(spec, "volumeMode", "Filesystem");
                if let Some(Value::Object(path)) = spec.get_mut("hostPath") {
                    put(path, "type", "");
                }
            });
            with(object.status.json_mut(), |status| put(status, "phase", "Pending"));
        }
        ("", "LimitRange") => {
            if let Some(spec) = object.spec.json_mut() {
                limit_ranger::default(spec);
            }
        }
        ("", "Secret") => with(object.rest.json_mut(), secret),
        ("", "ReplicationController") => {
            let labels = object.spec.json().map(|spec| spec["template"]["metadata"]["labels"].clone());
            if let (true, Some(Value::Object(labels))) = (object.meta.labels.is_empty(), &labels) {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                object.meta.labels = Arc::new(labels.iter().map(|(key, value)| (key.clone(), text(value))).collect());
            }
            with(object.spec.json_mut(), |spec| {
                put(spec, "replicas", 1);
                if let Some(labels @ Value::Object(_)) = labels {
                    put(spec, "selector", labels);
                }
                if let Some(Value::Object(template)) = spec.get_mut("template") {
                    pod_template(template);
                }
            });
        }
        ("", "PodTemplate") => with(object.rest.json_mut(), |rest| {
            if let Some(Value::Object(template)) = rest.get_mut("template") {
                pod_template(template);
            }
        }),
        ("storage.k8s.io", "StorageClass") => with(object.rest.json_mut(), |rest| {
            put(rest, "reclaimPolicy", "Delete");
            put(rest, "volumeBindingMode", "Immediate");
        }),
        ("storage.k8s.io", "CSIDriver") => with(object.spec.json_mut(), |spec| {
            put(spec, "attachRequired", true);
            put(spec, "podInfoOnMount", false);
            put(spec, "storageCapacity", false);
            put(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
            put(spec, "volumeLifecycleModes", json!(["Persistent"]));
            put(spec, "requiresRepublish", false);
            put(spec, "seLinuxMount", false);
        }),
        ("scheduling.k8s.io", "PriorityClass") => {
            with(object.rest.json_mut(), |rest| put(rest, "preemptionPolicy", "PreemptLowerPriority"));
        }
        ("networking.k8s.io", "NetworkPolicy") => with(object.spec.json_mut(), network_policy),
        ("networking.k8s.io", "IngressClass") => {
            with(object.spec.json_mut(), |spec| {
                if let Some(Value::Object(parameters)) = spec.get_mut("parameters") {
                    put(parameters, "scope", "Cluster");
                }
            });
        }
        ("networking.k8s.io", "Ingress") => {
            with(object.status.json_mut(), |status| put(status, "loadBalancer", json!({})));
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            with(object.rest.json_mut(), binding);
        }
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => {
            with(object.rest.json_mut(), |rest| {
                put(rest, "rules", Value::Null);
            });
        }
        _ => {}
    }
}

fn with(part: Option<&mut Value>, change: impl FnOnce(&mut Map<String, Value>)) {
    if let Some(Value::Object(map)) = part {
        change(map);
    }
}

/// A template in JSON goes through the typed defaults and back.
fn pod_template(template: &mut Map<String, Value>) {
    let spec = template.entry("spec").or_insert_with(|| json!({}));
    if let Ok(mut typed) = codec::read::<PodSpec>(spec) {
        pods::template(&mut typed);
        *spec = codec::write(&typed);
    }
}

/// `stringData` is written only: it ends up, encoded, in `data`.
fn secret(rest: &mut Map<String, Value>) {
    put(rest, "type", "Opaque");
    let Some(Value::Object(plain)) = rest.remove("stringData") else { return };
    let Value::Object(data) = rest.entry("data").or_insert_with(|| json!({})) else { return };
    for (key, text) in plain {
        data.insert(key, json!(crate::api::base64::encode(text.as_str().unwrap_or_default().as_bytes())));
    }
}

fn network_policy(spec: &mut Map<String, Value>) {
    for direction in ["ingress", "egress"] {
        let rules = spec.get_mut(direction).and_then(Value::as_array_mut);
        let ports = rules.into_iter().flatten().filter_map(|rule| rule.get_mut("ports")?.as_array_mut());
        for port in ports.flatten().filter_map(Value::as_object_mut) {
            put(port, "protocol", "TCP");
        }
    }
    put(spec, "podSelector", json!({}));
    let egress = spec.get("egress").and_then(Value::as_array).is_some_and(|rules| !rules.is_empty());
    put(spec, "policyTypes", if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) });
}

fn binding(rest: &mut Map<String, Value>) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    if let Some(Value::Object(role)) = rest.get_mut("roleRef") {
        put(role, "apiGroup", GROUP);
    }
    for subject in rest.get_mut("subjects").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(subject) = subject.as_object_mut()
            && matches!(subject.get("kind").and_then(Value::as_str), Some("User" | "Group"))
        {
            put(subject, "apiGroup", GROUP);
        }
    }
}
