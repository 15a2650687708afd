//! agnhost: one image of Kubernetes' own tests and documents with many programs in it, and its small kin.
//!
//! Diverges: `netexec`, `serve-hostname`, `liveness`, `test-webserver` and `pause` are simulated, on their default ports.

use core::net::SocketAddrV4;

use super::server::{Life, Server, Stop, silent, unanswered};
use super::{Image, PLAIN, any_of, version};
use crate::machine::{HttpRequest, HttpResponse};
use crate::sim::Duration;

/// How long `liveness` is well.
const WELL: Duration = Duration::from_secs(10);

pub(super) const IMAGES: &[Image] = &[
    Image {
        repository: "registry.k8s.io/e2e-test-images/agnhost",
        has_tag: |tag| version(tag, 2, 1..=59, &[]),
        ..AGNHOST
    },
    Image { repository: "registry.k8s.io/liveness", has_tag: |tag| any_of(tag, &["latest", "0.1"]), ..LIVENESS_IMAGE },
];

const AGNHOST: Image = Image {
    size: |_| 51_105_200,
    entrypoint: &["/agnhost"],
    cmd: &["pause"],
    server: Some(&PAUSE),
    modes: &[
        ("pause", &PAUSE),
        ("netexec", &NETEXEC),
        ("serve-hostname", &HOSTNAME),
        ("liveness", &LIVENESS),
        ("test-webserver", &WEBSERVER),
    ],
    ..PLAIN
};
const LIVENESS_IMAGE: Image = Image { size: |_| 3_145_728, entrypoint: &["/server"], server: Some(&LIVENESS), ..PLAIN };

static PAUSE: Server =
    Server { ports: &[], start: paused, answer: unanswered, stop: Stop::Graceful, reads_files: false };
static NETEXEC: Server =
    Server { ports: &[8080], start: started, answer: netexec, stop: Stop::Graceful, reads_files: false };
static HOSTNAME: Server =
    Server { ports: &[9376], start: silent, answer: hostname, stop: Stop::Abrupt, reads_files: false };
static LIVENESS: Server =
    Server { ports: &[8080], start: silent, answer: liveness, stop: Stop::Abrupt, reads_files: false };
static WEBSERVER: Server =
    Server { ports: &[80], start: silent, answer: webserver, stop: Stop::Abrupt, reads_files: false };

fn paused(life: &Life) {
    life.print("Paused\n");
}

fn started(life: &Life) {
    life.complain("Started HTTP server on port 8080\nStarted UDP server on port  8081\n");
}

fn netexec(life: &Life, request: &HttpRequest, from: SocketAddrV4) -> HttpResponse {
    let value = |name: &str| -> Option<String> {
        let query = request.target.split_once('?')?.1;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
    };
    match request.path() {
        "/" => HttpResponse::new(
            200,
            format!("NOW: {}", super::server::format_time(life.now(), "%Y-%m-%d %H:%M:%S.%6f +0000 UTC")),
        ),
        "/hostname" | "/hostName" => HttpResponse::new(200, life.hostname().to_owned()),
        "/clientip" => HttpResponse::new(200, from.to_string()),
        "/echo" => HttpResponse::new(200, value("msg").unwrap_or_default()),
        "/healthz" => HttpResponse::new(200, ""),
        _ => HttpResponse::new(404, "404 page not found\n"),
    }
}

fn hostname(life: &Life, _: &HttpRequest, _: SocketAddrV4) -> HttpResponse {
    HttpResponse::new(200, life.hostname().to_owned())
}

/// Well for ten seconds, and then no longer.
fn liveness(life: &Life, request: &HttpRequest, _: SocketAddrV4) -> HttpResponse {
    let age = life.now().since(life.started());
    match request.path() {
        "/healthz" if age > WELL => {
            HttpResponse::new(500, format!("error: {}.{:06}", age.as_secs(), age.as_micros() % 1_000_000))
        }
        "/healthz" => HttpResponse::new(200, "ok"),
        _ => HttpResponse::new(404, "404 page not found\n"),
    }
}

fn webserver(_: &Life, _: &HttpRequest, _: SocketAddrV4) -> HttpResponse {
    HttpResponse::new(200, "<pre>\n</pre>\n")
}
