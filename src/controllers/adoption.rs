//! Which objects are an owner's: those it made, and those without an owner that its selector
//! matches. Models pkg/controller/controller_ref_manager.go.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::work::{Plan, Write};
use crate::api::meta::StringMap;
use crate::api::selector::Selector;
use crate::api::{Kind, Object, OwnerReference};
use crate::apiserver::Store;

/// Whether a selector matches the labels. An empty selector matches nothing here, since it would
/// take everything in.
pub(super) fn selects(selector: &LabelSelector, labels: &StringMap) -> bool {
    let selector = Selector::from(selector);
    !selector.is_everything() && selector.matches(labels)
}

/// `object` with `owner` as its managing owner.
pub(super) fn adopted(object: &Object, owner: &Object) -> Object {
    let owners: Vec<OwnerReference> =
        object.meta.owners.iter().cloned().chain([owner.controller_reference()]).collect();
    let mut object = object.clone();
    object.meta.owners = owners.into();
    object
}

/// `object` without `owner`.
pub(super) fn released(object: &Object, owner: &Object) -> Object {
    let owners: Vec<OwnerReference> =
        object.meta.owners.iter().filter(|one| one.uid != owner.meta.uid).cloned().collect();
    let mut object = object.clone();
    object.meta.owners = owners.into();
    object
}

/// The objects of `kind` that are `owner`'s. Adopts and releases on the way; what is adopted gets the
/// finalizer.
pub(super) fn claim(
    store: &Store,
    kind: &Arc<Kind>,
    owner: &Object,
    selector: &LabelSelector,
    finalizer: Option<&str>,
    plan: &mut Plan,
) -> Vec<Arc<Object>> {
    let parsed = Selector::from(selector);
    let mut mine = Vec::new();
    for object in store.owned_by(kind.id, &owner.meta.uid) {
        let controlled = object.meta.controller().is_some_and(|one| one.uid == owner.meta.uid);
        if controlled && parsed.matches(&object.meta.labels) {
            mine.push(Arc::clone(object));
        } else if controlled && owner.meta.deleted.is_none() {
            plan.then(Write::Update(released(object, owner)));
        }
    }
    if owner.meta.deleted.is_none()
        && let Some((key, value)) = parsed.exact_label()
    {
        for object in store.labelled(kind.id, &owner.meta.namespace, key, value) {
            let free = object.meta.controller().is_none() && object.meta.deleted.is_none();
            if free && parsed.matches(&object.meta.labels) {
                let mut adopted = adopted(object, owner);
                adopted.meta.finalizers =
                    adopted.meta.finalizers.iter().cloned().chain(finalizer.map(str::to_owned)).collect();
                mine.push(Arc::new(adopted.clone()));
                plan.then(Write::Update(adopted));
            }
        }
    }
    mine
}
