//! `systemctl`: the services of a node. There is one, the kubelet.
//!
//! Diverges: what `status` tells of the service's processes, memory and log is left out; services cannot be enabled,
//! disabled or masked.

use super::args::{self, No, Value};
use crate::machine::{Process, Unit, date};
use crate::sim::Duration;

/// How long the manager takes for a job, and the service to end.
const JOB: Duration = Duration::from_millis(90);

/// systemctl start | stop | restart | status | is-active | is-enabled | daemon-reload
pub async fn run(process: Process) -> i32 {
    let flags = [
        ('q', "quiet", No),
        ('l', "full", No),
        ('n', "lines", Value),
        ('«', "no-pager", No),
        ('»', "now", No),
        ('¬', "no-block", No),
    ];
    let parsed = match args::parse(&process, &flags, args::GNU).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let Some((verb, names)) = parsed.operands.split_first() else {
        process.err("systemctl: listing all units is not simulated; `systemctl status kubelet` is\n").await;
        return 1;
    };
    if verb == "daemon-reload" || verb == "reset-failed" {
        process.spend(JOB).await;
        return 0;
    }
    let known = ["start", "stop", "restart", "try-restart", "status", "is-active", "is-enabled"];
    if !known.contains(&verb.as_str()) {
        process.err(&format!("systemctl: {verb} is not simulated; {} are\n", known.join(", "))).await;
        return 1;
    }
    if names.is_empty() {
        process.err("Too few arguments.\n").await;
        return 1;
    }
    let mut status = 0;
    for name in names {
        let name = name.strip_suffix(".service").unwrap_or(name);
        let code = one(&process, verb, name, parsed.has('q')).await;
        status = if code == 0 { status } else { code };
    }
    status
}

async fn one(process: &Process, verb: &str, name: &str, quiet: bool) -> i32 {
    let Some(unit) = process.machine().unit(name) else {
        return match verb {
            "status" => {
                process.err(&format!("Unit {name}.service could not be found.\n")).await;
                4
            }
            "is-active" => {
                process.out(if quiet { "" } else { "inactive\n" }).await;
                3
            }
            "is-enabled" => {
                process.out(if quiet { "" } else { "not-found\n" }).await;
                4
            }
            _ => {
                process
                    .err(&format!(
                        "Failed to {verb} {name}.service: Unit {name}.service not {}.\n",
                        if verb == "stop" { "loaded" } else { "found" }
                    ))
                    .await;
                5
            }
        };
    };
    let (active, _) = unit.state();
    match verb {
        "status" => {
            process.out(&shown(process, &unit)).await;
            if active { 0 } else { 3 }
        }
        "is-active" => {
            process
                .out(if quiet {
                    ""
                } else if active {
                    "active\n"
                } else {
                    "inactive\n"
                })
                .await;
            if active { 0 } else { 3 }
        }
        "is-enabled" => {
            process.out(if quiet { "" } else { "enabled\n" }).await;
            0
        }
        verb => {
            if active && verb != "start" {
                process.spend(JOB).await;
                unit.run(false, process.sim().now());
            }
            if verb == "start" || verb == "restart" || active && verb == "try-restart" {
                process.spend(JOB).await;
                unit.run(true, process.sim().now());
            }
            0
        }
    }
}

fn shown(process: &Process, unit: &Unit) -> String {
    let (active, since) = unit.state();
    let (mark, state) = if active { ("●", "active (running)") } else { ("○", "inactive (dead)") };
    let ago = ago(process.sim().now().since(since).as_secs());
    let since = date::format("%a %Y-%m-%d %H:%M:%S UTC", since.0);
    format!(
        "{mark} {name}.service - {about}\n     Loaded: loaded (/usr/lib/systemd/system/{name}.service; enabled; preset: enabled)\n     \
         Active: {state} since {since}; {ago} ago\n       Docs: {docs}\n",
        name = unit.name,
        about = unit.description,
        docs = unit.documentation,
    )
}

/// `5s`, `1min 5s`, `2h 3min`: as systemd says how long ago (format_timestamp_relative).
fn ago(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}min {}s", seconds % 60),
        (1..24, _) => format!("{hours}h {}min", minutes % 60),
        _ => format!("{} day{} {}h", hours / 24, if hours < 48 { "" } else { "s" }, hours % 24),
    }
}
