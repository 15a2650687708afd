//! HorizontalPodAutoscalers. Models pkg/controller/podautoscaler/horizontal.go.

mod behavior;
mod metrics;
mod replicas;

use std::sync::Arc;

use serde_json::{Value, json};

use super::work::{Controller, Outcome, Plan, Queue, View, Write};
use crate::api::event::ObjectReference;
use crate::api::{Key, Object, Part, Selector, WellKnown, time};
use crate::apiserver::rest::Scale;
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::collections::SortedMap;
use crate::sim::{Duration, Time};
use behavior::{Bounds, History};
use metrics::Measured;

/// How long after a change, and after a look, the next look is.
const PERIOD: Duration = Duration::from_secs(15);

/// See the module.
#[derive(Debug)]
pub struct PodAutoscalers {
    kinds: WellKnown,
    known: SortedMap<Key, Known>,
}

/// What is remembered of an autoscaler.
#[derive(Debug, Default)]
struct Known {
    history: History,
    /// Which Pods it scales.
    selector: Option<Selector>,
    /// The numbers of replicas before and after the change that is being written.
    changing: Option<(i64, i64)>,
}

impl PodAutoscalers {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> PodAutoscalers {
        PodAutoscalers { kinds: kinds.clone(), known: SortedMap::new() }
    }

    /// The autoscalers that have some of a selector's Pods, where there is more than one.
    /// Models hpasControllingPodsUnderSelector.
    fn rivals(&self, namespace: &Arc<str>, selector: &Selector, view: &View<'_>) -> Option<String> {
        let selectors = || {
            let known = self.known.iter().filter(|(key, _)| key.namespace == *namespace);
            known.filter_map(|(key, known)| Some((key, known.selector.as_ref()?)))
        };
        if selectors().count() < 2 {
            return None;
        }
        let pods = view.store.list(view.kinds.pod.id, Some(namespace));
        let pods: Vec<&Arc<Object>> = pods.filter(|pod| selector.matches(&pod.meta.labels)).collect();
        let selecting = selectors().filter(|(_, other)| pods.iter().any(|pod| other.matches(&pod.meta.labels)));
        let names: Vec<String> = selecting.map(|(key, _)| format!("{}/{}", key.namespace, key.name)).collect();
        (names.len() > 1)
            .then(|| format!("pods by selector {selector} are controlled by multiple HPAs: [{}]", names.join(" ")))
    }

    /// The Pods that a scale is about, if they are this autoscaler's alone. Models
    /// validateAndParseSelector.
    fn selector(&mut self, key: &Key, scale: &Scale, view: &View<'_>) -> Result<Selector, Refusal> {
        if scale.selector.is_empty() {
            return Err(Refusal {
                event: ("SelectorRequired", "selector is required".to_owned()),
                condition: ("InvalidSelector", "the HPA target's scale is missing a selector".to_owned()),
            });
        }
        let selector = Selector::parse(&scale.selector).map_err(|why| {
            let why = format!("couldn't convert selector into a corresponding internal selector object: {why}");
            Refusal { event: ("InvalidSelector", why.clone()), condition: ("InvalidSelector", why) }
        })?;
        self.known.entry(key.clone()).or_default().selector = Some(selector.clone());
        match self.rivals(&key.namespace, &selector, view) {
            Some(why) => {
                Err(Refusal { event: ("AmbiguousSelector", why.clone()), condition: ("AmbiguousSelector", why) })
            }
            None => Ok(selector),
        }
    }
}

/// Why nothing can be measured: an event, and ScalingActive.
struct Refusal {
    event: (&'static str, String),
    condition: (&'static str, String),
}

impl Controller for PodAutoscalers {
    fn name(&self) -> &'static str {
        "horizontal-pod-autoscaler"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        if change.kind != self.kinds.pod_autoscaler.id {
            return;
        }
        match (&change.new, &change.old) {
            (Some(scaler), _) => queue.add_after(scaler.key(), PERIOD),
            (None, Some(scaler)) => drop(self.known.remove(&scaler.key())),
            (None, None) => {}
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some(scaler) = view.get(&self.kinds.pod_autoscaler, key) else { return plan };
        let spec = scaler.spec.json().cloned().unwrap_or_default();
        let was = scaler.status.json().cloned().unwrap_or_default();
        let mut look = Look { scaler, status: was.clone(), now: view.now, plan: &mut plan, failure: None };
        look.run(&spec, view, self);
        let (status, failure) = (look.status, look.failure);
        if status != was {
            plan.then(Write::Status(Object { status: Part::Json(Arc::new(status)), ..(**scaler).clone() }));
        }
        if let Some(message) = failure {
            plan.then(event(scaler, view.now, "Warning", "FailedComputeMetricsReplicas", &message));
        }
        plan.again_after(PERIOD);
        plan
    }

    fn wrote(&mut self, key: &Key, outcome: &Outcome, view: &View<'_>) -> Option<Happening> {
        if let Outcome::Updated(object) = outcome
            && object.kind.id != self.kinds.pod_autoscaler.id
            && let Some(known) = self.known.get_mut(key)
            && let Some((from, to)) = known.changing.take()
        {
            known.history.changed(from, to, view.now);
        }
        None
    }
}

fn event(scaler: &Object, now: Time, type_: &'static str, reason: &'static str, message: &str) -> Write {
    Write::Tell(Happening::new(now, ObjectReference::to(scaler), type_, reason, message))
}

/// One look at an autoscaler.
struct Look<'a> {
    scaler: &'a Arc<Object>,
    status: Value,
    now: Time,
    plan: &'a mut Plan,
    /// What is told once the status is written.
    failure: Option<String>,
}

impl Look<'_> {
    fn tell(&mut self, type_: &'static str, reason: &'static str, message: &str) {
        self.plan.then(event(self.scaler, self.now, type_, reason, message));
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

    /// Models setStatus.
    fn numbers(&mut self, current: i64, desired: i64, metrics: Value) {
        let Some(status) = self.status.as_object_mut() else { return };
        match current {
            0 => drop(status.remove("currentReplicas")),
            _ => drop(status.insert("currentReplicas".into(), json!(current))),
        }
        status.insert("desiredReplicas".into(), json!(desired));
        status.insert("currentMetrics".into(), metrics);
    }

    /// The object that is scaled and its scale, or why there is none.
    fn target<'v>(&self, spec: &Value, view: &View<'v>) -> Result<(&'v Arc<Object>, Scale), String> {
        let target = &spec["scaleTargetRef"];
        let text = |field: &str| target[field].as_str().unwrap_or_default();
        let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
        let Some(kind) = view.served.kind(group, text("kind")) else {
            return Err(format!("no matches for kind \"{}\" in group \"{group}\"", text("kind")));
        };
        let key = Key { namespace: Arc::clone(&self.scaler.meta.namespace), name: text("name").into() };
        let found = view.get(kind, &key);
        let object = found.ok_or_else(|| format!("{} \"{}\" not found", kind.group_resource(), key.name))?;
        Scale::of(object).map(|scale| (object, scale)).map_err(|status| status.message)
    }

    /// Models reconcileAutoscaler.
    fn run(&mut self, spec: &Value, view: &View<'_>, scalers: &mut PodAutoscalers) {
        let key = self.scaler.key();
        let (object, scale) = match self.target(spec, view) {
            Ok(found) => found,
            Err(why) => {
                self.tell("Warning", "FailedGetScale", &why);
                let message = format!("the HPA controller was unable to get the target's current scale: {why}");
                return self.condition("AbleToScale", false, "FailedGetScale", &message);
            }
        };
        let able = "the HPA controller was able to get the target's current scale";
        self.condition("AbleToScale", true, "SucceededGetScale", able);
        let current = i64::from(scale.wanted);
        let known = scalers.known.entry(key.clone()).or_default();
        known.history.begin(current, self.now);
        known.changing = None;
        let least = spec["minReplicas"].as_i64().unwrap_or(1);
        let most = spec["maxReplicas"].as_i64().unwrap_or(0);
        let mut metrics = Value::Null;
        let (wanted, why) = if current == 0 && least != 0 {
            let message = "scaling is disabled since the replica count of the target is zero";
            self.condition("ScalingActive", false, "ScalingDisabled", message);
            (0, String::new())
        } else if current > most {
            (most, "Current number of replicas above Spec.MaxReplicas".to_owned())
        } else if current < least {
            (least, "Current number of replicas below Spec.MinReplicas".to_owned())
        } else {
            let (statuses, found) = self.measure(spec, &scale, view, scalers);
            metrics = statuses;
            let Some((wanted, name)) = found else {
                let desired = self.status["desiredReplicas"].as_i64().unwrap_or(0);
                return self.numbers(current, desired, metrics);
            };
            let why = match wanted {
                wanted if wanted > current => format!("{name} above target"),
                wanted if wanted < current => "All metrics below target".to_owned(),
                _ => String::new(),
            };
            let history = &mut scalers.known.entry(key.clone()).or_default().history;
            let decision = history.decide(&spec["behavior"], Bounds { current, wanted, least, most }, self.now);
            self.condition("AbleToScale", true, decision.able.0, decision.able.1);
            let (limited, reason, message) = decision.limited;
            self.condition("ScalingLimited", limited, reason, message);
            (decision.replicas, why)
        };
        if wanted != current {
            self.plan.then(Write::Update(Scale::change(object, wanted)));
            scalers.known.entry(key).or_default().changing = Some((current, wanted));
            let message = format!("the HPA controller was able to update the target scale to {wanted}");
            self.condition("AbleToScale", true, "SucceededRescale", &message);
            self.tell("Normal", "SuccessfulRescale", &format!("New size: {wanted}; reason: {why}"));
            self.status["lastScaleTime"] = json!(time::rfc3339(self.now));
        }
        self.numbers(current, wanted, metrics);
    }

    /// What the metrics ask for, and what they are; no number where too many of them are not to be had.
    /// Models computeReplicasForMetrics.
    fn measure(
        &mut self,
        spec: &Value,
        scale: &Scale,
        view: &View<'_>,
        scalers: &mut PodAutoscalers,
    ) -> (Value, Option<(i64, String)>) {
        let selector = match scalers.selector(&self.scaler.key(), scale, view) {
            Ok(selector) => selector,
            Err(Refusal { event: (reason, why), condition: (condition, message) }) => {
                self.tell("Warning", reason, &why);
                self.condition("ScalingActive", false, condition, &message);
                self.failure = Some(why);
                return (Value::Null, None);
            }
        };
        let current = i64::from(scale.wanted);
        let metrics = spec["metrics"].as_array().map_or(&[][..], Vec::as_slice);
        let mut statuses = Vec::new();
        let (mut best, mut failed, mut first) = (None::<(i64, String)>, 0, None);
        for metric in metrics {
            let namespace = &self.scaler.meta.namespace;
            match metrics::measure(metric, &spec["behavior"], namespace, &selector, current, view) {
                Ok(Measured { replicas, name, status }) => {
                    if best.as_ref().is_none_or(|(most, _)| *most == 0 || replicas > *most) {
                        best = Some((replicas, name));
                    }
                    statuses.push(status);
                }
                Err(failure) => {
                    self.tell("Warning", failure.reason, &failure.why);
                    failed += 1;
                    first.get_or_insert(failure);
                    statuses.push(json!({"type": ""}));
                }
            }
        }
        let statuses = Value::Array(statuses);
        if let Some(failure) = first
            && best.as_ref().is_none_or(|(replicas, _)| *replicas < current)
        {
            let message = format!("the HPA was unable to compute the replica count: {}", failure.why);
            self.condition("ScalingActive", false, failure.reason, &message);
            let all = metrics.len();
            let first = failure.error;
            self.failure = Some(format!("invalid metrics ({failed} invalid out of {all}), first error is: {first}"));
            return (statuses, None);
        }
        let name = best.as_ref().map_or("", |(_, name)| name);
        let message = format!("the HPA was able to successfully calculate a replica count from {name}");
        self.condition("ScalingActive", true, "ValidMetricFound", &message);
        (statuses, Some(best.unwrap_or_default()))
    }
}
