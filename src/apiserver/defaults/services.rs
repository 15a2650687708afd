//! Defaults of Services. Models pkg/apis/core/v1/defaults.go SetDefaults_Service.

use k8s_openapi::api::core::v1::ServiceSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{set, set_text};

pub fn service(spec: &mut ServiceSpec) {
    set_text(&mut spec.session_affinity, "None");
    if spec.session_affinity.as_deref() == Some("ClientIP") {
        let client = spec.session_affinity_config.get_or_insert_default().client_ip.get_or_insert_default();
        set(&mut client.timeout_seconds, || 10800);
    } else {
        spec.session_affinity_config = None;
    }
    set_text(&mut spec.type_, "ClusterIP");
    for port in spec.ports.iter_mut().flatten() {
        set_text(&mut port.protocol, "TCP");
        let unset = match &port.target_port {
            None | Some(IntOrString::Int(0)) => true,
            Some(IntOrString::String(name)) => name.is_empty(),
            Some(IntOrString::Int(_)) => false,
        };
        if unset {
            port.target_port = Some(IntOrString::Int(port.port));
        }
    }
    let type_ = spec.type_.as_deref().unwrap_or_default();
    let reached_from_outside = matches!(type_, "NodePort" | "LoadBalancer");
    let external_ips = type_ == "ClusterIP" && spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty());
    let (balanced, named) = (type_ == "LoadBalancer", type_ == "ExternalName");
    if reached_from_outside || external_ips {
        set_text(&mut spec.external_traffic_policy, "Cluster");
    }
    if !named {
        set_text(&mut spec.internal_traffic_policy, "Cluster");
    }
    if balanced {
        set(&mut spec.allocate_load_balancer_node_ports, || true);
    }
}
