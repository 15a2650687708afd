//! Defaults of Pods and Pod templates. Models pkg/apis/core/v1/defaults.go.

use k8s_openapi::api::core::v1::{
    Container, ContainerPort, EphemeralContainer, HTTPGetAction, Lifecycle, LifecycleHandler, PodSpec, Probe,
    ResourceRequirements, Volume,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::{set, set_number, set_text};
use std::collections::BTreeMap;

/// A Pod's own defaults, and those that its template would have given it.
pub fn pod(spec: &mut PodSpec) {
    set(&mut spec.enable_service_links, || true);
    for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        requests_from_limits(container.resources.as_mut());
    }
    template(spec);
}

/// What is not requested is requested as far as it is limited.
fn requests_from_limits(resources: Option<&mut ResourceRequirements>) {
    let Some(ResourceRequirements { limits: Some(limits), requests, .. }) = resources else { return };
    if limits.is_empty() {
        return;
    }
    let requests: &mut BTreeMap<String, Quantity> = requests.get_or_insert_default();
    for (name, limit) in limits {
        requests.entry(name.clone()).or_insert_with(|| limit.clone());
    }
}

/// The defaults of a Pod template's spec.
pub fn template(spec: &mut PodSpec) {
    set_text(&mut spec.dns_policy, "ClusterFirst");
    set_text(&mut spec.restart_policy, "Always");
    set_text(&mut spec.scheduler_name, "default-scheduler");
    set(&mut spec.termination_grace_period_seconds, || 30);
    set(&mut spec.security_context, Default::default);
    // `serviceAccount` is the old name of `serviceAccountName`; both are kept alike.
    let named = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    let account = named(&spec.service_account_name).or_else(|| named(&spec.service_account));
    if account.is_some() {
        spec.service_account.clone_from(&account);
        spec.service_account_name = account;
    }
    let host_network = spec.host_network == Some(true);
    for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        self::container(container, host_network);
    }
    for container in spec.ephemeral_containers.iter_mut().flatten() {
        ephemeral_container(container);
    }
    spec.volumes.iter_mut().flatten().for_each(volume);
}

fn container(container: &mut Container, host_network: bool) {
    let image = container.image.as_deref().unwrap_or_default();
    if container.image_pull_policy.as_deref().unwrap_or_default().is_empty() {
        container.image_pull_policy = Some(pull_policy(image).to_owned());
    }
    set_text(&mut container.termination_message_path, "/dev/termination-log");
    set_text(&mut container.termination_message_policy, "File");
    set(&mut container.resources, Default::default);
    container.ports.iter_mut().flatten().for_each(|port| container_port(port, host_network));
    let probes = [&mut container.liveness_probe, &mut container.readiness_probe, &mut container.startup_probe];
    probes.into_iter().flatten().for_each(probe);
    container.lifecycle.iter_mut().for_each(lifecycle);
    for source in container.env.iter_mut().flatten().filter_map(|env| env.value_from.as_mut()) {
        if let Some(field) = &mut source.field_ref {
            set_text(&mut field.api_version, "v1");
        }
    }
}

fn ephemeral_container(container: &mut EphemeralContainer) {
    let image = container.image.as_deref().unwrap_or_default();
    if container.image_pull_policy.as_deref().unwrap_or_default().is_empty() {
        container.image_pull_policy = Some(pull_policy(image).to_owned());
    }
    set_text(&mut container.termination_message_path, "/dev/termination-log");
    set_text(&mut container.termination_message_policy, "File");
    set(&mut container.resources, Default::default);
}

/// `Always` for what may change under its name: no tag (unless pinned by a digest), or `latest`.
fn pull_policy(image: &str) -> &'static str {
    let (name, digest) = image.split_once('@').map_or((image, false), |(name, _)| (name, true));
    let last = name.rsplit('/').next().unwrap_or(name);
    match last.split_once(':') {
        Some((_, "latest")) => "Always",
        None if !digest => "Always",
        _ => "IfNotPresent",
    }
}

fn container_port(port: &mut ContainerPort, host_network: bool) {
    set_text(&mut port.protocol, "TCP");
    if host_network {
        set_number(&mut port.host_port, port.container_port);
    }
}

fn probe(probe: &mut Probe) {
    set_number(&mut probe.timeout_seconds, 1);
    set_number(&mut probe.period_seconds, 10);
    set_number(&mut probe.success_threshold, 1);
    set_number(&mut probe.failure_threshold, 3);
    probe.http_get.iter_mut().for_each(http_get);
    if let Some(grpc) = &mut probe.grpc {
        set(&mut grpc.service, String::new);
    }
}

fn lifecycle(lifecycle: &mut Lifecycle) {
    let handlers: [&mut Option<LifecycleHandler>; 2] = [&mut lifecycle.post_start, &mut lifecycle.pre_stop];
    handlers.into_iter().flatten().filter_map(|handler| handler.http_get.as_mut()).for_each(http_get);
}

fn http_get(action: &mut HTTPGetAction) {
    set_text(&mut action.path, "/");
    set_text(&mut action.scheme, "HTTP");
}

fn volume(volume: &mut Volume) {
    const MODE: i32 = 0o644;
    if let Some(source) = &mut volume.secret {
        set(&mut source.default_mode, || MODE);
    } else if let Some(source) = &mut volume.config_map {
        set(&mut source.default_mode, || MODE);
    } else if let Some(source) = &mut volume.downward_api {
        set(&mut source.default_mode, || MODE);
        for field in source.items.iter_mut().flatten().filter_map(|item| item.field_ref.as_mut()) {
            set_text(&mut field.api_version, "v1");
        }
    } else if let Some(source) = &mut volume.projected {
        set(&mut source.default_mode, || MODE);
        for source in source.sources.iter_mut().flatten() {
            if let Some(token) = &mut source.service_account_token {
                set(&mut token.expiration_seconds, || 3600);
            }
            let items = source.downward_api.iter_mut().flat_map(|source| source.items.iter_mut().flatten());
            for field in items.filter_map(|item| item.field_ref.as_mut()) {
                set_text(&mut field.api_version, "v1");
            }
        }
    } else if let Some(source) = &mut volume.host_path {
        set(&mut source.type_, String::new);
    } else if let Some(source) = &mut volume.ephemeral {
        if let Some(template) = &mut source.volume_claim_template {
            set_text(&mut template.spec.volume_mode, "Filesystem");
        }
    } else if volume.empty_dir.is_none() && *volume == (Volume { name: volume.name.clone(), ..Volume::default() }) {
        volume.empty_dir = Some(Default::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pull_policies() {
        for (image, policy) in [
            ("nginx", "Always"),
            ("nginx:latest", "Always"),
            ("nginx:1.14.2", "IfNotPresent"),
            ("localhost:5000/nginx", "Always"),
            ("nginx@sha256:0123", "IfNotPresent"),
            ("gcr.io/google-samples/kubernetes-bootcamp:v1", "IfNotPresent"),
        ] {
            assert_eq!(pull_policy(image), policy, "{image}");
        }
    }
}
