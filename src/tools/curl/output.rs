//! What curl writes: the head, the body, and `-w`.

use core::net::SocketAddrV4;

use crate::machine::{HttpResponse, OpenOptions, Process};
use crate::sim::Time;
use crate::tools::args;

/// What one transfer gave, for `-w`.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) status: u16,
    pub(super) size: usize,
    pub(super) started: Time,
    pub(super) connected: Time,
    pub(super) remote: Option<SocketAddrV4>,
    pub(super) local: Option<SocketAddrV4>,
    pub(super) redirects: u32,
    pub(super) content_type: String,
    pub(super) url: String,
}

pub(super) fn head_text(response: &HttpResponse) -> String {
    let mut head = format!("HTTP/1.1 {} {}\r\n", response.status, response.reason);
    for (name, value) in response.headers.iter().filter(|(name, _)| !name.starts_with(':')) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head + "\r\n"
}

pub(super) async fn write_body(process: &Process, output: Option<&str>, bytes: &[u8], fresh: bool) -> i32 {
    let done = match output.filter(|path| *path != "-") {
        None => process.write(1, bytes).await,
        Some(path) => match process.open(path, if fresh { OpenOptions::WRITE } else { OpenOptions::APPEND }) {
            Ok(file) => process.write_file_object(&file, bytes).await,
            Err(errno) => Err(errno),
        },
    };
    if done.is_ok() { 0 } else { 23 }
}

pub(super) async fn write_out(process: &Process, parsed: &args::Parsed, facts: &Facts, status: i32) {
    let Some(layout) = parsed.value('w') else { return };
    let layout = match layout.strip_prefix('@') {
        Some(path) => String::from_utf8_lossy(&process.read_file(path).await.unwrap_or_default()).into_owned(),
        None => layout.to_owned(),
    };
    let since = |time: Time| {
        let micros = time.since(facts.started).as_micros();
        format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
    };
    let now = process.sim().now();
    let pairs = [
        ("http_code", format!("{:03}", facts.status)),
        ("response_code", format!("{:03}", facts.status)),
        ("size_download", facts.size.to_string()),
        ("time_total", since(now)),
        ("time_connect", since(facts.connected)),
        ("time_starttransfer", since(now)),
        ("time_namelookup", since(facts.started)),
        ("remote_ip", facts.remote.map(|at| at.ip().to_string()).unwrap_or_default()),
        ("remote_port", facts.remote.map(|at| at.port().to_string()).unwrap_or_default()),
        ("local_ip", facts.local.map(|at| at.ip().to_string()).unwrap_or_default()),
        ("local_port", facts.local.map(|at| at.port().to_string()).unwrap_or_default()),
        ("num_redirects", facts.redirects.to_string()),
        ("content_type", facts.content_type.clone()),
        ("url_effective", facts.url.clone()),
        ("exitcode", status.to_string()),
    ];
    let text = pairs.iter().fold(layout, |text, (name, value)| text.replace(&format!("%{{{name}}}"), value));
    let text = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace("%%", "%");
    process.out(&text).await;
}
