//! A ClusterRole with an aggregation rule has the rules of all that it selects. Models
//! pkg/controller/clusterroleaggregation.

use std::sync::Arc;

use serde_json::Value;

use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::{Key, Kind, Object, Selector, WellKnown};
use crate::apiserver::{Change, Store};
use crate::collections::SortedSet;

/// See the module.
#[derive(Debug)]
pub struct ClusterRoleAggregation {
    kind: Arc<Kind>,
    /// The ClusterRoles that have an aggregation rule.
    aggregates: SortedSet<Key>,
}

impl ClusterRoleAggregation {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> ClusterRoleAggregation {
        ClusterRoleAggregation { kind: Arc::clone(&kinds.cluster_role), aggregates: SortedSet::new() }
    }
}

impl Controller for ClusterRoleAggregation {
    fn name(&self) -> &'static str {
        "clusterrole-aggregation-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        let Some(object) = change.object().filter(|_| change.kind == self.kind.id) else { return };
        let rest = change.new.as_ref().and_then(|new| new.rest.json());
        if rest.is_some_and(|rest| rest["aggregationRule"].is_object()) {
            self.aggregates.insert(object.key());
        } else {
            self.aggregates.remove(&object.key());
        }
        // Any of them may select this one.
        self.aggregates.iter().for_each(|key| queue.add(key.clone()));
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::done();
        let Some(role) = view.get(&self.kind, key) else { return plan };
        let Some(rest) = role.rest.json().filter(|rest| rest["aggregationRule"].is_object()) else { return plan };
        let mut rules: Vec<Value> = Vec::new();
        for selector in rest["aggregationRule"]["clusterRoleSelectors"].as_array().into_iter().flatten() {
            let selector = selector_of(selector);
            let mut take = |other: &Object| {
                if *other.meta.name == *key.name || !selector.matches(&other.meta.labels) {
                    return;
                }
                for rule in other.rest.json().and_then(|rest| rest["rules"].as_array()).into_iter().flatten() {
                    if !rules.contains(rule) {
                        rules.push(rule.clone());
                    }
                }
            };
            match selector.exact_label() {
                Some((label, value)) => view.store.labelled(self.kind.id, "", label, value).for_each(|role| take(role)),
                None => view.store.list(self.kind.id, None).for_each(|role| take(role)),
            }
        }
        if rest["rules"].as_array().map_or(&[][..], Vec::as_slice) != rules {
            let mut new = (**role).clone();
            if let Some(rest) = new.rest.json_mut() {
                rest["rules"] = Value::Array(rules);
            }
            plan.then(Write::Update(new));
        }
        plan
    }
}

/// A label selector as JSON; one that asks nothing selects everything.
fn selector_of(value: &Value) -> Selector {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let labels = value["matchLabels"].as_object().into_iter().flatten();
    let mut terms: Vec<String> = labels.map(|(key, value)| format!("{key}={}", text(value))).collect();
    for expression in value["matchExpressions"].as_array().into_iter().flatten() {
        let key = text(&expression["key"]);
        let values: Vec<String> = expression["values"].as_array().into_iter().flatten().map(text).collect();
        let values = values.join(",");
        terms.push(match expression["operator"].as_str() {
            Some("In") => format!("{key} in ({values})"),
            Some("NotIn") => format!("{key} notin ({values})"),
            Some("DoesNotExist") => format!("!{key}"),
            _ => key,
        });
    }
    Selector::parse(&terms.join(",")).unwrap_or_else(|_| Selector::nothing())
}
