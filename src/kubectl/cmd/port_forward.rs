//! `kubectl port-forward`. Models kubectl/pkg/cmd/portforward and client-go/tools/portforward.
//!
//! Diverges: there is no IPv6 here, so nothing arrives at `[::1]`, though it is told as upstream does.

use core::net::{Ipv4Addr, SocketAddrV4};
use std::cell::Cell;
use std::rc::Rc;

use serde_json::Value;

use super::listening::Listening;
use super::pods;
use crate::collections::Sort;
use crate::kubectl::Kubectl;
use crate::kubectl::client::klog_time;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind, quote};
use crate::kubectl::resource::Builder;
use crate::kubectl::spec::{Spec, run};
use crate::machine::{Body, Disposition, HttpHandler, HttpRequest, HttpResponse, LocalBoxFuture, Process, Signal};
use crate::sim::{Either, Sender, channel, race};

/// The command.
pub const SPEC: Spec = Spec {
    name: "port-forward",
    usage: "TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
    short: "Forward one or more local ports to a pod",
    long: "Let connections to ports of this machine reach ports of a Pod.\n\n The Pod may be named by something that has Pods, as deployment/web; one of them is taken. When it ends, so does the forwarding.",
    examples: "# Port 5000 of this machine to port 5000 of the Pod\nkubectl port-forward pod/web 5000\n\n# Port 8080 here to port 80 there\nkubectl port-forward deploy/web 8080:80\n\n# Any free port here to the port of a Service's Pod\nkubectl port-forward svc/web :80",
    flags: &[FLAGS],
    run: run!(port_forward),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::new("address", Kind::Slice, "localhost", "Addresses to listen on: localhost or IP addresses."),
    Flag::new("pod-running-timeout", Kind::Duration, "1m0s", "How long to wait for a Pod to run."),
];

async fn port_forward(k: &Kubectl) -> Outcome {
    let [word, words @ ..] = k.flags.args.as_slice() else { return Err(too_few(k)) };
    if words.is_empty() {
        return Err(too_few(k));
    }
    let word = if word.contains('/') { word.clone() } else { format!("pods/{word}") };
    let info = Builder::new(k).args(&[word]).objects().await?.all()?.remove(0);
    let found = pods::of_object(k, &info).await?.into_iter().next();
    let pod = found.ok_or_else(|| Fail::plain("timed out waiting for the condition"))?;
    let service = (&*info.kind.kind == "Service").then_some(&*info.object);
    let words = words.iter().map(|word| numbered(word, service, &pod)).collect::<Result<Vec<_>, _>>()?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (name, namespace) = (text(&pod["metadata"]["name"]), text(&pod["metadata"]["namespace"]));
    let phase = text(&pod["status"]["phase"]);
    if phase != "Running" {
        let why = format!("unable to forward port because pod is not running. Current status={phase}");
        return Err(Fail::plain(why));
    }
    let addresses = addresses(&k.flags.list("address"))?;
    let ports = words.iter().map(|word| parse(word)).collect::<Result<Vec<_>, _>>()?;
    let request = HttpRequest::new("POST", &format!("/api/v1/namespaces/{namespace}/pods/{name}/portforward"));
    let opened = k.client().await?.send(request).await;
    let Body::Ports(peer) = opened.map_err(|fail| fail.before("error upgrading connection: "))?.body else {
        return Err(Fail::plain("error upgrading connection: the server does not forward"));
    };
    let (lost, loses) = channel();
    let mut listening = Listening::new(k);
    let bound: Vec<Ipv4Addr> = addresses.iter().filter_map(|address| address.parse().ok()).collect();
    let mut any = false;
    for &(local, remote) in &ports {
        let shown = Rc::new(Cell::new(local));
        let forward = Forward {
            process: k.process.clone(),
            peer: Rc::clone(&peer),
            local: Rc::clone(&shown),
            remote,
            lost: lost.clone(),
        };
        match listening.add(&bound, local, Rc::new(forward)) {
            Ok(port) => {
                shown.set(port);
                any = true;
                for address in &addresses {
                    k.out(&format!("Forwarding from {}:{port} -> {remote}\n", bracketed(address))).await;
                }
            }
            Err(why) => {
                let each = |address: &String| {
                    let version = if address.contains(':') { 6 } else { 4 };
                    let address = bracketed(address);
                    format!("unable to create listener: Error listen tcp{version} {address}:{local}: bind: {why}")
                };
                let all: Vec<String> = addresses.iter().map(each).collect();
                k.err(&format!(
                    "Unable to listen on port {local}: Listeners failed to create with the following errors: [{}]\n",
                    all.join(" ")
                ))
                .await;
            }
        }
    }
    if !any {
        let all: Vec<String> = ports.iter().map(|(local, remote)| format!("{{{local} {remote}}}")).collect();
        return Err(Fail::plain(format!("unable to listen on any of the requested ports: [{}]", all.join(" "))));
    }
    k.process.trap(Signal::INT, Disposition::Catch);
    match race(k.process.next_signal(), loses.recv()).await {
        Either::First(_) => Ok(()),
        Either::Second(_) => Err(Fail::plain("lost connection to pod")),
    }
}

fn too_few(k: &Kubectl) -> Fail {
    Fail::usage(&k.path, "TYPE/NAME and list of ports are required for port-forward")
}

/// `LOCAL:REMOTE` with numbers in the place of names, and a Pod's port in that of a Service's.
fn numbered(word: &str, service: Option<&Value>, pod: &Value) -> Result<String, Fail> {
    let parts: Vec<&str> = word.split(':').collect();
    let (local, remote) = if let [local, remote] = parts[..] { (local, remote) } else { (parts[0], parts[0]) };
    if service.is_none() && remote.is_empty() {
        return Err(Fail::plain("remote port cannot be empty"));
    }
    if service.is_none() && parts.len() > 2 {
        return Ok(word.to_owned());
    }
    let mut local = local.to_owned();
    let number = match (remote.parse::<i64>(), service) {
        (Ok(number), _) => number,
        (Err(_), None) => named_port(pod, remote)?,
        (Err(_), Some(service)) => {
            let name = service["metadata"]["name"].as_str().unwrap_or_default();
            let mut ports = service["spec"]["ports"].as_array().into_iter().flatten();
            let known = ports.find(|port| port["name"] == remote).and_then(|port| port["port"].as_i64());
            known.ok_or_else(|| Fail::plain(format!("Service '{name}' does not have a named port '{remote}'")))?
        }
    };
    if local == remote {
        local = number.to_string();
    }
    let number = match service {
        Some(service) => target_port(service, pod, number)?,
        None => number,
    };
    Ok(format!("{local}:{number}"))
}

/// The Pod's port behind a Service's. Models LookupContainerPortNumberByServicePort.
fn target_port(service: &Value, pod: &Value, number: i64) -> Result<i64, Fail> {
    let spec = &service["spec"];
    let mut ports = spec["ports"].as_array().into_iter().flatten();
    let Some(port) = ports.find(|port| port["port"] == number) else {
        let name = service["metadata"]["name"].as_str().unwrap_or_default();
        return Err(Fail::plain(format!("Service {name} does not have a service port {number}")));
    };
    if port["protocol"] == "UDP" {
        return Err(Fail::plain(format!("UDP protocol is not supported for {number}")));
    }
    match &port["targetPort"] {
        _ if spec["clusterIP"] == "None" => Ok(number),
        Value::String(name) => named_port(pod, name),
        target => Ok(target.as_i64().filter(|target| *target != 0).unwrap_or(number)),
    }
}

fn named_port(pod: &Value, name: &str) -> Result<i64, Fail> {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let mut ports = containers.flat_map(|container| container["ports"].as_array().into_iter().flatten());
    let known = ports.find(|port| port["name"] == name).and_then(|port| port["containerPort"].as_i64());
    known.ok_or_else(|| {
        let pod = pod["metadata"]["name"].as_str().unwrap_or_default();
        Fail::plain(format!("Pod '{pod}' does not have a named port '{name}'"))
    })
}

/// The ports of `LOCAL:REMOTE`. Models parsePorts.
fn parse(word: &str) -> Result<(u16, u16), Fail> {
    let number = |which: &str, text: &str| {
        text.parse::<u16>().map_err(|_| {
            let out_of_range = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let why = if out_of_range { "value out of range" } else { "invalid syntax" };
            Fail::plain(format!(
                "error parsing {which} port '{text}': strconv.ParseUint: parsing {}: {why}",
                quote(text)
            ))
        })
    };
    let parts: Vec<&str> = word.split(':').collect();
    let (local, remote) = match parts[..] {
        [port] => (port, port),
        ["", remote] => ("0", remote),
        [local, remote] => (local, remote),
        _ => return Err(Fail::plain(format!("invalid port format '{word}'"))),
    };
    let ports = (number("local", local)?, number("remote", remote)?);
    if ports.1 == 0 {
        return Err(Fail::plain("remote port must be > 0"));
    }
    Ok(ports)
}

/// The addresses to listen on, in their order. Models parseAddresses.
fn addresses(words: &[String]) -> Result<Vec<String>, Fail> {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        let these: &[&str] = if word == "localhost" { &["127.0.0.1", "::1"] } else { &[word] };
        for &address in these {
            if address.parse::<core::net::IpAddr>().is_err() {
                return Err(Fail::plain(format!("{address} is not a valid IP")));
            }
            if !all.iter().any(|known| known == address) {
                all.push(address.to_owned());
            }
        }
    }
    all.arrange();
    Ok(all)
}

fn bracketed(address: &str) -> String {
    if address.contains(':') { format!("[{address}]") } else { address.to_owned() }
}

/// Passes what comes to a port here to a port of the Pod.
struct Forward {
    process: Process,
    peer: Rc<dyn HttpHandler>,
    local: Rc<Cell<u16>>,
    remote: u16,
    lost: Sender<()>,
}

impl HttpHandler for Forward {
    fn handle(&self, request: HttpRequest, from: SocketAddrV4) -> LocalBoxFuture<'static, HttpResponse> {
        let (process, peer, lost) = (self.process.clone(), Rc::clone(&self.peer), self.lost.clone());
        let (local, remote) = (self.local.get(), self.remote);
        Box::pin(async move {
            process.out(&format!("Handling connection for {local}\n")).await;
            let onward = HttpRequest { target: format!("/{remote}{}", request.target), ..request };
            let response = peer.handle(onward, from).await;
            if response.status == 0 {
                let why = String::from_utf8_lossy(&response.body.to_bytes().await).into_owned();
                let (time, pid) = (klog_time(&process), process.pid());
                // The line's number in the source is a guess.
                let text = format!(
                    "E{time} {pid:>7} portforward.go:424] \"An error occurred forwarding\" err={} logger=\"UnhandledError\" localPort={local} remotePort={remote}\n",
                    quote(&why)
                );
                if !why.is_empty() {
                    process.err(&text).await;
                }
                let _ = lost.send(());
                return HttpResponse::new(0, "");
            }
            response
        })
    }
}
