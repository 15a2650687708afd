//! `metadata`: names, labels, annotations, owners, finalizers.
//! Models apimachinery/pkg/api/validation/objectmeta.go and the kinds' own rules of names.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::json;

use super::{IMMUTABLE, faults};
use crate::api::{FieldError, Kind, Meta, Object, StringMap, name_rules};

/// What the names of a kind must look like.
fn name_faults(kind: &Kind, name: &str) -> Vec<String> {
    match (&*kind.group, &*kind.kind) {
        ("", "Namespace" | "Service") => name_rules::label_faults(name),
        ("rbac.authorization.k8s.io", _) | ("apiregistration.k8s.io", "APIService") => path_segment(name),
        ("batch", "CronJob") if name.len() > 52 => vec!["must be no more than 52 characters".to_owned()],
        _ => name_rules::subdomain_faults(name),
    }
}

fn path_segment(name: &str) -> Vec<String> {
    match name {
        "." | ".." => vec![format!("may not be '{name}'")],
        _ => ['/', '%']
            .into_iter()
            .filter(|letter| name.contains(*letter))
            .map(|letter| format!("may not contain '{letter}'"))
            .collect(),
    }
}

pub fn check(object: &Object, out: &mut Vec<FieldError>) {
    let meta = &object.meta;
    if let Some(prefix) = &meta.generate_name {
        // The random letters that follow make up for a dash at the end.
        let prefix_alone = prefix.strip_suffix('-').map_or(prefix.to_string(), |rest| format!("{rest}a"));
        faults(name_faults(&object.kind, &prefix_alone), prefix, "metadata.generateName", out);
    }
    if meta.name.is_empty() {
        if meta.generate_name.is_none() {
            out.push(FieldError::required("metadata.name", "name or generateName is required"));
        }
    } else if meta.generate_name.is_none() || out.is_empty() {
        faults(name_faults(&object.kind, &meta.name), &meta.name, "metadata.name", out);
    }
    labels(&meta.labels, "metadata.labels", out);
    annotations(&meta.annotations, out);
    let controllers: Vec<&str> =
        meta.owners.iter().filter(|owner| owner.controller == Some(true)).map(|owner| &*owner.name).collect();
    if controllers.len() > 1 {
        let names = controllers.join(", ");
        let why =
            format!("Only one reference can have Controller set to true. Found \"true\" in references for {names}");
        out.push(FieldError::invalid("metadata.ownerReferences", json!(controllers), why));
    }
    for (at, owner) in meta.owners.iter().enumerate() {
        for (field, value) in
            [("apiVersion", &owner.api_version), ("kind", &owner.kind), ("name", &owner.name), ("uid", &owner.uid)]
        {
            if value.is_empty() {
                let path = format!("metadata.ownerReferences[{at}].{field}");
                out.push(FieldError::invalid(&path, "", format!("{field} must not be empty")));
            }
        }
    }
    for finalizer in meta.finalizers.iter() {
        let found = name_rules::qualified_name_faults(finalizer);
        faults(found, finalizer, "metadata.finalizers", out);
    }
}

/// Labels, or a plain selector of labels.
pub fn labels(labels: &StringMap, field: &str, out: &mut Vec<FieldError>) {
    for (key, value) in labels {
        faults(name_rules::qualified_name_faults(key), key, field, out);
        faults(name_rules::label_value_faults(value), value, field, out);
    }
}

fn annotations(annotations: &StringMap, out: &mut Vec<FieldError>) {
    const LIMIT: usize = 256 * 1024;
    for key in annotations.keys() {
        // Upper case is tolerated in the prefix.
        faults(name_rules::qualified_name_faults(&key.to_lowercase()), key, "metadata.annotations", out);
    }
    let total: usize = annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
    if total > LIMIT {
        out.push(FieldError::too_long("metadata.annotations", LIMIT));
    }
}

/// A LabelSelector. Models metav1 validation ValidateLabelSelector.
pub fn selector(selector: &LabelSelector, field: &str, out: &mut Vec<FieldError>) {
    if let Some(wanted) = &selector.match_labels {
        labels(wanted, &format!("{field}.matchLabels"), out);
    }
    for (at, expression) in selector.match_expressions.iter().flatten().enumerate() {
        let path = format!("{field}.matchExpressions[{at}]");
        let values = expression.values.as_ref().map_or(0, Vec::len);
        match &*expression.operator {
            "In" | "NotIn" if values == 0 => {
                let why = "must be specified when `operator` is 'In' or 'NotIn'";
                out.push(FieldError::required(&format!("{path}.values"), why));
            }
            "Exists" | "DoesNotExist" if values > 0 => {
                let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                out.push(FieldError::forbidden(&format!("{path}.values"), why));
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => {
                let why = "not a valid selector operator";
                out.push(FieldError::invalid(&format!("{path}.operator"), other, why));
            }
        }
        faults(name_rules::qualified_name_faults(&expression.key), &expression.key, &format!("{path}.key"), out);
        for (index, value) in expression.values.iter().flatten().enumerate() {
            faults(name_rules::label_value_faults(value), value, &format!("{path}.values[{index}]"), out);
        }
    }
}

/// What an update may not change in metadata.
pub fn update(new: &Meta, old: &Meta, out: &mut Vec<FieldError>) {
    for (field, new, old) in [("name", &new.name, &old.name), ("namespace", &new.namespace, &old.namespace)] {
        if new != old {
            out.push(FieldError::invalid(&format!("metadata.{field}"), &**new, IMMUTABLE));
        }
    }
    let added = || new.finalizers.iter().filter(|name| !old.finalizers.contains(name));
    if old.deleted.is_some() && added().next().is_some() {
        let added: Vec<&String> = added().collect();
        let why =
            format!("no new finalizers can be added if the object is being deleted, found new finalizers {added:?}");
        out.push(FieldError::forbidden("metadata.finalizers", why));
    }
}
