//! Claims get the default class, claims and volumes what protects them while they are in use, and only
//! classes that allow it let claims grow. Models plugin/pkg/admission/storage: setdefault,
//! storageobjectinuseprotection, persistentvolume/resize.

use std::sync::Arc;

use serde_json::json;

use super::Context;
use crate::api::storage::{CLAIM_PROTECTION, DEFAULT_CLASS, VOLUME_PROTECTION, amount, class, phase, spec};
use crate::api::{Key, Kinds, Object, Status};
use crate::apiserver::Store;

pub fn create(object: &mut Object, context: &Context<'_>) {
    let finalizer = match (&*object.kind.group, &*object.kind.kind) {
        ("", "PersistentVolumeClaim") => CLAIM_PROTECTION,
        ("", "PersistentVolume") => VOLUME_PROTECTION,
        _ => return,
    };
    if !object.meta.finalizers.iter().any(|one| one == finalizer) {
        object.meta.finalizers = object.meta.finalizers.iter().cloned().chain([finalizer.to_owned()]).collect();
    }
    if finalizer == CLAIM_PROTECTION && spec(object, "/storageClassName").is_null() && class(object).is_empty() {
        let name = default_class(context).map(|class| Arc::clone(&class.meta.name));
        if let (Some(name), Some(spec)) = (name, object.spec.json_mut()) {
            spec["storageClassName"] = json!(*name);
        }
    }
}

/// The newest of the classes that are marked as default; by name where they are as old.
fn default_class<'a>(context: &Context<'a>) -> Option<&'a Arc<Object>> {
    let kind = context.kinds.kind("storage.k8s.io", "StorageClass")?;
    let classes = context.store.list(kind.id, None);
    let defaults = classes.filter(|class| class.meta.annotation(DEFAULT_CLASS) == Some("true"));
    defaults.min_by(|a, b| b.meta.created.cmp(&a.meta.created).then_with(|| a.meta.name.cmp(&b.meta.name)))
}

/// Whether a claim may grow.
pub fn update(new: &Object, old: &Object, kinds: &Kinds, store: &Store) -> Result<(), Status> {
    const SIZE: &str = "/resources/requests/storage";
    if (&*new.kind.group, &*new.kind.kind) != ("", "PersistentVolumeClaim") || amount(new, SIZE) <= amount(old, SIZE) {
        return Ok(());
    }
    let refuse = |why: &str| Err(Status::forbidden("persistentvolumeclaims", &new.meta.name, why));
    if phase(old) != "Bound" {
        return refuse("Only bound persistent volume claims can be expanded");
    }
    let found =
        kinds.kind("storage.k8s.io", "StorageClass").and_then(|kind| store.get(kind.id, &Key::new("", class(new))));
    if found.and_then(|class| class.rest.json()).is_some_and(|rest| rest["allowVolumeExpansion"] == true) {
        return Ok(());
    }
    refuse(
        "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
    )
}
