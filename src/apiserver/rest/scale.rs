//! The `scale` subresource: the number of replicas, the same for every kind that has one.
//!
//! Models pkg/registry/apps/{deployment,replicaset,statefulset}/storage ScaleREST.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{
    DeploymentSpec, DeploymentStatus, ReplicaSetSpec, ReplicaSetStatus, StatefulSetSpec, StatefulSetStatus,
};
use serde_json::{Value, json};

use super::write::apply;
use super::{Answer, Request, Resource, Target, value};
use crate::api::schema::{Decoded, Schemas, Words, decode};
use crate::api::{FieldError, Key, Meta, Object, Part, Selector, Status, wire};
use crate::apiserver::ApiServer;

/// Wanted and present replicas, and the selector of the Pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// How many are wanted.
    pub wanted: i32,
    /// How many there are.
    pub present: i32,
    /// Which Pods they are; empty where the object does not say.
    pub selector: String,
}

impl Scale {
    /// The scale of an object that has one.
    pub fn of(object: &Object) -> Result<Scale, Status> {
        match &object.kind.custom {
            _ if !object.kind.subresources.iter().any(|name| name == "scale") => Err(Status::unknown_path()),
            Some(custom) => read_custom(object, &custom.scale),
            None => read(object).ok_or_else(Status::unknown_path),
        }
    }

    /// The object with another number of replicas.
    pub fn change(object: &Object, replicas: i64) -> Object {
        let replicas = i32::try_from(replicas).unwrap_or(i32::MAX);
        let mut changed = object.clone();
        match &object.kind.custom {
            Some(custom) => write_custom(&mut changed, &custom.scale["specReplicasPath"], replicas),
            None => write(&mut changed.spec, replicas),
        }
        changed
    }
}

/// The value at a simple path: `.spec.replicas`.
fn at<'a>(value: &'a Value, path: &Value) -> Option<&'a Value> {
    let names = path.as_str()?.split('.').filter(|name| !name.is_empty());
    names.into_iter().try_fold(value, |value, name| value.get(name))
}

/// A custom resource's, at the paths that its definition names.
fn read_custom(object: &Object, paths: &Value) -> Result<Scale, Status> {
    let value = object.to_value();
    let number = |path: &Value| at(&value, path).and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok());
    let wanted = number(&paths["specReplicasPath"]).ok_or_else(|| {
        Status::internal(format!("the spec replicas field {} does not exist", paths["specReplicasPath"]))
    })?;
    let selector = at(&value, &paths["labelSelectorPath"]).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Scale { wanted, present: number(&paths["statusReplicasPath"]).unwrap_or(0), selector })
}

fn read(object: &Object) -> Option<Scale> {
    let scale = |wanted: Option<i32>, present: i32, selector: Selector| Scale {
        wanted: wanted.unwrap_or(0),
        present,
        selector: selector.to_string(),
    };
    if let Some(spec) = object.spec::<DeploymentSpec>() {
        let present = object.status::<DeploymentStatus>().and_then(|status| status.replicas).unwrap_or(0);
        return Some(scale(spec.replicas, present, Selector::from(&spec.selector)));
    }
    if let Some(spec) = object.spec::<ReplicaSetSpec>() {
        let present = object.status::<ReplicaSetStatus>().map_or(0, |status| status.replicas);
        return Some(scale(spec.replicas, present, Selector::from(&spec.selector)));
    }
    if let Some(spec) = object.spec::<StatefulSetSpec>() {
        let present = object.status::<StatefulSetStatus>().map_or(0, |status| status.replicas);
        return Some(scale(spec.replicas, present, Selector::from(&spec.selector)));
    }
    let number = |part: &Part| part.json().and_then(|part| i32::try_from(part["replicas"].as_i64()?).ok());
    let labels = object.spec.json()?["selector"].as_object().cloned().unwrap_or_default();
    let labels = labels.into_iter().filter_map(|(key, value)| Some((key, value.as_str()?.to_owned()))).collect();
    Some(scale(number(&object.spec), number(&object.status).unwrap_or(0), Selector::from_labels(&labels)))
}

/// Sets what a definition's path leads to in the spec.
fn write_custom(object: &mut Object, path: &Value, replicas: i32) {
    let names = path.as_str().unwrap_or_default().split('.').filter(|name| !name.is_empty()).skip(1);
    let Some(spec) = object.spec.json_mut() else { return };
    let place = names.into_iter().try_fold(spec, |place, name| place.is_object().then(|| &mut place[name]));
    if let Some(place) = place {
        *place = json!(replicas);
    }
}

fn write(part: &mut Part, replicas: i32) {
    if let Some(spec) = part.get_mut::<DeploymentSpec>() {
        spec.replicas = Some(replicas);
    } else if let Some(spec) = part.get_mut::<ReplicaSetSpec>() {
        spec.replicas = Some(replicas);
    } else if let Some(spec) = part.get_mut::<StatefulSetSpec>() {
        spec.replicas = Some(replicas);
    } else if let Some(spec) = part.json_mut() {
        spec["replicas"] = json!(replicas);
    }
}

fn show(object: &Object) -> Result<Value, Status> {
    let scale = Scale::of(object)?;
    let meta = Meta {
        name: Arc::clone(&object.meta.name),
        namespace: Arc::clone(&object.meta.namespace),
        uid: Arc::clone(&object.meta.uid),
        resource_version: object.meta.resource_version,
        created: object.meta.created,
        ..Meta::default()
    };
    let spec = if scale.wanted == 0 { json!({}) } else { json!({"replicas": scale.wanted}) };
    let mut status = json!({"replicas": scale.present});
    if !scale.selector.is_empty() {
        status["selector"] = json!(scale.selector);
    }
    Ok(json!({
        "apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": meta.to_value(), "spec": spec,
        "status": status,
    }))
}

impl ApiServer {
    pub(super) fn scale(&mut self, request: &Request, resource: &Resource<'_>, target: &Target) -> Answer {
        let key = Key::new(resource.namespace, resource.name);
        // Whether the namespace is there is looked at before the object is.
        let namespace = self.kinds.builtin_kind("", "Namespace");
        let within = Key::new("", resource.namespace);
        if request.method != "GET" && target.served.namespaced && self.store.get(namespace.id, &within).is_none() {
            return Err(Status::not_found("namespaces", resource.namespace));
        }
        // Of a custom resource, the version that is asked for says where its replicas are.
        let old = Object { kind: Arc::clone(&target.stored), ..(**self.get(&target.stored, &key)?).clone() };
        let current = show(&old)?;
        let schemas = Schemas::builtin();
        let (name, schema) = schemas.kind("autoscaling", "v1", "Scale").ok_or_else(Status::unknown_path)?;
        let decoded: Decoded = match &*request.method {
            "GET" => return value(200, current),
            "PUT" => {
                let decoded = decode(schemas, name, schema, request.body.clone(), Words::Json);
                if let Some(why) = decoded.error {
                    return Err(Status::bad_request(format!(
                        "Scale in version \"v1\" cannot be handled as a Scale: {why}"
                    )));
                }
                decoded
            }
            "PATCH" => {
                let (patched, words) = apply(request, Some(schema), current)?;
                let shown = match words {
                    Words::Converter => wire::go_value(&request.body),
                    Words::Json => wire::patched_text(&patched),
                };
                let decoded = decode(schemas, name, schema, patched, words);
                if let Some(why) = decoded.error {
                    return Err(Status::invalid("", "", "", &[FieldError::invalid("patch", shown, why)]));
                }
                decoded
            }
            _ => return Err(Status::method_not_allowed()),
        };
        let meta = Meta::from_value(&decoded.value["metadata"]);
        let wanted = decoded.value["spec"]["replicas"].as_i64().unwrap_or(0);
        if wanted < 0 {
            let why = "must be greater than or equal to 0";
            let error = FieldError::invalid("spec.replicas", wanted, why);
            return Err(Status::invalid("autoscaling", "Scale", &key.name, &[error]));
        }
        let mut new = old;
        new.meta.uid = meta.uid;
        new.meta.resource_version = meta.resource_version;
        let (new, old) = self.prepare_update(Scale::change(&new, wanted))?;
        if request.dry_run() {
            return value(200, show(&new)?);
        }
        let written = self.commit(new, old, Some("scale"));
        value(200, show(&written)?)
    }
}
