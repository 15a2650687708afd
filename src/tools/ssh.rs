//! `ssh`: a shell, or one command, on another machine.
//!
//! Diverges: nothing is encrypted and no key is asked for; root is the only user there is. What travels is a request
//! of our own to port 22, which a node's sshd (`session::nodes`) answers with the process's streams.

use std::rc::Rc;

use serde_json::json;

use super::args::{self, No, Style, Value};
use crate::machine::{Body, HttpRequest, NetError, Process, join};
use crate::sim::Duration;

/// How long the two take to agree on keys (a guess).
const HANDSHAKE: Duration = Duration::from_millis(160);

const OPTIONS: [args::Flag; 9] = [
    ('o', "", Value),
    ('i', "", Value),
    ('l', "", Value),
    ('p', "", Value),
    ('q', "", No),
    ('t', "", No),
    ('T', "", No),
    ('4', "", No),
    ('x', "", No),
];

/// ssh -l -p -t -T -q [USER@]HOST [COMMAND…]
pub async fn run(process: Process) -> i32 {
    let parsed = match args::parse(&process, &OPTIONS, Style { status: 255, stop_at_operand: true }).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let Some((destination, command)) = parsed.operands.split_first() else {
        process.err("usage: ssh [-46qTtx] [-i identity_file] [-l login_name] [-o option] [-p port] destination [command [argument ...]]\n").await;
        return 255;
    };
    let (user, host) = destination.split_once('@').unwrap_or((parsed.value('l').unwrap_or("root"), destination));
    let Some(port) = parsed.value('p').unwrap_or("22").parse::<u16>().ok() else {
        process.err("Bad port number.\n").await;
        return 255;
    };
    let command = (!command.is_empty()).then(|| command.join(" "));
    let tty = !parsed.has('T') && process.is_tty(0) && (command.is_none() || parsed.has('t'));
    let status = log_in(&process, user, host, port, command.as_deref(), true, tty).await;
    if tty && status != 255 {
        process.err(&format!("Connection to {host} closed.\n")).await;
    }
    status
}

/// Logs in to `host` and runs the command there, or a shell; its exit status.
pub(super) async fn log_in(
    process: &Process,
    user: &str,
    host: &str,
    port: u16,
    command: Option<&str>,
    stdin: bool,
    tty: bool,
) -> i32 {
    let machine = process.machine();
    let address = machine.resolve(host).await.ok().and_then(|found| found.first().copied());
    let Some(address) = address else {
        process.err(&format!("ssh: Could not resolve hostname {host}: Name or service not known\n")).await;
        return 255;
    };
    let connection = match machine.connect(address, port).await {
        Ok(connection) => connection,
        Err(error) => {
            let why = match error {
                NetError::Refused => "Connection refused",
                NetError::Timeout => "Connection timed out",
                NetError::NoRoute | NetError::NoSuchHost => "No route to host",
            };
            process.err(&format!("ssh: connect to host {host} port {port}: {why}\n")).await;
            return 255;
        }
    };
    process.spend(HANDSHAKE).await;
    if user != "root" {
        process.err(&format!("{user}@{host}: Permission denied (publickey).\n")).await;
        return 255;
    }
    let asked = Body::Json(Rc::new(json!({"command": command, "tty": tty})));
    let response = connection.request(HttpRequest { body: asked, ..HttpRequest::new("SSH", "/") }).await;
    if response.status != 101 {
        process.err(&format!("kex_exchange_identification: Connection closed by remote host\nConnection closed by {address} port {port}\n")).await;
        return 255;
    }
    join(process, response.body, stdin, tty).await
}
