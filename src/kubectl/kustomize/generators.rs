//! ConfigMaps and Secrets made of literals and files.
//!
//! Models kustomize/api/internal/generators and builtins (ConfigMapGenerator, SecretGenerator).

use serde_json::{Map, Value, json};

use super::Layer;
use super::names::{Resource, set};
use crate::api::base64;
use crate::kubectl::fail::Fail;
use crate::kubectl::flags::quote;

/// Adds what the layer's generators make.
pub async fn generate(layer: &Layer<'_>, all: &mut Vec<Resource>) -> Result<(), Fail> {
    for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
        for arguments in layer.says[field].as_array().cloned().unwrap_or_default() {
            let made = one(layer, kind, &arguments).await?;
            place(made, arguments["behavior"].as_str().unwrap_or("create"), all)?;
        }
    }
    Ok(())
}

/// Adds a generated object, or changes the one of the layers below that has its name.
fn place(made: Resource, behavior: &str, all: &mut Vec<Resource>) -> Result<(), Fail> {
    let below = all.iter_mut().find(|old| old.kind() == made.kind() && old.was(made.name()));
    match (behavior, below) {
        ("create" | "unspecified", None) => all.push(made),
        ("create" | "unspecified", Some(_)) => {
            return Err(Fail::plain(format!("may not add resource with an already registered id: {}", made.id())));
        }
        ("merge", Some(old)) => {
            for field in ["data", "binaryData"] {
                for (key, value) in made.value[field].as_object().into_iter().flatten() {
                    set(&mut old.value, &[field, key], value.clone());
                }
            }
            super::transform::set_all(&mut old.value, "labels", &made.value["metadata"]["labels"]);
            super::transform::set_all(&mut old.value, "annotations", &made.value["metadata"]["annotations"]);
        }
        ("replace", Some(old)) => {
            let metadata = old.value["metadata"].clone();
            old.value = made.value;
            set(&mut old.value, &["metadata"], metadata);
        }
        ("merge" | "replace", None) => {
            return Err(Fail::plain(format!(
                "merging from generator: id {} does not exist; cannot merge or replace",
                quote(&made.id())
            )));
        }
        (other, _) => return Err(Fail::plain(format!("kustomize: unknown behavior {}", quote(other)))),
    }
    Ok(())
}

async fn one(layer: &Layer<'_>, kind: &str, arguments: &Value) -> Result<Resource, Fail> {
    let Some(name) = arguments["name"].as_str().filter(|name| !name.is_empty()) else {
        return Err(Fail::plain(format!("a {kind} generator must have a name")));
    };
    let mut pairs: Vec<(String, Vec<u8>)> = Vec::new();
    for env in texts(arguments, "envs").chain(arguments["env"].as_str().map(str::to_owned)) {
        let text = layer.file(&env).await?;
        for line in text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            pairs.push((key.to_owned(), value.as_bytes().to_vec()));
        }
    }
    for literal in texts(arguments, "literals") {
        let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(Fail::plain(format!("literal values: invalid literal source {literal}, expected key=value")));
        };
        pairs.push((key.to_owned(), unquoted(value).as_bytes().to_vec()));
    }
    for file in texts(arguments, "files") {
        let (key, path) = file.split_once('=').unwrap_or((file.rsplit('/').next().unwrap_or_default(), &file));
        let bytes = layer.bytes(path).await?;
        pairs.push((key.to_owned(), bytes));
    }
    let mut value = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
    for (key, bytes) in pairs {
        let text = String::from_utf8(bytes);
        let (field, shown) = match (kind, text) {
            ("Secret", text) => {
                let bytes = text.map_or_else(std::string::FromUtf8Error::into_bytes, String::into_bytes);
                ("data", base64::encode(&bytes))
            }
            (_, Ok(text)) => ("data", text),
            (_, Err(error)) => ("binaryData", base64::encode(&error.into_bytes())),
        };
        if value[field].get(&key).is_some() {
            return Err(Fail::plain(format!("cannot add key {key}, another key by that name already exists")));
        }
        value[field][&key] = json!(shown);
    }
    if kind == "Secret" {
        value["type"] = json!(arguments["type"].as_str().unwrap_or("Opaque"));
    }
    if let Some(namespace) = arguments["namespace"].as_str() {
        value["metadata"]["namespace"] = json!(namespace);
    }
    let mut hashed = true;
    for options in [&layer.says["generatorOptions"], &arguments["options"]] {
        super::transform::set_all(&mut value, "labels", &options["labels"]);
        super::transform::set_all(&mut value, "annotations", &options["annotations"]);
        if options["immutable"] == true {
            value["immutable"] = json!(true);
        }
        hashed &= options["disableNameSuffixHash"] != true;
    }
    Ok(Resource { hashed, ..Resource::new(value) })
}

fn texts(arguments: &Value, field: &str) -> impl Iterator<Item = String> {
    arguments[field].as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned))
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> &str {
    ['"', '\''].into_iter().find_map(|mark| value.strip_prefix(mark)?.strip_suffix(mark)).unwrap_or(value)
}

/// A map of texts, empty where there is none.
pub fn pairs(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
