//! The controllers, one a file, named as upstream.

mod adoption;
pub mod apiservice;
pub mod certificates;
pub mod clusterroleaggregation;
pub mod cronjob;
pub mod customresourcedefinition;
pub mod daemonset;
pub mod deployment;
pub mod disruption;
pub mod endpoint;
pub mod endpointslice;
pub mod endpointslicemirroring;
pub mod garbagecollector;
mod history;
pub mod ingress_nginx;
pub mod job;
pub mod namespace;
pub mod nodelifecycle;
pub mod owners;
mod pod_template;
pub mod podautoscaler;
pub mod podgc;
pub mod replicaset;
pub mod resourcequota;
mod service_pods;
pub mod serviceaccount;
pub mod statefulset;
pub mod tainteviction;
pub mod ttlafterfinished;
pub mod volume;
mod work;

use crate::api::{Key, WellKnown};

pub use work::{Controller, Manager, Outcome, Plan, Queue, View, Write};

/// The cluster's certificate authority, as ConfigMaps show it. Nothing checks it: connections
/// inside a simulated cluster are not encrypted.
pub const ROOT_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nsimulated by Drydock: connections in this cluster are not encrypted\n-----END CERTIFICATE-----\n";

/// Every controller that runs, and the provisioners of those names.
pub fn all(kinds: &WellKnown, provisioners: &[&str]) -> Vec<Box<dyn Controller>> {
    let mut all: Vec<Box<dyn Controller>> = vec![
        Box::new(deployment::Deployments::new(kinds)),
        Box::new(replicaset::ReplicaSets::new(kinds)),
        Box::new(replicaset::ReplicaSets::of_replication_controllers(kinds)),
        Box::new(daemonset::DaemonSets::new(kinds)),
        Box::new(job::Jobs::new(kinds)),
        Box::new(job::OrphanPods::new(kinds)),
        Box::new(ttlafterfinished::TtlAfterFinished::new(kinds)),
        Box::new(cronjob::CronJobs::new(kinds)),
        Box::new(podgc::PodGc::new(kinds)),
        Box::new(statefulset::StatefulSets::new(kinds)),
        Box::new(disruption::Disruption::new(kinds)),
        Box::new(podautoscaler::PodAutoscalers::new(kinds)),
        Box::new(nodelifecycle::NodeLifecycle::new(kinds)),
        Box::new(tainteviction::TaintEviction::new(kinds)),
        Box::new(endpointslice::EndpointSlices::new(kinds)),
        Box::new(endpoint::Endpoints::new(kinds)),
        Box::new(endpointslicemirroring::EndpointSliceMirroring::new(kinds)),
        Box::new(garbagecollector::GarbageCollector::new()),
        Box::new(namespace::Namespaces::new(kinds)),
        Box::new(serviceaccount::ServiceAccounts::new(kinds)),
        Box::new(serviceaccount::RootCertificates::new(kinds)),
        Box::new(customresourcedefinition::Definitions::new(kinds)),
        Box::new(resourcequota::ResourceQuotas::new(kinds)),
        Box::new(clusterroleaggregation::ClusterRoleAggregation::new(kinds)),
        Box::new(apiservice::ApiServices::new(kinds)),
        Box::new(certificates::Signer::new(kinds)),
        Box::new(certificates::Cleaner::new(kinds)),
        Box::new(ingress_nginx::IngressNginx::new(kinds)),
        Box::new(volume::Binder::new(kinds)),
        Box::new(volume::EphemeralVolumes::new(kinds)),
        Box::new(volume::ClaimProtection::new(kinds)),
        Box::new(volume::VolumeProtection::new(kinds)),
        Box::new(volume::AttachDetach::new(kinds)),
        Box::new(volume::Resizer::new(kinds)),
    ];
    for driver in volume::PROVISIONERS.iter().filter(|driver| provisioners.contains(&driver.name())) {
        all.push(Box::new(volume::Provisioner::new(kinds, driver)));
    }
    all
}

/// Whether a namespace is there and not going away.
fn active_namespace(view: &View<'_>, name: &str) -> bool {
    let namespace = view.get(&view.kinds.namespace, &Key::new("", name));
    namespace.is_some_and(|namespace| namespace.meta.deleted.is_none())
}
