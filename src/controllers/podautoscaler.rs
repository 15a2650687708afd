//! HorizontalPodAutoscalers. Models pkg/controller/podautoscaler/horizontal.go.
//!
//! Diverges: there are no metrics here, so every metric fails as in a cluster without a metrics server;
//! the limits alone scale.

use std::sync::Arc;

use serde_json::{Value, json};

use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::event::ObjectReference;
use crate::api::{Key, Object, Part, WellKnown, time};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::sim::{Duration, Time};

/// How long after a change, and after a look, the next look is.
const PERIOD: Duration = Duration::from_secs(15);

/// See the module.
#[derive(Debug)]
pub struct PodAutoscalers(WellKnown);

impl PodAutoscalers {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> PodAutoscalers {
        PodAutoscalers(kinds.clone())
    }
}

impl Controller for PodAutoscalers {
    fn name(&self) -> &'static str {
        "horizontal-pod-autoscaler"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        if change.kind == self.0.pod_autoscaler.id
            && let Some(scaler) = &change.new
        {
            queue.add_after(scaler.key(), PERIOD);
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some(scaler) = view.get(&self.0.pod_autoscaler, key) else { return plan };
        let spec = scaler.spec.json().cloned().unwrap_or_default();
        let was = scaler.status.json().cloned().unwrap_or_default();
        let mut look = Look { scaler, status: was.clone(), now: view.now, plan: &mut plan };
        look.run(&spec, view);
        let status = look.status;
        if status != was {
            plan.then(Write::Status(Object { status: Part::Json(Arc::new(status)), ..(**scaler).clone() }));
        }
        plan.again_after(PERIOD);
        plan
    }
}

/// One look at an autoscaler.
struct Look<'a> {
    scaler: &'a Arc<Object>,
    status: Value,
    now: Time,
    plan: &'a mut Plan,
}

impl Look<'_> {
    fn tell(&mut self, type_: &'static str, reason: &'static str, message: &str) {
        let about = ObjectReference::to(self.scaler);
        self.plan.then(Write::Tell(Happening::new(self.now, about, type_, reason, message)));
    }

    /// Sets a condition; one that turns gets a new time (setConditionInList).
    fn condition(&mut self, type_: &str, holds: bool, reason: &str, message: &str) {
        let status = if holds { "True" } else { "False" };
        let now = time::rfc3339(self.now);
        let mut new =
            json!({"type": type_, "status": status, "reason": reason, "message": message, "lastTransitionTime": now});
        let Some(Value::Array(all)) =
            self.status.as_object_mut().map(|map| map.entry("conditions").or_insert_with(|| json!([])))
        else {
            self.status = json!({"conditions": [new]});
            return;
        };
        match all.iter_mut().find(|one| one["type"] == type_) {
            Some(one) => {
                if one["status"] == status {
                    new["lastTransitionTime"] = one["lastTransitionTime"].clone();
                }
                *one = new;
            }
            None => all.push(new),
        }
    }

    fn run(&mut self, spec: &Value, view: &View<'_>) {
        let target = &spec["scaleTargetRef"];
        let text = |field: &str| target[field].as_str().unwrap_or_default();
        let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
        let kind = view.served.kind(group, text("kind"));
        let key = Key { namespace: Arc::clone(&self.scaler.meta.namespace), name: text("name").into() };
        let found = kind.and_then(|kind| view.get(kind, &key));
        let replicas = found.and_then(|object| object.spec.to_value()?["replicas"].as_i64());
        let (Some(object), Some(current)) = (found, replicas) else {
            let resource = kind.map_or_else(|| text("kind").to_owned(), |kind| kind.group_resource());
            let why = format!("{resource} \"{}\" not found", text("name"));
            self.tell("Warning", "FailedGetScale", &why);
            let message = format!("the HPA controller was unable to get the target's current scale: {why}");
            return self.condition("AbleToScale", false, "FailedGetScale", &message);
        };
        let able = "the HPA controller was able to get the target's current scale";
        self.condition("AbleToScale", true, "SucceededGetScale", able);
        let least = spec["minReplicas"].as_i64().unwrap_or(1);
        let most = spec["maxReplicas"].as_i64().unwrap_or(0);
        let (wanted, why) = if current == 0 && least != 0 {
            let message = "scaling is disabled since the replica count of the target is zero";
            self.condition("ScalingActive", false, "ScalingDisabled", message);
            (0, "")
        } else if current > most {
            (most, "Current number of replicas above Spec.MaxReplicas")
        } else if current < least {
            (least, "Current number of replicas below Spec.MinReplicas")
        } else {
            return self.metrics_failed(spec, current);
        };
        if wanted != current {
            let mut scaled = object.to_value();
            scaled["spec"]["replicas"] = json!(wanted);
            if let Ok(scaled) = Object::from_value(&object.kind, scaled) {
                self.plan.then(Write::Update(scaled));
            }
            let message = format!("the HPA controller was able to update the target scale to {wanted}");
            self.condition("AbleToScale", true, "SucceededRescale", &message);
            self.tell("Normal", "SuccessfulRescale", &format!("New size: {wanted}; reason: {why}"));
            self.status["lastScaleTime"] = json!(time::rfc3339(self.now));
        }
        self.status["currentReplicas"] = json!(current);
        self.status["desiredReplicas"] = json!(wanted);
    }

    /// No metric can be had (computeReplicasForMetrics).
    fn metrics_failed(&mut self, spec: &Value, current: i64) {
        let none = Vec::new();
        let metrics = spec["metrics"].as_array().unwrap_or(&none);
        let mut first = None;
        for metric in metrics {
            let (reason, what, why) = failure(metric);
            self.tell("Warning", reason, &why);
            first.get_or_insert((reason, what, why));
        }
        let Some((reason, what, why)) = first else { return };
        let message = format!("the HPA was unable to compute the replica count: {why}");
        self.condition("ScalingActive", false, reason, &message);
        let count = metrics.len();
        let message =
            format!("invalid metrics ({count} invalid out of {count}), first error is: failed to get {what}: {why}");
        self.tell("Warning", "FailedComputeMetricsReplicas", &message);
        self.status["currentReplicas"] = json!(current);
        self.status["currentMetrics"] = Value::Array(vec![json!({"type": ""}); count]);
        if self.status["desiredReplicas"].is_null() {
            self.status["desiredReplicas"] = json!(0);
        }
    }
}

/// The reason, what was to be had, and why it could not.
fn failure(metric: &Value) -> (&'static str, String, String) {
    let custom = "no custom metrics API (custom.metrics.k8s.io) registered";
    let named = |part: &str| metric[part]["metric"]["name"].as_str().unwrap_or_default().to_owned();
    match metric["type"].as_str().unwrap_or_default() {
        "Pods" => {
            let why = format!(
                "unable to get metric {}: unable to fetch metrics from custom metrics API: {custom}",
                named("pods")
            );
            ("FailedGetPodsMetric", "pods metric value".to_owned(), why)
        }
        "Object" => {
            let why = format!(
                "unable to get metric {}: unable to fetch metrics from custom metrics API: {custom}",
                named("object")
            );
            ("FailedGetObjectMetric", "object metric value".to_owned(), why)
        }
        "External" => {
            let why = format!(
                "unable to get external metric {}: unable to fetch metrics from external metrics API: no external \
                 metrics API (external.metrics.k8s.io) registered",
                named("external")
            );
            ("FailedGetExternalMetric", "external metric value".to_owned(), why)
        }
        kind => {
            let (part, reason) = match kind {
                "ContainerResource" => ("containerResource", "FailedGetContainerResourceMetric"),
                _ => ("resource", "FailedGetResourceMetric"),
            };
            let name = metric[part]["name"].as_str().unwrap_or_default();
            let what = if metric[part]["target"]["averageValue"].is_null() { "utilization" } else { "usage" };
            let why = format!(
                "failed to get {name} {what}: unable to get metrics for resource {name}: unable to fetch metrics from \
                 resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
            );
            (reason, format!("{name} resource metric value"), why)
        }
    }
}
