//! Which claims go away with their Pod or their StatefulSet. Models
//! pkg/controller/statefulset/stateful_set_utils.go updateClaimOwnerRefForSetAndPod.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::StatefulSetSpec;

use super::super::work::{View, Write};
use super::identity;
use crate::api::{Object, OwnerReference};

/// Who is to own the claims of a Pod: its set, the Pod itself once the set has no place for it any
/// more, or nobody.
fn owner(set: &Object, spec: &StatefulSetSpec, pod: &Object, ordinal: i32) -> Option<OwnerReference> {
    let policy = spec.persistent_volume_claim_retention_policy.clone().unwrap_or_default();
    let is_surplus = !identity::ordinals(spec).contains(&ordinal);
    if is_surplus && policy.when_scaled.as_deref() == Some("Delete") {
        return Some(pod.controller_reference());
    }
    (policy.when_deleted.as_deref() == Some("Delete")).then(|| set.controller_reference())
}

/// What must be written for the claims of a Pod to have the owner that the policy says.
pub(super) fn corrections(
    view: &View<'_>,
    set: &Object,
    spec: &StatefulSetSpec,
    pod: &Object,
    ordinal: i32,
) -> Vec<Write> {
    let wanted = owner(set, spec, pod, ordinal);
    let keys = identity::claim_keys(set, spec, ordinal);
    let claims = keys.iter().filter_map(|key| view.get(&view.kinds.persistent_volume_claim, key));
    claims
        .filter_map(|claim| {
            let ours = |one: &OwnerReference| one.uid == set.meta.uid || one.uid == pod.meta.uid;
            let foreign = claim.meta.controller().is_some_and(|one| !ours(one));
            let others = claim.meta.owners.iter().filter(|one| !ours(one)).cloned();
            let owners: Vec<OwnerReference> = others.chain(wanted.clone()).collect();
            if foreign || *claim.meta.owners == *owners {
                return None;
            }
            let mut claim = Object::clone(claim);
            claim.meta.owners = owners.into();
            Some(Write::Update(claim))
        })
        .collect()
}

/// Whether a claim of the Pod to come still belongs to an earlier Pod, and will go with it
/// (PodClaimIsStale).
pub(super) fn is_stale(view: &View<'_>, set: &Object, spec: &StatefulSetSpec, ordinal: i32) -> bool {
    let policy = spec.persistent_volume_claim_retention_policy.as_ref();
    if policy.and_then(|policy| policy.when_scaled.as_deref()) != Some("Delete") {
        return false;
    }
    let keys = identity::claim_keys(set, spec, ordinal);
    let mut claims = keys.iter().filter_map(|key| view.get(&view.kinds.persistent_volume_claim, key));
    claims.any(|claim| claim.meta.owners.iter().any(|owner| *owner.kind == *"Pod"))
}

/// A claim that is there, but going away.
pub(super) fn leaving<'a>(
    view: &View<'a>,
    set: &Object,
    spec: &StatefulSetSpec,
    ordinal: i32,
) -> Option<&'a Arc<Object>> {
    let keys = identity::claim_keys(set, spec, ordinal);
    let mut claims = keys.iter().filter_map(|key| view.get(&view.kinds.persistent_volume_claim, key));
    claims.find(|claim| claim.meta.deleted.is_some())
}
