//! Patches: strategic merges and JSON patches, of one resource or of all that a target names.
//!
//! Models kustomize/api/internal/builtins PatchTransformer.

use serde_json::Value;

use super::Layer;
use super::names::Resource;
use crate::api::patch::{json_patch, merge_patch, strategic_merge_patch};
use crate::api::schema::Schemas;
use crate::api::{Selector, StringMap};
use crate::kubectl::fail::Fail;
use crate::kubectl::{flags::quote, yaml};

/// Applies a layer's patches to what it has gathered.
pub async fn patch(layer: &Layer<'_>, all: &mut Vec<Resource>) -> Result<(), Fail> {
    for text in layer.texts("patchesStrategicMerge") {
        // An entry is a file, or the patch itself.
        let text = if text.contains('\n') { text } else { layer.file(&text).await? };
        apply(&text, &Value::Null, all)?;
    }
    for field in ["patches", "patchesJson6902"] {
        for entry in layer.says[field].as_array().cloned().unwrap_or_default() {
            let text = match (entry["path"].as_str(), entry["patch"].as_str()) {
                (Some(path), None) => layer.file(path).await?,
                (None, Some(text)) => text.to_owned(),
                _ => return Err(Fail::plain("must specify one of patch and path in PatchTransformer")),
            };
            apply(&text, &entry["target"], all)?;
        }
    }
    Ok(())
}

fn apply(text: &str, target: &Value, all: &mut Vec<Resource>) -> Result<(), Fail> {
    for document in yaml::documents(text) {
        let patch = yaml::parse(&document)
            .map_err(|error| Fail::plain(format!("unable to parse SM or JSON patch from [{text}]: {error}")))?;
        let mut found = Vec::new();
        match target.is_object() {
            true => {
                for (at, resource) in all.iter().enumerate() {
                    if matches(resource, target)? {
                        found.push(at);
                    }
                }
            }
            false => {
                let wanted = Resource::new(patch.clone());
                let same = |resource: &Resource| {
                    resource.kind() == wanted.kind()
                        && resource.group_version().0 == wanted.group_version().0
                        && resource.was(wanted.name())
                        && (wanted.namespace().is_empty() || resource.namespace() == wanted.namespace())
                };
                found.extend(all.iter().position(same));
                if found.is_empty() {
                    let id = wanted.id();
                    return Err(Fail::plain(format!(
                        "no resource matches strategic merge patch {}: no matches for Id {id}; failed to find unique target for patch {id}",
                        quote(&id)
                    )));
                }
            }
        }
        for at in found.into_iter().rev() {
            match patched(&all[at], &patch)? {
                Some(value) => all[at].value = value,
                None => drop(all.remove(at)),
            }
        }
    }
    Ok(())
}

/// The resource as a patch makes it; none if the patch deletes it.
fn patched(resource: &Resource, patch: &Value) -> Result<Option<Value>, Fail> {
    if let Some(operations) = patch.as_array() {
        return json_patch(&resource.value, operations).map(Some).map_err(Fail::Plain);
    }
    if patch["$patch"] == "delete" {
        return Ok(None);
    }
    // A patch changes neither kind nor name.
    let mut patch = patch.clone();
    for (pointer, name) in [("", "apiVersion"), ("", "kind"), ("/metadata", "name"), ("/metadata", "namespace")] {
        if let Some(map) = patch.pointer_mut(pointer).and_then(Value::as_object_mut) {
            map.remove(name);
        }
    }
    let (group, version) = resource.group_version();
    let schemas = Schemas::builtin();
    match schemas.kind(group, version, resource.kind()) {
        Some((_, schema)) => {
            strategic_merge_patch(schemas, schema, &resource.value, &patch).map(Some).map_err(Fail::Plain)
        }
        None => {
            let mut value = resource.value.clone();
            merge_patch(&mut value, &patch);
            Ok(Some(value))
        }
    }
}

/// Whether a target names the resource.
fn matches(resource: &Resource, target: &Value) -> Result<bool, Fail> {
    let wanted = |field: &str| target[field].as_str().unwrap_or_default();
    let (group, version) = resource.group_version();
    let mut all = true;
    for (pattern, text) in
        [("group", group), ("version", version), ("kind", resource.kind()), ("namespace", resource.namespace())]
    {
        all &= like(wanted(pattern), text)?;
    }
    let mut named = like(wanted("name"), resource.name())?;
    for name in &resource.names {
        named |= like(wanted("name"), name)?;
    }
    for (selector, field) in [("labelSelector", "labels"), ("annotationSelector", "annotations")] {
        let selector = Selector::parse(wanted(selector)).map_err(Fail::Plain)?;
        let map: StringMap = super::generators::pairs(&resource.value["metadata"][field])
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_str()?.to_owned())))
            .collect();
        all &= selector.matches(&map);
    }
    Ok(all && named)
}

/// Whether a text fits a pattern as a whole; an empty one fits all. Diverges: of regular
/// expressions, only `.*` is known.
fn like(pattern: &str, text: &str) -> Result<bool, Fail> {
    if pattern.is_empty() {
        return Ok(true);
    }
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    let pattern = pattern.strip_suffix('$').unwrap_or(pattern);
    let parts: Vec<&str> = pattern.split(".*").collect();
    if parts.iter().any(|part| part.contains(['*', '+', '?', '(', ')', '[', ']', '|', '\\', '{'])) {
        return Err(Fail::plain(format!(
            "kustomize: the target {} is not simulated; names and .* are",
            quote(pattern)
        )));
    }
    let (first, last) = (parts[0], parts[parts.len() - 1]);
    if parts.len() == 1 {
        return Ok(first == text);
    }
    let Some(mut rest) = text.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return Ok(false) };
    for part in &parts[1..parts.len() - 1] {
        let Some(at) = rest.find(part) else { return Ok(false) };
        rest = &rest[at + part.len()..];
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, fits) in [
            ("", "x", true),
            ("web", "web", true),
            ("web", "web2", false),
            ("web.*", "web2", true),
            (".*b.*", "web2", true),
            ("a.*a", "a", false),
        ] {
            assert_eq!(like(pattern, text), Ok(fits), "{pattern} {text}");
        }
        assert!(like("a|b", "a").is_err());
    }

    #[test]
    fn patches_keep_names() {
        let resource = Resource::new(json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"},
            "spec": {"template": {"spec": {"containers": [{"name": "c", "image": "x"}]}}}}));
        let patch = json!({"kind": "X", "metadata": {"name": "b"}, "spec": {"replicas": 2,
            "template": {"spec": {"containers": [{"name": "c", "image": "y"}]}}}});
        let made = patched(&resource, &patch).unwrap().unwrap();
        assert_eq!((&made["kind"], &made["metadata"]["name"]), (&json!("Deployment"), &json!("a")));
        assert_eq!(
            made["spec"],
            json!({"replicas": 2, "template": {"spec": {"containers": [{"name": "c", "image": "y"}]}}})
        );
    }
}
