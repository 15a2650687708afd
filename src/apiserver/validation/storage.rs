//! Claims, volumes and storage classes. Models pkg/apis/core/validation and pkg/apis/storage/validation.

use serde_json::{Value, json};

use super::faults;
use crate::api::{FieldError, Object, Quantity, name_rules};

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

fn access_modes(spec: &Value, out: &mut Vec<FieldError>) {
    let modes = spec["accessModes"].as_array().map_or(&[][..], Vec::as_slice);
    if modes.is_empty() {
        out.push(FieldError::required("spec.accessModes", "at least 1 access mode is required"));
    }
    for mode in modes.iter().filter_map(Value::as_str).filter(|mode| !MODES.contains(mode)) {
        out.push(FieldError::unsupported("spec.accessModes", mode, &MODES));
    }
}

fn positive(amount: &Value, field: &str, out: &mut Vec<FieldError>) {
    let quantity = amount.as_str().and_then(Quantity::parse).unwrap_or_default();
    if quantity <= Quantity::ZERO {
        out.push(FieldError::invalid(field, quantity.to_string(), "must be greater than zero"));
    }
}

pub fn claim(object: &Object, out: &mut Vec<FieldError>) {
    let empty = json!({});
    let spec = object.spec.json().unwrap_or(&empty);
    access_modes(spec, out);
    match spec["resources"]["requests"].get("storage") {
        None => out.push(FieldError::required("spec.resources[storage]", "")),
        Some(amount) => positive(amount, "spec.resources[storage]", out),
    }
    if let Some(class) = spec["storageClassName"].as_str().filter(|class| !class.is_empty()) {
        faults(name_rules::subdomain_faults(class), class, "spec.storageClassName", out);
    }
    if let Some(mode) = spec["volumeMode"].as_str().filter(|mode| !matches!(*mode, "Block" | "Filesystem")) {
        out.push(FieldError::unsupported("spec.volumeMode", mode, &["Block", "Filesystem"]));
    }
}

/// What a volume may say beside its source.
pub const BESIDE_SOURCE: [&str; 9] = [
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

pub fn volume(object: &Object, out: &mut Vec<FieldError>) {
    let empty = json!({});
    let spec = object.spec.json().unwrap_or(&empty);
    access_modes(spec, out);
    match spec["capacity"].as_object().filter(|capacity| !capacity.is_empty()) {
        None => out.push(FieldError::required("spec.capacity", "")),
        Some(capacity) => {
            if capacity.len() != 1 || !capacity.contains_key("storage") {
                out.push(FieldError::unsupported("spec.capacity", json!(capacity), &["storage"]));
            }
            positive(&spec["capacity"]["storage"], "spec.capacity[storage]", out);
        }
    }
    let sources: Vec<&String> = spec
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
        .filter(|name| !BESIDE_SOURCE.contains(&name.as_str()))
        .collect();
    match sources.len() {
        0 => out.push(FieldError::required("spec", "must specify a volume type")),
        1 => {}
        _ => {
            let path = format!("spec.{}", sources[sources.len() - 1]);
            out.push(FieldError::forbidden(&path, "may not specify more than 1 volume type"));
        }
    }
    let policy = spec["persistentVolumeReclaimPolicy"].as_str().unwrap_or("Retain");
    if !matches!(policy, "Delete" | "Recycle" | "Retain") {
        let supported = ["Delete", "Recycle", "Retain"];
        out.push(FieldError::unsupported("spec.persistentVolumeReclaimPolicy", policy, &supported));
    }
}

pub fn class(object: &Object, out: &mut Vec<FieldError>) {
    let Some(rest) = object.rest.json() else { return };
    let provisioner = rest["provisioner"].as_str().unwrap_or_default();
    if provisioner.is_empty() {
        out.push(FieldError::required("provisioner", ""));
    } else {
        let found = name_rules::qualified_name_faults(&provisioner.to_lowercase());
        faults(found, provisioner, "provisioner", out);
    }
    for (field, supported) in
        [("reclaimPolicy", ["Delete", "Retain"]), ("volumeBindingMode", ["Immediate", "WaitForFirstConsumer"])]
    {
        if let Some(value) = rest[field].as_str().filter(|value| !supported.contains(value)) {
            out.push(FieldError::unsupported(field, value, &supported));
        }
    }
}
