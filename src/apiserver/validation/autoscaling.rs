//! HorizontalPodAutoscalers and disruption budgets.
//! Models pkg/apis/autoscaling/validation and pkg/apis/policy/validation.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::Value;

use super::{at_most_all, int_or_percent, meta};
use crate::api::{FieldError, Object, codec};

pub fn autoscaler(object: &Object, out: &mut Vec<FieldError>) {
    let Some(spec) = object.spec.json() else { return };
    let minimum = spec["minReplicas"].as_i64().unwrap_or(1);
    let maximum = spec["maxReplicas"].as_i64().unwrap_or(0);
    if minimum < 1 {
        out.push(FieldError::invalid("spec.minReplicas", minimum, "must be greater than or equal to 1"));
    }
    if maximum < 1 {
        out.push(FieldError::invalid("spec.maxReplicas", maximum, "must be greater than 0"));
    }
    if maximum < minimum {
        let why = "must be greater than or equal to `minReplicas`";
        out.push(FieldError::invalid("spec.maxReplicas", maximum, why));
    }
    for field in ["kind", "name"] {
        if spec["scaleTargetRef"][field].as_str().unwrap_or_default().is_empty() {
            out.push(FieldError::required(&format!("spec.scaleTargetRef.{field}"), ""));
        }
    }
    for (at, metric) in spec["metrics"].as_array().into_iter().flatten().enumerate() {
        let path = format!("spec.metrics[{at}]");
        let supported = ["ContainerResource", "External", "Object", "Pods", "Resource"];
        match metric["type"].as_str().unwrap_or_default() {
            "" => out.push(FieldError::required(&format!("{path}.type"), "must specify a metric source type")),
            "Resource" => resource(&metric["resource"], &format!("{path}.resource"), out),
            known if supported.contains(&known) => {}
            other => out.push(FieldError::unsupported(&format!("{path}.type"), other, &supported)),
        }
    }
}

fn resource(metric: &Value, field: &str, out: &mut Vec<FieldError>) {
    if metric.is_null() {
        out.push(FieldError::required(field, "must populate information for the given metric source"));
        return;
    }
    if metric["name"].as_str().unwrap_or_default().is_empty() {
        out.push(FieldError::required(&format!("{field}.name"), "must specify a resource name"));
    }
    let target = &metric["target"];
    let percent = target["averageUtilization"].as_i64();
    if let Some(percent) = percent.filter(|percent| *percent < 1) {
        out.push(FieldError::invalid(&format!("{field}.target.averageUtilization"), percent, "must be greater than 0"));
    }
    if percent.is_none() && target["averageValue"].is_null() {
        let why = "must set either a target raw value or a target utilization";
        out.push(FieldError::required(&format!("{field}.target.averageUtilization"), why));
    }
}

pub fn budget(object: &Object, out: &mut Vec<FieldError>) {
    let Some(spec) = object.spec.json() else { return };
    let bound = |name: &str| codec::read::<IntOrString>(&spec[name]).ok();
    let (least, most) = (bound("minAvailable"), bound("maxUnavailable"));
    if least.is_some() && most.is_some() {
        let why = "minAvailable and maxUnavailable cannot be both set";
        out.push(FieldError::invalid("spec", spec.clone(), why));
    }
    for (name, value) in [("minAvailable", least), ("maxUnavailable", most)] {
        if let Some(value) = value {
            int_or_percent(&value, &format!("spec.{name}"), out);
            at_most_all(&value, &format!("spec.{name}"), out);
        }
    }
    if let Ok(selector) = codec::read::<LabelSelector>(&spec["selector"]) {
        meta::selector(&selector, "spec.selector", out);
    }
}
