//! kubetm/app and kubetm/init: the applications of a widely read Korean course on Kubernetes.
//!
//! What they answer is known from that course's own transcripts: `/hostname` and `/version` on
//! port 8080.

use core::net::SocketAddrV4;

use super::server::{Life, Server, Stop, silent, unanswered};
use super::{Image, PLAIN, Userland, any_of};
use crate::machine::{HttpRequest, HttpResponse};

pub(super) const IMAGES: &[Image] = &[
    image("docker.io/kubetm/app", |tag| any_of(tag, &["latest", "v1", "v2", "v3"]), |_| 58_150_611, &APP),
    image("docker.io/kubetm/init", |tag| tag == "latest", |_| 98_515_663, &INIT),
];

const fn image(
    repository: &'static str,
    has_tag: fn(&str) -> bool,
    size: fn(&str) -> u64,
    server: &'static Server,
) -> Image {
    Image {
        repository,
        has_tag,
        size,
        entrypoint: &[],
        cmd: &["/bin/sh", "-c", "./start.sh"],
        server: Some(server),
        userland: Userland::Gnu,
        files: &[],
        env: &[],
        ..PLAIN
    }
}

static APP: Server = Server { ports: &[8080], start: silent, answer, stop: Stop::Ignored, reads_files: false };
static INIT: Server = Server { ports: &[], start: silent, answer: unanswered, stop: Stop::Ignored, reads_files: false };

fn answer(life: &Life, request: &HttpRequest, _: SocketAddrV4) -> HttpResponse {
    let version = if life.tag() == "latest" { "v1" } else { life.tag() };
    match request.path() {
        "/hostname" => HttpResponse::new(200, format!("Hostname : {}\n", life.hostname())),
        "/version" => HttpResponse::new(200, format!("[App Version] : Version {version}\n")),
        path => HttpResponse::new(404, format!("Cannot GET {path}\n")),
    }
}
