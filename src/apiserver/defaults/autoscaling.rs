//! Defaults of HorizontalPodAutoscalers (v2). Models pkg/apis/autoscaling/v2/defaults.go.

use serde_json::{Map, Value, json};

use super::put;
use crate::api::Object;

pub fn horizontal_pod_autoscaler(object: &mut Object) {
    // Go prints these, whatever they hold.
    if let Some(Value::Object(status)) = object.status.json_mut() {
        put(status, "currentMetrics", Value::Null);
        put(status, "desiredReplicas", 0);
    }
    let Some(Value::Object(spec)) = object.spec.json_mut() else { return };
    put(spec, "minReplicas", 1);
    let metrics = spec.get("metrics").and_then(Value::as_array);
    if metrics.is_none_or(Vec::is_empty) {
        let target = json!({"type": "Utilization", "averageUtilization": 80});
        spec.insert("metrics".into(), json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]));
    }
    let Some(Value::Object(behavior)) = spec.get_mut("behavior") else { return };
    let policy = |kind: &str, value: i64| json!({"type": kind, "value": value, "periodSeconds": 15});
    let up = json!([policy("Pods", 4), policy("Percent", 100)]);
    rules(behavior, "scaleUp", Some(0), up);
    rules(behavior, "scaleDown", None, json!([policy("Percent", 100)]));
}

fn rules(behavior: &mut Map<String, Value>, direction: &str, window: Option<i64>, policies: Value) {
    let Value::Object(rules) = behavior.entry(direction).or_insert_with(|| json!({})) else { return };
    if let Some(window) = window {
        put(rules, "stabilizationWindowSeconds", window);
    }
    put(rules, "selectPolicy", "Max");
    put(rules, "policies", policies);
}
