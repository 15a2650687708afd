//! CustomResourceDefinitions, and the kinds that come and go with them.
//!
//! Models apiextensions-apiserver/pkg/registry/customresourcedefinition (strategy.go, etcd.go),
//! pkg/apis/apiextensions/v1/defaults.go and pkg/apiserver/customresource_handler.go: what is served
//! follows what is written to definitions.

use std::sync::Arc;

use serde_json::json;

use super::ApiServer;
use crate::api::{Kind, Object, Part, custom, time};
use crate::sim::Time;

/// Keeps a definition until nothing is left of its kind.
pub const FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

/// Whether a kind is CustomResourceDefinition.
pub fn is_definition(kind: &Kind) -> bool {
    *kind.kind == *"CustomResourceDefinition" && *kind.group == *"apiextensions.k8s.io"
}

/// Names that follow from the kind, and no conversion.
pub fn default(object: &mut Object) {
    let Some(spec) = object.spec.json_mut() else { return };
    let kind = spec["names"]["kind"].as_str().unwrap_or_default().to_owned();
    if !kind.is_empty() && spec["names"].is_object() {
        for (name, follows) in [("singular", kind.to_lowercase()), ("listKind", format!("{kind}List"))] {
            if spec["names"][name].as_str().unwrap_or_default().is_empty() {
                spec["names"][name] = json!(follows);
            }
        }
    }
    if spec["conversion"].is_null() && spec.is_object() {
        spec["conversion"] = json!({"strategy": "None"});
    }
}

/// A new definition's status: nothing is accepted yet.
pub fn prepare(object: &mut Object) {
    object.status = Part::Json(Arc::new(json!({"acceptedNames": {"kind": "", "plural": ""}, "conditions": null})));
    store_version(object);
}

/// Notes the version in which objects are stored from now on.
pub fn store_version(object: &mut Object) {
    let versions = object.spec.json().and_then(|spec| spec["versions"].as_array().cloned()).unwrap_or_default();
    let Some(version) = versions.iter().find(|version| version["storage"] == true) else { return };
    let Some(status) = object.status.json_mut().filter(|status| status.is_object()) else { return };
    if !status["storedVersions"].is_array() {
        status["storedVersions"] = json!([]);
    }
    if let Some(stored) = status["storedVersions"].as_array_mut().filter(|stored| !stored.contains(&version["name"])) {
        stored.push(version["name"].clone());
    }
}

/// Marks a definition that is to be deleted: its objects go first.
pub fn terminate(object: &mut Object, now: Time) {
    object.meta.deleted = Some(now);
    object.meta.grace_seconds = None;
    if !object.meta.finalizers.iter().any(|name| name == FINALIZER) {
        object.meta.finalizers = object.meta.finalizers.iter().cloned().chain([FINALIZER.to_owned()]).collect();
    }
    let Some(status) = object.status.json_mut().filter(|status| status.is_object()) else { return };
    let condition = json!({
        "type": "Terminating", "status": "True", "reason": "InstanceDeletionPending",
        "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
        "lastTransitionTime": time::rfc3339(now),
    });
    match status["conditions"].as_array_mut() {
        Some(conditions) => {
            conditions.retain(|known| known["type"] != "Terminating");
            conditions.push(condition);
        }
        None => status["conditions"] = json!([condition]),
    }
}

impl ApiServer {
    /// Serves what definitions written after `revision` define.
    pub(super) fn follow_definitions(&mut self, revision: u64) {
        let written = self.store.changes_since(revision).iter().filter(|change| change.kind == self.definition.id);
        let written: Vec<_> =
            written.filter_map(|change| Some((change.object()?.clone(), change.new.is_some()))).collect();
        for (definition, present) in written {
            let id = self.kinds.defined(&definition.meta.name);
            let part = |part: &Part| part.json().cloned().unwrap_or_default();
            let versions = match present {
                true => custom::kinds(&definition.meta.name, &part(&definition.spec), &part(&definition.status), id),
                false => Vec::new(),
            };
            if versions.is_empty() {
                self.end_watches(id);
            }
            self.kinds.serve(id, versions);
        }
    }
}
