//! Whether a value is what a schema wants, in upstream's words.
//!
//! Models kube-openapi/pkg/validation/validate and apiextensions' validation.go
//! (ValidateCustomResource, which words it as field errors), schema/listtype, and ratcheting: what an
//! update leaves as it was is not complained of.

use serde_json::{Value, json};

use super::format::fits;
use super::{MAX_DEPTH, META_FIELDS};
use crate::api::field::FieldError;
use crate::api::regex::Regex;

/// A mistake, and whether it keeps rules from being evaluated.
#[derive(Debug, PartialEq)]
pub struct Fault {
    /// What is said.
    pub error: FieldError,
    /// Whether the value is not even of the form that rules expect.
    pub blocks_rules: bool,
}

/// The mistakes of an object; `old` is the version that it replaces.
pub fn validate(value: &Value, old: Option<&Value>, schema: &Value) -> Vec<Fault> {
    let mut walk = Walk { faults: Vec::new() };
    walk.value(value, old, schema, "", 0);
    walk.lists(value, old, schema, "", 0);
    walk.faults
}

struct Walk {
    faults: Vec<Fault>,
}

impl Walk {
    fn add(&mut self, error: FieldError, blocks_rules: bool) {
        self.faults.push(Fault { error, blocks_rules });
    }

    fn broken(&mut self, path: &str, value: &Value, why: &str) {
        self.add(FieldError::invalid(named(path), value.clone(), format!("{path} in body {why}")), false);
    }

    fn value(&mut self, value: &Value, old: Option<&Value>, schema: &Value, path: &str, depth: usize) {
        if depth > MAX_DEPTH || old == Some(value) {
            return;
        }
        let wanted: Vec<&str> = match schema["type"].as_str() {
            _ if schema["x-kubernetes-int-or-string"] == true => vec!["integer", "string"],
            Some(wanted) => vec![wanted],
            None => Vec::new(),
        };
        let is = type_of(value);
        if value.is_null() && schema["nullable"] == true {
            return;
        }
        let fits = wanted.is_empty() || wanted.contains(&is) || is == "integer" && wanted.contains(&"number");
        if !fits {
            let told = format!("{path} in body must be of type {}: {}", wanted.join(","), json!(is));
            self.add(FieldError::type_invalid(named(path), is, told), true);
        }
        if !value.is_null() {
            self.combined(value, schema, path, depth);
        }
        match value {
            Value::String(text) => self.text(text, schema, path),
            Value::Number(_) => self.number(value, schema, path),
            Value::Array(items) => self.array(items, old, schema, path, depth),
            _ => {}
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.contains(value)
        {
            let shown: Vec<String> = allowed.iter().map(super::shown).collect();
            let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
            self.add(FieldError::unsupported_in_order(named(path), value.clone(), &shown), false);
        }
        if let Value::Object(map) = value {
            let count = map.len();
            if let Some(least) = size(schema, "minProperties").filter(|least| count < *least) {
                self.broken(path, value, &format!("should have at least {least} properties"));
            }
            if let Some(most) = size(schema, "maxProperties").filter(|most| count > *most) {
                self.add(FieldError::too_many(named(path), count, most), true);
            }
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            for name in required.filter(|name| !map.contains_key(*name)) {
                self.add(FieldError::required(&within(path, name), ""), true);
            }
            for (name, value) in map {
                if depth == 0 && META_FIELDS.contains(&name.as_str()) {
                    continue;
                }
                let field = schema["properties"].get(name).unwrap_or(&schema["additionalProperties"]);
                let old = old.and_then(|old| old.get(name));
                self.value(value, old, field, &within(path, name), depth + 1);
            }
        }
    }

    fn combined(&mut self, value: &Value, schema: &Value, path: &str, depth: usize) {
        let fits = |schema: &Value| {
            let mut inner = Walk { faults: Vec::new() };
            inner.value(value, None, schema, path, depth + 1);
            inner.faults
        };
        let alternatives = |name: &str| schema[name].as_array().filter(|all| !all.is_empty());
        let mut told = Vec::new();
        if let Some(all) = alternatives("anyOf")
            && !all.iter().any(|one| fits(one).is_empty())
        {
            told.push("must validate at least one schema (anyOf)".to_owned());
            // Of the alternatives, the one with the fewest mistakes is explained.
            let best = all.iter().map(&fits).reduce(|best, other| if other.len() < best.len() { other } else { best });
            self.faults.extend(best.into_iter().flatten());
        }
        if let Some(all) = alternatives("oneOf") {
            let found: Vec<Vec<Fault>> = all.iter().map(&fits).collect();
            match found.iter().filter(|faults| faults.is_empty()).count() {
                1 => {}
                0 => {
                    told.push("must validate one and only one schema (oneOf). Found none valid".to_owned());
                    let best =
                        found.into_iter().reduce(|best, other| if other.len() < best.len() { other } else { best });
                    self.faults.extend(best.into_iter().flatten());
                }
                count => told
                    .push(format!("must validate one and only one schema (oneOf). Found {count} valid alternatives")),
            }
        }
        if let Some(all) = alternatives("allOf") {
            let found: Vec<Fault> = all.iter().flat_map(&fits).collect();
            if !found.is_empty() {
                self.faults.extend(found);
                told.push("must validate all the schemas (allOf)".to_owned());
            }
        }
        if schema["not"].is_object() && fits(&schema["not"]).is_empty() {
            told.push("must not validate the schema (not)".to_owned());
        }
        for why in told {
            self.add(FieldError::invalid(named(path), "", format!("{} {why}", json!(path))), false);
        }
    }

    fn text(&mut self, text: &str, schema: &Value, path: &str) {
        let value = json!(text);
        let length = text.chars().count();
        if let Some(most) = size(schema, "maxLength").filter(|most| length > *most) {
            self.add(FieldError::too_long(named(path), most), true);
        }
        if let Some(least) = size(schema, "minLength").filter(|least| length < *least) {
            self.broken(path, &value, &format!("should be at least {least} chars long"));
        }
        if let Some(pattern) = schema["pattern"].as_str()
            && Regex::new(pattern).is_ok_and(|regex| !regex.is_match(text))
        {
            self.broken(path, &value, &format!("should match '{pattern}'"));
        }
        if let Some(format) = schema["format"].as_str()
            && !fits(format, text)
        {
            let told = format!("{path} in body must be of type {format}: {value}");
            self.add(FieldError::type_invalid(named(path), text, told), true);
        }
    }

    fn number(&mut self, value: &Value, schema: &Value, path: &str) {
        let Some(number) = value.as_f64() else { return };
        if let Some(factor) = schema["multipleOf"].as_f64()
            && factor > 0.0
            && number % factor != 0.0
        {
            self.broken(path, value, &format!("should be a multiple of {}", go_float(factor)));
        }
        if let Some(most) = schema["maximum"].as_f64() {
            let exclusive = schema["exclusiveMaximum"] == true;
            if number > most || exclusive && number == most {
                let than = if exclusive { "less than" } else { "less than or equal to" };
                self.broken(path, value, &format!("should be {than} {}", go_float(most)));
            }
        }
        if let Some(least) = schema["minimum"].as_f64() {
            let exclusive = schema["exclusiveMinimum"] == true;
            if number < least || exclusive && number == least {
                let than = if exclusive { "greater than" } else { "greater than or equal to" };
                self.broken(path, value, &format!("should be {than} {}", go_float(least)));
            }
        }
    }

    fn array(&mut self, items: &[Value], old: Option<&Value>, schema: &Value, path: &str, depth: usize) {
        for (at, item) in items.iter().enumerate() {
            let before = counterpart(item, at, old, schema);
            self.value(item, before, &schema["items"], &format!("{path}[{at}]"), depth + 1);
        }
        let value = json!(items);
        if let Some(least) = size(schema, "minItems").filter(|least| items.len() < *least) {
            self.broken(path, &value, &format!("should have at least {least} items"));
        }
        if let Some(most) = size(schema, "maxItems").filter(|most| items.len() > *most) {
            self.add(FieldError::too_many(named(path), items.len(), most), true);
        }
    }

    /// Items of sets and keys of keyed lists that come twice. Models schema/listtype/validation.go.
    fn lists(&mut self, value: &Value, old: Option<&Value>, schema: &Value, path: &str, depth: usize) {
        if depth > MAX_DEPTH || old == Some(value) {
            return;
        }
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    let field = schema["properties"].get(name).unwrap_or(&schema["additionalProperties"]);
                    let old = old.and_then(|old| old.get(name));
                    self.lists(value, old, field, &within(path, name), depth + 1);
                }
            }
            Value::Array(items) => {
                let key = |item: &Value| match schema["x-kubernetes-list-type"].as_str() {
                    Some("set") => Some(item.clone()),
                    Some("map") => Some(keys_of(item, schema)),
                    _ => None,
                };
                let keys: Vec<Option<Value>> = items.iter().map(key).collect();
                for (at, item) in items.iter().enumerate() {
                    let here = format!("{path}[{at}]");
                    if let Some(key) = &keys[at]
                        && keys[..at].iter().flatten().filter(|other| *other == key).count() == 1
                    {
                        self.add(FieldError::duplicate(&here, key.clone()), false);
                    }
                    self.lists(item, counterpart(item, at, old, schema), &schema["items"], &here, depth + 1);
                }
            }
            _ => {}
        }
    }
}

/// The keys of an item of a keyed list, defaults filled in.
fn keys_of(item: &Value, schema: &Value) -> Value {
    let names = schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let entries = names.filter_map(|name| Some((name.to_owned(), item.get(name)?.clone())));
    Value::Object(entries.collect())
}

/// What an item of a list was before: in a keyed list the one of the same keys, in others the one of
/// the same place.
pub fn counterpart<'a>(item: &Value, at: usize, old: Option<&'a Value>, schema: &Value) -> Option<&'a Value> {
    let old = old?.as_array()?;
    match schema["x-kubernetes-list-type"].as_str() {
        Some("map") => old.iter().find(|other| keys_of(other, schema) == keys_of(item, schema)),
        _ => old.get(at),
    }
}

fn size(schema: &Value, name: &str) -> Option<usize> {
    schema[name].as_u64().and_then(|size| usize::try_from(size).ok())
}

/// A field's path as errors name it; the value's own has none.
pub fn named(path: &str) -> &str {
    if path.is_empty() { "<nil>" } else { path }
}

/// The path of a field.
pub fn within(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() && number.as_f64().is_some_and(|number| number % 1.0 != 0.0) => {
            "number"
        }
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A number as Go's `%v` prints a float64: with an exponent from a million on.
fn go_float(number: f64) -> String {
    let plain = format!("{number}");
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return plain };
    match exponent.parse::<i32>() {
        Ok(exponent) if exponent >= 6 => format!("{digits}e+{exponent:02}"),
        Ok(exponent) if exponent < -4 => format!("{digits}e-{:02}", -exponent),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_in_upstreams_words() {
        let schema = json!({"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string", "maxLength": 5, "minLength": 2},
            "size": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
            "tier": {"type": "string", "enum": ["gold", "silver"]},
            "port": {"x-kubernetes-int-or-string": true},
            "when": {"type": "string", "format": "date-time"},
            "tags": {"type": "array", "maxItems": 2, "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"],
                "items": {"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}}},
            "maybe": {"type": "string", "nullable": true},
            "either": {"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
                "properties": {"a": {"type": "string"}, "b": {"type": "string"}}},
        }});
        for (value, wanted) in [
            (json!({"name": "abc", "maybe": null, "port": "http"}), &[][..]),
            (json!({}), &["name: Required value"]),
            (json!({"name": "toolong"}), &["name: Too long: may not be more than 5 bytes"]),
            (json!({"name": "x"}), &["name: Invalid value: \"x\": name in body should be at least 2 chars long"]),
            (
                json!({"name": "abc", "size": "two"}),
                &["size: Invalid value: \"string\": size in body must be of type integer: \"string\""],
            ),
            (
                json!({"name": "abc", "size": 2_000_000}),
                &["size: Invalid value: 2000000: size in body should be less than or equal to 1e+06"],
            ),
            (
                json!({"name": "abc", "tier": "tin"}),
                &["tier: Unsupported value: \"tin\": supported values: \"gold\", \"silver\""],
            ),
            (
                json!({"name": "abc", "port": true}),
                &["port: Invalid value: \"boolean\": port in body must be of type integer,string: \"boolean\""],
            ),
            (
                json!({"name": "abc", "when": "noon"}),
                &["when: Invalid value: \"noon\": when in body must be of type date-time: \"noon\""],
            ),
            (json!({"name": "abc", "tags": ["a", "b", "c"]}), &["tags: Too many: 3: must have at most 2 items"]),
            (json!({"name": "abc", "tags": ["a", "a"]}), &["tags[1]: Duplicate value: \"a\""]),
            (
                json!({"name": "abc", "parts": [{"id": "x"}, {"id": "x", "n": "y"}]}),
                &[
                    "parts[1].n: Invalid value: \"string\": parts[1].n in body must be of type integer: \"string\"",
                    "parts[1]: Duplicate value: {\"id\":\"x\"}",
                ],
            ),
            (
                json!({"name": "abc", "either": {"a": "1", "b": "2"}}),
                &[
                    "either: Invalid value: \"\": \"either\" must validate one and only one schema (oneOf). Found 2 valid alternatives",
                ],
            ),
        ] {
            let found: Vec<String> =
                validate(&value, None, &schema).iter().map(|fault| fault.error.to_string()).collect();
            assert_eq!(found, wanted, "{value}");
            assert!(validate(&value, Some(&value), &schema).is_empty());
        }
    }
}
