//! Ephemeral containers. Models pkg/apis/core/validation validateEphemeralContainers and
//! ValidatePodEphemeralContainersUpdate.

use k8s_openapi::api::core::v1::EphemeralContainer;

use super::{faults, one_of};
use crate::api::{FieldError, Object, PodSpec, name_rules};

const FIELD: &str = "spec.ephemeralContainers";

fn list(object: &Object) -> &[EphemeralContainer] {
    object.spec::<PodSpec>().and_then(|spec| spec.ephemeral_containers.as_deref()).unwrap_or_default()
}

pub fn check(new: &Object, old: &Object, out: &mut Vec<FieldError>) {
    let Some(spec) = new.spec::<PodSpec>() else { return };
    let names: Vec<&str> = spec
        .containers
        .iter()
        .chain(spec.init_containers.iter().flatten())
        .map(|container| container.name.as_str())
        .collect();
    let all = list(new);
    for (at, container) in all.iter().enumerate() {
        let field = |name: &str| format!("{FIELD}[{at}].{name}");
        let name = container.name.as_str();
        if name.is_empty() {
            out.push(FieldError::required(&field("name"), ""));
        } else {
            faults(name_rules::label_faults(name), name, &field("name"), out);
        }
        if names.contains(&name) || all[..at].iter().any(|other| other.name == name) {
            out.push(FieldError::duplicate(&field("name"), name));
        }
        if container.image.as_deref().unwrap_or_default().is_empty() {
            out.push(FieldError::required(&field("image"), ""));
        }
        let policies = ["Always", "IfNotPresent", "Never"];
        one_of(container.image_pull_policy.as_deref(), &field("imagePullPolicy"), &policies, out);
        if let Some(target) = container.target_container_name.as_deref().filter(|target| !target.is_empty())
            && !spec.containers.iter().any(|other| other.name == target)
        {
            out.push(FieldError::not_found(&field("targetContainerName"), target));
        }
        for (what, set) in [
            ("lifecycle", container.lifecycle.is_some()),
            ("livenessProbe", container.liveness_probe.is_some()),
            ("readinessProbe", container.readiness_probe.is_some()),
            ("startupProbe", container.startup_probe.is_some()),
            ("ports", container.ports.as_ref().is_some_and(|ports| !ports.is_empty())),
        ] {
            if set {
                out.push(FieldError::forbidden(&field(what), "cannot be set for an Ephemeral Container"));
            }
        }
    }
    for known in list(old) {
        match all.iter().find(|container| container.name == known.name) {
            None => {
                let why = format!("existing ephemeral containers {:?} may not be removed\n", known.name);
                out.push(FieldError::forbidden(FIELD, why));
            }
            Some(container) if container != known => {
                let why = format!("existing ephemeral containers {:?} may not be changed\n", known.name);
                out.push(FieldError::forbidden(FIELD, why));
            }
            Some(_) => {}
        }
    }
}
