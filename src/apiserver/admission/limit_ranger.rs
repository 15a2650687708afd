//! Requests and limits by the LimitRanges of the namespace. Models plugin/pkg/admission/limitranger.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;
use serde_json::Value;

use super::Context;
use crate::api::{Object, PodSpec, Quantity, Status};

/// Where is noted what was filled in.
const NOTE: &str = "kubernetes.io/limit-ranger";

type Amounts = BTreeMap<String, Written>;

/// Fills in a Pod's requests and limits, and refuses those out of range.
pub fn admit(object: &mut Object, context: &Context<'_>) -> Result<(), Status> {
    let Some(kind) = context.kinds.kind("", "LimitRange") else { return Ok(()) };
    let namespace = object.meta.namespace.clone();
    let ranges: Vec<Value> =
        context.store.list(kind.id, Some(&namespace)).filter_map(|range| range.spec.json().cloned()).collect();
    let items = || ranges.iter().flat_map(|range| range["limits"].as_array().into_iter().flatten());
    let mut notes = Vec::new();
    if let Some(spec) = object.spec.get_mut::<PodSpec>().filter(|_| !ranges.is_empty()) {
        for (what, inits) in [("container", false), ("init container", true)] {
            let list =
                if inits { spec.init_containers.as_deref_mut().unwrap_or_default() } else { &mut spec.containers };
            for container in list {
                for item in items().filter(|item| item["type"] == "Container") {
                    let resources = container.resources.get_or_insert_default();
                    let told = format!("{what} {}", container.name);
                    fill(resources, item, &told, &mut notes);
                }
            }
        }
    }
    if !notes.is_empty() {
        let note = format!("LimitRanger plugin set: {}", notes.join("; "));
        Arc::make_mut(&mut object.meta.annotations).insert(NOTE.to_owned(), note);
    }
    let Some(spec) = object.spec.get::<PodSpec>() else { return Ok(()) };
    let mut broken = Vec::new();
    for item in items() {
        let none = ResourceRequirements::default();
        match item["type"].as_str() {
            Some("Container") => {
                for container in &spec.containers {
                    check(item, container.resources.as_ref().unwrap_or(&none), &mut broken);
                }
            }
            Some("Pod") => {
                let each: Vec<&ResourceRequirements> =
                    spec.containers.iter().map(|container| container.resources.as_ref().unwrap_or(&none)).collect();
                let sum = ResourceRequirements {
                    requests: Some(sum(each.iter().map(|one| one.requests.as_ref()))),
                    limits: Some(sum(each.iter().map(|one| one.limits.as_ref()))),
                    ..ResourceRequirements::default()
                };
                check(item, &sum, &mut broken);
            }
            _ => {}
        }
    }
    match &broken[..] {
        [] => Ok(()),
        [one] => Err(Status::forbidden("pods", &object.meta.name, one)),
        many => Err(Status::forbidden("pods", &object.meta.name, &format!("[{}]", many.join(", ")))),
    }
}

fn fill(resources: &mut ResourceRequirements, item: &Value, told: &str, notes: &mut Vec<String>) {
    let mut set = |own: &mut Option<Amounts>, wanted: &Value, what: &str| {
        let mut names = Vec::new();
        for (name, amount) in wanted.as_object().into_iter().flatten() {
            let own = own.get_or_insert_default();
            if !own.contains_key(name) {
                own.insert(name.clone(), Written(amount.as_str().unwrap_or_default().to_owned()));
                names.push(name.as_str());
            }
        }
        if !names.is_empty() {
            notes.push(format!("{} {what} for {told}", names.join(", ")));
        }
    };
    set(&mut resources.requests, &item["defaultRequest"], "request");
    set(&mut resources.limits, &item["default"], "limit");
}

/// What all containers have together; what one does not say is nobody's.
fn sum<'a>(each: impl Iterator<Item = Option<&'a Amounts>> + Clone) -> Amounts {
    let names = each.clone().flatten().flat_map(BTreeMap::keys);
    let mut total = Amounts::new();
    for name in names {
        let amounts: Option<Vec<Quantity>> =
            each.clone().map(|amounts| amounts.and_then(|amounts| amounts.get(name)).map(Quantity::from)).collect();
        let Some(amounts) = amounts else { continue };
        let millis = amounts.iter().fold(0_i64, |sum, one| sum.saturating_add(one.milli_value()));
        total.insert(name.clone(), Written(Quantity::from_millis(millis).to_string()));
    }
    total
}

fn check(item: &Value, resources: &ResourceRequirements, broken: &mut Vec<String>) {
    let of = item["type"].as_str().unwrap_or_default();
    let amount =
        |amounts: &Option<Amounts>, name: &str| amounts.as_ref().and_then(|all| all.get(name)).map(Quantity::from);
    for (bound, word) in [("min", "minimum"), ("max", "maximum")] {
        for (name, value) in item[bound].as_object().into_iter().flatten() {
            let Some(wanted) = value.as_str().and_then(Quantity::parse) else { continue };
            let (request, limit) = (amount(&resources.requests, name), amount(&resources.limits, name));
            let says = format!("{word} {name} usage per {of} is {wanted}");
            let beyond = |found: Option<Quantity>| {
                found.filter(|found| match bound {
                    "min" => found.milli_value() < wanted.milli_value(),
                    _ => found.milli_value() > wanted.milli_value(),
                })
            };
            let (first, second) = if bound == "min" {
                (("request", request), ("limit", limit))
            } else {
                (("limit", limit), ("request", request))
            };
            if first.1.is_none() {
                broken.push(format!("{says}.  No {} is specified", first.0));
            } else if let Some(found) = beyond(first.1) {
                broken.push(format!("{says}, but {} is {found}", first.0));
            } else if let Some(found) = beyond(second.1) {
                broken.push(format!("{says}, but {} is {found}", second.0));
            }
        }
    }
    for (name, value) in item["maxLimitRequestRatio"].as_object().into_iter().flatten() {
        let Some(wanted) = value.as_str().and_then(Quantity::parse) else { continue };
        let millis = |amounts| amount(amounts, name).map_or(0, Quantity::milli_value);
        let (request, limit) = (millis(&resources.requests), millis(&resources.limits));
        let says = format!("{name} max limit to request ratio per {of} is {wanted}");
        if request == 0 {
            broken.push(format!("{says}, but no request is specified or request is 0"));
        } else if limit == 0 {
            broken.push(format!("{says}, but no limit is specified or limit is 0"));
        } else if limit as f64 / request as f64 * 1000.0 > wanted.milli_value() as f64 {
            broken.push(format!("{says}, but provided ratio is {:.6}", limit as f64 / request as f64));
        }
    }
}

/// Defaults of a range itself. Models SetDefaults_LimitRangeItem: limits from maxima, requests from limits,
/// then from minima.
pub fn default(range: &mut Value) {
    for item in range["limits"].as_array_mut().into_iter().flatten().filter(|item| item["type"] == "Container") {
        for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
            for (name, amount) in item[from].as_object().cloned().into_iter().flatten() {
                if item[to][&name].is_null() {
                    item[to][&name] = amount;
                }
            }
        }
    }
}
