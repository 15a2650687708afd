//! What an update may not change. Models the Validate…Update functions of pkg/apis.

use k8s_openapi::api::apps::v1::{DaemonSetSpec, DeploymentSpec, ReplicaSetSpec, StatefulSetSpec};
use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::ServiceSpec;
use serde::Serialize;
use serde_json::{Value, json};

use super::{IMMUTABLE, go_diff, shown};
use crate::api::{FieldError, Object, PodSpec, Quantity};

pub fn check(new: &Object, old: &Object, out: &mut Vec<FieldError>) {
    match (&*new.kind.group, &*new.kind.kind) {
        ("", "Pod") => pod(new, old, out),
        ("", "Service") => service(new, old, out),
        ("", "ConfigMap" | "Secret") => config(new, old, out),
        ("", "PersistentVolumeClaim") => claim(new, old, out),
        ("", "PersistentVolume") => volume(new, old, out),
        ("apps", "Deployment") => {
            if let (Some(new), Some(old)) = (new.spec::<DeploymentSpec>(), old.spec::<DeploymentSpec>()) {
                fixed(&new.selector, &old.selector, "spec.selector", out);
            }
        }
        ("apps", "ReplicaSet") => {
            if let (Some(new), Some(old)) = (new.spec::<ReplicaSetSpec>(), old.spec::<ReplicaSetSpec>()) {
                fixed(&new.selector, &old.selector, "spec.selector", out);
            }
        }
        ("apps", "DaemonSet") => {
            if let (Some(new), Some(old)) = (new.spec::<DaemonSetSpec>(), old.spec::<DaemonSetSpec>()) {
                fixed(&new.selector, &old.selector, "spec.selector", out);
            }
        }
        ("apps", "StatefulSet") => stateful_set(new, old, out),
        ("batch", "Job") => job(new, old, out),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            let role = |object: &Object| object.rest.json().map(|rest| rest["roleRef"].clone()).unwrap_or_default();
            let (new, old) = (role(new), role(old));
            if new != old {
                let text = |name: &str| new[name].clone();
                let shown = format!(
                    "{{\"APIGroup\":{},\"Kind\":{},\"Name\":{}}}",
                    text("apiGroup"),
                    text("kind"),
                    text("name")
                );
                let mut error = FieldError::invalid("roleRef", 0, "");
                error.message = format!("Invalid value: {shown}: cannot change roleRef");
                out.push(error);
            }
        }
        ("storage.k8s.io", "StorageClass") => {
            let field = |object: &Object, name: &str| object.rest.json().map_or(Value::Null, |rest| rest[name].clone());
            for name in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
                if field(new, name) == field(old, name) {
                    continue;
                }
                match name {
                    "parameters" | "provisioner" => {
                        let why = format!("updates to {name} are forbidden.");
                        out.push(FieldError::forbidden(name, why));
                    }
                    _ => out.push(FieldError::invalid(name, field(new, name), IMMUTABLE)),
                }
            }
        }
        ("scheduling.k8s.io", "PriorityClass") => {
            let value = |object: &Object| object.rest.json().map_or(Value::Null, |rest| rest["value"].clone());
            if value(new) != value(old) {
                out.push(FieldError::forbidden("value", "may not be changed in an update."));
            }
        }
        _ => {}
    }
}

fn fixed<T: PartialEq + Serialize>(new: &T, old: &T, field: &str, out: &mut Vec<FieldError>) {
    if new != old {
        out.push(FieldError::invalid(field, shown(new), IMMUTABLE));
    }
}

/// Diverges: upstream adds a diff of its Go structs to the message.
fn pod(new: &Object, old: &Object, out: &mut Vec<FieldError>) {
    let (Some(new), Some(old)) = (new.spec::<PodSpec>(), old.spec::<PodSpec>()) else { return };
    if new == old {
        return;
    }
    for (field, count, before) in [
        ("spec.containers", new.containers.len(), old.containers.len()),
        (
            "spec.initContainers",
            new.init_containers.as_ref().map_or(0, Vec::len),
            old.init_containers.as_ref().map_or(0, Vec::len),
        ),
    ] {
        if count != before {
            out.push(FieldError::forbidden(field, "pod updates may not add or remove containers"));
            return;
        }
    }
    let mut allowed = new.clone();
    for (container, before) in allowed.containers.iter_mut().zip(&old.containers) {
        container.image.clone_from(&before.image);
    }
    for (container, before) in allowed.init_containers.iter_mut().flatten().zip(old.init_containers.iter().flatten()) {
        container.image.clone_from(&before.image);
    }
    allowed.active_deadline_seconds = old.active_deadline_seconds;
    let kept = old.tolerations.iter().flatten().all(|known| new.tolerations.iter().flatten().any(|now| now == known));
    if kept {
        allowed.tolerations.clone_from(&old.tolerations);
    }
    // The scheduler's gates may be taken away before a Pod is scheduled.
    if old.node_name.is_none() {
        allowed.scheduling_gates.clone_from(&old.scheduling_gates);
    }
    if allowed != *old {
        let why = "pod updates may not change fields other than `spec.containers[*].image`,\
                   `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to \
                   existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was \
                   previously negative)";
        out.push(FieldError::forbidden("spec", why));
    }
}

fn service(new: &Object, old: &Object, out: &mut Vec<FieldError>) {
    let (Some(new), Some(old)) = (new.spec::<ServiceSpec>(), old.spec::<ServiceSpec>()) else { return };
    let named = |spec: &ServiceSpec| spec.type_.as_deref() == Some("ExternalName");
    let before = old.cluster_ip.as_deref().unwrap_or_default();
    if named(new) || named(old) || before.is_empty() || new.cluster_ip == old.cluster_ip {
        return;
    }
    let now = json!(new.cluster_ips);
    out.push(FieldError::invalid("spec.clusterIPs[0]", now, "may not change once set"));
}

fn config(new: &Object, old: &Object, out: &mut Vec<FieldError>) {
    let empty = json!({});
    let (new, old) = (new.rest.json().unwrap_or(&empty), old.rest.json().unwrap_or(&empty));
    if new["type"] != old["type"] {
        out.push(FieldError::invalid("type", new["type"].clone(), IMMUTABLE));
    }
    if old["immutable"] != true {
        return;
    }
    let why = "field is immutable when `immutable` is set";
    if new["immutable"] != true {
        out.push(FieldError::forbidden("immutable", why));
    }
    for field in ["data", "binaryData"] {
        if new[field] != old[field] {
            out.push(FieldError::forbidden(field, why));
        }
    }
}

fn claim(new: &Object, old: &Object, out: &mut Vec<FieldError>) {
    let empty = json!({});
    let (spec, was) = (new.spec.json().unwrap_or(&empty), old.spec.json().unwrap_or(&empty));
    let bound = old.status.json().is_some_and(|status| status["phase"] == "Bound");
    let mut allowed = spec.clone();
    if bound {
        allowed["resources"] = was["resources"].clone();
        allowed["volumeAttributesClassName"] = was["volumeAttributesClassName"].clone();
    }
    // The volume controller binds, and fills in the default class.
    for field in ["volumeName", "storageClassName"] {
        if was[field].is_null() {
            allowed[field] = Value::Null;
        }
    }
    let bare = |value: &Value| -> serde_json::Map<String, Value> {
        let fields = value.as_object().into_iter().flatten();
        fields.filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    if bare(&allowed) != bare(was) {
        let why = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound \
                   claims";
        let diff = go_diff::unified(&go_diff::claim_spec(was), &go_diff::claim_spec(&allowed));
        out.push(FieldError::forbidden("spec", format!("{why}\n{diff}")));
        return;
    }
    let amount = |value: &Value| value.as_str().and_then(Quantity::parse).unwrap_or_default();
    let asked = amount(&spec["resources"]["requests"]["storage"]);
    let capacity = old.status.json().map(|status| amount(&status["capacity"]["storage"])).unwrap_or_default();
    if asked < amount(&was["resources"]["requests"]["storage"]) && asked < capacity {
        let why = "field can not be less than status.capacity";
        out.push(FieldError::forbidden("spec.resources.requests.storage", why));
    }
}

/// Diverges: upstream adds a diff of its Go structs to the message.
fn volume(new: &Object, old: &Object, out: &mut Vec<FieldError>) {
    let empty = json!({});
    let (spec, was) = (new.spec.json().unwrap_or(&empty), old.spec.json().unwrap_or(&empty));
    let source = |spec: &Value| -> Vec<(String, Value)> {
        let fields = spec.as_object().into_iter().flatten();
        let fields = fields.filter(|(name, _)| !super::storage::BESIDE_SOURCE.contains(&name.as_str()));
        fields.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    if source(spec) != source(was) {
        let why = "spec.persistentvolumesource is immutable after creation";
        out.push(FieldError::forbidden("spec.persistentvolumesource", why));
    }
    fixed(&spec["volumeMode"], &was["volumeMode"], "volumeMode", out);
    if !was["nodeAffinity"].is_null() {
        fixed(&spec["nodeAffinity"], &was["nodeAffinity"], "nodeAffinity", out);
    }
}

fn stateful_set(new: &Object, old: &Object, out: &mut Vec<FieldError>) {
    let (Some(new), Some(old)) = (new.spec::<StatefulSetSpec>(), old.spec::<StatefulSetSpec>()) else { return };
    let mut allowed = new.clone();
    allowed.replicas = old.replicas;
    allowed.ordinals.clone_from(&old.ordinals);
    allowed.template.clone_from(&old.template);
    allowed.update_strategy.clone_from(&old.update_strategy);
    allowed.revision_history_limit = old.revision_history_limit;
    allowed.persistent_volume_claim_retention_policy.clone_from(&old.persistent_volume_claim_retention_policy);
    allowed.min_ready_seconds = old.min_ready_seconds;
    if allowed != *old {
        let why = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                   'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
                   'minReadySeconds' are forbidden";
        out.push(FieldError::forbidden("spec", why));
    }
}

fn job(new: &Object, old: &Object, out: &mut Vec<FieldError>) {
    let (Some(new), Some(old)) = (new.spec::<JobSpec>(), old.spec::<JobSpec>()) else { return };
    let indexed = new.completion_mode.as_deref() == Some("Indexed");
    if !indexed {
        fixed(&new.completions, &old.completions, "spec.completions", out);
    }
    fixed(&new.selector, &old.selector, "spec.selector", out);
    // A suspended Job may still change where its Pods will run; kept simple: nothing but that.
    if old.suspend != Some(true) {
        fixed(&new.template, &old.template, "spec.template", out);
    }
    fixed(&new.completion_mode, &old.completion_mode, "spec.completionMode", out);
}
