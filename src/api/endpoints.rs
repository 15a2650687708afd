//! Endpoints, the older form of EndpointSlices, kept small: addresses are shared between versions.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{EndpointAddress, EndpointPort};
use serde::{Deserialize, Serialize};

/// The fields of an Endpoints object beside its metadata.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EndpointsBody {
    /// Groups of addresses that listen on the same ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subsets: Vec<EndpointSubset>,
}

/// Whether two lists hold equal things; what is shared needs no looking at.
pub(super) fn same<T: PartialEq>(a: &[Arc<T>], b: &[Arc<T>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| Arc::ptr_eq(a, b) || a == b)
}

impl PartialEq for EndpointSubset {
    fn eq(&self, other: &EndpointSubset) -> bool {
        self.ports == other.ports
            && same(&self.addresses, &other.addresses)
            && same(&self.not_ready_addresses, &other.not_ready_addresses)
    }
}

/// One group.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EndpointSubset {
    /// Those that are ready.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Arc<EndpointAddress>>,
    /// Those that are not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_ready_addresses: Vec<Arc<EndpointAddress>>,
    /// The ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<EndpointPort>,
}
