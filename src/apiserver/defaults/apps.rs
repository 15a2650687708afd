//! Defaults of the workload kinds. Models pkg/apis/apps/v1/defaults.go.

use k8s_openapi::api::apps::v1::{DaemonSetSpec, DeploymentSpec, ReplicaSetSpec, StatefulSetSpec};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{pods, set, set_text};

/// A template without a spec gets an empty one, for validation to complain about.
pub fn pod_template(template: &mut PodTemplateSpec) {
    set(&mut template.metadata, Default::default);
    pods::template(template.spec.get_or_insert_with(PodSpec::default));
}

pub fn deployment(spec: &mut DeploymentSpec) {
    set(&mut spec.replicas, || 1);
    set(&mut spec.revision_history_limit, || 10);
    set(&mut spec.progress_deadline_seconds, || 600);
    let strategy = spec.strategy.get_or_insert_default();
    set_text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        let rolling = strategy.rolling_update.get_or_insert_default();
        set(&mut rolling.max_unavailable, || IntOrString::String("25%".to_owned()));
        set(&mut rolling.max_surge, || IntOrString::String("25%".to_owned()));
    }
    pod_template(&mut spec.template);
}

pub fn replica_set(spec: &mut ReplicaSetSpec) {
    set(&mut spec.replicas, || 1);
    if let Some(template) = &mut spec.template {
        pod_template(template);
    }
}

pub fn daemon_set(spec: &mut DaemonSetSpec) {
    set(&mut spec.revision_history_limit, || 10);
    let strategy = spec.update_strategy.get_or_insert_default();
    set_text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        let rolling = strategy.rolling_update.get_or_insert_default();
        set(&mut rolling.max_unavailable, || IntOrString::Int(1));
        set(&mut rolling.max_surge, || IntOrString::Int(0));
    }
    pod_template(&mut spec.template);
}

pub fn stateful_set(spec: &mut StatefulSetSpec) {
    set(&mut spec.service_name, String::new);
    set_text(&mut spec.pod_management_policy, "OrderedReady");
    let strategy = spec.update_strategy.get_or_insert_default();
    set_text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        set(&mut strategy.rolling_update.get_or_insert_default().partition, || 0);
    }
    let retention = spec.persistent_volume_claim_retention_policy.get_or_insert_default();
    set_text(&mut retention.when_deleted, "Retain");
    set_text(&mut retention.when_scaled, "Retain");
    set(&mut spec.replicas, || 1);
    set(&mut spec.revision_history_limit, || 10);
    spec.volume_claim_templates.iter_mut().flatten().for_each(claim);
    pod_template(&mut spec.template);
}

/// A claim template is a whole PersistentVolumeClaim, status and all.
fn claim(claim: &mut PersistentVolumeClaim) {
    set_text(&mut claim.spec.get_or_insert_default().volume_mode, "Filesystem");
    set_text(&mut claim.status.get_or_insert_default().phase, "Pending");
}
