//! The fields that `--field-selector` knows, by kind.
//!
//! Models pkg/apis/core/v1/conversion.go (AddFieldLabelConversionsFor…) and the strategies'
//! GetAttrs / ToSelectableFields.

use k8s_openapi::api::core::v1::{NodeSpec, PodStatus};
use serde_json::Value;

use crate::api::event::EventBody;
use crate::api::{FieldSelector, Kind, Object, PodSpec, Status};

/// The fields of a kind beside `metadata.name` and `metadata.namespace`.
fn known(kind: &Kind) -> Option<&'static [&'static str]> {
    Some(match (&*kind.group, &*kind.kind) {
        ("", "Pod") => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        ("", "Event") => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        ("events.k8s.io", "Event") => &[
            "reason",
            "type",
            "reportingController",
            "regarding.kind",
            "regarding.namespace",
            "regarding.name",
            "regarding.uid",
        ],
        ("", "Node") => &["spec.unschedulable"],
        ("", "Namespace") => &["status.phase"],
        ("", "Secret") => &["type"],
        ("", "Service") => &["spec.clusterIP", "spec.type"],
        ("", "ReplicationController") | ("apps", "ReplicaSet") => &["status.replicas"],
        ("batch", "Job") => &["status.successful"],
        ("certificates.k8s.io", "CertificateSigningRequest") => &["spec.signerName"],
        _ => return None,
    })
}

/// Refuses a selector on fields that the kind does not know.
pub fn check(kind: &Kind, selector: &FieldSelector) -> Result<(), Status> {
    for term in &selector.terms {
        let field = &*term.field;
        if kind.custom.as_ref().is_some_and(|custom| custom.selectable.iter().any(|known| known == field)) {
            continue;
        }
        if matches!(field, "metadata.name" | "metadata.namespace") {
            continue;
        }
        match known(kind) {
            Some(fields) if fields.contains(&field) => {}
            Some(_) if kind.group.is_empty() => {
                return Err(Status::bad_request(format!("field label not supported: {field}")));
            }
            _ => {
                return Err(Status::bad_request(match kind.custom {
                    Some(_) => format!("field label not supported: {field}"),
                    None => format!(
                        "\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                    ),
                }));
            }
        }
    }
    Ok(())
}

/// The value of a field as selectors compare it; empty where there is none.
pub fn value(object: &Object, field: &str) -> String {
    match field {
        "metadata.name" => return object.meta.name.to_string(),
        "metadata.namespace" => return object.meta.namespace.to_string(),
        _ => {}
    }
    if let (Some(spec), Some(status)) = (object.spec::<PodSpec>(), object.status::<PodStatus>()) {
        return pod(spec, status, field);
    }
    if let Some(event) = object.rest::<EventBody>() {
        return self::event(event, field);
    }
    if let Some(node) = object.spec::<NodeSpec>() {
        return node.unschedulable.unwrap_or(false).to_string();
    }
    let (part, rest) = field.split_once('.').unwrap_or(("", field));
    let part = match part {
        "spec" => object.spec.to_value(),
        "status" => object.status.to_value(),
        _ => object.rest.to_value(),
    };
    match part.as_ref().map(|part| rest.split('.').fold(part, |part, name| &part[name])) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None if matches!(rest, "replicas" | "successful") => "0".to_owned(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

fn pod(spec: &PodSpec, status: &PodStatus, field: &str) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    match field {
        "spec.nodeName" => text(&spec.node_name),
        "spec.restartPolicy" => text(&spec.restart_policy),
        "spec.schedulerName" => text(&spec.scheduler_name),
        "spec.serviceAccountName" => text(&spec.service_account_name),
        "spec.hostNetwork" => spec.host_network.unwrap_or(false).to_string(),
        "status.phase" => text(&status.phase),
        "status.podIP" | "status.podIPs" => text(&status.pod_ip),
        "status.nominatedNodeName" => text(&status.nominated_node_name),
        _ => String::new(),
    }
}

fn event(event: &EventBody, field: &str) -> String {
    let about = &event.involved_object;
    let optional = |value: &Option<std::sync::Arc<str>>| value.as_deref().unwrap_or_default().to_owned();
    match field {
        "involvedObject.kind" | "regarding.kind" => about.kind.to_string(),
        "involvedObject.namespace" | "regarding.namespace" => about.namespace.to_string(),
        "involvedObject.name" | "regarding.name" => about.name.to_string(),
        "involvedObject.uid" | "regarding.uid" => about.uid.to_string(),
        "involvedObject.apiVersion" => optional(&about.api_version),
        "involvedObject.resourceVersion" => optional(&about.resource_version),
        "involvedObject.fieldPath" => optional(&about.field_path),
        "reason" => event.reason.to_string(),
        "reportingComponent" | "reportingController" => event.reporting_component.to_string(),
        "source" => match &event.source.component {
            Some(component) => component.to_string(),
            None => event.reporting_component.to_string(),
        },
        "type" => event.type_.to_string(),
        _ => String::new(),
    }
}
