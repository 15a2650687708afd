//! What the API server refuses, in its words and with its field paths.
//!
//! One file per family of kinds. The order of checks is upstream's, since several errors are
//! told in the order they were found. Models the validation.go files under pkg/apis.

mod aggregation;
mod apps;
mod autoscaling;
mod batch;
mod certificates;
mod config;
mod custom;
mod definition;
mod ephemeral;
mod go_diff;
mod meta;
mod network;
mod pods;
mod probes;
mod rbac;
mod scheduling;
mod services;
mod storage;
mod structural;
mod update;
mod volumes;

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::Value;

use crate::api::{FieldError, Object, Status, codec};

const NOT_NEGATIVE: &str = "must be greater than or equal to 0";
const IMMUTABLE: &str = "field is immutable";

/// Refuses a new object that breaks a rule.
pub fn create(object: &Object) -> Result<(), Status> {
    answer(object, check(object, None))
}

/// Refuses a new version that breaks a rule, or changes what may not change.
pub fn update(new: &Object, old: &Object) -> Result<(), Status> {
    let mut errors = Vec::new();
    meta::update(&new.meta, &old.meta, &mut errors);
    errors.extend(check(new, Some(old)));
    update::check(new, old, &mut errors);
    answer(new, errors)
}

/// Refuses ephemeral containers that break a rule, and to change or take away those that are there.
pub fn ephemeral_containers(new: &Object, old: &Object) -> Result<(), Status> {
    let mut errors = Vec::new();
    ephemeral::check(new, old, &mut errors);
    answer(new, errors)
}

fn answer(object: &Object, errors: Vec<FieldError>) -> Result<(), Status> {
    if errors.is_empty() {
        return Ok(());
    }
    Err(Status::invalid(&object.kind.group, &object.kind.kind, &object.meta.name, &errors))
}

fn check(object: &Object, old: Option<&Object>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let out = &mut errors;
    meta::check(object, out);
    match (&*object.kind.group, &*object.kind.kind) {
        ("", "Pod") => pods::pod(object, out),
        ("", "Service") => services::service(object, out),
        ("", "ConfigMap") => config::config_map(object, out),
        ("", "Secret") => config::secret(object, out),
        ("", "ReplicationController") => apps::replication_controller(object, out),
        ("", "PersistentVolumeClaim") => storage::claim(object, out),
        ("", "PersistentVolume") => storage::volume(object, out),
        ("storage.k8s.io", "StorageClass") => storage::class(object, out),
        ("apps", "Deployment") => apps::deployment(object, out),
        ("apps", "ReplicaSet") => apps::replica_set(object, out),
        ("apps", "StatefulSet") => apps::stateful_set(object, out),
        ("apps", "DaemonSet") => apps::daemon_set(object, out),
        ("batch", "Job") => batch::job(object, out),
        ("batch", "CronJob") => batch::cron_job(object, out),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaling::autoscaler(object, out),
        ("policy", "PodDisruptionBudget") => autoscaling::budget(object, out),
        ("networking.k8s.io", "Ingress") => network::ingress(object, out),
        ("networking.k8s.io", "NetworkPolicy") => network::network_policy(object, out),
        ("rbac.authorization.k8s.io", _) => rbac::check(object, out),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition::check(object, old, out),
        ("apiregistration.k8s.io", "APIService") => aggregation::api_service(object, out),
        ("certificates.k8s.io", "CertificateSigningRequest") => certificates::signing_request(object, old, out),
        ("scheduling.k8s.io", "PriorityClass") => config::priority_class(object, out),
        _ => custom::check(object, old, out),
    }
    errors
}

/// A number that must not be negative.
fn not_negative(value: Option<i64>, field: &str, out: &mut Vec<FieldError>) {
    if let Some(value) = value.filter(|value| *value < 0) {
        out.push(FieldError::invalid(field, value, NOT_NEGATIVE));
    }
}

/// A port number.
fn port(value: i64, field: &str, out: &mut Vec<FieldError>) {
    if !(1..=65535).contains(&value) {
        out.push(FieldError::invalid(field, value, "must be between 1 and 65535, inclusive"));
    }
}

/// A port's name: IsValidPortName.
fn port_name(name: &str, field: &str, out: &mut Vec<FieldError>) {
    let mut add = |why: &str| out.push(FieldError::invalid(field, name, why));
    if name.len() > 15 {
        add("must be no more than 15 characters");
    }
    if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        add("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        add("must contain at least one letter (a-z)");
    }
    if name.contains("--") {
        add("must not contain consecutive hyphens");
    }
    if name.starts_with('-') || name.ends_with('-') {
        add("must not begin or end with a hyphen");
    }
}

fn int_or_string_value(value: &IntOrString) -> Value {
    match value {
        IntOrString::Int(number) => Value::from(*number),
        IntOrString::String(text) => Value::from(text.as_str()),
    }
}

/// A port by number or name.
fn port_or_name(value: &IntOrString, field: &str, out: &mut Vec<FieldError>) {
    match value {
        IntOrString::Int(number) => port(i64::from(*number), field, out),
        IntOrString::String(name) => port_name(name, field, out),
    }
}

fn percent(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('%')?;
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| digits.parse().unwrap_or(i64::MAX))
}

/// A number or a percentage, not negative. Models ValidatePositiveIntOrPercent.
fn int_or_percent(value: &IntOrString, field: &str, out: &mut Vec<FieldError>) {
    match value {
        IntOrString::Int(number) => not_negative(Some(i64::from(*number)), field, out),
        IntOrString::String(text) if percent(text).is_none() => out.push(FieldError::invalid(
            field,
            text.as_str(),
            "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex \
             used for validation is '[0-9]+%')",
        )),
        IntOrString::String(_) => {}
    }
}

/// A percentage of at most 100. Models IsNotMoreThan100Percent.
fn at_most_all(value: &IntOrString, field: &str, out: &mut Vec<FieldError>) {
    if let IntOrString::String(text) = value
        && percent(text).is_some_and(|percent| percent > 100)
    {
        out.push(FieldError::invalid(field, text.as_str(), "must not be greater than 100%"));
    }
}

/// A text that must be one of a few.
fn one_of(value: Option<&str>, field: &str, supported: &[&str], out: &mut Vec<FieldError>) {
    match value {
        None | Some("") => out.push(FieldError::required(field, "")),
        Some(value) if !supported.contains(&value) => out.push(FieldError::unsupported(field, value, supported)),
        Some(_) => {}
    }
}

/// The faults of a name or key, each told on its own.
fn faults(found: Vec<String>, value: &str, field: &str, out: &mut Vec<FieldError>) {
    out.extend(found.into_iter().map(|fault| FieldError::invalid(field, value, fault)));
}

/// A typed value as Go prints it in an error.
fn shown(value: &impl serde::Serialize) -> Value {
    codec::write(value)
}

#[cfg(test)]
mod tests;
