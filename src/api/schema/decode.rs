//! Strict decoding: does a JSON value fit its kind, and what would Go make of it?
//!
//! Models sigs.k8s.io/json (UnmarshalStrict) and, for patched objects, apimachinery's
//! unstructured converter: the same mistake is worded differently by the two. Quantities come
//! out in canonical form, nulls and empty fields are dropped, the schema's defaults filled in.

use serde_json::{Map, Value};

use super::{Schema, Schemas, omit, short_name};
use crate::api::{base64, quantity, time};

/// In whose words a mistake is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// Go's JSON decoder, as for bodies and JSON patches.
    Json,
    /// The unstructured converter, as for strategic merge patches.
    Converter,
}

/// What decoding found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// The object, cleaned.
    pub value: Value,
    /// Fields that the schema does not know, as `unknown field "spec.foo"`.
    pub unknown: Vec<String>,
    /// Why the object cannot be read at all.
    pub error: Option<String>,
}

struct Decoder<'a> {
    schemas: &'a Schemas,
    words: Words,
    /// `spec.template.spec.containers[0]`, for unknown fields.
    path: String,
    /// `spec`, `template`, …: Go's field stack, without indices.
    fields: Vec<&'a str>,
    unknown: Vec<String>,
    /// A field of a wrong type; the first is told.
    mistyped: Option<String>,
    /// A value that its own type refuses; told before all else.
    refused: Option<String>,
}

/// Decodes `value` as the type `name`.
pub fn decode(schemas: &Schemas, name: &str, schema: &Schema, value: Value, words: Words) -> Decoded {
    let mut decoder = Decoder {
        schemas,
        words,
        path: String::new(),
        fields: Vec::new(),
        unknown: Vec::new(),
        mistyped: None,
        refused: None,
    };
    let value = decoder.object(schema, short_name(name), value);
    Decoded { value, unknown: decoder.unknown, error: decoder.refused.or(decoder.mistyped) }
}

impl<'a> Decoder<'a> {
    /// An object with known fields.
    fn object(&mut self, schema: &'a Schema, type_name: &'a str, value: Value) -> Value {
        let Value::Object(map) = value else {
            if !value.is_null() {
                self.mistype(&value, &format!("v1.{type_name}"), type_name);
            }
            return value;
        };
        let mut clean = Map::new();
        for (key, value) in map {
            let Some((name, field)) = schema.properties.get_key_value(&key) else {
                if schema.preserve_unknown_fields || schema.properties.is_empty() {
                    clean.insert(key, value);
                } else {
                    self.unknown.push(format!("unknown field \"{}\"", self.at(&key)));
                }
                continue;
            };
            let mark = self.path.len();
            self.enter(name);
            self.fields.push(name);
            let value = self.field(field, type_name, value);
            self.fields.pop();
            self.path.truncate(mark);
            if !omit::omitted(&key, &value, self.schemas.resolve(field), schema) {
                clean.insert(key, value);
            }
        }
        for (name, field) in &schema.properties {
            let zero = match &field.default {
                Value::String(text) => text.is_empty(),
                Value::Number(number) => number.as_i64() == Some(0),
                _ => true,
            };
            if !zero && !clean.contains_key(name) {
                clean.insert(name.clone(), field.default.clone());
            }
        }
        Value::Object(clean)
    }

    /// One field, of whatever type, of the type `parent`.
    fn field(&mut self, field: &'a Schema, parent: &'a str, value: Value) -> Value {
        if value.is_null() {
            return value;
        }
        match short_name(&field.reference) {
            "Quantity" => return self.quantity(value),
            "IntOrString" => return self.int_or_string(value, parent),
            "Time" | "MicroTime" => return self.time(value, parent),
            _ => {}
        }
        let resolved = self.schemas.resolve(field);
        let fits = match &*resolved.type_ {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => fits_integer(&value, &resolved.format),
            "number" => value.is_number(),
            _ => true,
        };
        if !fits {
            self.mistype(&value, &go_type(field), parent);
            return value;
        }
        match value {
            Value::Object(_) if !resolved.properties.is_empty() => {
                let name = if field.reference.is_empty() { parent } else { short_name(&field.reference) };
                self.object(resolved, name, value)
            }
            Value::Object(map) => {
                let Some(inner) = &resolved.additional_properties else { return Value::Object(map) };
                let each = map.into_iter().map(|(key, value)| {
                    let mark = self.path.len();
                    self.enter(&key);
                    let value = if value.is_null() { zero(inner) } else { self.field(inner, parent, value) };
                    self.path.truncate(mark);
                    (key, value)
                });
                Value::Object(each.collect())
            }
            Value::Array(items) => {
                let Some(inner) = &resolved.items else { return Value::Array(items) };
                let each = items.into_iter().enumerate().map(|(at, item)| {
                    let mark = self.path.len();
                    self.path.push_str(&format!("[{at}]"));
                    let item = if item.is_null() { zero(inner) } else { self.field(inner, parent, item) };
                    self.path.truncate(mark);
                    item
                });
                Value::Array(each.collect())
            }
            Value::String(text) if resolved.format == "byte" => {
                if let Err(at) = base64::decode(&text) {
                    self.refused.get_or_insert(format!("illegal base64 data at input byte {at}"));
                }
                Value::String(text)
            }
            value => value,
        }
    }

    fn quantity(&mut self, value: Value) -> Value {
        let text = match &value {
            Value::String(text) => text.trim().to_owned(),
            other => other.to_string(),
        };
        match quantity::Quantity::parse(&text) {
            Some(quantity) => Value::String(quantity.to_string()),
            None => {
                self.refused.get_or_insert_with(|| quantity::parse_error(&text).to_owned());
                value
            }
        }
    }

    fn int_or_string(&mut self, value: Value, parent: &str) -> Value {
        if !value.is_string() && !fits_integer(&value, "int32") {
            self.mistype(&value, "int32", parent);
        }
        value
    }

    fn time(&mut self, value: Value, parent: &str) -> Value {
        match &value {
            Value::String(text) if time::parse(text).is_none() => {
                let why = format!(
                    "parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{text}\" as \"2006\""
                );
                self.refused.get_or_insert(why);
            }
            Value::String(_) => {}
            other => self.mistype(other, "string", parent),
        }
        value
    }

    fn mistype(&mut self, value: &Value, wanted: &str, parent: &str) {
        if self.mistyped.is_some() {
            return;
        }
        let what = match value {
            Value::Number(number) if wanted.starts_with("int") => format!("number {number}"),
            other => json_type(other).to_owned(),
        };
        self.mistyped = Some(match self.words {
            Words::Json if self.fields.is_empty() => {
                format!("json: cannot unmarshal {what} into Go value of type {wanted}")
            }
            Words::Json => format!(
                "json: cannot unmarshal {what} into Go struct field {parent}.{} of type {wanted}",
                self.fields.join(".")
            ),
            Words::Converter => {
                let go = match value {
                    Value::String(_) => "string",
                    Value::Bool(_) => "bool",
                    Value::Number(number) if number.is_f64() => "float64",
                    Value::Number(_) => "int64",
                    Value::Array(_) => "[]interface {}",
                    _ => "map[string]interface {}",
                };
                if wanted.starts_with("[]") {
                    format!("cannot restore slice from {go}")
                } else if wanted.starts_with("map[") {
                    format!("cannot restore map from {go}")
                } else if wanted.contains('.') {
                    format!("cannot restore struct from: {go}")
                } else {
                    format!("unrecognized type: {wanted}")
                }
            }
        });
    }

    fn enter(&mut self, name: &str) {
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(name);
    }

    fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

fn fits_integer(value: &Value, format: &str) -> bool {
    let Some(number) = value.as_i64() else { return false };
    format != "int32" || i32::try_from(number).is_ok()
}

/// Go's zero value, which a null in a list or map becomes.
fn zero(schema: &Schema) -> Value {
    match &*schema.type_ {
        "string" => Value::String(String::new()),
        "integer" | "number" => Value::from(0),
        "boolean" => Value::Bool(false),
        _ => Value::Object(Map::new()),
    }
}

/// What Go calls the type of a JSON value.
pub fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The Go type of a field: `int32`, `[]v1.Container`, `map[string]string`.
fn go_type(field: &Schema) -> String {
    if !field.reference.is_empty() {
        let mut parts = field.reference.rsplit('.');
        let (name, package) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        return format!("{package}.{name}");
    }
    match &*field.type_ {
        "array" => match &field.items {
            Some(items) if items.format == "byte" => "[]uint8".to_owned(),
            Some(items) => format!("[]{}", go_type(items)),
            None => "[]interface {}".to_owned(),
        },
        "object" => match &field.additional_properties {
            Some(inner) if inner.format == "byte" => "map[string][]uint8".to_owned(),
            Some(inner) => format!("map[string]{}", go_type(inner)),
            None => "map[string]interface {}".to_owned(),
        },
        "integer" if field.format.is_empty() => "int64".to_owned(),
        "integer" => field.format.clone(),
        "number" => "float64".to_owned(),
        "boolean" => "bool".to_owned(),
        _ if field.format == "byte" => "[]uint8".to_owned(),
        _ => "string".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(spec: Value, words: Words) -> Decoded {
        let schemas = Schemas::builtin();
        let (name, schema) = schemas.kind("apps", "v1", "Deployment").unwrap();
        decode(schemas, name, schema, json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec}), words)
    }

    fn container(fields: Value) -> Value {
        json!({"template": {"spec": {"containers": [fields]}}})
    }

    #[test]
    fn mistakes_in_gos_words() {
        for (spec, error) in [
            (
                json!({"replicas": "two"}),
                "cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
            ),
            (
                json!({"replicas": 2.5}),
                "cannot unmarshal number 2.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
            ),
            (
                json!({"replicas": true}),
                "cannot unmarshal bool into Go struct field DeploymentSpec.spec.replicas of type int32",
            ),
            (
                json!({"replicas": 2_147_483_648_i64}),
                "cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32",
            ),
            (
                container(json!({"ports": [{"containerPort": "80"}]})),
                "cannot unmarshal string into Go struct field ContainerPort.spec.template.spec.containers.ports.containerPort of type int32",
            ),
            (
                json!({"template": {"metadata": {"labels": {"app": 1}}}}),
                "cannot unmarshal number into Go struct field ObjectMeta.spec.template.metadata.labels of type string",
            ),
            (
                json!({"template": {"spec": {"containers": {}}}}),
                "cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
            ),
            (
                container(json!({"command": "sleep 10"})),
                "cannot unmarshal string into Go struct field Container.spec.template.spec.containers.command of type []string",
            ),
        ] {
            let found = deployment(spec, Words::Json).error;
            assert_eq!(found.as_deref(), Some(&*format!("json: {error}")));
        }
        let spec = container(json!({"resources": {"limits": {"cpu": 1, "memory": "1GB"}}}));
        assert_eq!(deployment(spec, Words::Json).error.as_deref(), Some(quantity::FORMAT_ERROR));
        let converter = deployment(json!({"replicas": "x"}), Words::Converter).error;
        assert_eq!(converter.as_deref(), Some("unrecognized type: int32"));
    }

    #[test]
    fn unknown_fields() {
        let spec = json!({"foos": 1, "selector": {"matchlabels": {}}, "template": {"spec": {"containers": [{"images": "x"}]}}});
        assert_eq!(
            deployment(spec, Words::Json).unknown,
            [
                "unknown field \"spec.foos\"",
                "unknown field \"spec.selector.matchlabels\"",
                "unknown field \"spec.template.spec.containers[0].images\""
            ]
        );
    }

    #[test]
    fn what_is_kept() {
        let fields = json!({"name": "a", "resources": {"requests": {"cpu": "0.5", "memory": "1024Mi"}}, "env": [],
            "ports": [{"containerPort": 80}], "tty": false, "args": null});
        let decoded = deployment(container(fields), Words::Json);
        assert_eq!(
            decoded.value["spec"]["template"]["spec"]["containers"][0],
            json!({"name": "a", "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}},
                "ports": [{"containerPort": 80, "protocol": "TCP"}]})
        );
    }
}
