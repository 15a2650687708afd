//! CustomResourceDefinitions: their names are accepted, then they are established; one that is deleted
//! waits until nothing is left of its kind.
//!
//! Models apiextensions-apiserver/pkg/controller/{status,establish,finalizer}, which run inside the API
//! server. Diverges: upstream's finalizer looks for what is left every five seconds; here every second.

use std::sync::Arc;

use serde_json::{Value, json};

use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::custom::{condition, is_true};
use crate::api::{Key, KindId, Object, Part, WellKnown, time};
use crate::apiserver::{Change, FINALIZER, Store};
use crate::collections::SortedSet;
use crate::sim::Duration;

/// See the module.
#[derive(Debug)]
pub struct Definitions {
    kind: KindId,
    kinds: WellKnown,
}

impl Definitions {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> Definitions {
        Definitions { kind: kinds.definition.id, kinds: kinds.clone() }
    }
}

impl Controller for Definitions {
    fn name(&self) -> &'static str {
        "apiextensions-apiserver"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        if change.kind != self.kind {
            return;
        }
        match &change.new {
            Some(definition) => queue.add(definition.key()),
            // Names that were taken may be free now.
            None => store.list(self.kind, None).for_each(|other| queue.add(other.key())),
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some(definition) = view.get(&self.kinds.definition, key) else { return plan };
        let status = definition.status.json().cloned().unwrap_or_default();
        if definition.meta.deleted.is_some() {
            finalize(definition, &status, view, &mut plan);
            return plan;
        }
        let mut next = status.clone();
        name(definition, &mut next, view);
        // What is accepted is seen before it is established.
        if next == status && is_true(&next, "NamesAccepted") && !is_true(&next, "Established") {
            set(&mut next, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted", view);
        }
        if next != status {
            plan.then(Write::Status(with_status(definition, next)));
        }
        plan
    }
}

fn with_status(definition: &Arc<Object>, status: Value) -> Object {
    Object { status: Part::Json(Arc::new(status)), ..(**definition).clone() }
}

/// Accepts the names that nobody else of the group has. Models status/naming_controller.go
/// calculateNamesAndConditions.
fn name(definition: &Object, status: &mut Value, view: &View<'_>) {
    let Some(spec) = definition.spec.json() else { return };
    let wanted = &spec["names"];
    let mut taken = SortedSet::new();
    let mut kinds_taken = SortedSet::new();
    for other in view.store.list(definition.kind.id, None) {
        let of_group = other.spec.json().is_some_and(|other| other["group"] == spec["group"]);
        let (true, Some(names)) = (of_group && other.meta.name != definition.meta.name, other.status.json()) else {
            continue;
        };
        let names = &names["acceptedNames"];
        let short = names["shortNames"].as_array().into_iter().flatten();
        for name in [&names["plural"], &names["singular"]].into_iter().chain(short).filter_map(Value::as_str) {
            taken.insert(name.to_owned());
        }
        for name in [&names["kind"], &names["listKind"]].into_iter().filter_map(Value::as_str) {
            kinds_taken.insert(name.to_owned());
        }
    }
    let mut accepted = status["acceptedNames"].clone();
    let mut refused = None;
    let checks = [
        ("plural", "PluralConflict", &taken),
        ("singular", "SingularConflict", &taken),
        ("shortNames", "ShortNamesConflict", &taken),
        ("kind", "KindConflict", &kinds_taken),
        ("listKind", "ListKindConflict", &kinds_taken),
    ];
    for (field, reason, taken) in checks {
        let names: Vec<&str> = match &wanted[field] {
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            name => name.as_str().into_iter().collect(),
        };
        let had = |name: &str| match &accepted[field] {
            Value::Array(names) => names.iter().any(|had| had == name),
            had => had == name,
        };
        let in_use = |name: &&&str| taken.contains(**name) && !had(name);
        let told: Vec<String> = names.iter().filter(in_use).map(|name| format!("{name:?} is already in use")).collect();
        if told.is_empty() {
            accept(&mut accepted, field, &wanted[field]);
        } else {
            let message = if told.len() == 1 { told.concat() } else { format!("[{}]", told.join(", ")) };
            refused = Some((reason, message));
        }
    }
    accept(&mut accepted, "categories", &wanted["categories"]);
    status["acceptedNames"] = accepted;
    match refused {
        Some((reason, message)) => set(status, "NamesAccepted", "False", reason, &message, view),
        None => set(status, "NamesAccepted", "True", "NoConflicts", "no conflicts found", view),
    }
    if !is_true(status, "NamesAccepted") {
        if condition(status, "Established").is_none() {
            set(status, "Established", "False", "NotAccepted", "not all names are accepted", view);
        }
    } else if !is_true(status, "Established") {
        set(status, "Established", "False", "Installing", "the initial names have been accepted", view);
    }
}

fn accept(accepted: &mut Value, field: &str, names: &Value) {
    match (names, accepted.as_object_mut()) {
        (Value::Null, Some(map)) => drop(map.remove(field)),
        _ => accepted[field] = names.clone(),
    }
}

/// Models apiextensions/helpers.go SetCRDCondition.
fn set(status: &mut Value, name: &str, truth: &str, reason: &str, message: &str, view: &View<'_>) {
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    let mut new = json!({
        "type": name, "status": truth, "reason": reason, "message": message,
        "lastTransitionTime": time::rfc3339(view.now),
    });
    let Some(conditions) = status["conditions"].as_array_mut() else { return };
    match conditions.iter_mut().find(|condition| condition["type"] == name) {
        Some(old) => {
            if old["status"] == truth {
                new["lastTransitionTime"] = old["lastTransitionTime"].clone();
            }
            *old = new;
        }
        None => conditions.push(new),
    }
}

/// Deletes what there is of the kind, then lets the definition go. Models
/// finalizer/crd_finalizer.go.
fn finalize(definition: &Arc<Object>, status: &Value, view: &View<'_>, plan: &mut Plan) {
    if !definition.meta.finalizers.iter().any(|name| name == FINALIZER) {
        return;
    }
    let mut next = status.clone();
    let kind = view.served.iter().find(|kind| defines(&definition.meta.name, kind));
    let left: Vec<Arc<Object>> = kind.into_iter().flat_map(|kind| view.store.list(kind.id, None)).cloned().collect();
    if !left.is_empty() {
        let message = "CustomResource deletion is in progress";
        set(&mut next, "Terminating", "True", "InstanceDeletionInProgress", message, view);
        if next != *status {
            plan.then(Write::Status(with_status(definition, next)));
        }
        plan.at_once(left.into_iter().filter(|one| one.meta.deleted.is_none()).map(Write::Delete).collect());
        plan.again_after(Duration::from_secs(1));
        return;
    }
    let mut freed = (**definition).clone();
    freed.meta.finalizers = freed.meta.finalizers.iter().filter(|name| *name != FINALIZER).cloned().collect();
    plan.then(Write::Update(freed));
}

fn defines(definition: &str, kind: &crate::api::Kind) -> bool {
    kind.custom.as_ref().is_some_and(|custom| *custom.definition == *definition)
}
