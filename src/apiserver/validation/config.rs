//! ConfigMaps, Secrets, priority classes.

use serde_json::Value;

use super::faults;
use crate::api::{FieldError, Object, name_rules};

/// The most that a ConfigMap or Secret may hold.
const LIMIT: usize = 1024 * 1024;

fn entries<'a>(rest: &'a Value, field: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    rest[field].as_object().into_iter().flatten()
}

pub fn config_map(object: &Object, out: &mut Vec<FieldError>) {
    let Some(rest) = object.rest.json() else { return };
    let mut size = 0;
    for (key, value) in entries(rest, "data") {
        faults(name_rules::config_key_faults(key), key, &format!("data[{key}]"), out);
        if rest["binaryData"].get(key).is_some() {
            out.push(FieldError::invalid(
                &format!("data[{key}]"),
                key.as_str(),
                "duplicate of key present in binaryData",
            ));
        }
        size += value.as_str().map_or(0, str::len);
    }
    for (key, value) in entries(rest, "binaryData") {
        faults(name_rules::config_key_faults(key), key, &format!("binaryData[{key}]"), out);
        size += value.as_str().map_or(0, |text| text.len() / 4 * 3);
    }
    if size > LIMIT {
        out.push(FieldError::too_long("", LIMIT));
    }
}

pub fn secret(object: &Object, out: &mut Vec<FieldError>) {
    let Some(rest) = object.rest.json() else { return };
    let mut size = 0;
    for (key, value) in entries(rest, "data") {
        faults(name_rules::config_key_faults(key), key, &format!("data[{key}]"), out);
        size += value.as_str().map_or(0, |text| text.len() / 4 * 3);
    }
    if size > LIMIT {
        out.push(FieldError::too_long("data", LIMIT));
    }
    let needed: &[&str] = match rest["type"].as_str().unwrap_or_default() {
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/service-account-token" => {
            if object.meta.annotation("kubernetes.io/service-account.name").is_none_or(str::is_empty) {
                out.push(FieldError::required("metadata.annotations[kubernetes.io/service-account.name]", ""));
            }
            &[]
        }
        "kubernetes.io/basic-auth" => {
            if rest["data"]["username"].is_null() && rest["data"]["password"].is_null() {
                out.push(FieldError::required("data[username]", ""));
                out.push(FieldError::required("data[password]", ""));
            }
            &[]
        }
        _ => &[],
    };
    for key in needed.iter().filter(|key| rest["data"].get(**key).is_none()) {
        out.push(FieldError::required(&format!("data[{key}]"), ""));
    }
}

pub fn priority_class(object: &Object, out: &mut Vec<FieldError>) {
    const HIGHEST: i64 = 1_000_000_000;
    let value = object.rest.json().and_then(|rest| rest["value"].as_i64()).unwrap_or(0);
    if value > HIGHEST && !object.meta.name.starts_with("system-") {
        let why = format!("maximum allowed value of a user defined priority is {HIGHEST}");
        out.push(FieldError::forbidden("value", why));
    }
    if object.meta.name.starts_with("system-")
        && !matches!(&*object.meta.name, "system-cluster-critical" | "system-node-critical")
    {
        let why = "priority class names with 'system-' prefix are reserved for system use only";
        out.push(FieldError::forbidden("metadata.name", why));
    }
}
