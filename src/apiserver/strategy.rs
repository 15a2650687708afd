//! What becomes of an object's fields as it is created or updated, kind by kind.
//!
//! Models the strategies under pkg/registry (PrepareForCreate, PrepareForUpdate): which kinds
//! count generations, what a new object's status is, what an update may not touch.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::DaemonSetSpec;
use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{Container, NamespaceSpec, NamespaceStatus, PodAffinityTerm, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

use super::{certificates, defaults, definitions};
use crate::api::{Kind, Object, Part, PodSpec, Quantity, StringMap};

/// How often a DaemonSet's template has changed; a field of an earlier version of the API.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// Whether a kind counts the changes of its desired state in `metadata.generation`.
pub fn counts_generations(kind: &Kind) -> bool {
    match (&*kind.group, &*kind.kind) {
        ("", kind) => matches!(kind, "Pod" | "ReplicationController"),
        ("apps" | "batch" | "policy" | "flowcontrol.apiserver.k8s.io" | "apiextensions.k8s.io", kind) => {
            kind != "ControllerRevision"
        }
        ("admissionregistration.k8s.io" | "networking.k8s.io" | "discovery.k8s.io", _) => true,
        ("scheduling.k8s.io", _) => true,
        _ => kind.custom.is_some(),
    }
}

/// Completes a new object; its name and uid are set.
pub fn prepare_for_create(object: &mut Object) {
    let kind = Arc::clone(&object.kind);
    object.meta.deleted = None;
    object.meta.grace_seconds = None;
    if counts_generations(&kind) {
        object.meta.generation = 1;
    }
    match (&*kind.group, &*kind.kind) {
        ("", "Pod") => pod(object),
        ("", "Namespace") => namespace(object),
        ("batch", "Job") => job(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definitions::prepare(object),
        ("apps", "DaemonSet") => object.meta.annotate(TEMPLATE_GENERATION, "1"),
        _ => {}
    }
}

/// A request's object comes without a status, whatever it says: the status is for controllers.
/// Nodes are the exception, since kubelets register themselves with theirs.
pub fn drop_status(object: &mut Object) {
    let kind = &object.kind;
    if !kind.subresources.iter().any(|subresource| subresource == "status") || *kind.kind == *"Node" {
        return;
    }
    object.status = match kind.codec.status.map(|decode| decode(serde_json::json!({}))) {
        Some(Ok(empty)) => empty,
        _ => Part::Absent,
    };
}

fn pod(object: &mut Object) {
    let labels = Arc::clone(&object.meta.labels);
    if object
        .spec::<PodSpec>()
        .is_some_and(|spec| spec.affinity.is_some() || spec.topology_spread_constraints.is_some())
        && let Some(spec) = object.spec.get_mut::<PodSpec>()
    {
        match_label_keys(spec, &labels);
    }
    let Some(class) = object.spec::<PodSpec>().map(quality_of_service) else { return };
    if let Some(status) = object.status.get_mut::<PodStatus>() {
        defaults::set_text(&mut status.phase, "Pending");
        defaults::set_text(&mut status.qos_class, class);
    }
}

/// The values of the Pod's own labels, which `matchLabelKeys` and `mismatchLabelKeys` name, become part of the
/// selectors. Models applyMatchLabelKeysAndMismatchLabelKeys of pkg/registry/core/pod/strategy.go.
fn match_label_keys(spec: &mut PodSpec, labels: &StringMap) {
    let add = |selector: &mut Option<LabelSelector>, keys: Option<&Vec<String>>, operator: &str| {
        let Some(selector) = selector else { return };
        for key in keys.into_iter().flatten() {
            if let Some(value) = labels.get(key) {
                selector.match_expressions.get_or_insert_default().push(LabelSelectorRequirement {
                    key: key.clone(),
                    operator: operator.to_owned(),
                    values: Some(vec![value.clone()]),
                });
            }
        }
    };
    let term = |term: &mut PodAffinityTerm| {
        add(&mut term.label_selector, term.match_label_keys.as_ref(), "In");
        add(&mut term.label_selector, term.mismatch_label_keys.as_ref(), "NotIn");
    };
    if let Some(affinity) = &mut spec.affinity {
        if let Some(near) = &mut affinity.pod_affinity {
            near.required_during_scheduling_ignored_during_execution.iter_mut().flatten().for_each(term);
            let preferred = near.preferred_during_scheduling_ignored_during_execution.iter_mut().flatten();
            preferred.for_each(|one| term(&mut one.pod_affinity_term));
        }
        if let Some(apart) = &mut affinity.pod_anti_affinity {
            apart.required_during_scheduling_ignored_during_execution.iter_mut().flatten().for_each(term);
            let preferred = apart.preferred_during_scheduling_ignored_during_execution.iter_mut().flatten();
            preferred.for_each(|one| term(&mut one.pod_affinity_term));
        }
    }
    for one in spec.topology_spread_constraints.iter_mut().flatten() {
        add(&mut one.label_selector, one.match_label_keys.as_ref(), "In");
    }
}

/// Models pkg/apis/core/v1/helper/qos ComputePodQOS.
fn quality_of_service(spec: &PodSpec) -> &'static str {
    let containers = || spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let amount = |container: &Container, limits: bool, name: &str| -> Option<Quantity> {
        let resources = container.resources.as_ref()?;
        let map = if limits { &resources.limits } else { &resources.requests };
        map.as_ref()?.get(name).map(Quantity::from).filter(|quantity| !quantity.is_zero())
    };
    let names = ["cpu", "memory"];
    let any = containers().any(|container| {
        names.iter().any(|name| amount(container, true, name).is_some() || amount(container, false, name).is_some())
    });
    if !any {
        return "BestEffort";
    }
    let guaranteed = containers().all(|container| {
        names.iter().all(|name| {
            let limit = amount(container, true, name);
            limit.is_some() && amount(container, false, name).is_none_or(|request| Some(request) == limit)
        })
    });
    if guaranteed { "Guaranteed" } else { "Burstable" }
}

fn namespace(object: &mut Object) {
    let name = object.meta.name.to_string();
    Arc::make_mut(&mut object.meta.labels).insert("kubernetes.io/metadata.name".to_owned(), name);
    if let Some(spec) = object.spec.get_mut::<NamespaceSpec>() {
        let finalizers = spec.finalizers.get_or_insert_default();
        if !finalizers.iter().any(|finalizer| finalizer == "kubernetes") {
            finalizers.push("kubernetes".to_owned());
        }
    }
    if let Some(status) = object.status.get_mut::<NamespaceStatus>() {
        status.phase = Some("Active".to_owned());
    }
}

/// A Job selects its Pods by its own uid. Models pkg/registry/batch/job generateSelector.
fn job(object: &mut Object) {
    let (uid, name) = (object.meta.uid.to_string(), object.meta.name.to_string());
    let Some(spec) = object.spec.get_mut::<JobSpec>() else { return };
    if spec.manual_selector == Some(true) {
        return;
    }
    let labels = spec.template.metadata.get_or_insert_default().labels.get_or_insert_default();
    for (key, value) in [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ] {
        labels.entry(key.to_owned()).or_insert_with(|| value.clone());
    }
    let selector = spec.selector.get_or_insert_default().match_labels.get_or_insert_default();
    selector.entry("batch.kubernetes.io/controller-uid".to_owned()).or_insert(uid);
    // A Job without labels of its own carries its template's.
    if object.meta.labels.is_empty() {
        object.meta.labels = Arc::new(labels.clone());
    }
}

/// Completes the new version of an object: what an update may not touch stays, and a change of
/// the desired state is counted.
pub fn prepare_for_update(object: &mut Object, old: &Object) {
    let (new, was) = (&mut object.meta, &old.meta);
    new.uid = Arc::clone(&was.uid);
    new.created = was.created;
    new.generate_name.clone_from(&was.generate_name);
    new.deleted = was.deleted;
    new.grace_seconds = was.grace_seconds;
    new.generation = was.generation;
    // A custom resource without a status subresource has a status like any other field.
    let status_apart = object.kind.custom.is_none() || object.kind.subresources.iter().any(|name| name == "status");
    if status_apart {
        object.status = old.status.clone();
    }
    if certificates::is_request(&object.kind) {
        object.spec = old.spec.clone();
    }
    if definitions::is_definition(&object.kind) {
        definitions::store_version(object);
    }
    if let (Some(spec), Some(was)) = (object.spec.get_mut::<NamespaceSpec>(), old.spec.get::<NamespaceSpec>()) {
        // Only `finalize` takes the namespace controller's finalizer away.
        if old.meta.deleted.is_none() {
            spec.finalizers.clone_from(&was.finalizers);
        }
    }
    if let (Some(spec), Some(old_spec)) = (object.spec.get::<DaemonSetSpec>(), old.spec.get::<DaemonSetSpec>()) {
        let count: i64 = was.annotation(TEMPLATE_GENERATION).and_then(|count| count.parse().ok()).unwrap_or(0);
        let changed = spec.template != old_spec.template;
        object.meta.annotate(TEMPLATE_GENERATION, count.saturating_add(i64::from(changed)).to_string());
    }
    if was.generation > 0 && counts_generations(&object.kind) && desired_state_changed(object, old) {
        object.meta.generation += 1;
    }
}

/// Whether anything but metadata and status differs; a Deployment's annotations count too (its
/// rollback hung on one once).
fn desired_state_changed(new: &Object, old: &Object) -> bool {
    let annotated = &*new.kind.kind == "Deployment" && new.meta.annotations != old.meta.annotations;
    new.spec != old.spec || new.rest != old.rest || new.status != old.status || annotated
}
