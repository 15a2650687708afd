//! ingress-nginx: what its container does with the requests that come to it.
//!
//! Like nginx, it sends a request to one of the Service's Pods itself, one after the other, and not to the
//! Service's address. Diverges: TLS is not carried out, so port 443 answers as port 80 does, and no snippet and no
//! ConfigMap changes its configuration.

mod locations;

use core::net::{Ipv4Addr, SocketAddrV4};
use std::cell::RefCell;
use std::rc::{Rc, Weak};

use k8s_openapi::api::core::v1::ServiceSpec;

use super::containers::{Container, PodRecord};
use super::network;
use super::world::World;
use crate::api::ingress_nginx::REPOSITORY;
use crate::api::kinds::EndpointSliceBody;
use crate::api::{Key, WellKnown};
use crate::apiserver::Store;
use crate::collections::{Sort, SortedMap};
use crate::images::{Life, format_time};
use crate::machine::{HttpHandler, HttpRequest, HttpResponse, LocalBoxFuture};
use crate::network::{Outcome, Protocol};
use crate::sim::Rng;
use locations::{Backend, Verdict};

/// Where it takes requests, and whether they come by TLS; its health is asked at another.
const PORTS: [(u16, bool); 2] = [(80, false), (443, true)];

/// The listener of a controller.
pub struct Gateway {
    world: Weak<World>,
    /// The controller's Pod.
    address: Ipv4Addr,
    tls: bool,
    life: Rc<Life>,
    rng: RefCell<Rng>,
    /// Whose turn it is, by backend.
    turns: RefCell<SortedMap<Backend, usize>>,
}

impl Gateway {
    /// The listener of a port, if the container is such a controller and takes requests there.
    pub fn of(
        world: &Rc<World>,
        uid: &str,
        pod: &PodRecord,
        container: &Container,
        port: u16,
        life: &Rc<Life>,
    ) -> Option<Gateway> {
        let (_, tls) = PORTS.into_iter().find(|(number, _)| *number == port)?;
        if container.image.image.repository != REPOSITORY {
            return None;
        }
        let rng = RefCell::new(world.rng.split(&format!("ingress {uid} {port}")));
        let (world, life) = (Rc::downgrade(world), Rc::clone(life));
        Some(Gateway { world, address: pod.ip?, tls, life, rng, turns: RefCell::default() })
    }

    /// Where the request goes, and as what: a Pod's address, and the request with its new path.
    fn choose(&self, world: &World, request: &HttpRequest) -> Result<(Backend, SocketAddrV4, String), HttpResponse> {
        let cluster = world.cluster().borrow();
        let (store, kinds) = (cluster.api().store(), cluster.kinds());
        match locations::find(store, kinds, request, self.tls, &mut self.rng.borrow_mut()) {
            Verdict::Redirect(status, to) => Err(page(status).with_header("Location", &to)),
            Verdict::NotFound => Err(page(404)),
            Verdict::Pass(backend, target) => {
                let all = endpoints(store, kinds, &backend);
                if all.is_empty() {
                    return Err(page(503));
                }
                let mut turns = self.turns.borrow_mut();
                let turn = turns.entry(backend.clone()).or_insert_with(|| 0);
                *turn = (*turn + 1) % all.len();
                Ok((backend, all[*turn], target))
            }
        }
    }
}

/// The endpoints of a Service's port that are ready.
fn endpoints(store: &Store, kinds: &WellKnown, backend: &Backend) -> Vec<SocketAddrV4> {
    let Some(service) = store.get(kinds.service.id, &backend.service) else { return Vec::new() };
    let ports = service.spec::<ServiceSpec>().and_then(|spec| spec.ports.as_ref()).into_iter().flatten();
    let mut wanted = ports
        .filter(|port| port.port.to_string() == backend.port || port.name.as_deref() == Some(backend.port.as_str()));
    let Some(port) = wanted.next() else { return Vec::new() };
    let name = port.name.as_deref().unwrap_or_default();
    let Key { namespace, name: service } = &backend.service;
    let mut found = Vec::new();
    for slice in store.labelled(kinds.endpoint_slice.id, namespace, "kubernetes.io/service-name", service) {
        let Some(body) = slice.rest::<EndpointSliceBody>() else { continue };
        let mut ports = body.ports.iter().flatten();
        let number = ports.find(|port| port.name.as_deref().unwrap_or_default() == name).and_then(|port| port.port);
        let Some(number) = number.and_then(|number| u16::try_from(number).ok()) else { continue };
        for one in &body.endpoints {
            let ready = one.conditions.as_ref().and_then(|is| is.ready).unwrap_or(true);
            let address = one.addresses.first().and_then(|ip| ip.parse().ok());
            found.extend(address.filter(|_| ready).map(|ip| SocketAddrV4::new(ip, number)));
        }
    }
    found.arrange();
    found
}

/// nginx' own pages.
fn page(status: u16) -> HttpResponse {
    let title = match status {
        301 => "301 Moved Permanently",
        308 => "308 Permanent Redirect",
        404 => "404 Not Found",
        502 => "502 Bad Gateway",
        503 => "503 Service Temporarily Unavailable",
        _ => "504 Gateway Time-out",
    };
    let text = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    let length = text.len().to_string();
    HttpResponse::new(status, text).with_header("Content-Type", "text/html").with_header("Content-Length", &length)
}

impl HttpHandler for Gateway {
    fn handle(&self, request: HttpRequest, from: SocketAddrV4) -> LocalBoxFuture<'static, HttpResponse> {
        let Some(world) = self.world.upgrade() else { return Box::pin(async { page(502) }) };
        let chosen = self.choose(&world, &request);
        let (address, life, tls) = (self.address, Rc::clone(&self.life), self.tls);
        Box::pin(async move {
            life.work().await;
            let begun = life.now();
            let line = format!("\"{} {} HTTP/1.1\"", request.method, request.target);
            let agent = request.header("User-Agent").unwrap_or("-").to_owned();
            let (response, upstream) = match chosen {
                Err(response) => (response, None),
                Ok((backend, to, target)) => {
                    let host = request.header("Host").unwrap_or_default().to_owned();
                    let scheme = if tls { "https" } else { "http" };
                    let passed = HttpRequest { target, ..request }
                        .with_header("X-Real-IP", &from.ip().to_string())
                        .with_header("X-Forwarded-For", &from.ip().to_string())
                        .with_header("X-Forwarded-Host", &host)
                        .with_header("X-Forwarded-Proto", scheme)
                        .with_header("X-Scheme", scheme);
                    (pass(&world, address, to, passed).await, Some((backend, to)))
                }
            };
            let response = response.with_header("Date", &crate::images::http_date(life.now()));
            let length = response.body.len_hint().unwrap_or(0);
            let seconds = life.now().since(begun).as_millis();
            let seconds = format!("{}.{:03}", seconds / 1000, seconds % 1000);
            let at = format_time(life.now(), "%d/%b/%Y:%H:%M:%S +0000");
            let status = response.status;
            let behind = match upstream {
                Some((backend, to)) => format!("[{}] [] {to} {length} {seconds} {status}", backend.name()),
                None => "[] [] - - - -".to_owned(),
            };
            life.print(&format!(
                "{} - - [{at}] {line} {status} {length} \"-\" \"{agent}\" {} {seconds} {behind}\n",
                from.ip(),
                line.len()
            ));
            response
        })
    }
}

/// Sends a request on to a Pod.
async fn pass(world: &Rc<World>, from: Ipv4Addr, to: SocketAddrV4, request: HttpRequest) -> HttpResponse {
    let way = network::follow(world, from, *to.ip(), to.port(), Protocol::Tcp);
    network::note(world, from, to, &way);
    match way.outcome {
        Outcome::Delivered { ip, port, .. } => match network::listener_at(world, ip, port) {
            Some(peer) => {
                let answered = peer.handle(request, SocketAddrV4::new(way.source, 40_000)).await;
                let kept = |name: &str| !name.eq_ignore_ascii_case("Server") && !name.eq_ignore_ascii_case("Date");
                let headers = answered.headers.into_iter().filter(|(name, _)| kept(name)).collect();
                HttpResponse { headers, ..answered }
            }
            None => page(502),
        },
        Outcome::Refused | Outcome::NoRoute => page(502),
        // proxy_connect_timeout, three times.
        Outcome::Dropped | Outcome::Denied => {
            world.sim.sleep(crate::sim::Duration::from_secs(15)).await;
            page(504)
        }
    }
}
