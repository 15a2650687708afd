//! Addresses and node ports of Services.
//!
//! Models pkg/registry/core/service/storage/alloc.go and ipallocator, portallocator: random,
//! from the upper part of the range first, so that the lower is left for those chosen by hand.

use k8s_openapi::api::core::v1::ServiceSpec;

use crate::api::{FieldError, Object, Status};
use crate::collections::SortedSet;
use crate::sim::Rng;

/// 10.96.0.0/16, the Service range of the recorded clusters (kubeadm's own default is a /12).
const BASE: u32 = 0x0a60_0000;
const SIZE: u32 = 1 << 16;
/// Below this offset addresses are given only when the rest is used up.
const STATIC_ADDRESSES: u32 = 256;
const PORTS: std::ops::RangeInclusive<i32> = 30000..=32767;
const STATIC_PORTS: i32 = 86;

/// What is given out.
#[derive(Debug, Default)]
pub struct Allocations {
    addresses: SortedSet<u32>,
    ports: SortedSet<i32>,
}

fn number(ip: &str) -> Option<u32> {
    ip.parse::<std::net::Ipv4Addr>().ok().map(u32::from)
}

fn in_range(address: u32) -> bool {
    (1..SIZE - 1).contains(&address.wrapping_sub(BASE))
}

/// Whether a Service of this type and address is given cluster addresses.
fn wants_address(spec: &ServiceSpec) -> bool {
    !matches!(spec.type_.as_deref(), Some("ExternalName")) && spec.cluster_ip.as_deref() != Some("None")
}

fn wants_ports(spec: &ServiceSpec) -> bool {
    match spec.type_.as_deref() {
        Some("NodePort") => true,
        Some("LoadBalancer") => spec.allocate_load_balancer_node_ports != Some(false),
        _ => false,
    }
}

fn held(spec: &ServiceSpec) -> (Vec<u32>, Vec<i32>) {
    let addresses = spec.cluster_ips.iter().flatten().chain(&spec.cluster_ip).filter_map(|ip| number(ip)).collect();
    let ports = spec.ports.iter().flatten().filter_map(|port| port.node_port).filter(|port| *port != 0);
    (addresses, ports.chain(spec.health_check_node_port).collect())
}

impl Allocations {
    /// Follows a write of a Service.
    pub fn follow(&mut self, old: Option<&Object>, new: Option<&Object>) {
        if let Some(spec) = old.and_then(|object| object.spec::<ServiceSpec>()) {
            let (addresses, ports) = held(spec);
            self.addresses.retain(|address| !addresses.contains(address));
            self.ports.retain(|port| !ports.contains(port));
        }
        if let Some(spec) = new.and_then(|object| object.spec::<ServiceSpec>()) {
            let (addresses, ports) = held(spec);
            self.addresses.extend(addresses);
            self.ports.extend(ports);
        }
    }

    /// Gives `spec` what it needs and does not have; `old` is the version before an update.
    pub fn allocate(
        &self,
        name: &str,
        spec: &mut ServiceSpec,
        old: Option<&ServiceSpec>,
        rng: &mut Rng,
    ) -> Result<(), Status> {
        if let Some(old) = old {
            keep(spec, old);
        }
        let named = spec.type_.as_deref() == Some("ExternalName");
        if named {
            (spec.cluster_ip, spec.cluster_ips) = (None, None);
            (spec.ip_families, spec.ip_family_policy) = (None, None);
        } else {
            self.address(name, spec, old, rng)?;
            // A headless Service without a selector may have endpoints of either family.
            let families = if spec.cluster_ip.as_deref() == Some("None")
                && spec.selector.as_ref().is_none_or(|selector| selector.is_empty())
                && spec.ip_family_policy.is_none()
            {
                spec.ip_family_policy = Some("RequireDualStack".to_owned());
                vec!["IPv4".to_owned(), "IPv6".to_owned()]
            } else {
                vec!["IPv4".to_owned()]
            };
            spec.ip_families.get_or_insert(families);
            spec.ip_family_policy.get_or_insert_with(|| "SingleStack".to_owned());
        }
        if wants_ports(spec) { self.node_ports(name, spec, old, rng) } else { Ok(()) }
    }

    fn address(
        &self,
        name: &str,
        spec: &mut ServiceSpec,
        old: Option<&ServiceSpec>,
        rng: &mut Rng,
    ) -> Result<(), Status> {
        let asked = spec.cluster_ip.clone().filter(|ip| !ip.is_empty());
        let ip = match asked {
            Some(ip) => {
                let mine = old.is_some_and(|old| old.cluster_ip.as_ref() == Some(&ip));
                if let (Some(address), true, false) = (number(&ip), wants_address(spec), mine) {
                    let why = if !in_range(address) {
                        Some("the provided network does not match the current range")
                    } else {
                        self.addresses.contains(&address).then_some("provided IP is already allocated")
                    };
                    if let Some(why) = why {
                        let why = format!("failed to allocate IP {ip}: {why}");
                        let errors = [FieldError::invalid("spec.clusterIPs", serde_json::json!([ip]), why)];
                        return Err(Status::invalid("", "Service", name, &errors));
                    }
                }
                ip
            }
            None => self
                .free_address(rng)
                .ok_or_else(|| Status::internal("failed to allocate a serviceIP: range is full"))?,
        };
        spec.cluster_ips.get_or_insert_with(|| vec![ip.clone()]);
        spec.cluster_ip = Some(ip);
        Ok(())
    }

    fn free_address(&self, rng: &mut Rng) -> Option<String> {
        let free = |offset: u32| !self.addresses.contains(&(BASE + offset));
        let draw = STATIC_ADDRESSES + u32::try_from(rng.below(u64::from(SIZE - 1 - STATIC_ADDRESSES))).ok()?;
        let upper = (draw..SIZE - 1).chain(STATIC_ADDRESSES..draw);
        let offset = upper.chain(1..STATIC_ADDRESSES).find(|&offset| free(offset))?;
        Some(std::net::Ipv4Addr::from(BASE + offset).to_string())
    }

    fn node_ports(
        &self,
        name: &str,
        spec: &mut ServiceSpec,
        old: Option<&ServiceSpec>,
        rng: &mut Rng,
    ) -> Result<(), Status> {
        let mine: SortedSet<i32> = old.map(|old| held(old).1).unwrap_or_default().into_iter().collect();
        let mut given: SortedSet<i32> = SortedSet::new();
        let mut errors = Vec::new();
        for (at, port) in spec.ports.iter_mut().flatten().enumerate() {
            let asked = port.node_port.unwrap_or(0);
            if asked == 0 {
                let taken = |port: &i32| self.ports.contains(port) || given.contains(port);
                let span = PORTS.end() - (PORTS.start() + STATIC_PORTS) + 1;
                let draw =
                    PORTS.start() + STATIC_PORTS + i32::try_from(rng.below(span.unsigned_abs().into())).unwrap_or(0);
                let order = (draw..=*PORTS.end()).chain(*PORTS.start()..draw);
                port.node_port = order.into_iter().find(|port| !taken(port));
                given.extend(port.node_port);
                continue;
            }
            let field = format!("spec.ports[{at}].nodePort");
            if !PORTS.contains(&asked) {
                let why = "provided port is not in the valid range. The range of valid ports is 30000-32767";
                errors.push(FieldError::invalid(&field, asked, why));
            } else if self.ports.contains(&asked) && !mine.contains(&asked) {
                errors.push(FieldError::invalid(&field, asked, "provided port is already allocated"));
            } else {
                given.insert(asked);
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(Status::invalid("", "Service", name, &errors)) }
    }
}

/// What an update leaves out stays as it was, as far as the new type has it; what belonged to
/// the old type goes. Models patchAllocatedValues and dropTypeDependentFields.
fn keep(spec: &mut ServiceSpec, old: &ServiceSpec) {
    let unset = |text: &Option<String>| text.as_deref().unwrap_or_default().is_empty();
    let had_address = !unset(&old.cluster_ip) && wants_address(old);
    if had_address && spec.type_.as_deref() != Some("ExternalName") && unset(&spec.cluster_ip) {
        spec.cluster_ip.clone_from(&old.cluster_ip);
        spec.cluster_ips.clone_from(&old.cluster_ips);
    }
    if spec.type_.as_deref() != Some("ExternalName") && old.type_.as_deref() != Some("ExternalName") {
        if spec.ip_family_policy.is_none() {
            spec.ip_family_policy.clone_from(&old.ip_family_policy);
        }
        if spec.ip_families.is_none() {
            spec.ip_families.clone_from(&old.ip_families);
        }
    }
    let old_port = |port: &k8s_openapi::api::core::v1::ServicePort| {
        let same = |other: &&k8s_openapi::api::core::v1::ServicePort| {
            (other.port, &other.protocol) == (port.port, &port.protocol)
        };
        old.ports.iter().flatten().find(same).and_then(|port| port.node_port)
    };
    match (wants_ports(old), wants_ports(spec)) {
        (true, true) => {
            for port in spec.ports.iter_mut().flatten().filter(|port| port.node_port.unwrap_or(0) == 0) {
                port.node_port = old_port(port);
            }
        }
        (true, false) => {
            for port in spec.ports.iter_mut().flatten() {
                if port.node_port == old_port(port) {
                    port.node_port = None;
                }
            }
        }
        _ => {}
    }
    if !matches!(spec.type_.as_deref(), Some("NodePort" | "LoadBalancer"))
        && spec.external_ips.as_ref().is_none_or(Vec::is_empty)
        && spec.external_traffic_policy == old.external_traffic_policy
    {
        spec.external_traffic_policy = None;
    }
    if spec.type_.as_deref() != Some("LoadBalancer") {
        spec.allocate_load_balancer_node_ports = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::ServicePort;

    fn service(type_: &str) -> ServiceSpec {
        let port = ServicePort { port: 80, protocol: Some("TCP".to_owned()), ..ServicePort::default() };
        ServiceSpec { type_: Some(type_.to_owned()), ports: Some(vec![port]), ..ServiceSpec::default() }
    }

    #[test]
    fn addresses_and_ports() {
        let (allocations, mut rng) = (Allocations::default(), Rng::new(3));
        let mut spec = service("NodePort");
        allocations.allocate("web", &mut spec, None, &mut rng).unwrap();
        assert!(in_range(number(spec.cluster_ip.as_ref().unwrap()).unwrap()));
        let port = spec.ports.as_ref().unwrap()[0].node_port.unwrap();
        assert!(PORTS.contains(&port));
        // Changing the type to ClusterIP frees the node port and keeps the address.
        let mut internal = service("ClusterIP");
        internal.ports.clone_from(&spec.ports);
        allocations.allocate("web", &mut internal, Some(&spec), &mut rng).unwrap();
        assert_eq!((internal.ports.unwrap()[0].node_port, &internal.cluster_ip), (None, &spec.cluster_ip));
    }

    #[test]
    fn refusals() {
        let mut rng = Rng::new(3);
        let mut spec = service("NodePort");
        spec.ports.as_mut().unwrap()[0].node_port = Some(80);
        let error = Allocations::default().allocate("web", &mut spec, None, &mut rng).unwrap_err();
        assert_eq!(
            error.message,
            "Service \"web\" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767"
        );
    }
}
