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

/// One group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
