//! `nc -z`: whether somebody listens at a port. Of netcat only this is simulated: connections carry HTTP here.

use super::args::{self, No, Value, arguments};
use crate::machine::{NetError, Process};
use crate::sim::Duration;

/// nc -z -v -w SECONDS HOST PORT
pub async fn run(process: Process) -> i32 {
    let parsed =
        arguments!(process, args::GNU, ('z', "", No), ('v', "", No), ('n', "", No), ('w', "", Value), ('4', "", No));
    let (true, [host, port]) = (parsed.has('z'), parsed.operands.as_slice()) else {
        process.err("nc: only `nc -z HOST PORT` is simulated here; curl speaks with servers\n").await;
        return 1;
    };
    let Ok(number) = port.parse::<u16>() else {
        process.err(&format!("nc: port number invalid: {port}\n")).await;
        return 1;
    };
    let address = match process.machine().resolve(host).await.map(|found| found.first().copied()) {
        Ok(Some(address)) => address,
        _ => {
            process.err(&format!("nc: getaddrinfo for host \"{host}\" port {port}: Name or service not known\n")).await;
            return 1;
        }
    };
    let why = match process.machine().connect(address, number).await {
        Ok(_) => {
            if parsed.has('v') {
                process.err(&format!("Connection to {host} ({address}) {port} port [tcp/*] succeeded!\n")).await;
            }
            return 0;
        }
        Err(NetError::Refused) => "Connection refused",
        Err(NetError::NoRoute) => "No route to host",
        Err(_) => {
            // Nobody answers: the caller waits as long as it was told to, or as a kernel tries.
            let secs = parsed.value('w').and_then(|secs| secs.parse().ok()).unwrap_or(127u64);
            process.sleep(Duration::from_secs(secs.min(127))).await;
            "Connection timed out"
        }
    };
    if parsed.has('v') {
        process.err(&format!("nc: connect to {host} ({address}) port {port} (tcp) failed: {why}\n")).await;
    }
    1
}
