//! Rules as `iptables-save` and `iptables -L` print them.

use std::fmt::Write as _;
use std::sync::Arc;

use super::proxy::Network;
use super::rules::{Chain, MARK_MASQ, Match, Rule, Target};
use crate::collections::Sort;

pub(super) fn plain(matches: Vec<Match>, comment: Option<&str>, target: Target) -> Rule {
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
            Match::ToNetwork(network) => write!(text, " -d {network}"),
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
            Match::New => write!(text, " -m conntrack --ctstate NEW"),
            Match::Other(saved, _) => write!(tail, " {saved}"),
            Match::Remember(list) => {
                write!(tail, " -m recent --set --name {list} --mask 255.255.255.255 --rsource")
            }
            Match::Recent(list, seconds) => write!(
                tail,
                " -m recent --rcheck --seconds {seconds} --reap --name {list} --mask 255.255.255.255 --rsource"
            ),
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
        Target::Accept => "ACCEPT".to_owned(),
    };
    format!("{text}{tail} -j {target}")
}

/// A rule as a line of `iptables -L CHAIN -n`.
fn listed(rule: &Rule) -> String {
    let (mut source, mut destination, mut protocol) = ("0.0.0.0/0".to_owned(), "0.0.0.0/0".to_owned(), "all");
    let mut tail = if rule.matches.contains(&Match::New) { " ctstate NEW".to_owned() } else { String::new() };
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
            Match::ToNetwork(network) => {
                destination = (*network).to_owned();
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
            Match::New => Ok(()),
            Match::Other(_, listed) => write!(tail, " {listed}"),
            Match::Remember(list) => write!(tail, " recent: SET name: {list} side: source mask: 255.255.255.255"),
            Match::Recent(list, seconds) => {
                write!(tail, " recent: CHECK seconds: {seconds} reap name: {list} side: source mask: 255.255.255.255")
            }
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
        Target::Accept => ("ACCEPT".to_owned(), String::new()),
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

    /// All tables of a node.
    pub fn tables(&self, node: &str) -> [(&'static str, Vec<Chain>); 2] {
        [("filter", self.filter(node)), ("nat", self.nat(node))]
    }
}

impl Chain {
    /// Whether it is one of the kernel's.
    pub fn is_builtin(&self) -> bool {
        !self.name.starts_with("KUBE-")
    }

    /// Its rules, as `iptables-save` prints them.
    pub fn saved(&self) -> Vec<String> {
        self.rules.iter().map(|one| rule(&self.name, one)).collect()
    }

    /// Its rules, as `iptables -L -n` prints them.
    pub fn listed(&self) -> Vec<String> {
        self.rules.iter().map(listed).collect()
    }

    /// How many of its rules jump to the chain of that name.
    pub fn jumps_to(&self, name: &str) -> usize {
        let jumps = |rule: &&Rule| matches!(&rule.target, Target::Jump(to) if **to == *name);
        self.rules.iter().filter(jumps).count()
    }
}
