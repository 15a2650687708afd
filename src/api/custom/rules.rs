//! `x-kubernetes-validations`. Models apiserver/schema/cel/validation.go.

use serde_json::Value;

use super::validate::{counterpart, named, within};
use super::{Fault, MAX_DEPTH};
use crate::api::cel::Program;
use crate::api::field::FieldError;

/// The rules that an object breaks; `old` is the version that it replaces.
pub fn broken(value: &Value, old: Option<&Value>, schema: &Value, faults: &[Fault]) -> Vec<FieldError> {
    let mut out = Vec::new();
    if !has_rules(schema, 0) {
        return out;
    }
    if faults.iter().any(|fault| fault.blocks_rules) {
        let why = "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
        out.push(FieldError::invalid("<nil>", "null", why));
        return out;
    }
    visit(value, old, schema, "", 0, &mut out);
    out
}

fn has_rules(schema: &Value, depth: usize) -> bool {
    let properties = schema["properties"].as_object().into_iter().flatten().map(|(_, field)| field);
    let inner = properties.chain([&schema["items"], &schema["additionalProperties"]]);
    schema.get("x-kubernetes-validations").is_some()
        || depth < MAX_DEPTH && inner.filter(|inner| inner.is_object()).any(|inner| has_rules(inner, depth + 1))
}

fn visit(value: &Value, old: Option<&Value>, schema: &Value, path: &str, depth: usize, out: &mut Vec<FieldError>) {
    // What stays as it was is not complained of.
    if depth > MAX_DEPTH || value.is_null() || old == Some(value) {
        return;
    }
    for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        out.extend(apply(rule, value, old, schema, path));
    }
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let field = schema["properties"].get(name).unwrap_or(&schema["additionalProperties"]);
                visit(value, old.and_then(|old| old.get(name)), field, &within(path, name), depth + 1, out);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let before = counterpart(item, at, old, schema);
                visit(item, before, &schema["items"], &format!("{path}[{at}]"), depth + 1, out);
            }
        }
        _ => {}
    }
}

fn apply(rule: &Value, value: &Value, old: Option<&Value>, schema: &Value, path: &str) -> Option<FieldError> {
    let text = |name: &str| rule[name].as_str().unwrap_or_default().trim();
    let program = Program::new(text("rule")).ok()?;
    // A rule about a change has nothing to say of what is new.
    if program.names("oldSelf") && old.is_none() {
        return None;
    }
    let names = [("self", value), ("oldSelf", old.unwrap_or(&Value::Null))];
    let type_ = schema["type"].as_str().unwrap_or_default();
    let shown = if text("message").is_empty() { text("rule") } else { text("message") };
    match program.evaluate(&names) {
        Ok(Value::Bool(true)) => None,
        Err(why) if why.starts_with("no such overload") => {
            let why = format!(
                "'{why}': call arguments did not match a supported operator, function or macro signature for rule: {shown}"
            );
            Some(FieldError::invalid(named(path), type_, why))
        }
        Err(why) => Some(FieldError::invalid(named(path), type_, format!("{why} evaluating rule: {shown}"))),
        Ok(_) => {
            let said = Program::new(text("messageExpression")).ok().and_then(|program| program.evaluate(&names).ok());
            let detail = match (said.as_ref().and_then(Value::as_str), text("message")) {
                (Some(said), _) if !said.is_empty() => said.to_owned(),
                (_, "") => format!("failed rule: {}", text("rule")),
                (_, message) => message.to_owned(),
            };
            let field = format!("{path}{}", text("fieldPath"));
            let field = named(field.trim_start_matches('.'));
            Some(match text("reason") {
                "FieldValueForbidden" => FieldError::forbidden(field, detail),
                "FieldValueRequired" => FieldError::required(field, detail),
                "FieldValueDuplicate" => FieldError::duplicate(field, type_),
                _ => FieldError::invalid(field, type_, detail),
            })
        }
    }
}
