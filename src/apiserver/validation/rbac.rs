//! Roles and bindings. Models pkg/apis/rbac/validation.

use serde_json::Value;

use crate::api::{FieldError, Object, name_rules};

pub fn check(object: &Object, out: &mut Vec<FieldError>) {
    let Some(rest) = object.rest.json() else { return };
    match &*object.kind.kind {
        "Role" | "ClusterRole" => {
            for (at, rule) in rest["rules"].as_array().into_iter().flatten().enumerate() {
                self::rule(rule, object.kind.namespaced, &format!("rules[{at}]"), out);
            }
        }
        _ => binding(rest, object.kind.namespaced, out),
    }
}

fn rule(rule: &Value, namespaced: bool, field: &str, out: &mut Vec<FieldError>) {
    let count = |name: &str| rule[name].as_array().map_or(0, Vec::len);
    if count("verbs") == 0 {
        out.push(FieldError::required(&format!("{field}.verbs"), "verbs must contain at least one value"));
    }
    if count("nonResourceURLs") > 0 {
        let path = format!("{field}.nonResourceURLs");
        if namespaced {
            let why = "namespaced rules cannot apply to non-resource URLs";
            out.push(FieldError::invalid(&path, rule["nonResourceURLs"].clone(), why));
        }
        if count("apiGroups") + count("resources") + count("resourceNames") > 0 {
            let why = "rules cannot apply to both regular resources and non-resource URLs";
            out.push(FieldError::invalid(&path, rule["nonResourceURLs"].clone(), why));
        }
        return;
    }
    if count("apiGroups") == 0 {
        let why = "resource rules must supply at least one api group";
        out.push(FieldError::required(&format!("{field}.apiGroups"), why));
    }
    if count("resources") == 0 {
        let why = "resource rules must supply at least one resource";
        out.push(FieldError::required(&format!("{field}.resources"), why));
    }
}

fn binding(rest: &Value, namespaced: bool, out: &mut Vec<FieldError>) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let role = &rest["roleRef"];
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    if text(role, "apiGroup") != GROUP {
        out.push(FieldError::unsupported("roleRef.apiGroup", text(role, "apiGroup"), &[GROUP]));
    }
    let supported: &[&str] = if namespaced { &["ClusterRole", "Role"] } else { &["ClusterRole"] };
    if !supported.contains(&&*text(role, "kind")) {
        out.push(FieldError::unsupported("roleRef.kind", text(role, "kind"), supported));
    }
    if text(role, "name").is_empty() {
        out.push(FieldError::required("roleRef.name", ""));
    }
    for (at, subject) in rest["subjects"].as_array().into_iter().flatten().enumerate() {
        let path = |name: &str| format!("subjects[{at}].{name}");
        if text(subject, "name").is_empty() {
            out.push(FieldError::required(&path("name"), ""));
        }
        match &*text(subject, "kind") {
            "ServiceAccount" => {
                for fault in name_rules::subdomain_faults(&text(subject, "name")) {
                    out.push(FieldError::invalid(&path("name"), text(subject, "name"), fault));
                }
                if !text(subject, "apiGroup").is_empty() {
                    out.push(FieldError::unsupported(&path("apiGroup"), text(subject, "apiGroup"), &[""]));
                }
                if !namespaced && text(subject, "namespace").is_empty() {
                    out.push(FieldError::required(&path("namespace"), ""));
                }
            }
            "User" | "Group" => {
                if text(subject, "apiGroup") != GROUP {
                    out.push(FieldError::unsupported(&path("apiGroup"), text(subject, "apiGroup"), &[GROUP]));
                }
            }
            other => out.push(FieldError::unsupported(&path("kind"), other, &["ServiceAccount", "User", "Group"])),
        }
    }
}
