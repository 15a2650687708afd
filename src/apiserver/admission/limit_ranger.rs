//! What a namespace's LimitRanges add to Pods and claims, and what they refuse. Models
//! plugin/pkg/admission/limitranger.

use k8s_openapi::api::core::v1::{Container, PodSpec as Whole};
use serde_json::Value;

use super::Context;
use crate::api::{Object, PodSpec, Quantity, Status};
use crate::collections::SortedMap;

/// Amounts by the names of resources.
type Amounts = SortedMap<String, Quantity>;

/// A LimitRange's item.
struct Limit {
    kind: String,
    of: Value,
}

impl Limit {
    fn amounts(&self, field: &str) -> Amounts {
        amounts(&self.of[field])
    }
}

fn amounts(value: &Value) -> Amounts {
    let pairs = value.as_object().into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), quantity(value)?))).collect()
}

fn quantity(value: &Value) -> Option<Quantity> {
    match value {
        Value::String(text) => Quantity::parse(text),
        other => Quantity::parse(&other.to_string()),
    }
}

pub fn admit(object: &mut Object, context: &Context<'_>) -> Result<(), Status> {
    let claim = (&*object.kind.group, &*object.kind.kind) == ("", "PersistentVolumeClaim");
    let Some(kind) = context.kinds.kind("", "LimitRange").filter(|_| claim || object.spec.get::<PodSpec>().is_some())
    else {
        return Ok(());
    };
    let mut limits = Vec::new();
    for range in context.store.list(kind.id, Some(&object.meta.namespace)) {
        for item in range.spec.json().and_then(|spec| spec["limits"].as_array()).into_iter().flatten() {
            limits.push(Limit { kind: item["type"].as_str().unwrap_or_default().to_owned(), of: item.clone() });
        }
    }
    if limits.is_empty() {
        return Ok(());
    }
    let mut faults = Vec::new();
    if claim {
        let asked = object.spec.json().map(|spec| amounts(&spec["resources"]["requests"])).unwrap_or_default();
        for limit in limits.iter().filter(|limit| limit.kind == "PersistentVolumeClaim") {
            check_claim(limit, &asked, &mut faults);
        }
    } else {
        fill(object, &limits);
        if let Some(spec) = object.spec.get::<PodSpec>() {
            limits.iter().for_each(|limit| check_pod(limit, spec, &mut faults));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    let told = if faults.len() == 1 { faults.concat() } else { format!("[{}]", faults.join(", ")) };
    Err(Status::forbidden(&object.kind.group_resource(), &object.meta.name, &told))
}

/// Gives containers the amounts that they do not name, and notes it.
fn fill(pod: &mut Object, limits: &[Limit]) {
    let (mut requests, mut most) = (Amounts::new(), Amounts::new());
    for limit in limits.iter().filter(|limit| limit.kind == "Container") {
        for (field, into) in [("defaultRequest", &mut requests), ("default", &mut most)] {
            for (name, amount) in limit.amounts(field) {
                into.insert(name, amount);
            }
        }
    }
    let mut notes = Vec::new();
    let Some(spec) = pod.spec.get_mut::<PodSpec>() else { return };
    let lacks = |container: &Container| {
        let of = |limits: bool| {
            let resources = container.resources.as_ref();
            resources.and_then(|all| if limits { all.limits.as_ref() } else { all.requests.as_ref() })
        };
        requests.keys().any(|name| of(false).is_none_or(|map| !map.contains_key(name)))
            || most.keys().any(|name| of(true).is_none_or(|map| !map.contains_key(name)))
    };
    if !spec.containers.iter().chain(spec.init_containers.iter().flatten()).any(lacks) {
        return;
    }
    let spec: &mut Whole = spec;
    for (init, containers) in [
        (false, spec.containers.iter_mut()),
        (true, spec.init_containers.as_deref_mut().unwrap_or_default().iter_mut()),
    ] {
        for container in containers {
            let resources = container.resources.get_or_insert_default();
            let maps = [("request", &mut resources.requests, &requests), ("limit", &mut resources.limits, &most)];
            for (word, map, defaults) in maps {
                let mut set = Vec::new();
                for (name, amount) in defaults.iter() {
                    let map = map.get_or_insert_default();
                    if !map.contains_key(name) {
                        map.insert(name.clone(), (*amount).into());
                        set.push(name.as_str());
                    }
                }
                if !set.is_empty() {
                    let kind = if init { "init container" } else { "container" };
                    notes.push(format!("{} {word} for {kind} {}", set.join(", "), container.name));
                }
            }
        }
    }
    let note = format!("LimitRanger plugin set: {}", notes.join("; "));
    pod.meta.annotate("kubernetes.io/limit-ranger", &note);
}

fn check_claim(limit: &Limit, asked: &Amounts, faults: &mut Vec<String>) {
    for (name, least) in limit.amounts("min").iter() {
        minimum(limit, name, *least, asked, &Amounts::new(), faults);
    }
    for (name, most) in limit.amounts("max").iter() {
        if let Some(amount) = asked.get(name).filter(|amount| *amount > most) {
            faults.push(format!("maximum {name} usage per {} is {most}, but request is {amount}", limit.kind));
        }
    }
}

fn check_pod(limit: &Limit, spec: &Whole, faults: &mut Vec<String>) {
    let of = |container: &Container, limits: bool| -> Amounts {
        let resources = container.resources.as_ref();
        let map = resources.and_then(|all| if limits { all.limits.as_ref() } else { all.requests.as_ref() });
        map.into_iter().flatten().map(|(name, amount)| (name.clone(), Quantity::from(amount))).collect()
    };
    match &*limit.kind {
        "Container" => {
            for container in spec.containers.iter().chain(spec.init_containers.iter().flatten()) {
                check(limit, &of(container, false), &of(container, true), faults);
            }
        }
        "Pod" => {
            let total = |limits: bool| -> Amounts {
                let mut sum: SortedMap<String, (Quantity, usize)> = SortedMap::new();
                for container in &spec.containers {
                    for (name, amount) in of(container, limits).iter() {
                        let (total, count) = sum.entry(name.clone()).or_insert((Quantity::ZERO, 0));
                        *total += *amount;
                        *count += 1;
                    }
                }
                // What one container does not name has no total.
                let whole = sum.iter().filter(|(_, (_, count))| *count == spec.containers.len());
                whole.map(|(name, (total, _))| (name.clone(), *total)).collect()
            };
            check(limit, &total(false), &total(true), faults);
        }
        _ => {}
    }
}

fn minimum(limit: &Limit, name: &str, least: Quantity, requests: &Amounts, limits: &Amounts, faults: &mut Vec<String>) {
    let head = format!("minimum {name} usage per {} is {least}", limit.kind);
    match (requests.get(name), limits.get(name)) {
        (None, _) => faults.push(format!("{head}.  No request is specified")),
        (Some(request), _) if *request < least => faults.push(format!("{head}, but request is {request}")),
        (_, Some(most)) if *most < least => faults.push(format!("{head}, but limit is {most}")),
        _ => {}
    }
}

fn check(limit: &Limit, requests: &Amounts, limits: &Amounts, faults: &mut Vec<String>) {
    for (name, least) in limit.amounts("min").iter() {
        minimum(limit, name, *least, requests, limits, faults);
    }
    for (name, most) in limit.amounts("max").iter() {
        let head = format!("maximum {name} usage per {} is {most}", limit.kind);
        match (requests.get(name), limits.get(name)) {
            (_, None) => faults.push(format!("{head}.  No limit is specified")),
            (_, Some(amount)) if amount > most => faults.push(format!("{head}, but limit is {amount}")),
            (Some(amount), _) if amount > most => faults.push(format!("{head}, but request is {amount}")),
            _ => {}
        }
    }
    for (name, ratio) in limit.amounts("maxLimitRequestRatio").iter() {
        let head = format!("{name} max limit to request ratio per {} is {ratio}", limit.kind);
        match (
            requests.get(name).filter(|amount| !amount.is_zero()),
            limits.get(name).filter(|amount| !amount.is_zero()),
        ) {
            (None, _) => faults.push(format!("{head}, but no request is specified or request is 0")),
            (_, None) => faults.push(format!("{head}, but no limit is specified or limit is 0")),
            (Some(request), Some(most)) => {
                let (request, most) = (i128::from(request.milli_value()), i128::from(most.milli_value()));
                if most * 1000 > request * i128::from(ratio.milli_value()) {
                    // Six digits, as Go's %f.
                    let shown = (most * 1_000_000 + request / 2) / request;
                    faults.push(format!(
                        "{head}, but provided ratio is {}.{:06}",
                        shown / 1_000_000,
                        shown % 1_000_000
                    ));
                }
            }
        }
    }
}
