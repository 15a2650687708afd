//! The workload kinds. Models pkg/apis/apps/validation.

use k8s_openapi::api::apps::v1::{
    DaemonSetSpec, DeploymentSpec, DeploymentStrategy, ReplicaSetSpec, RollingUpdateDeployment, StatefulSetSpec,
};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::{Value, json};

use super::{at_most_all, int_or_percent, int_or_string_value, meta, not_negative, pods, shown};
use crate::api::{FieldError, Object, Selector, StringMap, codec};

/// A selector that is there, and what it must select: the template's labels.
fn selects(selector: &LabelSelector, template: &PodTemplateSpec, what: &str, field: &str, out: &mut Vec<FieldError>) {
    // A missing selector and an empty one are the same once read; the missing one is far more common.
    let given = selector.match_labels.is_some() || selector.match_expressions.is_some();
    let path = format!("{field}.selector");
    if !given {
        out.push(FieldError::required(&path, ""));
    } else {
        meta::selector(selector, &path, out);
        if Selector::from(selector).is_everything() {
            let why = format!("empty selector is invalid for {what}");
            out.push(FieldError::invalid(&path, shown(selector), why));
        }
    }
    let labels = template.metadata.as_ref().and_then(|meta| meta.labels.clone());
    if !given || !Selector::from(selector).matches(labels.as_ref().unwrap_or(&StringMap::new())) {
        let path = format!("{field}.template.metadata.labels");
        out.push(FieldError::invalid(&path, json!(labels), "`selector` does not match template `labels`"));
    }
}

fn pod_template(template: &PodTemplateSpec, kind: &str, field: &str, out: &mut Vec<FieldError>) {
    let path = format!("{field}.template");
    pods::template(template, &path, out);
    let Some(spec) = &template.spec else { return };
    let policy = spec.restart_policy.as_deref().unwrap_or_default();
    if policy != "Always" && matches!(policy, "OnFailure" | "Never") {
        out.push(FieldError::unsupported(&format!("{path}.spec.restartPolicy"), policy, &["Always"]));
    }
    if spec.active_deadline_seconds.is_some() {
        let why = format!("activeDeadlineSeconds in {kind} is not Supported");
        out.push(FieldError::forbidden(&format!("{path}.spec.activeDeadlineSeconds"), why));
    }
}

pub fn deployment(object: &Object, out: &mut Vec<FieldError>) {
    let Some(spec) = object.spec::<DeploymentSpec>() else { return };
    not_negative(spec.replicas.map(i64::from), "spec.replicas", out);
    selects(&spec.selector, &spec.template, "deployment", "spec", out);
    pod_template(&spec.template, "ReplicaSet", "spec", out);
    if let Some(strategy) = &spec.strategy {
        self::strategy(strategy, out);
    }
    let ready = spec.min_ready_seconds.unwrap_or(0);
    not_negative(Some(i64::from(ready)), "spec.minReadySeconds", out);
    not_negative(spec.revision_history_limit.map(i64::from), "spec.revisionHistoryLimit", out);
    if let Some(deadline) = spec.progress_deadline_seconds {
        not_negative(Some(i64::from(deadline)), "spec.progressDeadlineSeconds", out);
        if deadline <= ready {
            let why = "must be greater than minReadySeconds";
            out.push(FieldError::invalid("spec.progressDeadlineSeconds", deadline, why));
        }
    }
}

fn strategy(strategy: &DeploymentStrategy, out: &mut Vec<FieldError>) {
    let rolling = strategy.rolling_update.as_ref();
    match (strategy.type_.as_deref().unwrap_or_default(), rolling) {
        ("Recreate", Some(_)) => {
            let why = "may not be specified when strategy `type` is 'Recreate'";
            out.push(FieldError::forbidden("spec.strategy.rollingUpdate", why));
        }
        ("Recreate" | "RollingUpdate", None) => {}
        ("RollingUpdate", Some(rolling)) => rolling_update(rolling, out),
        (other, _) => {
            // Go prints its own struct, whose fields have no names in JSON.
            let bound = |value: Option<&IntOrString>| value.map_or(json!(0), int_or_string_value);
            let inner = rolling.map(|rolling| {
                ordered(&[
                    ("MaxUnavailable", bound(rolling.max_unavailable.as_ref())),
                    ("MaxSurge", bound(rolling.max_surge.as_ref())),
                ])
            });
            let shown =
                format!("{{\"Type\":{},\"RollingUpdate\":{}}}", json!(other), inner.unwrap_or("null".to_owned()));
            let mut error = FieldError::unsupported("spec.strategy", Value::Null, &["Recreate", "RollingUpdate"]);
            error.message = error.message.replacen("null", &shown, 1);
            out.push(error);
        }
    }
}

/// A JSON object with its fields in this order.
fn ordered(fields: &[(&str, Value)]) -> String {
    let each: Vec<String> = fields.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    format!("{{{}}}", each.join(","))
}

fn rolling_update(rolling: &RollingUpdateDeployment, out: &mut Vec<FieldError>) {
    const UNAVAILABLE: &str = "spec.strategy.rollingUpdate.maxUnavailable";
    let zero = IntOrString::Int(0);
    let (unavailable, surge) =
        (rolling.max_unavailable.as_ref().unwrap_or(&zero), rolling.max_surge.as_ref().unwrap_or(&zero));
    int_or_percent(unavailable, UNAVAILABLE, out);
    int_or_percent(surge, "spec.strategy.rollingUpdate.maxSurge", out);
    let none = |value: &IntOrString| match value {
        IntOrString::Int(number) => *number == 0,
        IntOrString::String(text) => super::percent(text).unwrap_or(0) == 0,
    };
    if none(unavailable) && none(surge) {
        let why = "may not be 0 when `maxSurge` is 0";
        out.push(FieldError::invalid(UNAVAILABLE, int_or_string_value(unavailable), why));
    }
    at_most_all(unavailable, UNAVAILABLE, out);
}

pub fn replica_set(object: &Object, out: &mut Vec<FieldError>) {
    let Some(spec) = object.spec::<ReplicaSetSpec>() else { return };
    not_negative(spec.replicas.map(i64::from), "spec.replicas", out);
    not_negative(spec.min_ready_seconds.map(i64::from), "spec.minReadySeconds", out);
    let empty = PodTemplateSpec::default();
    let template = spec.template.as_ref().unwrap_or(&empty);
    selects(&spec.selector, template, "ReplicaSet", "spec", out);
    match &spec.template {
        Some(template) => pod_template(template, "ReplicaSet", "spec", out),
        None => out.push(FieldError::required("spec.template", "")),
    }
}

pub fn stateful_set(object: &Object, out: &mut Vec<FieldError>) {
    let Some(spec) = object.spec::<StatefulSetSpec>() else { return };
    let policy = spec.pod_management_policy.as_deref().unwrap_or_default();
    if !matches!(policy, "OrderedReady" | "Parallel") {
        let why = "must be 'OrderedReady' or 'Parallel'";
        out.push(FieldError::invalid("spec.podManagementPolicy", policy, why));
    }
    let strategy = spec.update_strategy.clone().unwrap_or_default();
    match strategy.type_.as_deref().unwrap_or_default() {
        "OnDelete" if strategy.rolling_update.is_some() => {
            let why = "only allowed for updateStrategy 'RollingUpdate'";
            out.push(FieldError::invalid("spec.updateStrategy.rollingUpdate", shown(&strategy.rolling_update), why));
        }
        "OnDelete" => {}
        "RollingUpdate" => {
            let partition = strategy.rolling_update.and_then(|rolling| rolling.partition);
            not_negative(partition.map(i64::from), "spec.updateStrategy.rollingUpdate.partition", out);
        }
        other => {
            let why = "must be 'RollingUpdate' or 'OnDelete'";
            out.push(FieldError::invalid("spec.updateStrategy", json!({"type": other}), why));
        }
    }
    not_negative(spec.replicas.map(i64::from), "spec.replicas", out);
    not_negative(spec.min_ready_seconds.map(i64::from), "spec.minReadySeconds", out);
    selects(&spec.selector, &spec.template, "statefulset", "spec", out);
    // Volume claim templates are volumes that the template does not list.
    let mut template = spec.template.clone();
    if let Some(pod) = &mut template.spec {
        for claim in spec.volume_claim_templates.iter().flatten() {
            let name = claim.metadata.name.clone().unwrap_or_default();
            let volumes = pod.volumes.get_or_insert_default();
            if !volumes.iter().any(|volume| volume.name == name) {
                volumes.push(k8s_openapi::api::core::v1::Volume {
                    name,
                    empty_dir: Some(Default::default()),
                    ..Default::default()
                });
            }
        }
    }
    pod_template(&template, "StatefulSet", "spec", out);
}

pub fn daemon_set(object: &Object, out: &mut Vec<FieldError>) {
    let Some(spec) = object.spec::<DaemonSetSpec>() else { return };
    selects(&spec.selector, &spec.template, "daemonset", "spec", out);
    pod_template(&spec.template, "DaemonSet", "spec", out);
    not_negative(spec.min_ready_seconds.map(i64::from), "spec.minReadySeconds", out);
    not_negative(spec.revision_history_limit.map(i64::from), "spec.revisionHistoryLimit", out);
    let strategy = spec.update_strategy.clone().unwrap_or_default();
    match (strategy.type_.as_deref().unwrap_or_default(), strategy.rolling_update) {
        ("OnDelete", _) | ("RollingUpdate", None) => {}
        ("RollingUpdate", Some(rolling)) => {
            for (name, value) in [("maxUnavailable", &rolling.max_unavailable), ("maxSurge", &rolling.max_surge)] {
                if let Some(value) = value {
                    let path = format!("spec.updateStrategy.rollingUpdate.{name}");
                    int_or_percent(value, &path, out);
                    at_most_all(value, &path, out);
                }
            }
        }
        (other, _) => {
            let error = FieldError::unsupported("spec.updateStrategy.type", other, &["RollingUpdate", "OnDelete"]);
            out.push(error);
        }
    }
}

pub fn replication_controller(object: &Object, out: &mut Vec<FieldError>) {
    let Some(spec) = object.spec.json() else { return };
    not_negative(spec["replicas"].as_i64(), "spec.replicas", out);
    let selector: StringMap = codec::read(&spec["selector"]).unwrap_or_default();
    if selector.is_empty() {
        out.push(FieldError::required("spec.selector", ""));
    }
    let Ok(template) = codec::read::<PodTemplateSpec>(&spec["template"]) else {
        out.push(FieldError::required("spec.template", ""));
        return;
    };
    let labels = template.metadata.as_ref().and_then(|meta| meta.labels.clone());
    if !Selector::from_labels(&selector).matches(labels.as_ref().unwrap_or(&StringMap::new())) {
        let why = "`selector` does not match template `labels`";
        out.push(FieldError::invalid("spec.template.metadata.labels", json!(labels), why));
    }
    pod_template(&template, "ReplicationController", "spec", out);
}
