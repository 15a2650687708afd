//! Apache httpd, and the PHP page of the autoscaling walkthrough.
//!
//! Diverges: the page of hpa-example computes nothing, but takes the CPU time that a million square
//! roots take.

use core::net::SocketAddrV4;

use super::server::{Life, Server, Stop, format_time, http_date};
use super::{Image, PLAIN, Userland, any_of, version};
use crate::machine::{Body, HttpRequest, HttpResponse};

pub(super) const IMAGES: &[Image] = &[
    Image {
        repository: "docker.io/library/httpd",
        has_tag: |tag| any_of(tag, &["latest", "alpine"]) || version(tag, 2, 2..=4, &["-alpine"]),
        size: |_| 45_126_016,
        entrypoint: &[],
        cmd: &["httpd-foreground"],
        server: Some(&HTTPD),
        userland: Userland::Gnu,
        files: &[("/usr/local/apache2/htdocs/index.html", "<html><body><h1>It works!</h1></body></html>\n")],
        env: &[("HTTPD_PREFIX", "/usr/local/apache2")],
        ..PLAIN
    },
    Image {
        repository: "registry.k8s.io/hpa-example",
        has_tag: |tag| tag == "latest",
        size: |_| 167_825_408,
        entrypoint: &["docker-php-entrypoint"],
        cmd: &["apache2-foreground"],
        server: Some(&HPA_EXAMPLE),
        userland: Userland::Gnu,
        files: &[],
        env: &[],
        ..PLAIN
    },
];

static HTTPD: Server = Server { ports: &[80], start, answer: page, stop: Stop::Graceful, reads_files: true };
static HPA_EXAMPLE: Server = Server { ports: &[80], start, answer: ok, stop: Stop::Graceful, reads_files: false };

fn start(life: &Life) {
    let at = format_time(life.started(), "%a %b %d %H:%M:%S.%6f %Y");
    life.complain(&format!("[{at}] [core:notice] [pid 1:tid 1] AH00094: Command line: 'httpd -D FOREGROUND'\n"));
}

fn respond(life: &Life, request: &HttpRequest, from: SocketAddrV4, status: u16, body: Vec<u8>) -> HttpResponse {
    life.print(&format!(
        "{} - - [{}] \"{} {} HTTP/1.1\" {status} {}\n",
        from.ip(),
        format_time(life.now(), "%d/%b/%Y:%H:%M:%S +0000"),
        request.method,
        request.target,
        body.len(),
    ));
    let length = body.len().to_string();
    HttpResponse::new(status, Body::Bytes(body.into()))
        .with_header("Date", &http_date(life.now()))
        .with_header("Server", "Apache/2.4.66 (Unix)")
        .with_header("Content-Length", &length)
        .with_header("Content-Type", "text/html")
}

fn page(life: &Life, request: &HttpRequest, from: SocketAddrV4) -> HttpResponse {
    let mut file = format!("/usr/local/apache2/htdocs{}", crate::machine::files::normalize(request.path()));
    if request.path().ends_with('/') {
        file = format!("{}/index.html", file.trim_end_matches('/'));
    }
    match life.read(&file) {
        Some(content) => respond(life, request, from, 200, content.to_vec()),
        None => {
            let body = "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>404 Not Found</title>\n</head><body>\n<h1>Not Found</h1>\n<p>The requested URL was not found on this server.</p>\n</body></html>\n";
            respond(life, request, from, 404, body.into())
        }
    }
}

fn ok(life: &Life, request: &HttpRequest, from: SocketAddrV4) -> HttpResponse {
    respond(life, request, from, 200, b"OK!".to_vec())
}
