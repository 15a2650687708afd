//! The rules of a Service, as kube-proxy writes them. Models
//! pkg/proxy/iptables/proxier.go syncProxyRules.

use std::net::Ipv4Addr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{ServicePort, ServiceSpec, ServiceStatus};

use super::chain_name;
use crate::api::Object;
use crate::api::kinds::EndpointSliceBody;
use crate::collections::Sort;

/// `KUBE-MARK-MASQ`: packets that go through it get the node's address.
pub(super) const MARK_MASQ: &str = "KUBE-MARK-MASQ";

/// For how many seconds a client belongs to an endpoint where the Service does not say.
const AFFINITY: u32 = 10_800;

/// What a rule asks of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// `-s`, or with `true` `! -s`.
    Source(String, bool),
    /// `-d`.
    Destination(Ipv4Addr),
    /// `-d`, a network.
    ToNetwork(&'static str),
    /// `-p tcp -m tcp --dport 80`; without a port only the protocol.
    Port(&'static str, Option<u16>),
    /// `-m addrtype --dst-type LOCAL`: to this node.
    ToLocal,
    /// `-m addrtype --src-type LOCAL`: from this node.
    FromLocal,
    /// `-m statistic --mode random`: in so many of 2³¹ cases.
    Random(u32),
    /// `-m mark ! --mark 0x4000/0x4000`.
    NotMarked,
    /// `-m conntrack --ctstate NEW`.
    New,
    /// What connections to a Service never fail to meet: as `iptables-save` prints it, and as `iptables -L` does.
    Other(&'static str, &'static str),
    /// `-m recent --set`: every packet meets it, and its sender is noted in the list.
    Remember(Arc<str>),
    /// `-m recent --rcheck`: from a sender that the list has, noted no more than so many seconds ago.
    Recent(Arc<str>, u32),
}

/// What becomes of a packet that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Another chain is asked.
    Jump(Arc<str>),
    /// It goes to this address instead.
    Dnat(Ipv4Addr, u16),
    /// It is marked for masquerading.
    Mark,
    /// The mark is taken off.
    Unmark,
    /// It gets the node's address.
    Masquerade,
    /// Back to the chain before.
    Return,
    /// Its sender is told that nobody listens.
    Reject,
    /// It is dropped.
    Drop,
    /// It goes on.
    Accept,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it asks; a packet must meet all.
    pub matches: Vec<Match>,
    /// What kube-proxy notes beside it.
    pub comment: Option<String>,
    /// What it does.
    pub target: Target,
}

/// One chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Its name.
    pub name: Arc<str>,
    /// Its rules, in their order.
    pub rules: Vec<Rule>,
}

/// All that kube-proxy writes for one Service.
#[derive(Clone, Debug, Default)]
pub struct ServiceRules {
    /// The Service's own chains.
    pub chains: Vec<Chain>,
    /// Its rules in KUBE-SERVICES.
    pub services: Vec<Rule>,
    /// Its rules in KUBE-NODEPORTS.
    pub node_ports: Vec<Rule>,
    /// Its rules in the filter table's KUBE-SERVICES: nobody is there.
    pub reject: Vec<Rule>,
    /// Its rules in the filter table's KUBE-EXTERNAL-SERVICES.
    pub reject_external: Vec<Rule>,
}

impl ServiceRules {
    /// The chain of that name.
    pub fn chain(&self, name: &str) -> Option<&Chain> {
        self.chains.iter().find(|chain| *chain.name == *name)
    }
}

/// An endpoint of a Service's port.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Endpoint {
    ip: Ipv4Addr,
    port: u16,
    node: Option<String>,
}

fn rule(matches: Vec<Match>, comment: impl Into<String>, target: Target) -> Rule {
    Rule { matches, comment: Some(comment.into()), target }
}

fn jump(chain: &str) -> Target {
    Target::Jump(chain.into())
}

/// In how many of 2³¹ cases a rule matches that stands for one of `n`: kube-proxy writes ten
/// decimals, and the kernel rounds them to its own.
pub(super) fn one_of(n: usize) -> u32 {
    const WHOLE: u64 = 10_000_000_000;
    let n = (n as u64).max(1);
    let decimals = (2 * WHOLE + n) / (2 * n);
    u32::try_from((decimals * (1 << 31) + WHOLE / 2) / WHOLE).unwrap_or(u32::MAX)
}

/// The endpoints of a port: the ready ones, or, if there are none, those that end but still
/// serve (CategorizeEndpoints).
fn endpoints(slices: &[Arc<Object>], name: &str) -> Vec<Endpoint> {
    let find = |terminating: bool| {
        let mut found = Vec::new();
        for body in slices.iter().filter_map(|slice| slice.rest::<EndpointSliceBody>()) {
            let mut ports = body.ports.iter().flatten();
            let Some(port) = ports.find(|port| port.name.as_deref().unwrap_or_default() == name) else { continue };
            let Some(port) = port.port.and_then(|port| u16::try_from(port).ok()) else { continue };
            for endpoint in &body.endpoints {
                let is = endpoint.conditions.as_ref();
                let ready = is.and_then(|is| is.ready).unwrap_or(true);
                let serving = is.and_then(|is| is.serving).unwrap_or(ready);
                let ending = is.and_then(|is| is.terminating).unwrap_or(false);
                let wanted = if terminating { serving && ending } else { ready };
                if wanted && let Some(ip) = endpoint.addresses.first().and_then(|ip| ip.parse().ok()) {
                    found.push(Endpoint { ip, port, node: endpoint.node_name.clone() });
                }
            }
        }
        found.arrange_by_key(|endpoint| format!("{}:{}", endpoint.ip, endpoint.port));
        found.dedup();
        found
    };
    let ready = find(false);
    if ready.is_empty() { find(true) } else { ready }
}

/// The rules of a Service on the node `node`, made from its slices.
pub(super) fn of_service(service: &Object, slices: &[Arc<Object>], node: &str, pod_network: &str) -> ServiceRules {
    let mut rules = ServiceRules::default();
    let Some(spec) = service.spec::<ServiceSpec>() else { return rules };
    let Some(ip) = spec.cluster_ip.as_deref().and_then(|ip| ip.parse::<Ipv4Addr>().ok()) else { return rules };
    for port in spec.ports.iter().flatten() {
        let Ok(number) = u16::try_from(port.port) else { continue };
        let name = port.name.as_deref().unwrap_or_default();
        let mut title = format!("{}/{}", service.meta.namespace, service.meta.name);
        if !name.is_empty() {
            title = format!("{title}:{name}");
        }
        let all = endpoints(slices, name);
        let port = PortOf { service, spec, port, title, ip, number, node, pod_network };
        port.write(&all, &mut rules);
    }
    rules
}

/// One port of a Service, on its way into rules.
struct PortOf<'a> {
    service: &'a Object,
    spec: &'a ServiceSpec,
    port: &'a ServicePort,
    title: String,
    ip: Ipv4Addr,
    number: u16,
    node: &'a str,
    pod_network: &'a str,
}

impl PortOf<'_> {
    fn protocol(&self) -> &'static str {
        match self.port.protocol.as_deref() {
            Some("UDP") => "udp",
            Some("SCTP") => "sctp",
            _ => "tcp",
        }
    }

    fn chain(&self, prefix: &str) -> String {
        chain_name::service(prefix, &self.title, self.protocol())
    }

    /// The addresses by which the world outside knows the Service.
    fn external(&self) -> Vec<(Ipv4Addr, &'static str)> {
        let parse = |text: &str| text.parse::<Ipv4Addr>().ok();
        let given = self.spec.external_ips.iter().flatten().filter_map(|ip| Some((parse(ip)?, "external IP")));
        let status = self.service.status::<ServiceStatus>();
        let balancer = status.and_then(|status| status.load_balancer.as_ref()?.ingress.as_ref());
        let balanced = balancer.into_iter().flatten();
        given.chain(balanced.filter_map(|one| Some((parse(one.ip.as_deref()?)?, "loadbalancer IP")))).collect()
    }

    fn write(&self, all: &[Endpoint], rules: &mut ServiceRules) {
        let (title, protocol) = (&self.title, self.protocol());
        let to = |ip: Ipv4Addr| vec![Match::Destination(ip), Match::Port(protocol, Some(self.number))];
        let node_port = self.port.node_port.and_then(|port| u16::try_from(port).ok()).filter(|&port| port != 0);
        let external = self.external();
        let internal_local = self.spec.internal_traffic_policy.as_deref() == Some("Local");
        let external_local = self.spec.external_traffic_policy.as_deref() == Some("Local");
        let local: Vec<Endpoint> = all.iter().filter(|one| one.node.as_deref() == Some(self.node)).cloned().collect();
        let inside = if internal_local { &local[..] } else { all };
        let no_endpoints = format!("{title} has no endpoints");
        if inside.is_empty() {
            rules.reject.push(rule(to(self.ip), &no_endpoints, Target::Reject));
        }
        if all.is_empty() {
            for (ip, _) in &external {
                rules.reject_external.push(rule(to(*ip), &no_endpoints, Target::Reject));
            }
            if let Some(port) = node_port {
                let matches = vec![Match::ToLocal, Match::Port(protocol, Some(port))];
                rules.reject_external.push(rule(matches, &no_endpoints, Target::Reject));
            }
            return;
        }
        let service_chain = self.chain("KUBE-SVC-");
        let local_chain = self.chain("KUBE-SVL-");
        let external_chain = self.chain("KUBE-EXT-");
        let cluster_ip = format!("{title} cluster IP");
        if !inside.is_empty() {
            let chain = if internal_local { &local_chain } else { &service_chain };
            rules.services.push(rule(to(self.ip), &cluster_ip, jump(chain)));
        }
        if node_port.is_some() || !external.is_empty() {
            self.external_chain(&external_chain, &service_chain, &local_chain, external_local, rules);
        }
        for (ip, what) in &external {
            rules.services.push(rule(to(*ip), format!("{title} {what}"), jump(&external_chain)));
        }
        if let Some(port) = node_port {
            rules.node_ports.push(rule(vec![Match::Port(protocol, Some(port))], title, jump(&external_chain)));
        }
        let masquerade = {
            let mut matches = vec![Match::Source(self.pod_network.to_owned(), true)];
            matches.extend(to(self.ip));
            rule(matches, &cluster_ip, jump(MARK_MASQ))
        };
        let uses_cluster = !internal_local || (!external_local && (node_port.is_some() || !external.is_empty()));
        if uses_cluster || external_local {
            rules.chains.push(self.balance(&service_chain, masquerade.clone(), all));
        }
        if internal_local || external_local {
            rules.chains.push(self.balance(&local_chain, masquerade, &local));
        }
        for endpoint in all {
            rules.chains.push(self.endpoint_chain(endpoint));
        }
    }

    fn external_chain(&self, name: &str, service: &str, local: &str, only_local: bool, rules: &mut ServiceRules) {
        let title = &self.title;
        let chain = if only_local {
            let outside = format!("{title} external destinations");
            vec![
                rule(
                    vec![Match::Source(self.pod_network.to_owned(), false)],
                    format!("pod traffic for {outside}"),
                    jump(service),
                ),
                rule(vec![Match::FromLocal], format!("masquerade LOCAL traffic for {outside}"), jump(MARK_MASQ)),
                rule(vec![Match::FromLocal], format!("route LOCAL traffic for {outside}"), jump(service)),
                Rule { matches: Vec::new(), comment: None, target: jump(local) },
            ]
        } else {
            vec![
                rule(Vec::new(), format!("masquerade traffic for {title} external destinations"), jump(MARK_MASQ)),
                Rule { matches: Vec::new(), comment: None, target: jump(service) },
            ]
        };
        rules.chains.push(Chain { name: name.into(), rules: chain });
    }

    /// For how many seconds a client comes to the same endpoint; nothing where that is left to chance.
    fn affinity(&self) -> Option<u32> {
        let seconds = || self.spec.session_affinity_config.as_ref()?.client_ip.as_ref()?.timeout_seconds;
        let of_client = self.spec.session_affinity.as_deref() == Some("ClientIP");
        of_client.then(|| seconds().and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(AFFINITY))
    }

    /// The chain that draws one of the endpoints: the first of n with 1/n, the second of those left
    /// with 1/(n−1), … Before that come the endpoints to which the client belongs already, if it does.
    fn balance(&self, name: &str, masquerade: Rule, endpoints: &[Endpoint]) -> Chain {
        let mut rules = vec![masquerade];
        let to = |matches: Vec<Match>, address: &str, chain: &str| {
            rule(matches, format!("{} -> {address}", self.title), jump(chain))
        };
        let mut draws = Vec::new();
        for (at, endpoint) in endpoints.iter().enumerate() {
            let address = format!("{}:{}", endpoint.ip, endpoint.port);
            let left = endpoints.len() - at;
            let chance = if left > 1 { vec![Match::Random(one_of(left))] } else { Vec::new() };
            let chain = chain_name::endpoint(&self.title, self.protocol(), &address);
            if let Some(seconds) = self.affinity() {
                rules.push(to(vec![Match::Recent(chain.as_str().into(), seconds)], &address, &chain));
            }
            draws.push(to(chance, &address, &chain));
        }
        rules.append(&mut draws);
        Chain { name: name.into(), rules }
    }

    fn endpoint_chain(&self, endpoint: &Endpoint) -> Chain {
        let address = format!("{}:{}", endpoint.ip, endpoint.port);
        let name = chain_name::endpoint(&self.title, self.protocol(), &address);
        // A Pod that calls itself would answer to itself otherwise.
        let hairpin = vec![Match::Source(format!("{}/32", endpoint.ip), false)];
        let mut matches = Vec::new();
        if self.affinity().is_some() {
            matches.push(Match::Remember(name.as_str().into()));
        }
        matches.push(Match::Port(self.protocol(), None));
        let rules = vec![
            rule(hairpin, &self.title, jump(MARK_MASQ)),
            rule(matches, &self.title, Target::Dnat(endpoint.ip, endpoint.port)),
        ];
        Chain { name: name.into(), rules }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_gets_its_share() {
        for n in 1..=20_usize {
            let whole = f64::from(1_u32 << 31);
            let mut left = 1.0;
            for at in 0..n {
                let share = if n - at > 1 { left * f64::from(one_of(n - at)) / whole } else { left };
                left -= share;
                assert!((share - 1.0 / n as f64).abs() < 1e-8, "endpoint {at} of {n}: {share}");
            }
        }
    }
}
