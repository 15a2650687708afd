//! Rules as `iptables-save` and `iptables -L` print them.

use std::fmt::Write as _;
use std::sync::Arc;

use super::proxy::Network;
use super::rules::{Chain, MARK_MASQ, Match, Rule, Target};
use crate::collections::Sort;

fn plain(matches: Vec<Match>, comment: Option<&str>, target: Target) -> Rule {
    Rule { matches, comment: comment.map(str::to_owned), target }
}

/// The last rule of KUBE-SERVICES.
pub(super) fn last_rule() -> Rule {
    let comment = "kubernetes service nodeports; NOTE: this must be the last rule in this chain";
    plain(vec![Match::ToLocal], Some(comment), Target::Jump("KUBE-NODEPORTS".into()))
}

/// `0.33333333349`: of 2³¹ cases, to eleven decimals.
fn probability(below: u32) -> String {
    let scaled = (u128::from(below) * 100_000_000_000 + (1 << 30)) >> 31;
    format!("{}.{:011}", scaled / 100_000_000_000, scaled % 100_000_000_000)
}

/// A rule as `iptables-save` prints it.
pub(super) fn rule(chain: &str, rule: &Rule) -> String {
    let mut text = format!("-A {chain}");
    let mut tail = String::new();
    for one in &rule.matches {
        // Writing to a string does not fail.
        let _ = match one {
            Match::Source(network, negated) => write!(text, " {}-s {network}", if *negated { "! " } else { "" }),
            Match::Destination(ip) => write!(text, " -d {ip}/32"),
            Match::Port(protocol, port) => {
                let _ = write!(text, " -p {protocol}");
                match port {
                    Some(port) => write!(tail, " -m {protocol} --dport {port}"),
                    None => write!(tail, " -m {protocol}"),
                }
            }
            Match::ToLocal => write!(tail, " -m addrtype --dst-type LOCAL"),
            Match::FromLocal => write!(tail, " -m addrtype --src-type LOCAL"),
            Match::Random(below) => write!(tail, " -m statistic --mode random --probability {}", probability(*below)),
            Match::NotMarked => write!(tail, " -m mark ! --mark 0x4000/0x4000"),
        };
    }
    if let Some(comment) = &rule.comment {
        // iptables-save quotes what is more than one word.
        let quoted = comment.chars().any(|c| !c.is_ascii_alphanumeric() && !"_-".contains(c));
        let _ = if quoted {
            write!(text, " -m comment --comment \"{comment}\"")
        } else {
            write!(text, " -m comment --comment {comment}")
        };
    }
    let target = match &rule.target {
        Target::Jump(chain) => chain.to_string(),
        Target::Dnat(ip, port) => format!("DNAT --to-destination {ip}:{port}"),
        Target::Mark => "MARK --set-xmark 0x4000/0x4000".to_owned(),
        Target::Unmark => "MARK --set-xmark 0x4000/0x0".to_owned(),
        Target::Masquerade => "MASQUERADE --random-fully".to_owned(),
        Target::Return => "RETURN".to_owned(),
        Target::Reject => "REJECT --reject-with icmp-port-unreachable".to_owned(),
        Target::Drop => "DROP".to_owned(),
    };
    format!("{text}{tail} -j {target}")
}

/// A rule as a line of `iptables -L CHAIN -n`.
fn listed(rule: &Rule) -> String {
    let (mut source, mut destination, mut protocol) = ("0.0.0.0/0".to_owned(), "0.0.0.0/0".to_owned(), "all");
    let mut tail = String::new();
    if let Some(comment) = &rule.comment {
        let _ = write!(tail, " /* {comment} */");
    }
    for one in &rule.matches {
        let _ = match one {
            Match::Source(network, negated) => {
                source = format!("{}{}", if *negated { "!" } else { "" }, network.trim_end_matches("/32"));
                Ok(())
            }
            Match::Destination(ip) => {
                destination = ip.to_string();
                Ok(())
            }
            Match::Port(name, port) => {
                protocol = name;
                match port {
                    Some(port) => write!(tail, " {name} dpt:{port}"),
                    None => write!(tail, " {name}"),
                }
            }
            Match::ToLocal => write!(tail, " ADDRTYPE match dst-type LOCAL"),
            Match::FromLocal => write!(tail, " ADDRTYPE match src-type LOCAL"),
            Match::Random(below) => write!(tail, " statistic mode random probability {}", probability(*below)),
            Match::NotMarked => write!(tail, " mark match ! 0x4000/0x4000"),
        };
    }
    let (target, after) = match &rule.target {
        Target::Jump(chain) => (chain.to_string(), String::new()),
        Target::Dnat(ip, port) => ("DNAT".to_owned(), format!(" to:{ip}:{port}")),
        Target::Mark => ("MARK".to_owned(), " MARK or 0x4000".to_owned()),
        Target::Unmark => ("MARK".to_owned(), " MARK xor 0x4000".to_owned()),
        Target::Masquerade => ("MASQUERADE".to_owned(), " random-fully".to_owned()),
        Target::Return => ("RETURN".to_owned(), String::new()),
        Target::Reject => ("REJECT".to_owned(), " reject-with icmp-port-unreachable".to_owned()),
        Target::Drop => ("DROP".to_owned(), String::new()),
    };
    format!("{target:<10} {protocol:<4} --  {source:<20} {destination:<20}{tail}{after}")
}

fn portals() -> Rule {
    plain(Vec::new(), Some("kubernetes service portals"), Target::Jump("KUBE-SERVICES".into()))
}

impl Network {
    /// The chains of the nat table on a node: the kernel's own, then kube-proxy's by name.
    pub fn nat(&self, node: &str) -> Vec<Chain> {
        let chain = |name: &str, rules: Vec<Rule>| Chain { name: Arc::from(name), rules };
        let postrouting = "kubernetes postrouting rules";
        let mut builtin = vec![
            chain("PREROUTING", vec![portals()]),
            chain("INPUT", Vec::new()),
            chain("OUTPUT", vec![portals()]),
            chain("POSTROUTING", vec![plain(Vec::new(), Some(postrouting), Target::Jump("KUBE-POSTROUTING".into()))]),
        ];
        let (mut services, mut node_ports, mut own) = (Vec::new(), Vec::new(), Vec::new());
        for key in self.services() {
            let rules = self.rules(key, node);
            services.extend(rules.services.iter().cloned());
            node_ports.extend(rules.node_ports.iter().cloned());
            own.extend(rules.chains.iter().cloned());
        }
        services.push(last_rule());
        own.push(chain("KUBE-SERVICES", services));
        own.push(chain("KUBE-NODEPORTS", node_ports));
        own.push(chain("KUBE-KUBELET-CANARY", Vec::new()));
        own.push(chain("KUBE-PROXY-CANARY", Vec::new()));
        own.push(chain(MARK_MASQ, vec![plain(Vec::new(), None, Target::Mark)]));
        own.push(chain(
            "KUBE-POSTROUTING",
            vec![
                plain(vec![Match::NotMarked], None, Target::Return),
                plain(Vec::new(), None, Target::Unmark),
                plain(Vec::new(), Some("kubernetes service traffic requiring SNAT"), Target::Masquerade),
            ],
        ));
        own.arrange_by(|a, b| a.name.cmp(&b.name));
        builtin.extend(own);
        builtin
    }

    /// What `iptables-save -t nat` prints on a node, the dates aside.
    pub fn iptables_save(&self, node: &str) -> String {
        let chains = self.nat(node);
        let mut text = String::from("*nat\n");
        for chain in &chains {
            let policy = if chain.name.starts_with("KUBE-") { "-" } else { "ACCEPT" };
            let _ = writeln!(text, ":{} {policy} [0:0]", chain.name);
        }
        for chain in &chains {
            for one in &chain.rules {
                let _ = writeln!(text, "{}", rule(&chain.name, one));
            }
        }
        text + "COMMIT\n"
    }

    /// What `iptables -t nat -L CHAIN -n` prints on a node; `None` where there is no such chain.
    pub fn iptables_list(&self, node: &str, chain: &str) -> Option<String> {
        let chains = self.nat(node);
        let found = chains.iter().find(|one| *one.name == *chain)?;
        let jumps = |one: &&Rule| matches!(&one.target, Target::Jump(name) if **name == *chain);
        let references = chains.iter().flat_map(|one| &one.rules).filter(jumps).count();
        let about = if chain.starts_with("KUBE-") {
            format!("({references} references)")
        } else {
            "(policy ACCEPT)".to_owned()
        };
        let mut text =
            format!("Chain {chain} {about}\ntarget     prot opt source               destination         \n");
        for one in &found.rules {
            let _ = writeln!(text, "{}", listed(one));
        }
        Some(text)
    }
}
