//! The schemas of definitions. Models apiserver/schema/{validation,complete}.go (structural schemas),
//! schema/defaulting/validation.go and ValidateCustomResourceDefinitionOpenAPISchema.

use serde_json::Value;

use crate::api::FieldError;
use crate::api::cel::{self, Program};
use crate::api::custom::{MAX_DEPTH, prune, validate};
use crate::api::regex::Regex;
use crate::collections::Sort;

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
/// What may stand at the root beside a status subresource, by the names of Go's fields.
const AT_ROOT: &str = "[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength \
    Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields \
    XValidations]";
/// Of those that may be in a schema, the ones that may not stand there.
const NOT_AT_ROOT: [&str; 15] = [
    "default",
    "enum",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "additionalProperties",
    "nullable",
    "maxProperties",
    "minProperties",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
];

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn is(schema: &Value, extension: &str) -> bool {
    schema[format!("x-kubernetes-{extension}")] == true
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flatten()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

/// The mistakes of one version's schema.
pub fn check(schema: &Value, has_status: bool, path: &str, out: &mut Vec<FieldError>) {
    if has_status {
        let type_ = text(&schema["type"]);
        if !type_.is_empty() && type_ != "object" {
            let why =
                "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled";
            out.push(FieldError::invalid(&format!("{path}.type"), type_, why));
        } else if NOT_AT_ROOT.iter().any(|name| schema.get(*name).is_some_and(|value| *value != false)) {
            let why = format!(
                "only {AT_ROOT} fields are allowed at the root of the schema if the status subresource is enabled"
            );
            out.push(FieldError::invalid(path, schema.clone(), why));
        }
    }
    if schema["nullable"] == true {
        out.push(FieldError::forbidden(&format!("{path}.nullable"), "nullable cannot be true at the root"));
    }
    let mut found = Vec::new();
    invariants(schema, Level::Root, path, 0, &mut found);
    complete(schema, path, 0, &mut found);
    found.arrange_by(|a, b| a.to_string().cmp(&b.to_string()));
    if found.is_empty() {
        defaults(schema, path, 0, &mut found);
    }
    out.extend(found);
    open_api(schema, path, &Where { root: true, ..Where::default() }, 0, out);
}

fn invariants(schema: &Value, level: Level, path: &str, depth: usize, out: &mut Vec<FieldError>) {
    if depth > MAX_DEPTH {
        return;
    }
    let type_ = text(&schema["type"]);
    let at = |name: &str| format!("{path}.{name}");
    if type_ == "array" && schema["items"].is_null() {
        out.push(FieldError::required(&at("items"), "must be specified"));
    }
    if schema["items"].is_object() {
        invariants(&schema["items"], Level::Item, &at("items"), depth + 1, out);
    }
    for (name, field) in properties(schema) {
        invariants(field, Level::Field, &format!("{path}.properties[{name}]"), depth + 1, out);
    }
    if !schema["additionalProperties"].is_null() {
        if level == Level::Root {
            out.push(FieldError::forbidden(&at("additionalProperties"), "must not be used at the root"));
        }
        if schema["additionalProperties"].is_object() {
            let inner = &schema["additionalProperties"];
            invariants(inner, Level::Field, &at("additionalProperties"), depth + 1, out);
        }
    }
    let (int_or_string, preserves) = (is(schema, "int-or-string"), is(schema, "preserve-unknown-fields"));
    let embedded = is(schema, "embedded-resource");
    for (wrong, name) in [(preserves, "preserve-unknown-fields"), (embedded, "embedded-resource")] {
        if int_or_string && wrong {
            let why = "must be false if x-kubernetes-int-or-string is true";
            out.push(FieldError::invalid(&at(&format!("x-kubernetes-{name}")), true, why));
        }
    }
    let skip_any = is_int_or_string(&schema["anyOf"]);
    let skip_all = is_int_or_string(&schema["allOf"][0]["anyOf"]);
    values(schema, skip_any, skip_all, level, path, depth, out);
    if embedded && type_ != "object" {
        let why = "must be object if x-kubernetes-embedded-resource is true";
        out.push(match type_ {
            "" => FieldError::required(&at("type"), why),
            other => FieldError::invalid(&at("type"), other, why),
        });
    } else if type_.is_empty() && !int_or_string && !preserves {
        let why = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        out.push(FieldError::required(&at("type"), why));
    }
    if level == Level::Root && !type_.is_empty() && type_ != "object" {
        out.push(FieldError::invalid(&at("type"), type_, "must be object at the root"));
    }
    if level != Level::Root && !embedded {
        return;
    }
    for (name, wanted) in [("kind", "string"), ("apiVersion", "string"), ("metadata", "object")] {
        let field = &schema["properties"][name];
        if field.is_object() && text(&field["type"]) != wanted {
            let path = format!("{path}.properties[{name}].type");
            out.push(FieldError::invalid(&path, text(&field["type"]), format!("must be {wanted}")));
        }
    }
    let metadata = schema["properties"]["metadata"].as_object().into_iter().flatten();
    let extra = metadata.filter(|(name, value)| match name.as_str() {
        "type" | "default" => false,
        "properties" => {
            value.as_object().is_some_and(|map| map.keys().any(|name| name != "name" && name != "generateName"))
        }
        _ => true,
    });
    if level == Level::Root && extra.count() > 0 {
        let why = "must not specify anything other than name and generateName, but metadata is implicitly specified";
        out.push(FieldError::forbidden(&format!("{path}.properties[metadata]"), why));
    }
    if embedded && !preserves && properties(schema).next().is_none() {
        let why =
            "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
        out.push(FieldError::required(&at("properties"), why));
    }
}

/// `[{type: integer}, {type: string}]`
fn is_int_or_string(any: &Value) -> bool {
    let types =
        |at: usize, wanted: &str| any[at].as_object().is_some_and(|map| map.len() == 1 && map["type"] == wanted);
    any.as_array().is_some_and(|all| all.len() == 2) && types(0, "integer") && types(1, "string")
}

/// The alternatives of a schema and its pattern.
fn values(
    schema: &Value,
    skip_any: bool,
    skip_all: bool,
    level: Level,
    path: &str,
    depth: usize,
    out: &mut Vec<FieldError>,
) {
    for (name, at, inner) in alternatives(schema) {
        if name == "anyOf" && skip_any {
            continue;
        }
        let skip = name == "allOf" && at == Some(0) && skip_all;
        nested(inner, skip, level, &alternative_path(path, name, at), depth + 1, out);
    }
    if let Some(pattern) = schema["pattern"].as_str()
        && let Err(why) = Regex::new(pattern)
    {
        let why = format!("must be a valid regular expression, but isn't: {why}");
        out.push(FieldError::invalid(&format!("{path}.pattern"), pattern, why));
    }
}

/// Each alternative, its place, and the schema.
fn alternatives(schema: &Value) -> Vec<(&'static str, Option<usize>, &Value)> {
    let mut all = Vec::new();
    for name in ["anyOf", "allOf", "oneOf"] {
        let each = schema[name].as_array().into_iter().flatten().enumerate();
        all.extend(each.map(|(at, inner)| (name, Some(at), inner)));
    }
    if schema["not"].is_object() {
        all.push(("not", None, &schema["not"]));
    }
    all
}

fn alternative_path(path: &str, name: &str, at: Option<usize>) -> String {
    at.map_or_else(|| format!("{path}.{name}"), |at| format!("{path}.{name}[{at}]"))
}

/// Within alternatives nothing may be defined, only restricted.
fn nested(schema: &Value, skip_any: bool, level: Level, path: &str, depth: usize, out: &mut Vec<FieldError>) {
    if depth > MAX_DEPTH {
        return;
    }
    values(schema, skip_any, false, level, path, depth, out);
    if schema["items"].is_object() {
        nested(&schema["items"], false, level, &format!("{path}.items"), depth + 1, out);
    }
    for (name, field) in properties(schema) {
        nested(field, false, Level::Field, &format!("{path}.properties[{name}]"), depth + 1, out);
    }
    for (name, how) in [
        ("type", "empty"),
        ("additionalProperties", "undefined"),
        ("default", "undefined"),
        ("title", "empty"),
        ("description", "empty"),
        ("nullable", "false"),
        ("x-kubernetes-preserve-unknown-fields", "false"),
        ("x-kubernetes-embedded-resource", "false"),
        ("x-kubernetes-int-or-string", "false"),
        ("x-kubernetes-list-map-keys", "empty"),
        ("x-kubernetes-list-type", "undefined"),
    ] {
        if schema.get(name).is_some_and(|value| *value != false && *value != "") {
            out.push(FieldError::forbidden(&format!("{path}.{name}"), format!("must be {how} to be structural")));
        }
    }
    if schema["properties"]["metadata"].is_object() {
        let why = "must not be specified in a nested context";
        out.push(FieldError::forbidden(&format!("{path}.properties[metadata]"), why));
    }
}

/// What alternatives restrict must be defined outside of them. Models complete.go.
fn complete(schema: &Value, path: &str, depth: usize, out: &mut Vec<FieldError>) {
    if depth > MAX_DEPTH {
        return;
    }
    for (name, at, inner) in alternatives(schema) {
        defined(inner, schema, path, &alternative_path(path, name, at), depth + 1, out);
    }
    for (name, field) in properties(schema) {
        complete(field, &format!("{path}.properties[{name}]"), depth + 1, out);
    }
    for name in ["items", "additionalProperties"].into_iter().filter(|name| schema[*name].is_object()) {
        complete(&schema[name], &format!("{path}.{name}"), depth + 1, out);
    }
}

fn defined(inner: &Value, schema: &Value, path: &str, inner_path: &str, depth: usize, out: &mut Vec<FieldError>) {
    if depth > MAX_DEPTH {
        return;
    }
    for (name, at, further) in alternatives(inner) {
        defined(further, schema, path, &alternative_path(inner_path, name, at), depth + 1, out);
    }
    let because = |path: &str| format!("because it is defined in {path}");
    for (name, field) in properties(inner) {
        let here = format!("{path}.properties[{name}]");
        let there = format!("{inner_path}.properties[{name}]");
        match schema["properties"].get(name) {
            Some(known) => defined(field, known, &here, &there, depth + 1, out),
            None => out.push(FieldError::required(&here, because(&there))),
        }
    }
    if inner["items"].is_object() {
        let (here, there) = (format!("{path}.items"), format!("{inner_path}.items"));
        match schema["items"].is_object() {
            true => defined(&inner["items"], &schema["items"], &here, &there, depth + 1, out),
            false => out.push(FieldError::required(&here, because(&there))),
        }
    }
}

/// Defaults must be what their schema wants.
fn defaults(schema: &Value, path: &str, depth: usize, out: &mut Vec<FieldError>) {
    if depth > MAX_DEPTH {
        return;
    }
    if let Some(value) = schema.get("default") {
        let field = format!("{path}.default");
        let mut pruned = value.clone();
        prune(&mut pruned, schema, false);
        if pruned != *value {
            out.push(FieldError::invalid(&field, value.clone(), "must not have unknown fields"));
        }
        for fault in validate(value, None, schema) {
            let inner =
                if fault.error.field == "<nil>" { field.clone() } else { format!("{field}.{}", fault.error.field) };
            out.push(FieldError { field: inner, ..fault.error });
        }
    }
    if schema["items"].is_object() {
        defaults(&schema["items"], &format!("{path}.items"), depth + 1, out);
    }
    for (name, field) in properties(schema) {
        defaults(field, &format!("{path}.properties[{name}]"), depth + 1, out);
    }
}

/// Where in a schema one is.
#[derive(Clone, Copy, Default)]
struct Where {
    root: bool,
    inside_metadata: bool,
    /// Why there may be no default.
    no_default: Option<&'static str>,
}

fn open_api(schema: &Value, path: &str, place: &Where, depth: usize, out: &mut Vec<FieldError>) {
    if depth > MAX_DEPTH || !schema.is_object() {
        return;
    }
    let at = |name: &str| format!("{path}.{name}");
    let type_ = text(&schema["type"]);
    if type_ == "null" {
        let why = "type cannot be set to null, use nullable as an alternative";
        out.push(FieldError::unsupported(&at("type"), type_, &TYPES));
        out.push(FieldError::forbidden(&at("type"), why));
    } else if !type_.is_empty() && !TYPES.contains(&type_) {
        out.push(FieldError::unsupported(&at("type"), type_, &TYPES));
    }
    if let Some(why) = place.no_default.filter(|_| schema.get("default").is_some()) {
        out.push(FieldError::forbidden(&at("default"), format!("must not be set {why}")));
    }
    for name in ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"] {
        if schema.get(name).is_some() {
            out.push(FieldError::forbidden(&at(name), format!("{name} is not supported")));
        }
    }
    if schema["items"].is_array() {
        out.push(FieldError::forbidden(&at("items"), "items must be a schema object and not an array"));
    }
    if schema["uniqueItems"] == true {
        let why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        out.push(FieldError::forbidden(&at("uniqueItems"), why));
    }
    let more = &schema["additionalProperties"];
    if !more.is_null() {
        if properties(schema).next().is_some() && *more != true {
            let why = "additionalProperties and properties are mutual exclusive";
            out.push(FieldError::forbidden(&at("additionalProperties"), why));
        }
        let mut inner = Where { root: false, ..*place };
        if place.inside_metadata {
            inner.no_default = Some("inside additionalProperties applying to object metadata");
        }
        open_api(more, &at("additionalProperties"), &inner, depth + 1, out);
    }
    for (name, field) in properties(schema) {
        let of_meta = matches!(name.as_str(), "metadata" | "kind" | "apiVersion");
        let mut inner = Where { root: false, ..*place };
        if of_meta && (place.root || is(schema, "embedded-resource")) {
            inner.inside_metadata = true;
            if place.root {
                inner.no_default = Some(match name.as_str() {
                    "metadata" => "in top-level metadata",
                    "kind" => "in top-level kind",
                    _ => "in top-level apiVersion",
                });
            }
        }
        open_api(field, &format!("{path}.properties[{name}]"), &inner, depth + 1, out);
    }
    let inner = Where { root: false, ..*place };
    for (name, at, alternative) in alternatives(schema) {
        open_api(alternative, &alternative_path(path, name, at), &inner, depth + 1, out);
    }
    open_api(&schema["items"], &at("items"), &inner, depth + 1, out);
    lists(schema, type_, path, out);
    rules(schema, place.root, path, out);
}

/// Rules must say something, and name what there is.
fn rules(schema: &Value, root: bool, path: &str, out: &mut Vec<FieldError>) {
    let breaks = |text: &str| text.contains(['\n', '\r']);
    for (at, rule) in schema["x-kubernetes-validations"].as_array().into_iter().flatten().enumerate() {
        let field = |name: &str| format!("{path}.x-kubernetes-validations[{at}].{name}");
        let (source, message) = (text(&rule["rule"]).trim(), text(&rule["message"]));
        if source.is_empty() {
            out.push(FieldError::required(&field("rule"), "rule is not specified"));
            continue;
        }
        if !message.is_empty() && message.trim().is_empty() {
            out.push(FieldError::invalid(&field("message"), message, "message must be non-empty if specified"));
        } else if breaks(message.trim()) {
            out.push(FieldError::invalid(&field("message"), message, "message must not contain line breaks"));
        } else if breaks(source) && message.is_empty() {
            let why = "message must be specified if rule contains line breaks";
            out.push(FieldError::required(&field("message"), why));
        }
        // A rule is read once its schema is one.
        if out.iter().any(|error| error.field.starts_with(path)) {
            continue;
        }
        if let Err(mistake) = Program::new(source).and_then(|program| cel::check(&program, schema, root)) {
            let shown = format!(
                "{{\"Rule\":{},\"Message\":{},\"MessageExpression\":{},\"Reason\":{},\"FieldPath\":{},\"OptionalOldSelf\":{}}}",
                Value::from(text(&rule["rule"])),
                Value::from(message),
                Value::from(text(&rule["messageExpression"])),
                rule["reason"],
                Value::from(text(&rule["fieldPath"])),
                rule["optionalOldSelf"]
            );
            let why = format!("compilation failed: {}", mistake.told(source));
            out.push(FieldError::invalid_shown(&field("rule"), &shown, &why));
        }
        if rule["optionalOldSelf"] == true {
            out.push(FieldError::forbidden(&field("optionalOldSelf"), "is not simulated"));
        }
    }
}

/// `x-kubernetes-list-type`, `-map-type` and their like.
fn lists(schema: &Value, type_: &str, path: &str, out: &mut Vec<FieldError>) {
    let at = |name: &str| format!("{path}.{name}");
    if schema["x-kubernetes-preserve-unknown-fields"] == false {
        let field = at("x-kubernetes-preserve-unknown-fields");
        out.push(FieldError::invalid(&field, false, "must be true or undefined"));
    }
    let typed = |wanted: &str, extension: &str, out: &mut Vec<FieldError>| {
        let why = format!("must be {wanted} if x-kubernetes-{extension} is specified");
        match type_ {
            "" => out.push(FieldError::required(&at("type"), why)),
            other if other != wanted => out.push(FieldError::invalid(&at("type"), other, why)),
            _ => {}
        }
    };
    if let Some(map_type) = schema["x-kubernetes-map-type"].as_str() {
        typed("object", "map-type", out);
        if !matches!(map_type, "atomic" | "granular") {
            out.push(FieldError::unsupported(&at("x-kubernetes-map-type"), map_type, &["atomic", "granular"]));
        }
    }
    let items = &schema["items"];
    let keys: Vec<&str> =
        schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let list_type = schema["x-kubernetes-list-type"].as_str();
    if let Some(list_type) = list_type {
        typed("array", "list-type", out);
        if list_type == "set" {
            let (extension, found) = match text(&items["type"]) {
                "array" => ("x-kubernetes-list-type", items["x-kubernetes-list-type"].as_str().unwrap_or("atomic")),
                "object" => ("x-kubernetes-map-type", items["x-kubernetes-map-type"].as_str().unwrap_or_default()),
                _ => ("", "atomic"),
            };
            if found != "atomic" {
                let why = "must be atomic as item of a list with x-kubernetes-list-type=set";
                let shown = items["x-kubernetes-list-type"].clone();
                out.push(FieldError::invalid(&format!("{path}.items.{extension}"), shown, why));
            }
        }
        if !matches!(list_type, "atomic" | "set" | "map") {
            let known = ["atomic", "set", "map"];
            out.push(FieldError::unsupported_in_order(&at("x-kubernetes-list-type"), list_type, &known));
        }
    }
    if !keys.is_empty() && list_type != Some("map") {
        let why = "must be map if x-kubernetes-list-map-keys is non-empty";
        out.push(match list_type {
            None => FieldError::required(&at("x-kubernetes-list-type"), why),
            Some(other) => FieldError::invalid(&at("x-kubernetes-list-type"), other, why),
        });
    }
    if list_type == Some("map") {
        if keys.is_empty() {
            let why = "must not be empty if x-kubernetes-list-type is map";
            out.push(FieldError::required(&at("x-kubernetes-list-map-keys"), why));
        }
        if items.is_null() {
            out.push(FieldError::required(&at("items"), "must have a schema if x-kubernetes-list-type is map"));
        } else if text(&items["type"]) != "object" {
            let why = "must be object if parent array's x-kubernetes-list-type is map";
            out.push(FieldError::invalid(&at("items.type"), text(&items["type"]), why));
        }
        for (place, key) in keys.iter().enumerate() {
            let field = &items["properties"][*key];
            if field.is_null() {
                let why = "entries must all be names of item properties";
                out.push(FieldError::invalid(&at("x-kubernetes-list-map-keys"), keys.clone(), why));
            } else if matches!(text(&field["type"]), "array" | "object") {
                let why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
                let path = format!("{path}.items.properties[{key}].type");
                out.push(FieldError::invalid(&path, text(&items["type"]), why));
            }
            if keys[..place].contains(key) {
                let why = "must not contain duplicate entries";
                out.push(FieldError::invalid(&at("x-kubernetes-list-map-keys"), keys.clone(), why));
            }
        }
    }
    if let (Some(list_type @ ("set" | "map")), true) = (list_type, items.is_object()) {
        if items["nullable"] == true {
            let why = format!("cannot be nullable when x-kubernetes-list-type is {list_type}");
            out.push(FieldError::forbidden(&at("items.nullable"), why));
        }
        for key in keys.iter().filter(|_| list_type == "map") {
            let (field, path) = (&items["properties"][*key], format!("{path}.items.properties[{key}]"));
            let required = items["required"].as_array().is_some_and(|all| all.iter().any(|name| name == key));
            if !field.is_null() && !required && field.get("default").is_none() {
                let why = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
                out.push(FieldError::required(&format!("{path}.default"), why));
            }
            if field["nullable"] == true {
                let why = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
                out.push(FieldError::forbidden(&format!("{path}.nullable"), why));
            }
        }
    }
}
