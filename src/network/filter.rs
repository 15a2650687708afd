//! kube-proxy's and the kubelet's part of the filter table. Models pkg/proxy/iptables/proxier.go syncProxyRules
//! and pkg/kubelet/kubelet_network_linux.go.

use std::sync::Arc;

use super::proxy::Network;
use super::rules::{Chain, Match, Rule, Target};
use super::save::plain;
use crate::collections::Sort;

const KNOWN: Match = Match::Other("-m conntrack --ctstate RELATED,ESTABLISHED", "ctstate RELATED,ESTABLISHED");
const INVALID: Match = Match::Other(
    "-m conntrack --ctstate INVALID -m nfacct --nfacct-name ct_state_invalid_dropped_pkts",
    "ctstate INVALID nfacct-name  ct_state_invalid_dropped_pkts",
);
const MARKED: Match = Match::Other("-m mark --mark 0x4000/0x4000", "mark match 0x4000/0x4000");
const FROM_ELSEWHERE: Match =
    Match::Other("-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT", "! ctstate RELATED,ESTABLISHED,DNAT");

/// A jump that new connections make.
fn portal(comment: &str, chain: &str) -> Rule {
    plain(vec![Match::New], Some(comment), Target::Jump(chain.into()))
}

impl Network {
    /// The chains of the filter table on a node: the kernel's own, then the others by name.
    pub(super) fn filter(&self, node: &str) -> Vec<Chain> {
        let chain = |name: &str, rules: Vec<Rule>| Chain { name: Arc::from(name), rules };
        let firewall = || portal("kubernetes load balancer firewall", "KUBE-PROXY-FIREWALL");
        let services = || portal("kubernetes service portals", "KUBE-SERVICES");
        let external = || portal("kubernetes externally-visible service portals", "KUBE-EXTERNAL-SERVICES");
        let kubelet = || plain(Vec::new(), None, Target::Jump("KUBE-FIREWALL".into()));
        let health =
            plain(Vec::new(), Some("kubernetes health check service ports"), Target::Jump("KUBE-NODEPORTS".into()));
        let forward = plain(Vec::new(), Some("kubernetes forwarding rules"), Target::Jump("KUBE-FORWARD".into()));
        let mut all = vec![
            chain("INPUT", vec![firewall(), health, external(), kubelet()]),
            chain("FORWARD", vec![firewall(), forward, services(), external()]),
            chain("OUTPUT", vec![firewall(), services(), kubelet()]),
        ];
        let (mut refused, mut refused_outside) = (Vec::new(), Vec::new());
        for key in self.services() {
            let rules = self.rules(key, node);
            refused.extend(rules.reject.iter().cloned());
            refused_outside.extend(rules.reject_external.iter().cloned());
        }
        let local = plain(
            vec![Match::Source("127.0.0.0/8".to_owned(), true), Match::ToNetwork("127.0.0.0/8"), FROM_ELSEWHERE],
            Some("block incoming localnet connections"),
            Target::Drop,
        );
        let mut own = vec![
            chain("KUBE-EXTERNAL-SERVICES", refused_outside),
            chain("KUBE-FIREWALL", vec![local]),
            chain(
                "KUBE-FORWARD",
                vec![
                    plain(vec![INVALID], None, Target::Drop),
                    plain(vec![MARKED], Some("kubernetes forwarding rules"), Target::Accept),
                    plain(vec![KNOWN], Some("kubernetes forwarding conntrack rule"), Target::Accept),
                ],
            ),
            chain("KUBE-SERVICES", refused),
        ];
        let empty = ["KUBE-KUBELET-CANARY", "KUBE-NODEPORTS", "KUBE-PROXY-CANARY", "KUBE-PROXY-FIREWALL"];
        own.extend(empty.map(|name| chain(name, Vec::new())));
        own.arrange_by(|a, b| a.name.cmp(&b.name));
        all.extend(own);
        all
    }
}
