//! One metric of an autoscaler: how many replicas it asks for, or why it cannot be had.
//! Models computeReplicasForMetric and what it calls in pkg/controller/podautoscaler/horizontal.go.
//!
//! Pods, Object and External metrics need a server behind custom.metrics.k8s.io or external.metrics.k8s.io;
//! none is simulated, so they fail as in a cluster without an adapter.

use serde_json::{Value, json};

use super::replicas::{Question, Target};
use crate::api::{Quantity, Selector};
use crate::controllers::View;

/// What a metric asks for.
pub struct Measured {
    /// How many replicas.
    pub replicas: i64,
    /// How events call it.
    pub name: String,
    /// Its entry in `currentMetrics`.
    pub status: Value,
}

/// Why a metric cannot be had.
pub struct Failure {
    /// The event's reason.
    pub reason: &'static str,
    /// The event's message.
    pub why: String,
    /// What the look as a whole says of it.
    pub error: String,
}

const CUSTOM: &str =
    "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";
const EXTERNAL: &str =
    "unable to fetch metrics from external metrics API: no external metrics API (external.metrics.k8s.io) registered";

/// --horizontal-pod-autoscaler-tolerance
const TOLERANCE: f64 = 0.1;

/// See the module.
pub fn measure(
    metric: &Value,
    behavior: &Value,
    namespace: &str,
    selector: &Selector,
    current: i64,
    view: &View<'_>,
) -> Result<Measured, Failure> {
    let named = |part: &str| metric[part]["metric"]["name"].as_str().unwrap_or_default();
    let fail = |reason: &'static str, what: &str, why: String| Failure {
        reason,
        error: format!("failed to get {what}: {why}"),
        why,
    };
    match metric["type"].as_str().unwrap_or_default() {
        "Pods" => {
            let why = format!("unable to get metric {}: {CUSTOM}", named("pods"));
            Err(fail("FailedGetPodsMetric", "pods metric value", why))
        }
        "Object" => {
            let object = &metric["object"]["describedObject"];
            let text = |field: &str| object[field].as_str().unwrap_or_default();
            let why = format!(
                "unable to get metric {}: {} on {namespace} {}/{CUSTOM}",
                named("object"),
                text("kind"),
                text("name")
            );
            Err(fail("FailedGetObjectMetric", "object metric value", why))
        }
        "External" => {
            let name = named("external");
            let labels = &metric["external"]["metric"]["selector"];
            let why = format!("unable to get external metric {namespace}/{name}/{}: {EXTERNAL}", go_selector(labels));
            let averaged = !metric["external"]["target"]["averageValue"].is_null();
            let within = if averaged { format!("{name} external metric") } else { format!("external metric {name}") };
            let error = format!("failed to get {name} external metric value: failed to get {within}: {why}");
            Err(Failure { reason: "FailedGetExternalMetric", why, error })
        }
        "ContainerResource" => {
            let source = &metric["containerResource"];
            resource(source, "container", behavior, namespace, selector, current, view).map_err(|(name, why)| {
                fail("FailedGetContainerResourceMetric", &format!("{name} container metric value"), why)
            })
        }
        _ => resource(&metric["resource"], "", behavior, namespace, selector, current, view)
            .map_err(|(name, why)| fail("FailedGetResourceMetric", &format!("{name} resource metric value"), why)),
    }
}

/// Models computeStatusForResourceMetricGeneric. The error is the resource's name and why.
fn resource(
    source: &Value,
    kind: &str,
    behavior: &Value,
    namespace: &str,
    selector: &Selector,
    current: i64,
    view: &View<'_>,
) -> Result<Measured, (String, String)> {
    let text = |field: &str| source[field].as_str().unwrap_or_default();
    let name = text("name").to_owned();
    let tolerance = |rules: &str| {
        let set = behavior[rules]["tolerance"].as_str().and_then(Quantity::parse);
        set.map_or(TOLERANCE, |set| set.milli_value() as f64 / 1000.0)
    };
    let tolerance = (tolerance("scaleDown"), tolerance("scaleUp"));
    let question =
        Question { resource: text("name"), container: text("container"), namespace, selector, current, tolerance };
    let target = &source["target"];
    let average = target["averageValue"].as_str().and_then(Quantity::parse);
    let (aim, what) = match (average, target["averageUtilization"].as_i64()) {
        (Some(average), _) => (Target::Average(average.milli_value()), "usage"),
        (None, Some(percent)) => (Target::Utilization(percent), "utilization"),
        (None, None) => {
            let why = "invalid resource metric source: neither an average utilization target nor an average value (usage) target was set";
            return Err((name, why.to_owned()));
        }
    };
    let answer = match question.answer(aim, view) {
        Ok(answer) => answer,
        Err(why) => return Err((name.clone(), format!("failed to get {name} {what}: {why}"))),
    };
    // Bytes are told with binary suffixes, rounded up.
    let average = match &*name {
        "memory" => Quantity::from_bytes(Quantity::from_millis(answer.average).value()),
        _ => Quantity::from_millis(answer.average),
    };
    let mut now = json!({"averageValue": average.to_string()});
    let called = match aim {
        Target::Average(_) => format!("{name} resource"),
        Target::Utilization(_) => {
            now["averageUtilization"] = json!(answer.utilization);
            let container = if kind.is_empty() { "" } else { "container " };
            format!("{name} {container}resource utilization (percentage of request)")
        }
    };
    let status = match kind {
        "" => json!({"type": "Resource", "resource": {"name": name, "current": now}}),
        _ => json!({"type": "ContainerResource",
            "containerResource": {"name": name, "container": text("container"), "current": now}}),
    };
    Ok(Measured { replicas: answer.replicas, name: called, status })
}

/// A label selector as Go prints one.
fn go_selector(selector: &Value) -> String {
    if selector.is_null() {
        return "nil".to_owned();
    }
    let labels = selector["matchLabels"].as_object().into_iter().flatten();
    let labels: String = labels.map(|(key, value)| format!("{key}: {},", value.as_str().unwrap_or_default())).collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let requirements = selector["matchExpressions"].as_array().into_iter().flatten().map(|one| {
        let values: Vec<String> = one["values"].as_array().into_iter().flatten().map(text).collect();
        format!(
            "LabelSelectorRequirement{{Key:{},Operator:{},Values:[{}],}},",
            text(&one["key"]),
            text(&one["operator"]),
            values.join(" ")
        )
    });
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{}}},}}",
        requirements.collect::<String>()
    )
}
