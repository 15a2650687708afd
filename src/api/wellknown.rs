//! The kinds that the control plane works on, looked up once.

use std::sync::Arc;

use super::kinds::{Kind, Kinds};

macro_rules! well_known {
    ($($field:ident: $group:literal $kind:literal,)*) => {
        /// The kinds that controllers, scheduler and kubelets name in their code.
        #[derive(Clone, Debug)]
        #[allow(missing_docs)]
        pub struct WellKnown {
            $(pub $field: Arc<Kind>,)*
        }

        impl WellKnown {
            /// Looks them up.
            pub fn of(kinds: &Kinds) -> WellKnown {
                WellKnown { $($field: kinds.builtin_kind($group, $kind),)* }
            }
        }
    };
}

well_known! {
    definition: "apiextensions.k8s.io" "CustomResourceDefinition",
    api_service: "apiregistration.k8s.io" "APIService",
    config_map: "" "ConfigMap",
    endpoints: "" "Endpoints",
    event: "" "Event",
    namespace: "" "Namespace",
    node: "" "Node",
    persistent_volume: "" "PersistentVolume",
    persistent_volume_claim: "" "PersistentVolumeClaim",
    pod: "" "Pod",
    replication_controller: "" "ReplicationController",
    resource_quota: "" "ResourceQuota",
    secret: "" "Secret",
    service: "" "Service",
    service_account: "" "ServiceAccount",
    controller_revision: "apps" "ControllerRevision",
    daemon_set: "apps" "DaemonSet",
    deployment: "apps" "Deployment",
    replica_set: "apps" "ReplicaSet",
    stateful_set: "apps" "StatefulSet",
    pod_autoscaler: "autoscaling" "HorizontalPodAutoscaler",
    cron_job: "batch" "CronJob",
    job: "batch" "Job",
    pod_disruption_budget: "policy" "PodDisruptionBudget",
    certificate_signing_request: "certificates.k8s.io" "CertificateSigningRequest",
    lease: "coordination.k8s.io" "Lease",
    ingress: "networking.k8s.io" "Ingress",
    ingress_class: "networking.k8s.io" "IngressClass",
    network_policy: "networking.k8s.io" "NetworkPolicy",
    cluster_role: "rbac.authorization.k8s.io" "ClusterRole",
    endpoint_slice: "discovery.k8s.io" "EndpointSlice",
    storage_class: "storage.k8s.io" "StorageClass",
    volume_attachment: "storage.k8s.io" "VolumeAttachment",
}
