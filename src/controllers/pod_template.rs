//! Pods made from a template. Models pkg/controller/controller_utils.go GetPodFromTemplate.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{PodStatus, PodTemplateSpec};

use crate::api::{Kind, Object, Part, PodSpec};

/// A Pod of `owner`, not yet named: the API server does that.
pub(super) fn pod(kind: &Arc<Kind>, owner: &Object, template: Option<&PodTemplateSpec>) -> Object {
    let mut pod = Object::new(kind, &owner.meta.namespace, "");
    pod.meta.generate_name = Some(format!("{}-", owner.meta.name).into());
    pod.meta.owners = [owner.controller_reference()].into();
    let mut spec = PodSpec::default();
    if let Some(template) = template {
        if let Some(meta) = &template.metadata {
            pod.meta.labels = Arc::new(meta.labels.clone().unwrap_or_default());
            pod.meta.annotations = Arc::new(meta.annotations.clone().unwrap_or_default());
            pod.meta.finalizers = meta.finalizers.clone().unwrap_or_default().into();
        }
        spec = template.spec.clone().unwrap_or_default().into();
    }
    pod.spec = Part::typed(spec);
    pod.status = Part::typed(PodStatus { phase: Some("Pending".to_owned()), ..PodStatus::default() });
    pod
}
