//! Every Pod runs as a service account and finds its token in a volume.
//! Models plugin/pkg/admission/serviceaccount.

use k8s_openapi::api::core::v1::{LocalObjectReference, PodSpec};

use super::Context;
use crate::api::pod::{self, TOKEN_PATH, TOKEN_PREFIX};
use crate::api::{Key, Object, Status, names};

/// Pods that a kubelet runs from a file, not from the API.
const MIRROR: &str = "kubernetes.io/config.mirror";

pub fn admit(pod: &mut Object, context: &mut Context<'_>) -> Result<(), Status> {
    if pod.meta.annotations.contains_key(MIRROR) {
        return Ok(());
    }
    let (pod_name, namespace) = (pod.meta.name.clone(), pod.meta.namespace.clone());
    let Some(spec) = pod.spec.get_mut::<pod::PodSpec>() else { return Ok(()) };
    let name = spec.service_account_name.get_or_insert_default();
    if name.is_empty() {
        *name = "default".to_owned();
    }
    let name = name.clone();
    spec.service_account = Some(name.clone());
    let kind = context.kinds.kind("", "ServiceAccount");
    let account = kind.and_then(|kind| context.store.get(kind.id, &Key::new(&namespace, &name)));
    let Some(account) = account else {
        let why = format!("error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found");
        return Err(Status::forbidden("pods", &pod_name, &why));
    };
    let said = account.rest.json();
    let automount = said.and_then(|rest| rest["automountServiceAccountToken"].as_bool());
    if spec.token.is_none() && spec.automount_service_account_token.or(automount).unwrap_or(true) {
        mount(spec, context);
        spec.set_token_apart();
    }
    let secrets = said.and_then(|rest| rest["imagePullSecrets"].as_array());
    if let (Some(secrets), true) = (secrets, spec.image_pull_secrets.as_ref().is_none_or(Vec::is_empty)) {
        let names = secrets.iter().filter_map(|secret| secret["name"].as_str());
        let references = names.map(|name| LocalObjectReference { name: name.to_owned() });
        spec.image_pull_secrets = Some(references.collect::<Vec<_>>()).filter(|list| !list.is_empty());
    }
    Ok(())
}

fn mount(spec: &mut PodSpec, context: &mut Context<'_>) {
    let existing = spec.volumes.iter().flatten().find(|volume| volume.name.starts_with(TOKEN_PREFIX));
    let known = existing.map(|volume| volume.name.clone());
    let name = known.clone().unwrap_or_else(|| names::generate(TOKEN_PREFIX, context.rng));
    let mut mounted = false;
    for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
        let mounts = container.volume_mounts.get_or_insert_default();
        if mounts.iter().any(|mount| mount.mount_path == TOKEN_PATH) {
            continue;
        }
        mounted = true;
        mounts.push(pod::token_mount(&name));
    }
    if mounted && known.is_none() {
        spec.volumes.get_or_insert_default().push(pod::token_volume(&name));
    }
}
