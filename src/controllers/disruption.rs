//! PodDisruptionBudgets: how many Pods may be disrupted now. Models pkg/controller/disruption.

use std::sync::Arc;

use k8s_openapi::api::core::v1::PodStatus;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::{Map, Value, json};

use super::deployment::scaled;
use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::event::ObjectReference;
use crate::api::selector::Selector;
use crate::api::{Key, Object, Part, WellKnown, codec, time};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::collections::SortedMap;
use crate::sim::{Duration, Time};

/// How long a Pod that was evicted may take until its deletion is seen.
const DELETION_TIMEOUT: Duration = Duration::from_secs(120);

/// See the module.
#[derive(Debug)]
pub struct Disruption(WellKnown);

impl Disruption {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> Disruption {
        Disruption(kinds.clone())
    }
}

fn selector(budget: &Object) -> Selector {
    let selector = budget.spec.json().map(|spec| spec["selector"].clone()).unwrap_or_default();
    let selector = codec::read(&selector).ok();
    Selector::from(selector.as_ref())
}

fn is_ready(pod: &Object) -> bool {
    let conditions = pod.status::<PodStatus>().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    conditions.iter().any(|one| one.type_ == "Ready" && one.status == "True")
}

impl Controller for Disruption {
    fn name(&self) -> &'static str {
        "controllermanager"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        let Some(object) = change.object() else { return };
        if change.kind == self.0.pod_disruption_budget.id {
            queue.add(object.key());
        } else if change.kind == self.0.pod.id {
            let seen = |pod: &Arc<Object>| (is_ready(pod), pod.meta.deleted.is_some(), Arc::clone(&pod.meta.labels));
            if change.old.as_ref().map(seen) == change.new.as_ref().map(seen) {
                return;
            }
            for budget in store.list(self.0.pod_disruption_budget.id, Some(&object.meta.namespace)) {
                let selector = selector(budget);
                if change.old.iter().chain(&change.new).any(|pod| selector.matches(&pod.meta.labels)) {
                    queue.add(budget.key());
                }
            }
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some(budget) = view.get(&self.0.pod_disruption_budget, key) else { return plan };
        let selector = selector(budget);
        let found = view.store.list(self.0.pod.id, Some(&key.namespace));
        let pods: Vec<&Arc<Object>> = found.filter(|pod| selector.matches(&pod.meta.labels)).collect();
        let tell = |plan: &mut Plan, type_, reason, message: &str| {
            plan.then(Write::Tell(Happening::new(view.now, ObjectReference::to(budget), type_, reason, message)));
        };
        if pods.is_empty() {
            tell(&mut plan, "Normal", "NoPods", "No matching pods found");
        }
        let was = budget.status.json().cloned().unwrap_or_default();
        let mut status = was.clone();
        if !status.is_object() {
            status = json!({});
        }
        match counts(budget, &pods, view) {
            Ok((expected, desired)) => {
                let disrupted = disrupted(&was, &pods, view.now);
                let healthy = pods.iter().filter(|pod| {
                    is_ready(pod) && pod.meta.deleted.is_none() && !disrupted.contains_key(&*pod.meta.name)
                });
                let healthy = i64::try_from(healthy.count()).unwrap_or(i64::MAX);
                let allowed = if expected > 0 { (healthy - desired).max(0) } else { 0 };
                let reason = if allowed > 0 { "SufficientPods" } else { "InsufficientPods" };
                condition(&mut status, allowed > 0, reason, "", budget.meta.generation, view.now);
                for (field, number) in [
                    ("currentHealthy", healthy),
                    ("desiredHealthy", desired),
                    ("disruptionsAllowed", allowed),
                    ("expectedPods", expected),
                    ("observedGeneration", budget.meta.generation),
                ] {
                    status[field] = json!(number);
                }
                if let Value::Object(status) = &mut status {
                    status.remove("disruptedPods");
                    if !disrupted.is_empty() {
                        plan.again_after(DELETION_TIMEOUT);
                        status.insert("disruptedPods".to_owned(), Value::Object(disrupted));
                    }
                }
            }
            Err(why) => {
                let message = format!("Failed to calculate the number of expected pods: {why}");
                tell(&mut plan, "Warning", "CalculateExpectedPodCountFailed", &message);
                condition(&mut status, false, "SyncFailed", &why, budget.meta.generation, view.now);
                status["disruptionsAllowed"] = json!(0);
                status["observedGeneration"] = json!(budget.meta.generation);
            }
        }
        if status != was {
            plan.then(Write::Status(Object { status: Part::Json(Arc::new(status)), ..(**budget).clone() }));
        }
        plan
    }
}

/// How many Pods there are to be, and how many of them must be healthy (getExpectedPodCount).
fn counts(budget: &Object, pods: &[&Arc<Object>], view: &View<'_>) -> Result<(i64, i64), String> {
    let spec = budget.spec.json().cloned().unwrap_or_default();
    let amount = |value: &Value| match (value.as_i64(), value.as_str()) {
        (Some(number), _) => i32::try_from(number).ok().map(IntOrString::Int),
        (_, Some(text)) => Some(IntOrString::String(text.to_owned())),
        _ => None,
    };
    let scaled = |amount: &IntOrString, expected: i64| {
        i64::from(scaled(Some(amount), i32::try_from(expected).unwrap_or(i32::MAX), true))
    };
    if let Some(most) = amount(&spec["maxUnavailable"]) {
        let expected = expected_scale(pods, view)?;
        return Ok((expected, (expected - scaled(&most, expected)).max(0)));
    }
    match amount(&spec["minAvailable"]) {
        Some(IntOrString::Int(least)) => Ok((i64::try_from(pods.len()).unwrap_or(i64::MAX), i64::from(least))),
        Some(percent) => {
            let expected = expected_scale(pods, view)?;
            Ok((expected, scaled(&percent, expected)))
        }
        None => Ok((0, 0)),
    }
}

/// How many Pods the controllers of these Pods are to have (getExpectedScale).
fn expected_scale(pods: &[&Arc<Object>], view: &View<'_>) -> Result<i64, String> {
    let mut scales: SortedMap<Arc<str>, i64> = SortedMap::new();
    for pod in pods {
        let missing = || format!("found no controllers for pod {:?}", pod.meta.name);
        let mut owner = owner(pod, view).ok_or_else(missing)?;
        // A ReplicaSet of a Deployment stands for that.
        while let Some(above) = self::owner(owner, view) {
            owner = above;
        }
        let replicas = owner.spec.to_value().and_then(|spec| spec["replicas"].as_i64()).ok_or_else(missing)?;
        scales.insert(Arc::clone(&owner.meta.uid), replicas);
    }
    Ok(scales.values().sum())
}

fn owner<'a>(object: &Object, view: &View<'a>) -> Option<&'a Arc<Object>> {
    let owner = object.meta.controller()?;
    let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
    let key = Key { namespace: Arc::clone(&object.meta.namespace), name: Arc::clone(&owner.name) };
    view.get(view.served.kind(group, &owner.kind)?, &key).filter(|found| found.meta.uid == owner.uid)
}

/// The Pods that were evicted and whose deletion has not been seen yet (buildDisruptedPodMap).
fn disrupted(status: &Value, pods: &[&Arc<Object>], now: Time) -> Map<String, Value> {
    let known = status["disruptedPods"].as_object().into_iter().flatten();
    let still = known.filter(|(name, at)| {
        let at = at.as_str().and_then(time::parse).unwrap_or_default();
        let there = pods.iter().any(|pod| *pod.meta.name == ***name && pod.meta.deleted.is_none());
        there && now.since(at) < DELETION_TIMEOUT
    });
    still.map(|(name, at)| (name.clone(), at.clone())).collect()
}

fn condition(status: &mut Value, holds: bool, reason: &str, message: &str, generation: i64, now: Time) {
    let word = if holds { "True" } else { "False" };
    let before = &status["conditions"][0];
    let since = match before["status"] == word {
        true => before["lastTransitionTime"].clone(),
        false => json!(time::rfc3339(now)),
    };
    status["conditions"] = json!([{"type": "DisruptionAllowed", "status": word, "reason": reason, "message": message,
        "lastTransitionTime": since, "observedGeneration": generation}]);
}
