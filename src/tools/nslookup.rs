//! `nslookup`: what the name server says of a name.
//!
//! Diverges: the name is printed as it was asked for, not with the domain that made it whole, and only
//! addresses are asked for.

use core::net::Ipv4Addr;

use crate::machine::{NetError, Process};

/// nslookup NAME [SERVER]
pub async fn run(process: Process) -> i32 {
    let args = process.args();
    let operands: Vec<&String> = args.iter().skip(1).filter(|word| !word.starts_with('-')).collect();
    if let Some(option) = args.iter().skip(1).find(|word| word.starts_with('-') && !word.starts_with("-type=")) {
        process.err(&format!("nslookup: option {option} is not simulated\n")).await;
        return 1;
    }
    let kind = args.iter().find_map(|word| word.strip_prefix("-type=")).unwrap_or("a");
    if !kind.eq_ignore_ascii_case("a") {
        process.err(&format!("nslookup: records of type {kind} are not simulated\n")).await;
        return 1;
    }
    let Some(name) = operands.first() else {
        process.err("usage: nslookup NAME [SERVER]\n").await;
        return 1;
    };
    let server = match operands.get(1) {
        Some(server) => (*server).clone(),
        None => name_server(&process).await.unwrap_or_else(|| "127.0.0.1".to_owned()),
    };
    process.out(&format!("Server:\t\t{server}\nAddress:\t{server}#53\n\n")).await;
    let found = match name.parse::<Ipv4Addr>() {
        Ok(_) => {
            process.err("nslookup: names of addresses are not simulated\n").await;
            return 1;
        }
        Err(_) => match process.machine().resolve(name).await {
            Err(NetError::Timeout | NetError::Refused) => {
                process.out(";; connection timed out; no servers could be reached\n\n").await;
                return 1;
            }
            found => found.unwrap_or_default(),
        },
    };
    if found.is_empty() {
        process.out(&format!("** server can't find {name}: NXDOMAIN\n\n")).await;
        return 1;
    }
    for address in found {
        process.out(&format!("Name:\t{name}\nAddress: {address}\n")).await;
    }
    process.out("\n").await;
    0
}

async fn name_server(process: &Process) -> Option<String> {
    let text = process.read_file("/etc/resolv.conf").await.ok()?;
    let text = String::from_utf8_lossy(&text).into_owned();
    text.lines().find_map(|line| line.strip_prefix("nameserver ")).map(|server| server.trim().to_owned())
}
