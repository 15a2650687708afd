//! What the API server fills in where a manifest says nothing.
//!
//! One file per family of kinds, each working on the typed parts (or, for kinds without types,
//! on their JSON), so that controllers' objects never go through JSON. What the schema itself
//! knows as defaults is filled in while a request is decoded.

mod apps;
mod autoscaling;
mod batch;
mod core;
pub mod pods;
mod services;

use k8s_openapi::api::apps::v1 as apps_v1;
use k8s_openapi::api::batch::v1 as batch_v1;
use k8s_openapi::api::core::v1 as core_v1;
use serde_json::{Map, Value};

use crate::api::{Object, PodSpec};

/// Sets a field that is not there.
pub(super) fn set<T>(field: &mut Option<T>, value: impl FnOnce() -> T) {
    if field.is_none() {
        *field = Some(value());
    }
}

/// Sets a text that is not there, or empty.
pub(super) fn set_text(field: &mut Option<String>, value: &str) {
    if field.as_deref().unwrap_or_default().is_empty() {
        *field = Some(value.to_owned());
    }
}

/// Sets a number that is not there, or zero.
pub(super) fn set_number(field: &mut Option<i32>, value: i32) {
    if field.unwrap_or(0) == 0 {
        *field = Some(value);
    }
}

/// Sets a field of a JSON object that is not there.
fn put(map: &mut Map<String, Value>, field: &str, value: impl Into<Value>) {
    map.entry(field).or_insert_with(|| value.into());
}

/// Fills in the defaults of an object.
pub fn apply(object: &mut Object) {
    if let Some(spec) = object.spec.get_mut::<PodSpec>() {
        pods::pod(spec);
        return spec.set_token_apart();
    }
    let kind = std::sync::Arc::clone(&object.kind);
    match (&*kind.group, &*kind.kind) {
        ("", "Service") => {
            if let Some(spec) = object.spec.get_mut::<core_v1::ServiceSpec>() {
                services::service(spec);
            }
            if let Some(status) = object.status.get_mut::<core_v1::ServiceStatus>() {
                set(&mut status.load_balancer, Default::default);
            }
        }
        ("apps", "Deployment") => {
            if let Some(spec) = object.spec.get_mut::<apps_v1::DeploymentSpec>() {
                apps::deployment(spec);
            }
        }
        ("apps", "ReplicaSet") => {
            if let Some(spec) = object.spec.get_mut::<apps_v1::ReplicaSetSpec>() {
                apps::replica_set(spec);
            }
        }
        ("apps", "StatefulSet") => {
            if let Some(spec) = object.spec.get_mut::<apps_v1::StatefulSetSpec>() {
                apps::stateful_set(spec);
            }
        }
        ("apps", "DaemonSet") => {
            if let Some(spec) = object.spec.get_mut::<apps_v1::DaemonSetSpec>() {
                apps::daemon_set(spec);
            }
        }
        ("batch", "Job") => {
            if let Some(spec) = object.spec.get_mut::<batch_v1::JobSpec>() {
                batch::job(spec);
            }
        }
        ("batch", "CronJob") => {
            if let Some(spec) = object.spec.get_mut::<batch_v1::CronJobSpec>() {
                batch::cron_job(spec);
            }
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => super::definitions::default(object),
        ("apiregistration.k8s.io", "APIService") => super::aggregation::default(object),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaling::horizontal_pod_autoscaler(object),
        _ => core::untyped(object),
    }
}
