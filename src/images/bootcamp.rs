//! kubernetes-bootcamp: the little Node.js application of the Kubernetes tutorials.

use core::net::SocketAddrV4;

use super::server::{Life, Server, Stop};
use super::{Image, PLAIN, Userland, any_of};
use crate::api::time;
use crate::machine::{HttpRequest, HttpResponse};
use crate::sim::Time;

pub(super) const IMAGES: &[Image] = &[
    image("gcr.io/google-samples/kubernetes-bootcamp", |tag| any_of(tag, &["v1", "v2", "latest"])),
    image("docker.io/jocatalin/kubernetes-bootcamp", |tag| any_of(tag, &["v1", "v2", "latest"])),
];

const fn image(repository: &'static str, has_tag: fn(&str) -> bool) -> Image {
    Image {
        repository,
        has_tag,
        size: |_| 49_194_048,
        entrypoint: &[],
        cmd: &["/bin/sh", "-c", "node server.js"],
        server: Some(&SERVER),
        userland: Userland::Gnu,
        files: &[("/server.js", SERVER_JS)],
        env: &[("NODE_VERSION", "6.3.1"), ("NPM_CONFIG_LOGLEVEL", "info")],
        ..PLAIN
    }
}

/// What the server does, to be read; [`SERVER`] does it.
const SERVER_JS: &str = "var http = require('http');
var host = process.env.HOSTNAME, started = new Date(), requests = 0;
http.createServer(function (request, response) {
  requests += 1;
  response.setHeader('Content-Type', 'text/plain');
  response.end('Hello Kubernetes bootcamp! | Running on: ' + host + ' | v=1\\n');
  console.log('Running On:', host, '| Total Requests:', requests);
}).listen(8080, function () {
  console.log('Kubernetes Bootcamp App Started At:', started.toISOString(), '| Running On: ', host, '\\n');
});
";

/// Process 1 is a shell, which leaves SIGTERM alone: the whole grace period passes.
static SERVER: Server = Server { ports: &[8080], start, answer, stop: Stop::Ignored, reads_files: false };

/// As JavaScript's `Date.toISOString`.
fn iso(at: Time) -> String {
    let micro = time::rfc3339_micro(at);
    format!("{}Z", &micro[..micro.len() - 4])
}

fn start(life: &Life) {
    life.print(&format!(
        "Kubernetes Bootcamp App Started At: {} | Running On:  {} \n\n",
        iso(life.started()),
        life.hostname()
    ));
}

fn answer(life: &Life, _: &HttpRequest, _: SocketAddrV4) -> HttpResponse {
    let (host, total) = (life.hostname(), life.count_request());
    let uptime = (life.now() - life.started()).as_millis();
    life.print(&format!(
        "Running On: {host} | Total Requests: {total} | App Uptime: {}.{:03} seconds | Log Time: {}\n",
        uptime / 1000,
        uptime % 1000,
        iso(life.now())
    ));
    let version = life.tag().strip_prefix('v').filter(|version| *version == "2").unwrap_or("1");
    HttpResponse::new(200, format!("Hello Kubernetes bootcamp! | Running on: {host} | v={version}\n"))
        .with_header("Content-Type", "text/plain")
        .with_header("Date", &super::server::http_date(life.now()))
        .with_header("Connection", "keep-alive")
        .with_header("Transfer-Encoding", "chunked")
}
