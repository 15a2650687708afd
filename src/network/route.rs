//! The way of a packet: through the rules, rule by rule, to whoever answers.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::addresses::Host;
use super::kernel::Kernels;
use super::policy;
use super::proxy::Network;
use super::rules::{Chain, MARK_MASQ, Match, Rule, ServiceRules, Target};
use crate::api::WellKnown;
use crate::apiserver::Store;
use crate::sim::{Duration, Time};

/// How many rules a trace may hold and still note one more that did not match: where a Service has
/// thousands of Pods, a packet goes past thousands of rules.
const PASSED: usize = 32;

/// One rule on the way.
#[derive(Clone, Debug)]
pub struct Hop {
    /// The node whose rules these are.
    pub node: Arc<str>,
    /// The chain.
    pub chain: Arc<str>,
    /// The rule, as `iptables-save` prints it.
    pub rule: String,
    /// What was drawn, where the rule leaves it to chance.
    pub draw: Option<Draw>,
    /// Whether the packet matched; if not, chance sent it on to the next rule.
    pub matched: bool,
}

/// What was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The number, below 2³¹.
    pub drawn: u32,
    /// The rule matches numbers below this.
    pub below: u32,
}

/// What became of the packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It came to an address; whether somebody listens there is for the machine to say.
    Delivered {
        /// The address.
        ip: Ipv4Addr,
        /// The port.
        port: u16,
        /// Whose address it is.
        host: Host,
    },
    /// The sender is told that nobody listens.
    Refused,
    /// The sender knows no way there.
    NoRoute,
    /// Nobody answers.
    Dropped,
    /// A NetworkPolicy keeps it out, or in: nobody answers.
    Denied,
}

/// The way of a packet.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The address that the receiver sees as the sender's.
    pub source: Ipv4Addr,
    /// The rules that it matched, and the first [`PASSED`] that chance sent it past.
    pub hops: Vec<Hop>,
    /// Its end.
    pub outcome: Outcome,
}

/// What a connection is carried by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP's.
    Tcp,
    /// DNS's.
    Udp,
}

impl Protocol {
    /// As rules name it.
    fn lower(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        }
    }

    /// As objects name it.
    pub(super) fn upper(self) -> &'static str {
        match self {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
        }
    }
}

/// A connection that somebody wants.
#[derive(Clone, Copy, Debug)]
pub struct Connect {
    /// The sender's address.
    pub from: Ipv4Addr,
    /// What is dialled.
    pub to: Ipv4Addr,
    /// And which port of it.
    pub port: u16,
    /// TCP or UDP.
    pub protocol: Protocol,
    /// When.
    pub at: Time,
}

/// A packet under way.
struct Packet<'a> {
    sent: Connect,
    /// The node whose rules it meets.
    node: &'a Arc<str>,
    /// Whether it comes from that very node.
    local: bool,
    marked: bool,
    hops: Vec<Hop>,
}

/// Where a connection from one address to another ends, following the rules that `iptables-save` shows and the
/// NetworkPolicies in the store. Addresses that are no node's and no Pod's are outside the cluster.
pub fn route(network: &Network, store: &Store, kinds: &WellKnown, sent: Connect, kernels: &mut Kernels) -> Trace {
    let Connect { from, to, port, .. } = sent;
    let sender = network.host(from);
    let to_host = network.host(to);
    // The address of another node is no business of the sender's: its own rules decide there.
    // (A Service's address, in contrast, is replaced before the packet leaves.)
    let node = match (sender, to_host) {
        (_, Some(Host::Node(node))) => node,
        (Some(host), _) => host.node(),
        // The network of the Pods is not known outside.
        (None, _) => {
            let outcome = if to.is_loopback() { Outcome::Refused } else { Outcome::NoRoute };
            return Trace { source: from, hops: Vec::new(), outcome };
        }
    };
    let local = matches!(sender, Some(Host::Node(name)) if name == node);
    let mut packet = Packet { sent, node, local, marked: false, hops: Vec::new() };
    let to_local = matches!(to_host, Some(Host::Node(name)) if name == node) || to.is_loopback();
    let verdict = match (network.service_at(to, port), network.service_of_node_port(port)) {
        (Some(key), _) => {
            let rules = network.rules(key, node);
            packet.follow(&rules.services, "KUBE-SERVICES", &rules, kernels).or_else(|| {
                let external = packet.follow(&rules.reject, "KUBE-SERVICES", &rules, kernels);
                external.or_else(|| packet.follow(&rules.reject_external, "KUBE-EXTERNAL-SERVICES", &rules, kernels))
            })
        }
        (None, Some(key)) if to_local => {
            let rules = network.rules(key, node);
            packet.note("KUBE-SERVICES", &super::save::last_rule(), None, true);
            packet
                .follow(&rules.node_ports, "KUBE-NODEPORTS", &rules, kernels)
                .or_else(|| packet.follow(&rules.reject_external, "KUBE-EXTERNAL-SERVICES", &rules, kernels))
        }
        _ => None,
    };
    let (ip, port) = match verdict {
        Some(Verdict::Send(ip, port)) => (ip, port),
        Some(Verdict::Refuse) => return packet.end(network, Outcome::Refused),
        Some(Verdict::Drop) => return packet.end(network, Outcome::Dropped),
        None => (to, port),
    };
    let receiver = network.host(ip);
    // What is masqueraded comes from the node, unless it never leaves it.
    let masqueraded = packet.marked && receiver.is_some_and(|host| host.node() != node);
    let seen = if masqueraded { network.addresses.of_node(node).unwrap_or(from) } else { from };
    let flow = policy::Flow { from: seen, sender: network.host(seen), to: ip, receiver, port, protocol: sent.protocol };
    if !policy::allow(store, kinds, &flow) {
        return packet.end(network, Outcome::Denied);
    }
    let outcome = match receiver {
        Some(host) => Outcome::Delivered { ip, port, host: host.clone() },
        // An address of the Pods' network or a Service's that nobody has.
        None if ip.octets()[0] == 10 || in_network(ip, network.pod_network()) => Outcome::Dropped,
        // The sender's own, on which nothing listens.
        None if ip.is_loopback() => Outcome::Refused,
        None => Outcome::NoRoute,
    };
    packet.end(network, outcome)
}

/// Whether the address lies in a network such as `192.168.0.0/16`.
pub(super) fn in_network(ip: Ipv4Addr, network: &str) -> bool {
    let Some((base, bits)) = network.split_once('/') else { return false };
    let (Ok(base), Ok(bits)) = (base.parse::<Ipv4Addr>(), bits.parse::<u32>()) else { return false };
    let mask = u32::MAX.checked_shl(32 - bits.min(32)).unwrap_or(0);
    ip.to_bits() & mask == base.to_bits() & mask
}

enum Verdict {
    Send(Ipv4Addr, u16),
    Refuse,
    Drop,
}

impl Packet<'_> {
    fn note(&mut self, chain: &str, rule: &Rule, draw: Option<Draw>, matched: bool) {
        let hop = Hop {
            node: Arc::clone(self.node),
            chain: chain.into(),
            rule: super::save::rule(chain, rule),
            draw,
            matched,
        };
        self.hops.push(hop);
    }

    /// Goes through a chain; `None` where it comes back from it.
    fn follow(&mut self, rules: &[Rule], chain: &str, all: &ServiceRules, kernels: &mut Kernels) -> Option<Verdict> {
        for rule in rules {
            let mut draw = None;
            let matched = rule.matches.iter().all(|one| self.matches(one, kernels, &mut draw));
            if matched || (draw.is_some() && self.hops.len() < PASSED) {
                self.note(chain, rule, draw, matched);
            }
            if !matched {
                continue;
            }
            match &rule.target {
                Target::Jump(name) if **name == *MARK_MASQ => self.marked = true,
                Target::Jump(name) => {
                    let Some(Chain { rules, .. }) = all.chain(name) else { continue };
                    if let Some(verdict) = self.follow(rules, name, all, kernels) {
                        return Some(verdict);
                    }
                }
                Target::Dnat(ip, port) => return Some(Verdict::Send(*ip, *port)),
                Target::Mark => self.marked = true,
                Target::Unmark | Target::Masquerade => {}
                Target::Return | Target::Accept => return None,
                Target::Reject => return Some(Verdict::Refuse),
                Target::Drop => return Some(Verdict::Drop),
            }
        }
        None
    }

    fn matches(&self, one: &Match, kernels: &mut Kernels, draw: &mut Option<Draw>) -> bool {
        match one {
            Match::Source(network, negated) => in_network(self.sent.from, network) != *negated,
            Match::Destination(ip) => *ip == self.sent.to,
            Match::ToNetwork(network) => in_network(self.sent.to, network),
            Match::Port(protocol, port) => {
                *protocol == self.sent.protocol.lower() && port.is_none_or(|port| port == self.sent.port)
            }
            Match::ToLocal | Match::New | Match::Other(..) => true,
            Match::FromLocal => self.local,
            Match::Random(below) => {
                let drawn = kernels.draw();
                *draw = Some(Draw { drawn, below: *below });
                drawn < *below
            }
            Match::NotMarked => !self.marked,
            Match::Remember(list) => {
                kernels.saw(self.node, list, self.sent.from, self.sent.at);
                true
            }
            Match::Recent(list, seconds) => {
                let within = Duration::from_secs(u64::from(*seconds));
                kernels.has_seen(self.node, list, self.sent.from, within, self.sent.at)
            }
        }
    }

    fn end(self, network: &Network, outcome: Outcome) -> Trace {
        let node_ip = || network.addresses.of_node(self.node);
        let source = if self.marked { node_ip().unwrap_or(self.sent.from) } else { self.sent.from };
        Trace { source, hops: self.hops, outcome }
    }
}
