//! The controllers, one a file, named as upstream.

mod work;

pub use work::{Controller, Manager, Outcome, Plan, Queue, View, Write};

/// The cluster's certificate authority, as ConfigMaps show it. Nothing checks it: connections
/// inside a simulated cluster are not encrypted.
pub const ROOT_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nsimulated by Drydock: connections in this cluster are not encrypted\n-----END CERTIFICATE-----\n";

/// Every controller that runs.
pub fn all() -> Vec<Box<dyn Controller>> {
    vec![]
}
