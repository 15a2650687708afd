//! What happens to a packet: Services' rules, routes, names.
//!
//! Models kube-proxy in iptables mode (pkg/proxy/iptables/proxier.go): the rules are kept as data
//! ([`rules`]), `iptables-save` prints them ([`save`]) and a packet follows them ([`route()`]), draw by
//! draw. They are rebuilt for the Services that changed, at most once a second as kube-proxy
//! does, and only when somebody looks.
//!
//! What arrives at a Pod, or leaves one, has to pass the NetworkPolicies ([`policy`]).
//!
//! Diverges: every node's kube-proxy is as fast as any other's.

mod addresses;
mod chain_name;
mod dns;
mod filter;
mod kernel;
mod policy;
mod proxy;
mod route;
mod rules;
mod save;

pub use addresses::Host;
pub use dns::resolve;
pub use kernel::Kernels;
pub use proxy::Network;
pub use route::{Connect, Draw, Hop, Outcome, Protocol, Trace, route};
pub use rules::{Chain, Match, Rule, ServiceRules, Target};
