//! The API server's HTTPS listener: HTTP on this side, `apiserver::rest` on the other.

use core::net::SocketAddrV4;
use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value;

use super::world::{WeakWorld, World};
use super::{credentials, node_calls, pretty};
use crate::api::Status;
use crate::apiserver::rest::{Request, Response, of_headers};
use crate::cluster::profile::Installer;
use crate::machine::{Body, HttpHandler, HttpRequest, HttpResponse, LocalBoxFuture};
use crate::sim::{Duration, Rng};

/// Where the API server listens, on the control plane's node.
pub const PORT: u16 = 6443;

/// Where minikube's API server listens beside that.
pub const MINIKUBE_PORT: u16 = 8443;

struct Listener {
    world: WeakWorld,
    rng: RefCell<Rng>,
}

/// Opens the API server's port on every control plane node.
pub fn listen(world: &Rc<World>) {
    let listener: Rc<dyn HttpHandler> =
        Rc::new(Listener { world: Rc::downgrade(world), rng: RefCell::new(world.rng.split("https")) });
    let cluster = world.cluster().borrow();
    for node in cluster.profile().nodes.iter().filter(|node| node.control_plane) {
        if let Some(place) = world.nodes.get(&node.name) {
            place.net.listen(PORT, Rc::clone(&listener));
            if cluster.profile().installer == Installer::Minikube {
                place.net.listen(MINIKUBE_PORT, Rc::clone(&listener));
            }
        }
    }
}

impl HttpHandler for Listener {
    fn handle(&self, request: HttpRequest, _: SocketAddrV4) -> LocalBoxFuture<'static, HttpResponse> {
        let reads = matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        // A read is answered from memory, a write waits for the disk.
        let (low, high) = if reads { (700, 1_800) } else { (3_500, 7_000) };
        let span = self.rng.borrow_mut().between(Duration::from_micros(low), Duration::from_micros(high));
        let world = self.world.clone();
        Box::pin(async move {
            let Some(strong) = world.upgrade() else { return HttpResponse::new(503, "") };
            let sim = strong.sim.clone();
            drop(strong);
            sim.sleep(span).await;
            let body = match &request.body {
                Body::Json(value) => Ok((**value).clone()),
                Body::Bytes(bytes) if bytes.is_empty() => Ok(Value::Null),
                Body::Bytes(bytes) => decode(bytes, request.header("Content-Type").unwrap_or_default()),
                _ => Ok(Value::Null),
            };
            let Some(world) = world.upgrade() else { return HttpResponse::new(503, "") };
            answer(&world, request, body).await
        })
    }
}

/// The body of a request that came as bytes, from curl.
fn decode(bytes: &[u8], content_type: &str) -> Result<Value, String> {
    if content_type.contains("yaml") {
        let text = String::from_utf8_lossy(bytes);
        return crate::kubectl::yaml::parse(&text).map_err(|error| format!("error decoding YAML: {error}"));
    }
    serde_json::from_slice(bytes).map_err(|error| format!("couldn't get version/kind; json parse error: {error}"))
}

async fn answer(world: &Rc<World>, request: HttpRequest, body: Result<Value, String>) -> HttpResponse {
    let Ok(user) = credentials::user(&request, world.cluster().borrow().api()) else {
        return of_status(&Status {
            code: 401,
            reason: "Unauthorized",
            message: "Unauthorized".into(),
            details: Value::Null,
        });
    };
    let body = match body {
        Ok(body) => body,
        Err(message) => return of_status(&Status::bad_request(message)),
    };
    let pretty = pretty::is_wanted(&request);
    let asked = Request {
        method: request.method.clone(),
        path: decode_percent(request.path()),
        query: query(request.query()),
        accept: request.header("Accept").unwrap_or_default().to_owned(),
        content_type: request.header("Content-Type").unwrap_or_default().to_owned(),
        user_agent: request.header("User-Agent").unwrap_or_default().to_owned(),
        user,
        impersonate: of_headers(&request.headers),
        body,
    };
    let now = world.sim.now();
    let response = {
        let mut cluster = world.cluster().borrow_mut();
        cluster.settle(now);
        let response = cluster.api_mut().handle(asked);
        cluster.settle(now);
        response
    };
    match response {
        Response::Value { status, body, warnings } => {
            let body = if pretty { pretty::print(&body).into() } else { Body::Json(body) };
            warn(HttpResponse::new(status, body), &warnings).with_header("Content-Type", "application/json")
        }
        Response::Text { status, content_type, text } => {
            HttpResponse::new(status, text).with_header("Content-Type", content_type)
        }
        Response::Watch { warnings, events } => warn(HttpResponse::new(200, Body::Stream(events.0)), &warnings)
            .with_header("Content-Type", "application/json"),
        Response::Node(call) => node_calls::carry_out(world, call, request).await,
    }
}

fn warn(mut response: HttpResponse, warnings: &[String]) -> HttpResponse {
    for warning in warnings {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"");
        response = response.with_header("Warning", &format!("299 - \"{quoted}\""));
    }
    response
}

/// A Status as a response.
pub fn of_status(status: &Status) -> HttpResponse {
    HttpResponse::new(status.code, status.to_value()).with_header("Content-Type", "application/json")
}

fn query(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_percent(&key.replace('+', " ")), decode_percent(&value.replace('+', " ")))
        })
        .collect()
}

fn decode_percent(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let value = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        decoded.push(value.unwrap_or(bytes[at]));
        at += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_query_strings() {
        let expected = [("labelSelector", "a in (b,c)"), ("watch", "true"), ("bare", "")];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(query("labelSelector=a+in+%28b%2Cc%29&watch=true&bare"), expected);
        assert_eq!(decode_percent("100%zz%4"), "100%zz%4");
    }
}
