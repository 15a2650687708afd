//! Who a StatefulSet's Pod is: its ordinal, its names, its volumes. Models
//! pkg/controller/statefulset/stateful_set_utils.go.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::StatefulSetSpec;
use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, PersistentVolumeClaimVolumeSource, PodSpec as Whole, PodTemplateSpec, Volume,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::super::pod_template;
use crate::api::{Key, Kind, Object, Part, WellKnown, codec};

/// The label that tells which revision a Pod is of.
pub(super) const REVISION_LABEL: &str = "controller-revision-hash";
const NAME_LABEL: &str = "statefulset.kubernetes.io/pod-name";
const INDEX_LABEL: &str = "apps.kubernetes.io/pod-index";

/// The set's name and the number in a Pod's name.
pub(super) fn parent_and_ordinal(pod: &str) -> Option<(&str, i32)> {
    let (parent, ordinal) = pod.rsplit_once('-')?;
    let digits = ordinal.bytes().all(|byte| byte.is_ascii_digit());
    Some((parent, ordinal.parse().ok().filter(|_| digits)?))
}

/// The number in the name of a Pod of the set.
pub(super) fn ordinal(set: &Object, pod: &Object) -> Option<i32> {
    parent_and_ordinal(&pod.meta.name).filter(|(parent, _)| *parent == &*set.meta.name).map(|(_, ordinal)| ordinal)
}

/// The ordinals that the set is to have.
pub(super) fn ordinals(spec: &StatefulSetSpec) -> std::ops::Range<i32> {
    let start = spec.ordinals.as_ref().and_then(|ordinals| ordinals.start).unwrap_or(0);
    start..start.saturating_add(spec.replicas.unwrap_or(1).max(0))
}

fn claim_name(template: &PersistentVolumeClaim, set: &Object, ordinal: i32) -> String {
    format!("{}-{}-{ordinal}", template.metadata.name.as_deref().unwrap_or_default(), set.meta.name)
}

/// The keys of the claims of the Pod with that ordinal.
pub(super) fn claim_keys(set: &Object, spec: &StatefulSetSpec, ordinal: i32) -> Vec<Key> {
    let templates = spec.volume_claim_templates.iter().flatten();
    templates.map(|template| Key::new(&set.meta.namespace, &claim_name(template, set, ordinal))).collect()
}

/// The claims that the Pod with that ordinal needs (getPersistentVolumeClaims).
pub(super) fn claims(kind: &Arc<Kind>, set: &Object, spec: &StatefulSetSpec, ordinal: i32) -> Vec<Object> {
    let templates = spec.volume_claim_templates.iter().flatten();
    templates
        .map(|template| {
            let mut claim = Object::new(kind, &set.meta.namespace, &claim_name(template, set, ordinal));
            let mut labels = template.metadata.labels.clone().unwrap_or_default();
            labels.extend(spec.selector.match_labels.iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
            claim.meta.labels = Arc::new(labels);
            claim.meta.annotations = Arc::new(template.metadata.annotations.clone().unwrap_or_default());
            claim.spec = template.spec.as_ref().map_or(Part::Absent, |spec| Part::Json(Arc::new(codec::write(spec))));
            claim
        })
        .collect()
}

/// A Pod of the set (newStatefulSetPod).
pub(super) fn pod(
    kinds: &WellKnown,
    set: &Object,
    spec: &StatefulSetSpec,
    template: &PodTemplateSpec,
    revision: &str,
    ordinal: i32,
) -> Object {
    let name = format!("{}-{ordinal}", set.meta.name);
    let mut template = template.clone();
    let whole = template.spec.get_or_insert_with(Whole::default);
    whole.hostname = Some(name.clone());
    whole.subdomain = spec.service_name.clone().filter(|service| !service.is_empty());
    let source = |claim: &PersistentVolumeClaim| Volume {
        name: claim.metadata.name.clone().unwrap_or_default(),
        persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
            claim_name: claim_name(claim, set, ordinal),
            read_only: None,
        }),
        ..Volume::default()
    };
    let mut volumes: Vec<Volume> = spec.volume_claim_templates.iter().flatten().map(source).collect();
    let others = whole.volumes.take().unwrap_or_default().into_iter();
    let others: Vec<Volume> = others.filter(|one| volumes.iter().all(|claim| claim.name != one.name)).collect();
    volumes.extend(others);
    whole.volumes = Some(volumes).filter(|all| !all.is_empty());
    let labels = template.metadata.get_or_insert_with(ObjectMeta::default).labels.get_or_insert_default();
    labels.insert(NAME_LABEL.to_owned(), name.clone());
    labels.insert(INDEX_LABEL.to_owned(), ordinal.to_string());
    labels.insert(REVISION_LABEL.to_owned(), revision.to_owned());
    let mut pod = pod_template::pod(&kinds.pod, set, Some(&template));
    pod.meta.name = name.into();
    pod
}

/// The Pod with the labels that its name asks for, if it lacks them (identityMatches, updateIdentity).
pub(super) fn corrected(pod: &Object, ordinal: i32) -> Option<Object> {
    let wanted = [(NAME_LABEL, pod.meta.name.to_string()), (INDEX_LABEL, ordinal.to_string())];
    if wanted.iter().all(|(key, value)| pod.meta.label(key) == Some(value)) {
        return None;
    }
    let mut pod = pod.clone();
    let labels = Arc::make_mut(&mut pod.meta.labels);
    labels.extend(wanted.into_iter().map(|(key, value)| (key.to_owned(), value)));
    Some(pod)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_is_known_by_its_name() {
        for (name, expected) in [
            ("web-0", Some(("web", 0))),
            ("my-db-12", Some(("my-db", 12))),
            ("web-a", None),
            ("web-", None),
            ("web", None),
            ("web-+1", None),
        ] {
            assert_eq!(parent_and_ordinal(name), expected, "{name}");
        }
    }
}
