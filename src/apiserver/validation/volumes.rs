//! Volumes of Pods and where containers mount them. Models ValidateVolumes, ValidateVolumeMounts.

use k8s_openapi::api::core::v1::{Container, Volume};
use serde_json::Value;

use super::faults;
use crate::api::{FieldError, name_rules};
use crate::collections::SortedSet;

/// Checks volumes; gives the names that containers may mount.
pub fn check(volumes: &[Volume], field: &str, out: &mut Vec<FieldError>) -> SortedSet<String> {
    let mut names = SortedSet::new();
    for (at, volume) in volumes.iter().enumerate() {
        let path = format!("{field}[{at}]");
        let before = out.len();
        if volume.name.is_empty() {
            out.push(FieldError::required(&format!("{path}.name"), ""));
        } else {
            faults(name_rules::label_faults(&volume.name), &volume.name, &format!("{path}.name"), out);
        }
        if names.contains(&volume.name) {
            out.push(FieldError::duplicate(&format!("{path}.name"), volume.name.as_str()));
        }
        source(volume, &path, out);
        if out.len() == before {
            names.insert(volume.name.clone());
        }
    }
    names
}

fn source(volume: &Volume, field: &str, out: &mut Vec<FieldError>) {
    // The common sources are looked at without JSON: a Pod has one or two.
    let common = [
        volume.config_map.is_some(),
        volume.secret.is_some(),
        volume.empty_dir.is_some(),
        volume.projected.is_some(),
        volume.persistent_volume_claim.is_some(),
        volume.host_path.is_some(),
        volume.downward_api.is_some(),
    ];
    if common.iter().filter(|given| **given).count() != 1 {
        let all = super::shown(volume);
        let given: Vec<&String> =
            all.as_object().into_iter().flatten().map(|(name, _)| name).filter(|name| *name != "name").collect();
        match given.len() {
            0 => out.push(FieldError::required(field, "must specify a volume type")),
            1 => {}
            _ => {
                let path = format!("{field}.{}", given[given.len() - 1]);
                out.push(FieldError::forbidden(&path, "may not specify more than 1 volume type"));
            }
        }
    }
    let required = |given: Option<&str>, name: &str, out: &mut Vec<FieldError>| {
        if given == Some("") {
            out.push(FieldError::required(&format!("{field}.{name}"), ""));
        }
    };
    required(volume.config_map.as_ref().map(|source| source.name.as_str()), "configMap.name", out);
    let secret = volume.secret.as_ref().map(|source| source.secret_name.as_deref().unwrap_or_default());
    required(secret, "secret.secretName", out);
    let claim = volume.persistent_volume_claim.as_ref().map(|source| source.claim_name.as_str());
    required(claim, "persistentVolumeClaim.claimName", out);
    if volume.ephemeral.as_ref().is_some_and(|source| source.volume_claim_template.is_none()) {
        out.push(FieldError::required(&format!("{field}.ephemeral.volumeClaimTemplate"), ""));
    }
    if let Some(source) = &volume.host_path {
        required(Some(&source.path), "hostPath.path", out);
        let types =
            ["", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"];
        let type_ = source.type_.as_deref().unwrap_or_default();
        if !types.contains(&type_) {
            out.push(FieldError::unsupported(&format!("{field}.hostPath.type"), type_, &types));
        }
    }
}

pub fn mounts(container: &Container, volumes: &SortedSet<String>, field: &str, out: &mut Vec<FieldError>) {
    let mut paths = SortedSet::new();
    for (at, mount) in container.volume_mounts.iter().flatten().enumerate() {
        let path = |name: &str| format!("{field}.volumeMounts[{at}].{name}");
        if mount.name.is_empty() {
            out.push(FieldError::required(&path("name"), ""));
        } else if !volumes.contains(&mount.name) {
            out.push(FieldError::not_found(&path("name"), Value::from(mount.name.as_str())));
        }
        if mount.mount_path.is_empty() {
            out.push(FieldError::required(&path("mountPath"), ""));
        } else if !paths.insert(&mount.mount_path) {
            out.push(FieldError::invalid(&path("mountPath"), mount.mount_path.as_str(), "must be unique"));
        }
        for (name, inner) in [("subPath", &mount.sub_path), ("subPathExpr", &mount.sub_path_expr)] {
            let Some(inner) = inner.as_deref() else { continue };
            if inner.starts_with('/') {
                out.push(FieldError::invalid(&path(name), inner, "must be a relative path"));
            }
            if inner.split('/').any(|part| part == "..") {
                out.push(FieldError::invalid(&path(name), inner, "must not contain '..'"));
            }
        }
        if let (Some(_), Some(expression)) = (&mount.sub_path, &mount.sub_path_expr) {
            let why = "subPathExpr and subPath are mutually exclusive";
            out.push(FieldError::invalid(&path("subPathExpr"), expression.as_str(), why));
        }
    }
}
