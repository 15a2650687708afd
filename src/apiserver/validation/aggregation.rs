//! APIServices. Models kube-aggregator/pkg/apis/apiregistration/validation.

use serde_json::Value;

use super::faults;
use crate::api::{FieldError, Object, name_rules};

pub fn api_service(object: &Object, out: &mut Vec<FieldError>) {
    let Some(spec) = object.spec.json() else { return };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (group, version) = (text(&spec["group"]), text(&spec["version"]));
    let required = format!("{version}.{group}");
    if *object.meta.name != *required {
        let why = format!("must be `spec.version+\".\"+spec.group`: \"{required}\"");
        out.push(FieldError::invalid("metadata.name", &*object.meta.name, why));
    }
    if group.is_empty() && version != "v1" {
        let why = "only v1 may have an empty group and it better be legacy kube";
        out.push(FieldError::required("spec.group", why));
    }
    if !group.is_empty() {
        faults(name_rules::subdomain_faults(&group), &group, "spec.group", out);
    }
    for (field, most) in [("groupPriorityMinimum", 20_000), ("versionPriority", 1000)] {
        let value = spec[field].as_i64().unwrap_or(0);
        if !(1..=most).contains(&value) {
            let why = format!("must be positive and less than {most}");
            out.push(FieldError::invalid(&format!("spec.{field}"), value, why));
        }
    }
    let (service, insecure) = (&spec["service"], spec["insecureSkipTLSVerify"] == true);
    if !service.is_object() {
        if insecure {
            let why = "local APIServices may not have insecureSkipTLSVerify";
            out.push(FieldError::invalid("spec.insecureSkipTLSVerify", true, why));
        }
        return;
    }
    for field in ["namespace", "name"] {
        if text(&service[field]).is_empty() {
            out.push(FieldError::required(&format!("spec.service.{field}"), ""));
        }
    }
    if insecure && !text(&spec["caBundle"]).is_empty() {
        let why = "may not be true if caBundle is present";
        out.push(FieldError::invalid("spec.insecureSkipTLSVerify", true, why));
    }
}
