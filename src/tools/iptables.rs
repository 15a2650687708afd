//! `iptables` and `iptables-save`: the rules of a node, to be read. They are kube-proxy's; nobody else writes any.
//!
//! Diverges: packets are not counted, so `-v` is refused; addresses are never looked up by name.

use super::args::{self, No, Value};
use crate::machine::{PacketChain, Process};

/// iptables-save [-t TABLE]
pub async fn save(process: Process) -> i32 {
    let flags = [('t', "table", Value)];
    let parsed = match args::parse(&process, &flags, args::GNU).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let all = process.machine().packet_rules();
    let wanted = |table: &str| parsed.value('t').is_none_or(|only| only == table);
    for table in ["filter", "nat"].into_iter().filter(|table| wanted(table)) {
        let chains: Vec<&PacketChain> = all.iter().filter(|chain| chain.table == table).collect();
        if chains.is_empty() {
            continue;
        }
        let mut text = format!("*{table}\n");
        for chain in &chains {
            text += &format!(":{} {} [0:0]\n", chain.name, if chain.builtin { "ACCEPT" } else { "-" });
        }
        for rule in chains.iter().flat_map(|chain| &chain.saved) {
            text += &format!("{rule}\n");
        }
        process.out(&format!("{text}COMMIT\n")).await;
    }
    0
}

/// Whether a word asks for rules to be shown.
fn reads(word: &str) -> bool {
    match word.strip_prefix("--") {
        Some(long) => "list-rules".starts_with(long),
        None => word.starts_with('-') && word.contains(['L', 'S']),
    }
}

/// iptables [-t TABLE] -L [CHAIN] [-n] [--line-numbers], or -S [CHAIN]
pub async fn run(process: Process) -> i32 {
    if !process.args().iter().any(|word| reads(word)) {
        process.err("iptables: rules are kube-proxy's here and can only be read: -L, -S, iptables-save\n").await;
        return 2;
    }
    let flags = [
        ('t', "table", Value),
        ('L', "list", No),
        ('S', "list-rules", No),
        ('n', "numeric", No),
        ('v', "verbose", No),
        ('#', "line-numbers", No),
    ];
    let parsed = match args::parse(&process, &flags, args::GNU).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    if parsed.has('v') {
        process.err("iptables: packets are not counted, so -v is not simulated\n").await;
        return 2;
    }
    let table = parsed.value('t').unwrap_or("filter");
    let mut chains = process.machine().packet_rules();
    chains.retain(|chain| chain.table == table);
    if let Some(name) = parsed.operands.first() {
        chains.retain(|chain| chain.name == *name);
        if chains.is_empty() {
            process.err("iptables: No chain/target/match by that name.\n").await;
            return 1;
        }
    }
    let text = if parsed.has('S') { rules(&chains) } else { tables(&chains, parsed.has('n'), parsed.has('#')) };
    process.out(&text).await;
    0
}

/// As commands that would make them.
fn rules(chains: &[PacketChain]) -> String {
    let made = chains.iter().map(|chain| match chain.builtin {
        true => format!("-P {} ACCEPT\n", chain.name),
        false => format!("-N {}\n", chain.name),
    });
    let rules = chains.iter().flat_map(|chain| &chain.saved).map(|rule| format!("{rule}\n"));
    made.chain(rules).collect()
}

/// Chain by chain.
fn tables(chains: &[PacketChain], numeric: bool, numbered: bool) -> String {
    let mut blocks = Vec::new();
    for chain in chains {
        let about = match chain.builtin {
            true => "(policy ACCEPT)".to_owned(),
            false => format!("({} references)", chain.references),
        };
        let mut text = format!("Chain {} {about}\n", chain.name);
        text += if numbered { "num  " } else { "" };
        text += "target     prot opt source               destination         \n";
        for (at, line) in chain.listed.iter().enumerate() {
            let line = if numeric { line.clone() } else { line.replace("0.0.0.0/0", "anywhere ") };
            let number = if numbered { format!("{:<5}", at + 1) } else { String::new() };
            text += &format!("{number}{line}\n");
        }
        blocks.push(text);
    }
    blocks.join("\n")
}
