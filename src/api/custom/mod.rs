//! Custom resources: what a CustomResourceDefinition says of one version of its kind.
//!
//! The structural schema stays the JSON that it came as; what goes through objects reads it as it
//! goes. Models apiextensions-apiserver/pkg/apiserver/schema.

pub mod format;
mod prune;
mod rules;
mod validate;

use std::sync::Arc;

use serde_json::{Value, json};

use super::kinds::{Codec, Kind, KindId};
use super::schema::{Decoded, Schema, Schemas, Words, decode};
use crate::collections::SortedMap;

pub use prune::prune;
pub use rules::broken;
pub use validate::{Fault, validate};

/// How deep schemas and objects are looked into.
pub const MAX_DEPTH: usize = 100;
/// What every object has of its own.
const META_FIELDS: [&str; 3] = ["apiVersion", "kind", "metadata"];
/// The type of `metadata`.
const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// One version of a custom kind.
#[derive(Debug)]
pub struct Custom {
    /// The name of its definition: `crontabs.stable.example.com`.
    pub definition: Arc<str>,
    /// `openAPIV3Schema`.
    pub open_api: Value,
    /// The same, as all kinds' schemas are.
    pub schema: Schema,
    /// `additionalPrinterColumns`, or the one that all have.
    pub columns: Vec<Value>,
    /// `subresources.scale`; null without one.
    pub scale: Value,
    /// The paths of `selectableFields`, without the leading dot.
    pub selectable: Vec<String>,
    /// What requests are warned of.
    pub warning: Option<String>,
    /// Whether the kind is going away: nothing more can be made of it.
    pub terminating: bool,
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// A text bare, anything else as JSON.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A condition of a definition's status.
pub fn condition<'a>(status: &'a Value, name: &str) -> Option<&'a Value> {
    status["conditions"].as_array()?.iter().find(|condition| condition["type"] == name)
}

/// Whether a condition of a definition's status is True.
pub fn is_true(status: &Value, name: &str) -> bool {
    condition(status, name).is_some_and(|condition| condition["status"] == "True")
}

/// The kinds that a definition makes, one for each served version; none before it is established.
pub fn kinds(name: &str, spec: &Value, status: &Value, id: KindId) -> Vec<Kind> {
    if !is_true(status, "Established") {
        return Vec::new();
    }
    let terminating = is_true(status, "Terminating");
    let names = &status["acceptedNames"];
    let group = text(&spec["group"]);
    let served = spec["versions"].as_array().into_iter().flatten().filter(|version| version["served"] == true);
    let kind = |version: &Value| {
        let subresources = ["scale", "status"].into_iter().filter(|sub| !version["subresources"][sub].is_null());
        let verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
        let verbs = verbs.into_iter().filter(|verb| !terminating || *verb != "create");
        Kind {
            id,
            group: group.into(),
            version: text(&version["name"]).into(),
            kind: text(&names["kind"]).into(),
            plural: text(&names["plural"]).into(),
            singular: text(&names["singular"]).into(),
            short_names: texts(&names["shortNames"]),
            categories: texts(&names["categories"]),
            namespaced: spec["scope"] == "Namespaced",
            verbs: verbs.map(str::to_owned).collect(),
            subresources: subresources.map(str::to_owned).collect(),
            codec: Codec::default(),
            custom: Some(Arc::new(version_of(name, group, spec, version, terminating))),
        }
    };
    served.map(kind).collect()
}

fn version_of(name: &str, group: &str, spec: &Value, version: &Value, terminating: bool) -> Custom {
    let mut open_api = version["schema"]["openAPIV3Schema"].clone();
    if !open_api.is_object() {
        open_api = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    }
    if spec["preserveUnknownFields"] == true {
        open_api["x-kubernetes-preserve-unknown-fields"] = json!(true);
    }
    let columns = match version["additionalPrinterColumns"].as_array() {
        Some(columns) if !columns.is_empty() => columns.clone(),
        _ => {
            let why = "CreationTimestamp is a timestamp representing the server time when this object was created.";
            vec![json!({"name": "Age", "type": "date", "description": why, "jsonPath": ".metadata.creationTimestamp"})]
        }
    };
    let deprecated = || match version["deprecationWarning"].as_str() {
        Some(warning) => warning.to_owned(),
        None => {
            format!("{group}/{} {} is deprecated", text(&version["name"]), text(&spec["names"]["kind"]))
        }
    };
    let paths = version["selectableFields"].as_array().into_iter().flatten();
    Custom {
        definition: name.into(),
        schema: schema_of_kind(&open_api),
        open_api,
        columns,
        scale: version["subresources"]["scale"].clone(),
        selectable: paths.map(|field| text(&field["jsonPath"]).trim_start_matches('.').to_owned()).collect(),
        warning: (version["deprecated"] == true).then(deprecated),
        terminating,
    }
}

/// A whole kind's schema, with what every object has.
pub fn schema_of_kind(open_api: &Value) -> Schema {
    let mut schema = schema(open_api, 0);
    for name in ["apiVersion", "kind"] {
        let plain = Schema { type_: "string".to_owned(), ..Schema::default() };
        schema.properties.insert(name.to_owned(), plain);
    }
    let meta = Schema { reference: OBJECT_META.to_owned(), ..Schema::default() };
    schema.properties.insert("metadata".to_owned(), meta);
    schema
}

fn schema(open_api: &Value, depth: usize) -> Schema {
    if depth > MAX_DEPTH {
        return Schema::default();
    }
    let boxed = |value: &Value| value.is_object().then(|| Box::new(schema(value, depth + 1)));
    let properties = open_api["properties"].as_object().into_iter().flatten();
    let format =
        if open_api["x-kubernetes-int-or-string"] == true { "int-or-string" } else { text(&open_api["format"]) };
    Schema {
        type_: text(&open_api["type"]).to_owned(),
        format: format.to_owned(),
        description: text(&open_api["description"]).to_owned(),
        items: boxed(&open_api["items"]),
        properties: properties
            .map(|(name, field)| (name.clone(), schema(field, depth + 1)))
            .collect::<SortedMap<_, _>>(),
        additional_properties: boxed(&open_api["additionalProperties"]),
        required: texts(&open_api["required"]),
        default: open_api["default"].clone(),
        values: open_api["enum"].as_array().into_iter().flatten().map(shown).collect(),
        list_type: text(&open_api["x-kubernetes-list-type"]).to_owned(),
        list_map_keys: texts(&open_api["x-kubernetes-list-map-keys"]),
        map_type: text(&open_api["x-kubernetes-map-type"]).to_owned(),
        preserve_unknown_fields: open_api["x-kubernetes-preserve-unknown-fields"] == true,
        ..Schema::default()
    }
}

impl Custom {
    /// Reads an object: metadata as of all objects, defaults filled in, unknown fields taken away.
    pub fn decode(&self, mut value: Value) -> Decoded {
        let mut decoded = Decoded::default();
        if let (Some(map), Some(of)) = (value.as_object_mut(), Schemas::builtin().named(OBJECT_META))
            && let Some(metadata) = map.remove("metadata")
        {
            let meta = decode(Schemas::builtin(), OBJECT_META, of, metadata, Words::Json);
            decoded.error = meta
                .error
                .map(|error| error.replace("Go struct field ObjectMeta.", "Go struct field ObjectMeta.metadata."));
            let within = |told: &String| told.replacen("unknown field \"", "unknown field \"metadata.", 1);
            decoded.unknown = meta.unknown.iter().map(within).collect();
            map.insert("metadata".to_owned(), meta.value);
        }
        prune::default(&mut value, &self.open_api, 0);
        decoded.unknown.extend(prune::prune(&mut value, &self.open_api, true));
        decoded.value = value;
        decoded
    }

    /// Fills in defaults that a stored object was written without.
    pub fn refresh(&self, value: &mut Value) {
        prune::default(value, &self.open_api, 0);
    }
}
