//! Servers that tutorials deploy but do not look into: they start, listen and stay.
//!
//! Diverges: they speak no protocol of their own; an HTTP request gets a plain refusal.

use core::net::SocketAddrV4;

use super::server::{Life, Server, Stop, format_time, refuse, silent};
use super::{Image, PLAIN, any_of, version};
use crate::machine::{HttpRequest, HttpResponse};

pub(super) const IMAGES: &[Image] = &[
    Image {
        repository: "docker.io/library/redis",
        has_tag: |tag| {
            any_of(tag, &["latest", "alpine"]) || (5..=8).any(|major| version(tag, major, 0..=8, &["-alpine"]))
        },
        size: |_| 41_231_360,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["redis-server"],
        server: Some(&REDIS),
        ..PLAIN
    },
    Image {
        repository: "docker.io/hazelcast/hazelcast",
        has_tag: |tag| tag == "latest" || version(tag, 5, 0..=6, &[]),
        size: |_| 372_244_480,
        cmd: &["hz", "start"],
        server: Some(&HAZELCAST),
        ..PLAIN
    },
    Image {
        repository: "docker.io/kicbase/echo-server",
        has_tag: |tag| tag == "1.0",
        size: |_| 2_138_112,
        cmd: &["/echo-server"],
        server: Some(&ECHO),
        ..PLAIN
    },
    Image {
        repository: "docker.io/luksa/kiada",
        has_tag: |tag| version(tag, 0, 1..=10, &[]),
        size: |_| 50_331_648,
        entrypoint: &["node", "app.js"],
        server: Some(&KIADA),
        ..PLAIN
    },
    Image {
        repository: "quay.io/fluentd_elasticsearch/fluentd",
        has_tag: |tag| tag.strip_prefix('v').is_some_and(|tag| (2..=5).any(|major| version(tag, major, 0..=9, &[]))),
        size: |_| 101_580_800,
        entrypoint: &["tini", "--", "/entrypoint.sh"],
        server: Some(&FLUENTD),
        ..PLAIN
    },
];

static REDIS: Server =
    Server { ports: &[6379], start: redis, answer: refuse, stop: Stop::Graceful, reads_files: false };
static HAZELCAST: Server =
    Server { ports: &[5701], start: silent, answer: refuse, stop: Stop::Graceful, reads_files: false };
static FLUENTD: Server =
    Server { ports: &[24231], start: silent, answer: refuse, stop: Stop::Graceful, reads_files: false };
static ECHO: Server =
    Server { ports: &[8080], start: echo_start, answer: echo, stop: Stop::Graceful, reads_files: false };
static KIADA: Server =
    Server { ports: &[8080], start: kiada_start, answer: kiada, stop: Stop::Ignored, reads_files: false };

fn redis(life: &Life) {
    let stamp = format_time(life.started(), "1:M %d %b %Y %H:%M:%S.%3f *");
    life.print(&format!(
        "{stamp} Running mode=standalone, port=6379.\n{stamp} Server initialized\n\
         {stamp} Ready to accept connections tcp\n"
    ));
}

fn echo_start(life: &Life) {
    life.print("Echo server listening on port 8080.\n");
}

fn echo(life: &Life, request: &HttpRequest, _: SocketAddrV4) -> HttpResponse {
    let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let text = format!(
        "Request served by {}\n\nHTTP/1.1 {} {}\n\n{headers}\n",
        life.hostname(),
        request.method,
        request.target
    );
    HttpResponse::new(200, text).with_header("Content-Type", "text/plain")
}

fn kiada_start(life: &Life) {
    life.print(&format!(
        "Kiada - Kubernetes in Action Demo Application\nLocal hostname is {}\nListening on port 8080\n",
        life.hostname()
    ));
}

fn kiada(life: &Life, _: &HttpRequest, from: SocketAddrV4) -> HttpResponse {
    let text = format!(
        "Kiada version {}. Request processed by \"{}\". Client IP: {}\n",
        life.tag(),
        life.hostname(),
        from.ip()
    );
    HttpResponse::new(200, text).with_header("Content-Type", "text/plain")
}
