//! What a cluster itself runs. Idle here: what they do is done by the simulation's own API
//! server, controllers, scheduler and network.

use core::net::SocketAddrV4;

use super::server::{Life, Server, Stop, silent, unanswered};
use super::{Image, PLAIN, Userland};
use crate::machine::{HttpRequest, HttpResponse, WINDOW};

pub(super) const IMAGES: &[Image] = &[
    image("registry.k8s.io/pause", |_| 320_368, &["/pause"], &IDLE),
    image("registry.k8s.io/coredns/coredns", |_| 23_553_139, &["/coredns"], &COREDNS),
    image("registry.k8s.io/etcd", |_| 23_641_797, &[], &IDLE),
    image("registry.k8s.io/kube-apiserver", |_| 27_671_920, &[], &IDLE),
    image("registry.k8s.io/kube-controller-manager", |_| 23_121_143, &[], &IDLE),
    image("registry.k8s.io/kube-scheduler", |_| 17_382_979, &[], &IDLE),
    image("registry.k8s.io/kube-proxy", |_| 25_786_942, &[], &IDLE),
    image("registry.k8s.io/metrics-server/metrics-server", |_| 21_954_560, &["/metrics-server"], &METRICS_SERVER),
    image(crate::api::ingress_nginx::REPOSITORY, |_| 104_857_600, &["/nginx-ingress-controller"], &INGRESS_NGINX),
    image("docker.io/flannel/flannel", |_| 32_399_360, &[], &IDLE),
    image("ghcr.io/flannel-io/flannel", |_| 32_399_360, &[], &IDLE),
    image("ghcr.io/flannel-io/flannel-cni-plugin", |_| 4_878_976, &[], &IDLE),
    image("docker.io/rancher/local-path-provisioner", |_| 20_971_520, &["local-path-provisioner"], &IDLE),
    image("gcr.io/k8s-minikube/storage-provisioner", |_| 31_465_472, &["/storage-provisioner"], &IDLE),
];

const fn image(
    repository: &'static str,
    size: fn(&str) -> u64,
    entrypoint: &'static [&'static str],
    server: &'static Server,
) -> Image {
    Image {
        repository,
        has_tag: |tag| tag.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()),
        size,
        entrypoint,
        cmd: &[],
        server: Some(server),
        userland: Userland::None,
        files: &[],
        env: &[],
        ..PLAIN
    }
}

static IDLE: Server =
    Server { ports: &[], start: silent, answer: unanswered, stop: Stop::Graceful, reads_files: false };
/// Where its own manifests, of several years, make it listen.
static METRICS_SERVER: Server =
    Server { ports: &[10250, 4443], start: silent, answer: metrics_server, stop: Stop::Graceful, reads_files: false };
/// What it answers to names is worked out by `network::dns`, for those whose packets come to it.
static COREDNS: Server =
    Server { ports: &[53], start: coredns, answer: unanswered, stop: Stop::Graceful, reads_files: false };

/// What comes to its first two ports is answered by `session::ingress`.
static INGRESS_NGINX: Server = Server {
    ports: &[80, 443, 10254],
    start: ingress_nginx,
    answer: healthy,
    stop: Stop::Graceful,
    reads_files: false,
};

fn ingress_nginx(life: &Life) {
    life.complain(&format!(
        "-------------------------------------------------------------------------------\n\
         NGINX Ingress controller\n  Release:       {}\n  Repository:    https://github.com/kubernetes/ingress-nginx\n\
         -------------------------------------------------------------------------------\n",
        life.tag()
    ));
}

fn healthy(_: &Life, request: &HttpRequest, _: SocketAddrV4) -> HttpResponse {
    match request.path() {
        "/healthz" => HttpResponse::new(200, "ok"),
        _ => HttpResponse::new(404, "404 page not found\n"),
    }
}

/// Its probes. It is ready once it has read from the kubelets for a first time. The numbers themselves are
/// served by `apiserver::rest`, where the API server would ask this Pod for them.
fn metrics_server(life: &Life, request: &HttpRequest, _: SocketAddrV4) -> HttpResponse {
    let ready = life.now() >= life.started() + WINDOW;
    match request.path() {
        "/livez" => HttpResponse::new(200, "ok"),
        "/readyz" if ready => HttpResponse::new(200, "ok"),
        "/readyz" => HttpResponse::new(500, "[-]metric-storage-ready failed: reason withheld\nreadyz check failed\n"),
        _ => HttpResponse::new(403, "forbidden: User \"system:anonymous\" cannot get this path\n"),
    }
}

fn coredns(life: &Life) {
    life.print(&format!(".:53\nCoreDNS-{}\nlinux/amd64\n", life.tag().trim_start_matches('v')));
}
