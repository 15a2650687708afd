//! Web applications and whatever else is looked at with a browser or curl: short answers, as many tutorials show them.
//!
//! Diverges: each answers a few paths, in words of our own but for what its readers look for.

use core::net::SocketAddrV4;

use super::server::{Life, Server, Stop, banner, daemon};
use super::{Image, PLAIN, Userland, any_of, version};
use crate::machine::{HttpRequest, HttpResponse};

const OS: &[&str] = &["-alpine", "-bookworm", "-bullseye", "-trixie", "-apache", "-fpm", "-jdk21", "-lts"];

/// What shows the request that it was asked.
const fn mirror(
    ports: &'static [u16],
    stop: Stop,
    answer: fn(&Life, &HttpRequest, SocketAddrV4) -> HttpResponse,
) -> Server {
    Server { ports, start: banner, answer, stop, reads_files: false }
}

pub(super) const IMAGES: &[Image] = &[
    Image {
        repository: "docker.io/library/caddy",
        has_tag: |tag| any_of(tag, &["latest", "alpine"]) || version(tag, 2, 0..=10, OS),
        size: |_| 17_825_792,
        cmd: &["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
        server: Some(&daemon(&[80, 443, 2019])),
        pages: &[("/", 200, "<!DOCTYPE html>\n<html>\n<head><title>Caddy works!</title></head>\n</html>\n")],
        log: "{{\"level\":\"info\",\"msg\":\"serving initial configuration\"}}\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/traefik",
        has_tag: |tag| {
            let bare = tag.strip_prefix('v').unwrap_or(tag);
            tag == "latest" || (1..=3).any(|major| version(bare, major, 0..=11, OS))
        },
        size: |_| 49_283_072,
        entrypoint: &["/entrypoint.sh"],
        cmd: &["traefik"],
        server: Some(&daemon(&[80, 8080])),
        pages: &[("/ping", 200, "OK")],
        log: "{%Y-%m-%dT%H:%M:%SZ} INF Traefik version {tag} version={tag}\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/haproxy",
        has_tag: |tag| any_of(tag, &["latest", "lts", "alpine"]) || (1..=3).any(|major| version(tag, major, 0..=9, OS)),
        size: |_| 41_943_040,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"],
        server: Some(&daemon(&[80])),
        user: 99,
        log: "[NOTICE]   (1) : Loading success.\n",
        ..PLAIN
    },
    Image { repository: "docker.io/traefik/whoami", has_tag: |tag| is_v(tag, 1, 0..=11), ..WHOAMI },
    Image { repository: "docker.io/containous/whoami", has_tag: |tag| is_v(tag, 1, 0..=5), ..WHOAMI },
    Image { repository: "gcr.io/google-samples/hello-app", has_tag: |tag| any_of(tag, &["1.0", "2.0"]), ..HELLO_APP },
    Image {
        repository: "us-docker.pkg.dev/google-samples/containers/gke/hello-app",
        has_tag: |tag| any_of(tag, &["1.0", "2.0"]),
        ..HELLO_APP
    },
    Image {
        repository: "docker.io/hashicorp/http-echo",
        has_tag: |tag| tag == "latest" || version(tag, 0, 1..=2, &[]) || version(tag, 1, 0..=0, &[]),
        size: |_| 3_145_728,
        entrypoint: &["/http-echo"],
        server: Some(&mirror(&[5678], Stop::Abrupt, http_echo)),
        userland: Userland::None,
        user: 65532,
        log: "{%Y/%m/%d %H:%M:%S} [INFO] server is listening on :5678\n",
        ..PLAIN
    },
    Image {
        repository: "registry.k8s.io/echoserver",
        has_tag: |tag| version(tag, 1, 0..=10, &[]),
        size: |_| 36_700_160,
        cmd: &["/usr/local/bin/run.sh"],
        server: Some(&mirror(&[8080], Stop::Graceful, request_shown)),
        ..PLAIN
    },
    Image {
        repository: "docker.io/ealen/echo-server",
        has_tag: |tag| tag == "latest" || version(tag, 0, 5..=9, &[]),
        size: |_| 28_311_552,
        cmd: &["node", "/app/webpack/index.js"],
        server: Some(&mirror(&[80], Stop::Ignored, request_shown)),
        log: "Listening on port 80.\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/mccutchen/go-httpbin",
        has_tag: |tag| is_v(tag, 2, 0..=18),
        size: |_| 8_388_608,
        cmd: &["/bin/go-httpbin"],
        server: Some(&mirror(&[8080], Stop::Abrupt, request_shown)),
        userland: Userland::None,
        user: 65532,
        ..PLAIN
    },
    Image {
        repository: "docker.io/kennethreitz/httpbin",
        has_tag: |tag| tag == "latest",
        size: |_| 179_306_496,
        cmd: &["gunicorn", "-b", "0.0.0.0:80", "httpbin:app", "-k", "gevent"],
        server: Some(&mirror(&[80], Stop::Graceful, request_shown)),
        log: "[{%Y-%m-%d %H:%M:%S +0000}] [1] [INFO] Listening at: http://0.0.0.0:80 (1)\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/nginxdemos/hello",
        has_tag: |tag| any_of(tag, &["latest", "plain-text", "0.3", "0.4", "0.3-plain-text", "0.4-plain-text"]),
        size: |_| 21_495_808,
        cmd: &["nginx", "-g", "daemon off;"],
        server: Some(&mirror(&[80], Stop::Graceful, nginx_hello)),
        userland: Userland::Busybox,
        ..PLAIN
    },
    Image {
        repository: "docker.io/stefanprodan/podinfo",
        has_tag: |tag| tag == "latest" || (4..=6).any(|major| version(tag, major, 0..=9, &[])),
        ..PODINFO
    },
    Image {
        repository: "ghcr.io/stefanprodan/podinfo",
        has_tag: |tag| tag == "latest" || (4..=6).any(|major| version(tag, major, 0..=9, &[])),
        ..PODINFO
    },
    Image {
        repository: "docker.io/argoproj/rollouts-demo",
        has_tag: |tag| any_of(tag, &["latest", "blue", "green", "yellow", "orange", "red", "purple"]),
        size: |_| 8_912_896,
        entrypoint: &["/rollouts-demo"],
        server: Some(&daemon(&[8080])),
        userland: Userland::None,
        pages: &[("/color", 200, "\"{tag}\""), ("/", 200, "<title>Argo Rollouts Demo</title>\n")],
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/wordpress",
        has_tag: |tag| tag == "latest" || (4..=6).any(|major| version(tag, major, 0..=9, OS)),
        size: |_| 254_803_968,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["apache2-foreground"],
        server: Some(&daemon(&[80])),
        pages: &[("/", 500, "<h1>Error establishing a database connection</h1>\n")],
        log: "WordPress not found in /var/www/html - copying now...\nComplete! WordPress has been successfully copied \
              to /var/www/html\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/phpmyadmin",
        has_tag: |tag| tag == "latest" || version(tag, 5, 0..=2, OS),
        size: |_| 182_452_224,
        entrypoint: &["/docker-entrypoint.sh"],
        cmd: &["apache2-foreground"],
        server: Some(&daemon(&[80])),
        pages: &[("/", 200, "<title>phpMyAdmin</title>\n")],
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/adminer",
        has_tag: |tag| tag == "latest" || (4..=5).any(|major| version(tag, major, 0..=9, OS)),
        size: |_| 49_283_072,
        entrypoint: &["entrypoint.sh", "docker-php-entrypoint"],
        cmd: &["php", "-S", "[::]:8080", "-t", "/var/www/html"],
        server: Some(&daemon(&[8080])),
        pages: &[("/", 200, "<title>Login - Adminer</title>\n")],
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/ghost",
        has_tag: |tag| any_of(tag, &["latest", "alpine"]) || (3..=6).any(|major| version(tag, major, 0..=130, OS)),
        size: |_| 192_937_984,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["node", "current/index.js"],
        server: Some(&daemon(&[2368])),
        pages: &[("/", 200, "<title>Ghost</title>\n")],
        log: "[{%Y-%m-%d %H:%M:%S}] INFO Ghost booted\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/library/tomcat",
        has_tag: |tag| tag == "latest" || (7..=11).any(|major| version(tag, major, 0..=1, OS)),
        size: |_| 216_006_656,
        cmd: &["catalina.sh", "run"],
        server: Some(&daemon(&[8080])),
        log: "{%d-%b-%Y %H:%M:%S.%3f} INFO [main] org.apache.catalina.startup.Catalina.start Server startup\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/jenkins/jenkins",
        has_tag: |tag| {
            any_of(tag, &["latest", "lts", "lts-jdk17", "lts-jdk21", "jdk21"]) || version(tag, 2, 200..=540, OS)
        },
        size: |_| 293_601_280,
        entrypoint: &["/usr/bin/tini", "--", "/usr/local/bin/jenkins.sh"],
        server: Some(&daemon(&[8080, 50000])),
        user: 1000,
        pages: &[("/login", 200, "<title>Sign in - Jenkins</title>\n"), ("/", 403, "Authentication required\n")],
        log: "{%Y-%m-%d %H:%M:%S.%3f+0000} [id=1]\tINFO\thudson.lifecycle.Lifecycle#onReady: Jenkins is fully up and \
              running\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/grafana/grafana",
        has_tag: |tag| tag == "latest" || (6..=12).any(|major| version(tag, major, 0..=7, OS)),
        size: |_| 205_520_896,
        entrypoint: &["/run.sh"],
        server: Some(&daemon(&[3000])),
        userland: Userland::Busybox,
        user: 472,
        pages: &[
            ("/api/health", 200, "{{\n  \"database\": \"ok\",\n  \"version\": \"{tag}\"\n}}"),
            ("/login", 200, "<title>Grafana</title>\n"),
            ("/", 302, "<a href=\"/login\">Found</a>.\n"),
        ],
        log: "logger=http.server t={%Y-%m-%dT%H:%M:%SZ} level=info msg=\"HTTP Server Listen\" address=[::]:3000 \
              protocol=http\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/prom/prometheus",
        has_tag: |tag| tag == "latest" || is_v(tag, 2, 0..=55) || is_v(tag, 3, 0..=7),
        size: |_| 130_023_424,
        entrypoint: &["/bin/prometheus"],
        cmd: &["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"],
        server: Some(&daemon(&[9090])),
        userland: Userland::Busybox,
        user: 65534,
        pages: &[
            ("/-/healthy", 200, "Prometheus Server is Healthy.\n"),
            ("/-/ready", 200, "Prometheus Server is Ready.\n"),
            ("/", 302, "<a href=\"/query\">Found</a>.\n"),
        ],
        log: "time={%Y-%m-%dT%H:%M:%S.%3fZ} level=INFO msg=\"Server is ready to receive web requests.\"\n",
        ..PLAIN
    },
    Image {
        repository: "docker.io/prom/alertmanager",
        has_tag: |tag| tag == "latest" || is_v(tag, 0, 15..=29),
        size: |_| 33_554_432,
        entrypoint: &["/bin/alertmanager"],
        server: Some(&daemon(&[9093])),
        userland: Userland::Busybox,
        user: 65534,
        pages: &[("/-/healthy", 200, "OK"), ("/-/ready", 200, "OK")],
        ..PLAIN
    },
    Image {
        repository: "docker.io/prom/node-exporter",
        has_tag: |tag| tag == "latest" || is_v(tag, 1, 0..=10),
        ..EXPORTER
    },
    Image {
        repository: "quay.io/prometheus/node-exporter",
        has_tag: |tag| tag == "latest" || is_v(tag, 1, 0..=10),
        ..EXPORTER
    },
    Image {
        repository: "docker.io/library/registry",
        has_tag: |tag| tag == "latest" || (2..=3).any(|major| version(tag, major, 0..=8, &[])),
        size: |_| 10_485_760,
        entrypoint: &["/entrypoint.sh"],
        cmd: &["/etc/docker/registry/config.yml"],
        server: Some(&daemon(&[5000])),
        pages: &[("/v2/_catalog", 200, "{{\"repositories\":[]}}\n"), ("/v2/", 200, "{{}}")],
        log: "time=\"{%Y-%m-%dT%H:%M:%SZ}\" level=info msg=\"listening on [::]:5000\"\n",
        ..PLAIN
    },
    Image {
        repository: "gcr.io/google-samples/gb-frontend",
        has_tag: |tag| any_of(tag, &["v3", "v4", "v5", "v6"]),
        ..GUESTBOOK
    },
    Image {
        repository: "us-docker.pkg.dev/google-samples/containers/gke/gb-frontend",
        has_tag: |tag| any_of(tag, &["v5", "v6"]),
        ..GUESTBOOK
    },
    Image {
        repository: "us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower",
        has_tag: |tag| any_of(tag, &["v2", "v3"]),
        size: |_| 41_231_360,
        cmd: &["/bin/sh", "-c", "/run.sh"],
        server: Some(&daemon(&[6379])),
        log: "1:S {%d %b %Y %H:%M:%S.%3f} * Ready to accept connections\n",
        ..PLAIN
    },
];

fn is_v(tag: &str, major: u32, minors: core::ops::RangeInclusive<u32>) -> bool {
    tag == "latest" || tag.strip_prefix('v').is_some_and(|tag| version(tag, major, minors, &[]))
}

const WHOAMI: Image = Image {
    size: |_| 2_936_012,
    entrypoint: &["/whoami"],
    server: Some(&mirror(&[80], Stop::Abrupt, whoami)),
    userland: Userland::None,
    log: "{%Y/%m/%d %H:%M:%S} Starting up on port 80\n",
    ..PLAIN
};
const HELLO_APP: Image = Image {
    size: |_| 4_194_304,
    cmd: &["./hello-app"],
    server: Some(&daemon(&[8080])),
    userland: Userland::Busybox,
    pages: &[("/", 200, "Hello, world!\nVersion: {tag}.0\nHostname: {host}\n")],
    log: "{%Y/%m/%d %H:%M:%S} Server listening on port 8080\n",
    ..PLAIN
};
const PODINFO: Image = Image {
    size: |_| 33_554_432,
    cmd: &["./podinfo"],
    server: Some(&daemon(&[9898, 9999])),
    userland: Userland::Busybox,
    user: 100,
    pages: &[
        ("/healthz", 200, "{{\n  \"status\": \"OK\"\n}}"),
        ("/readyz", 200, "{{\n  \"status\": \"OK\"\n}}"),
        (
            "/",
            200,
            "{{\n  \"hostname\": \"{host}\",\n  \"version\": \"{tag}\",\n  \"message\": \"greetings from podinfo \
             v{tag}\"\n}}",
        ),
    ],
    log: "{{\"level\":\"info\",\"ts\":\"{%Y-%m-%dT%H:%M:%S.%3fZ}\",\"msg\":\"Starting HTTP Server.\",\"addr\":\":9898\"}}\n",
    ..PLAIN
};
const EXPORTER: Image = Image {
    size: |_| 13_631_488,
    entrypoint: &["/bin/node_exporter"],
    server: Some(&daemon(&[9100])),
    userland: Userland::Busybox,
    user: 65534,
    pages: &[("/", 200, "<title>Node Exporter</title>\n")],
    log: "time={%Y-%m-%dT%H:%M:%S.%3fZ} level=INFO msg=\"Listening on\" address=[::]:9100\n",
    ..PLAIN
};
const GUESTBOOK: Image = Image {
    size: |_| 362_807_296,
    cmd: &["apache2-foreground"],
    server: Some(&daemon(&[80])),
    pages: &[("/", 200, "<title>Guestbook</title>\n")],
    ..PLAIN
};

fn headers(request: &HttpRequest) -> String {
    request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

fn text(body: String) -> HttpResponse {
    HttpResponse::new(200, body).with_header("Content-Type", "text/plain")
}

fn whoami(life: &Life, request: &HttpRequest, from: SocketAddrV4) -> HttpResponse {
    match request.path() {
        "/health" => HttpResponse::new(200, ""),
        _ => text(format!(
            "Hostname: {}\nIP: 127.0.0.1\nRemoteAddr: {from}\n{} {} HTTP/1.1\n{}\n",
            life.hostname(),
            request.method,
            request.target,
            headers(request)
        )),
    }
}

fn http_echo(life: &Life, _: &HttpRequest, _: SocketAddrV4) -> HttpResponse {
    let argument = life.argv().iter().find_map(|word| word.trim_start_matches('-').strip_prefix("text="));
    text(format!("{}\n", argument.unwrap_or("hello-world")))
}

fn request_shown(life: &Life, request: &HttpRequest, from: SocketAddrV4) -> HttpResponse {
    text(format!(
        "\n\nHostname: {}\n\nRequest Information:\n\tclient_address={}\n\tmethod={}\n\treal path={}\n\nRequest Headers:\n{}\n",
        life.hostname(),
        from.ip(),
        request.method,
        request.target,
        headers(request).lines().map(|line| format!("\t{}\n", line.replacen(": ", "=", 1))).collect::<String>(),
    ))
}

fn nginx_hello(life: &Life, request: &HttpRequest, _: SocketAddrV4) -> HttpResponse {
    let date = super::server::format_time(life.now(), "%d/%b/%Y:%H:%M:%S +0000");
    let address = request.header("Host").unwrap_or_default();
    text(format!(
        "Server address: {address}\nServer name: {}\nDate: {date}\nURI: {}\n",
        life.hostname(),
        request.target
    ))
}
