//! The controllers, one a file, named as upstream.

mod adoption;
pub mod deployment;
pub mod owners;
mod pod_template;
pub mod replicaset;
mod work;

use crate::api::WellKnown;

pub use work::{Controller, Manager, Outcome, Plan, Queue, View, Write};

/// The cluster's certificate authority, as ConfigMaps show it. Nothing checks it: connections
/// inside a simulated cluster are not encrypted.
pub const ROOT_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nsimulated by Drydock: connections in this cluster are not encrypted\n-----END CERTIFICATE-----\n";

/// Every controller that runs.
pub fn all(kinds: &WellKnown) -> Vec<Box<dyn Controller>> {
    vec![Box::new(deployment::Deployments::new(kinds)), Box::new(replicaset::ReplicaSets::new(kinds))]
}
