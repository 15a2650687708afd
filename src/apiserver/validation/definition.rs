//! CustomResourceDefinitions. Models apiextensions-apiserver/pkg/apis/apiextensions/validation.
//!
//! What all versions have in common upstream's conversion from v1 moves to the top, so errors name it
//! `spec.validation` there. Diverges: where a whole list of versions is shown as a bad value, their
//! schemas are left out.

use serde_json::{Value, json};

use super::{IMMUTABLE, structural};
use crate::api::{FieldError, Object, name_rules};

const COLUMN_TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS: [&str; 8] = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A 1035 label, or nothing.
fn label(value: &Value, field: &str, before: &str, out: &mut Vec<FieldError>) {
    let name = text(value);
    let looked_at = if before.is_empty() { name.to_owned() } else { name.to_lowercase() };
    let faults = name_rules::label_1035_faults(&looked_at);
    if !name.is_empty() && !faults.is_empty() {
        out.push(FieldError::invalid(field, name, format!("{before}{}", faults.join(","))));
    }
}

/// The mistakes of a definition; `old` is the version that it replaces.
pub fn check(object: &Object, old: Option<&Object>, out: &mut Vec<FieldError>) {
    let Some(spec) = object.spec.json() else { return };
    let (group, names) = (text(&spec["group"]), &spec["names"]);
    if *object.meta.name != format!("{}.{group}", text(&names["plural"])) {
        out.push(FieldError::invalid(
            "metadata.name",
            &*object.meta.name,
            "must be spec.names.plural+\".\"+spec.group",
        ));
    }
    let domain = name_rules::subdomain_faults(group);
    if group.is_empty() {
        out.push(FieldError::required("spec.group", ""));
    } else if !domain.is_empty() {
        out.push(FieldError::invalid("spec.group", group, domain.join(",")));
    } else if !group.contains('.') {
        out.push(FieldError::invalid("spec.group", group, "should be a domain with at least one dot"));
    }
    super::one_of(spec["scope"].as_str(), "spec.scope", &["Cluster", "Namespaced"], out);
    let versions = list(&spec["versions"]);
    let without = |version: &Value| !version["schema"]["openAPIV3Schema"].is_object();
    for (at, _) in versions.iter().enumerate().filter(|(_, version)| without(version)) {
        let field = format!("spec.versions[{at}].schema.openAPIV3Schema");
        out.push(FieldError::required(&field, "schemas are required"));
    }
    self::versions(versions, out);
    for name in ["plural", "singular", "kind", "listKind"].iter().filter(|name| text(&names[**name]).is_empty()) {
        out.push(FieldError::required(&format!("spec.names.{name}"), ""));
    }
    self::names(names, out);
    for part in PARTS {
        if let (true, Some(first)) = (shared(versions, part.0), versions.first()) {
            check_part(part, first, first, &format!("spec.{}", part.1), out);
        }
    }
    match text(&spec["conversion"]["strategy"]) {
        "None" if !spec["conversion"]["webhook"].is_null() => {
            let why = "should not be set when strategy is not set to Webhook";
            out.push(FieldError::forbidden("spec.conversion.webhookClientConfig", why));
        }
        "None" => {}
        "Webhook" => {
            let why = "conversion by webhooks is not simulated; only None is";
            out.push(FieldError::invalid("spec.conversion.strategy", "Webhook", why));
        }
        other => super::one_of(Some(other), "spec.conversion.strategy", &["None", "Webhook"], out),
    }
    if let Some(was) = old.and_then(|old| old.spec.json()) {
        update(spec, was, old, out);
    }
    stored_versions(object, versions, out);
    let protected =
        ["k8s.io", "kubernetes.io"].iter().any(|ours| group == *ours || group.ends_with(&format!(".{ours}")));
    if protected && !object.meta.annotations.contains_key("api-approved.kubernetes.io") {
        let why = "protected groups must have approval annotation \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111";
        out.push(FieldError::required("metadata.annotations[api-approved.kubernetes.io]", why));
    }
    if spec["preserveUnknownFields"] == true {
        let why =
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
        out.push(FieldError::invalid("spec.preserveUnknownFields", true, why));
    }
}

/// What a version has, and where it stands if all versions have the same.
const PARTS: [(&str, &str); 3] = [
    ("schema", "validation"),
    ("subresources", "subresources"),
    ("additionalPrinterColumns", "additionalPrinterColumns"),
];

fn shared(versions: &[Value], part: &str) -> bool {
    versions.windows(2).all(|pair| pair[0][part] == pair[1][part])
}

fn check_part(part: (&str, &str), version: &Value, with_status: &Value, field: &str, out: &mut Vec<FieldError>) {
    let value = &version[part.0];
    match part.0 {
        "schema" => {
            let has_status = !with_status["subresources"]["status"].is_null();
            if value["openAPIV3Schema"].is_object() {
                structural::check(&value["openAPIV3Schema"], has_status, &format!("{field}.openAPIV3Schema"), out);
            }
        }
        "subresources" => scale(&value["scale"], field, out),
        _ => {
            list(value).iter().enumerate().for_each(|(at, column)| self::column(column, &format!("{field}[{at}]"), out))
        }
    }
}

fn versions(versions: &[Value], out: &mut Vec<FieldError>) {
    for (at, version) in versions.iter().enumerate() {
        let field = format!("spec.versions[{at}]");
        let faults = name_rules::label_1035_faults(text(&version["name"]));
        if !faults.is_empty() {
            out.push(FieldError::invalid(&format!("{field}.name"), text(&version["name"]), faults.join(",")));
        }
        if let Some(warning) = version["deprecationWarning"].as_str() {
            let field = format!("{field}.deprecationWarning");
            if version["deprecated"] != true {
                out.push(FieldError::invalid(&field, warning, "can only be set for deprecated versions"));
            } else if warning.is_empty() {
                out.push(FieldError::invalid(&field, warning, "must not be an empty string"));
            } else if warning.len() > 256 {
                out.push(FieldError::invalid(&field, warning, "must be <= 256 characters long"));
            }
        }
        for part in PARTS.into_iter().filter(|part| !shared(versions, part.0)) {
            check_part(part, version, version, &format!("{field}.{}", part.0), out);
        }
    }
    let names: Vec<&str> = versions.iter().map(|version| text(&version["name"])).collect();
    if names.iter().enumerate().any(|(at, name)| names[..at].contains(name)) {
        out.push(all(versions, "must contain unique version names"));
    }
    if versions.iter().filter(|version| version["storage"] == true).count() != 1 {
        out.push(all(versions, "must have exactly one version marked as storage version"));
    }
}

/// An error about all versions, which shows them by the names of Go's fields.
fn all(versions: &[Value], why: &str) -> FieldError {
    let each = versions.iter().map(|version| {
        let flag = |name: &str| version[name] == true;
        format!(
            "{{\"Name\":{},\"Served\":{},\"Storage\":{},\"Deprecated\":{},\"DeprecationWarning\":{},\"Schema\":null,\
             \"Subresources\":null,\"AdditionalPrinterColumns\":null,\"SelectableFields\":null}}",
            version["name"],
            flag("served"),
            flag("storage"),
            flag("deprecated"),
            version["deprecationWarning"]
        )
    });
    let shown =
        if versions.is_empty() { "null".to_owned() } else { format!("[{}]", each.collect::<Vec<_>>().join(",")) };
    FieldError::invalid_shown("spec.versions", &shown, why)
}

fn names(names: &Value, out: &mut Vec<FieldError>) {
    label(&names["plural"], "spec.names.plural", "", out);
    label(&names["singular"], "spec.names.singular", "", out);
    for name in ["kind", "listKind"] {
        let before = "may have mixed case, but should otherwise match: ";
        label(&names[name], &format!("spec.names.{name}"), before, out);
    }
    for (at, short) in list(&names["shortNames"]).iter().enumerate() {
        label(short, &format!("spec.names.shortNames[{at}]"), "", out);
    }
    if !text(&names["kind"]).is_empty() && names["kind"] == names["listKind"] {
        out.push(FieldError::invalid(
            "spec.names.listKind",
            names["kind"].clone(),
            "kind and listKind may not be the same",
        ));
    }
    for (at, category) in list(&names["categories"]).iter().enumerate() {
        label(category, &format!("spec.names.categories[{at}]"), "", out);
    }
}

fn simple_path(path: &str, field: &str, out: &mut Vec<FieldError>) -> bool {
    let fine = path.starts_with('.');
    if !fine {
        out.push(FieldError::invalid(field, path, "must be a simple json path starting with ."));
    }
    fine
}

fn scale(scale: &Value, field: &str, out: &mut Vec<FieldError>) {
    if scale.is_null() {
        return;
    }
    for (name, below) in [("specReplicasPath", "spec"), ("statusReplicasPath", "status")] {
        let (field, path) = (format!("{field}.scale.{name}"), text(&scale[name]));
        if path.is_empty() {
            out.push(FieldError::required(&field, ""));
        } else if simple_path(path, &field, out) && !path.starts_with(&format!(".{below}.")) {
            out.push(FieldError::invalid(&field, path, format!("should be a json path under .{below}")));
        }
    }
    let (field, path) = (format!("{field}.scale.labelSelectorPath"), text(&scale["labelSelectorPath"]));
    if !path.is_empty()
        && simple_path(path, &field, out)
        && ![".spec.", ".status."].iter().any(|part| path.starts_with(part))
    {
        out.push(FieldError::invalid(&field, path, "should be a json path under either .spec or .status"));
    }
}

fn column(column: &Value, field: &str, out: &mut Vec<FieldError>) {
    if text(&column["name"]).is_empty() {
        out.push(FieldError::required(&format!("{field}.name"), ""));
    }
    let (type_, format, path) = (text(&column["type"]), text(&column["format"]), text(&column["jsonPath"]));
    let types = format!("must be one of {}", COLUMN_TYPES.join(","));
    if type_.is_empty() {
        out.push(FieldError::required(&format!("{field}.type"), types));
    } else if !COLUMN_TYPES.contains(&type_) {
        out.push(FieldError::invalid(&format!("{field}.type"), type_, types));
    }
    if !format.is_empty() && !COLUMN_FORMATS.contains(&format) {
        let why = format!("must be one of {}", COLUMN_FORMATS.join(","));
        out.push(FieldError::invalid(&format!("{field}.format"), format, why));
    }
    let field = format!("{field}.JSONPath");
    if path.is_empty() {
        out.push(FieldError::required(&field, ""));
    } else {
        simple_path(path, &field, out);
    }
}

fn update(spec: &Value, was: &Value, old: Option<&Object>, out: &mut Vec<FieldError>) {
    let established =
        old.and_then(|old| old.status.json()).is_some_and(|status| crate::api::custom::is_true(status, "Established"));
    let mut fixed = |field: &str, now: &Value, was: &Value| {
        if now != was {
            out.push(FieldError::invalid(&format!("spec.{field}"), now.clone(), IMMUTABLE));
        }
    };
    if established {
        fixed("scope", &spec["scope"], &was["scope"]);
        fixed("names.kind", &spec["names"]["kind"], &was["names"]["kind"]);
    }
    fixed("group", &spec["group"], &was["group"]);
    fixed("names.plural", &spec["names"]["plural"], &was["names"]["plural"]);
}

/// Versions in which objects are stored may not go. Models ValidateCustomResourceDefinitionStoredVersions.
fn stored_versions(object: &Object, versions: &[Value], out: &mut Vec<FieldError>) {
    let status = object.status.json().cloned().unwrap_or_default();
    let stored = list(&status["storedVersions"]);
    let field = "status.storedVersions";
    if stored.is_empty() {
        out.push(FieldError::invalid(field, json!(null), "must have at least one stored version"));
    }
    for (at, name) in stored.iter().enumerate() {
        if !versions.iter().any(|version| version["name"] == *name) {
            out.push(FieldError::invalid(&format!("{field}[{at}]"), name.clone(), "must appear in spec.versions"));
        }
    }
}
