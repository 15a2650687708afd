//! What objects use of a namespace's ResourceQuotas. Models pkg/quota/v1/evaluator/core and
//! apiserver/pkg/quota/v1.
//!
//! Diverges: of the scopes those without values only; no quota of devices and other extended resources.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Container, PodStatus, ServiceSpec};
use serde_json::Value;

use super::Store;
use crate::api::{Kind, Kinds, Object, PodSpec, Quantity};
use crate::collections::SortedMap;

/// Amounts by the names of resources.
pub type Amounts = SortedMap<String, Quantity>;

/// The kind of ResourceQuotas.
pub fn kind(kinds: &Kinds) -> Option<&Arc<Kind>> {
    kinds.kind("", "ResourceQuota")
}

/// What a quota allows.
pub fn hard(quota: &Object) -> Amounts {
    amounts(quota.spec.json().map_or(&Value::Null, |spec| &spec["hard"]))
}

fn amounts(value: &Value) -> Amounts {
    let amount = |value: &Value| match value {
        Value::String(text) => Quantity::parse(text),
        other => Quantity::parse(&other.to_string()),
    };
    value.as_object().into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), amount(value)?))).collect()
}

/// What of `wanted` an object uses.
pub fn usage(object: &Object, wanted: &Amounts) -> Amounts {
    let all = whole_usage(object);
    all.into_iter().filter(|(name, _)| wanted.contains_key(name)).collect()
}

/// Whether a quota is about the object.
pub fn matches(quota: &Object, object: &Object) -> bool {
    let scopes = quota.spec.json().and_then(|spec| spec["scopes"].as_array());
    scopes.into_iter().flatten().all(|scope| {
        let Some(pod) = object.spec.get::<PodSpec>() else { return false };
        let deadline = pod.active_deadline_seconds.is_some();
        let effort = pod.containers.iter().any(|container| {
            let resources = container.resources.as_ref();
            resources.is_some_and(|all| all.requests.is_some() || all.limits.is_some())
        });
        match scope.as_str() {
            Some("Terminating") => deadline,
            Some("NotTerminating") => !deadline,
            Some("BestEffort") => !effort,
            Some("NotBestEffort") => effort,
            _ => false,
        }
    })
}

fn whole_usage(object: &Object) -> Amounts {
    let mut used = Amounts::new();
    let mut one = |name: String| {
        used.insert(name, Quantity::from_value(1));
    };
    let kind = &object.kind;
    one(format!("count/{}", kind.group_resource()));
    if !kind.group.is_empty() {
        return used;
    }
    match &*kind.plural {
        "pods" => return pod_usage(object, used),
        "services" => {
            one("services".to_owned());
            if let Some(spec) = object.spec.get::<ServiceSpec>() {
                let ports = spec.ports.as_ref().map_or(0, Vec::len);
                if matches!(spec.type_.as_deref(), Some("NodePort" | "LoadBalancer")) {
                    used.insert(
                        "services.nodeports".to_owned(),
                        Quantity::from_value(i64::try_from(ports).unwrap_or(0)),
                    );
                }
                if spec.type_.as_deref() == Some("LoadBalancer") {
                    used.insert("services.loadbalancers".to_owned(), Quantity::from_value(1));
                }
            }
        }
        "persistentvolumeclaims" => {
            let Some(spec) = object.spec.json() else { return used };
            let size = amounts(&spec["resources"]["requests"]).get("storage").copied().unwrap_or_default();
            let class = spec["storageClassName"].as_str().unwrap_or_default();
            one("persistentvolumeclaims".to_owned());
            one(format!("{class}.storageclass.storage.k8s.io/persistentvolumeclaims"));
            used.insert("requests.storage".to_owned(), size);
            used.insert(format!("{class}.storageclass.storage.k8s.io/requests.storage"), size);
        }
        plural @ ("configmaps" | "secrets" | "replicationcontrollers" | "resourcequotas") => one(plural.to_owned()),
        _ => {}
    }
    used
}

const COMPUTE: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

fn of(container: &Container, limits: bool, name: &str) -> Option<Quantity> {
    let resources = container.resources.as_ref()?;
    let map = if limits { &resources.limits } else { &resources.requests };
    map.as_ref()?.get(name).map(Quantity::from)
}

/// A Pod that has ended uses nothing but its place.
fn pod_usage(pod: &Object, mut used: Amounts) -> Amounts {
    let phase = pod.status::<PodStatus>().and_then(|status| status.phase.as_deref());
    let Some(spec) = pod.spec::<PodSpec>().filter(|_| !matches!(phase, Some("Succeeded" | "Failed"))) else {
        return used;
    };
    used.insert("pods".to_owned(), Quantity::from_value(1));
    for name in COMPUTE {
        for limits in [false, true] {
            let mut total = Quantity::ZERO;
            spec.containers
                .iter()
                .filter_map(|container| of(container, limits, name))
                .for_each(|amount| add(&mut total, amount));
            // Init containers run one after the other, before.
            let first = spec.init_containers.iter().flatten().filter_map(|container| of(container, limits, name)).max();
            let total = first.map_or(total, |first| first.max(total));
            if limits {
                used.insert(format!("limits.{name}"), total);
            } else {
                used.insert(format!("requests.{name}"), total);
                used.insert(name.to_owned(), total);
            }
        }
    }
    used
}

/// Adds, keeping the way of writing of the first amount.
fn add(total: &mut Quantity, amount: Quantity) {
    *total = if total.is_zero() { amount } else { *total + amount };
}

/// The amounts that a quota is about and a Pod does not name, and in which containers.
pub fn unnamed(pod: &PodSpec, hard: &Amounts) -> Vec<(String, String)> {
    let mut lacking = Vec::new();
    for name in hard.keys() {
        let (limits, resource) = match name.split_once('.') {
            Some(("limits", resource)) => (true, resource),
            Some(("requests", resource)) => (false, resource),
            _ => (false, name.as_str()),
        };
        if !COMPUTE.contains(&resource) {
            continue;
        }
        let containers = pod.containers.iter().chain(pod.init_containers.iter().flatten());
        let names: Vec<&str> = containers
            .filter(|container| of(container, limits, resource).is_none())
            .map(|container| &*container.name)
            .collect();
        if !names.is_empty() {
            lacking.push((name.clone(), names.join(",")));
        }
    }
    lacking
}

/// What is used of a quota by everything in its namespace.
pub fn used(quota: &Object, store: &Store, kinds: &Kinds) -> Amounts {
    let hard = hard(quota);
    let mut used: Amounts = hard.keys().map(|name| (name.clone(), Quantity::ZERO)).collect();
    let mut counted = Vec::new();
    for kind in hard.keys().filter_map(|name| kind_of(name, kinds)).filter(|kind| kind.namespaced) {
        if counted.contains(&kind.id) {
            continue;
        }
        counted.push(kind.id);
        for object in store.list(kind.id, Some(&quota.meta.namespace)).filter(|object| matches(quota, object)) {
            for (name, amount) in usage(object, &hard) {
                add(used.entry(name).or_default(), amount);
            }
        }
    }
    used
}

/// The kind whose objects use a resource.
fn kind_of<'a>(resource: &str, kinds: &'a Kinds) -> Option<&'a Arc<Kind>> {
    let plural = match resource {
        _ if resource.ends_with("/requests.storage")
            || resource.ends_with("/persistentvolumeclaims") && !resource.starts_with("count/") =>
        {
            "persistentvolumeclaims"
        }
        "requests.storage" => "persistentvolumeclaims",
        "services.nodeports" | "services.loadbalancers" => "services",
        other => other.strip_prefix("count/").unwrap_or(other),
    };
    let (plural, group) = plural.split_once('.').unwrap_or((plural, ""));
    let found = kinds.iter().find(|kind| *kind.plural == *plural && *kind.group == *group);
    found.or_else(|| kinds.kind("", "Pod"))
}

/// Amounts as JSON.
pub fn to_value(amounts: &Amounts) -> Value {
    amounts.iter().map(|(name, amount)| (name.clone(), Value::from(amount.to_string()))).collect()
}
