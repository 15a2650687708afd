//! What the API server passes on to a kubelet: logs, exec, attach, port-forward, proxy.

use core::net::SocketAddrV4;
use std::rc::Rc;

use super::boot;
use super::containers::{Container, PodRecord, State};
use super::logs::{Log, Part};
use super::network;
use super::streams;
use super::world::World;
use crate::api::{Status, time};
use crate::apiserver::rest::{NodeAction, NodeCall};
use crate::machine::{
    Body, Errno, ExitStatus, Fds, File, HttpRequest, HttpResponse, LocalBoxFuture, Machine, Session, Size, SpawnSpec,
};
use crate::sim::{Duration, Time, channel};

/// Carries a call out and answers it.
pub async fn carry_out(world: &Rc<World>, call: NodeCall, request: HttpRequest) -> HttpResponse {
    let Some(pod) = world.pods.borrow().get(&call.uid) else {
        return bad(format!("container \"{}\" in pod \"{}\" is not available", call.container, call.pod.name));
    };
    if !world.cluster().borrow().kubelet_runs(&pod.node) {
        return nobody_answers(world, &call, &pod);
    }
    let container = pod.containers.borrow().get(&*call.container).cloned();
    match &call.action {
        NodeAction::Proxy { port, path } => {
            let port = u16::try_from(*port).unwrap_or(0);
            send_to_pod(world, &pod, port, HttpRequest { target: path.clone(), ..request }).await
        }
        NodeAction::PortForward => HttpResponse::new(101, Body::empty())
            .with_header("Upgrade", "SPDY/3.1")
            .with_header("Connection", "Upgrade"),
        action => {
            let Some(container) = container else {
                return bad(format!("container \"{}\" in pod \"{}\" is not available", call.container, call.pod.name));
            };
            match action {
                NodeAction::Log => logs(world, &call, &container),
                NodeAction::Attach => attach(world, &call, &container),
                _ => exec(world, &call, &container),
            }
        }
    }
}

/// What the API server says when no kubelet listens on the Pod's node.
fn nobody_answers(world: &World, call: &NodeCall, pod: &PodRecord) -> HttpResponse {
    let address = world.nodes.get(&*pod.node).map_or(core::net::Ipv4Addr::UNSPECIFIED, |node| node.ip);
    let dialled = format!("dial tcp {address}:10250: connect: connection refused");
    let message = match call.action {
        NodeAction::Log => {
            let query: Vec<String> = call
                .query
                .iter()
                .filter(|(key, _)| key != "container")
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
            let (namespace, name, container) = (&pod.namespace, &pod.name, &call.container);
            format!("Get \"https://{address}:10250/containerLogs/{namespace}/{name}/{container}{query}\": {dialled}")
        }
        _ => format!("error dialing backend: {dialled}"),
    };
    super::api_listener::of_status(&Status { code: 500, reason: "", message, details: serde_json::Value::Null })
}

fn bad(message: String) -> HttpResponse {
    super::api_listener::of_status(&Status::bad_request(message))
}

fn parameter<'a>(call: &'a NodeCall, name: &str) -> Option<&'a str> {
    call.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn flag(call: &NodeCall, name: &str) -> bool {
    matches!(parameter(call, name), Some("true" | "1"))
}

// -- logs -----------------------------------------------------------------------------------

fn part(call: &NodeCall, now: Time) -> Part {
    let number = |name| parameter(call, name).and_then(|text| text.parse::<u64>().ok());
    let since = number("sinceSeconds").map(|secs| Time(now.0.saturating_sub(secs.saturating_mul(1_000_000))));
    Part {
        tail: number("tailLines").and_then(|lines| usize::try_from(lines).ok()),
        since: since.or_else(|| parameter(call, "sinceTime").and_then(time::parse)),
        timestamps: flag(call, "timestamps"),
        limit: number("limitBytes").and_then(|bytes| usize::try_from(bytes).ok()),
    }
}

fn logs(world: &Rc<World>, call: &NodeCall, container: &Rc<Container>) -> HttpResponse {
    let log: &Log = if flag(call, "previous") {
        let Some(previous) = &container.previous else {
            return bad(format!(
                "previous terminated container \"{}\" in pod \"{}\" not found",
                call.container, call.pod.name
            ));
        };
        previous
    } else {
        &container.log
    };
    let part = part(call, world.sim.now());
    let there = log.read(&part);
    if !flag(call, "follow") || !container.is_running() || flag(call, "previous") {
        return HttpResponse::new(200, Body::Bytes(there.into())).with_header("Content-Type", "text/plain");
    }
    let (sender, receiver) = channel();
    let lines = log.follow();
    let _ = sender.send(there);
    world.sim.spawn(async move {
        while let Some(line) = lines.recv().await {
            if sender.send(line.show(&part).into_owned()).is_err() {
                return;
            }
        }
    });
    HttpResponse::new(200, Body::Bytestream(receiver)).with_header("Content-Type", "text/plain")
}

// -- exec and attach ------------------------------------------------------------------------

fn exec(world: &Rc<World>, call: &NodeCall, container: &Rc<Container>) -> HttpResponse {
    let Some(machine) = boot::machine_of(world, &call.uid, container) else {
        return bad(format!("container not found (\"{}\")", call.container));
    };
    let argv: Vec<String> =
        call.query.iter().filter(|(key, _)| key == "command").map(|(_, value)| value.clone()).collect();
    let spec = SpawnSpec::new(argv.iter().map(String::as_str));
    match begin(world, &machine, spec, flag(call, "stdin"), flag(call, "tty")) {
        Ok(response) => response,
        Err(errno) => not_executable(container, &argv, errno),
    }
}

/// Starts a command on a machine; the response joins its streams to whoever asked.
pub fn begin(
    world: &Rc<World>,
    machine: &Machine,
    spec: SpawnSpec,
    wants_input: bool,
    wants_terminal: bool,
) -> Result<HttpResponse, Errno> {
    let (stdin, keys) = channel();
    let (resize, sizes) = channel();
    let (exit_sender, exit) = channel();
    let (fds, tty, stdout, stderr): (Fds, _, _, _);
    if wants_terminal {
        let (terminal, received) = streams::remote_terminal(&world.sim, Size { cols: 80, rows: 24 }, keys);
        let (_, nothing) = channel();
        fds = (0..3).map(|fd| (fd, Rc::clone(&terminal.file))).collect();
        (tty, stdout, stderr) = (Some(terminal.tty), received, nothing);
    } else {
        let null: Rc<dyn File> = Rc::new(crate::machine::file::Null);
        let input = if wants_input { streams::feed(&world.sim, keys) } else { null };
        let ((out, received), (error, complained)) = (streams::output(), streams::output());
        fds = [(0, input), (1, out), (2, error)].into();
        (tty, stdout, stderr) = (None, received, complained);
    }
    let child = machine.run(SpawnSpec { fds: Some(fds), ..spec }, tty.clone())?;
    if let Some(tty) = tty {
        world.sim.spawn(async move {
            while let Some((cols, rows)) = sizes.recv().await {
                tty.resize(Size { cols, rows });
            }
        });
    }
    world.sim.spawn(async move {
        let _ = exit_sender.send(child.wait().await.code());
    });
    let stdin = wants_input.then_some(stdin);
    Ok(HttpResponse::new(101, Body::Session(Box::new(Session { stdin, stdout, stderr, exit, resize }))))
}

/// What containerd says of a command that cannot be run.
fn not_executable(container: &Container, argv: &[String], errno: Errno) -> HttpResponse {
    let name = argv.first().map_or("", String::as_str);
    let why = match errno {
        Errno::NotFound if name.contains('/') => format!("stat {name}: no such file or directory"),
        Errno::NotFound => "executable file not found in $PATH".to_owned(),
        other => other.text().to_lowercase(),
    };
    let message = format!(
        "failed to exec in container: failed to start exec \"{}\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"{name}\": {why}",
        &container.id[..container.id.len().min(64)]
    );
    super::api_listener::of_status(&Status {
        code: 500,
        reason: "InternalError",
        message: format!("Internal error occurred: error executing command in container: {message}"),
        details: serde_json::json!({"causes": [{"message": format!("error executing command in container: {message}")}]}),
    })
}

fn attach(world: &Rc<World>, call: &NodeCall, container: &Rc<Container>) -> HttpResponse {
    if !container.is_running() {
        return bad(format!("container {} not found in pod {}", call.container, call.pod.name));
    }
    let lines = container.log.follow();
    let (out, stdout) = channel();
    let (_, stderr) = channel();
    let (exit_sender, exit) = channel();
    let (resize, _) = channel();
    let container = Rc::clone(container);
    let stdin = container.stdin.borrow().clone().filter(|_| flag(call, "stdin"));
    world.sim.spawn(async move {
        while let Some(line) = lines.recv().await {
            if out.send(line.text.to_vec()).is_err() {
                return;
            }
        }
        let status = match &*container.state.borrow() {
            State::Machine(_, init) => init.ended().map_or(0, ExitStatus::code),
            _ => 0,
        };
        let _ = exit_sender.send(status);
    });
    HttpResponse::new(101, Body::Session(Box::new(Session { stdin, stdout, stderr, exit, resize })))
}

// -- connections to a Pod -------------------------------------------------------------------

/// A request that came through `kubectl port-forward`:
/// `{METHOD} /api/v1/namespaces/{namespace}/pods/{pod}/portforward/{port}{path}`.
pub fn forwarded(world: &Rc<World>, request: &HttpRequest) -> Option<LocalBoxFuture<'static, HttpResponse>> {
    let rest = request.target.strip_prefix("/api/v1/namespaces/")?;
    let (namespace, rest) = rest.split_once("/pods/")?;
    let (name, rest) = rest.split_once("/portforward/")?;
    let at = rest.find('/').unwrap_or(rest.len());
    let port: u16 = rest[..at].parse().ok()?;
    let pods = world.pods.borrow();
    let pod = pods.iter().map(|(_, pod)| pod).find(|pod| *pod.namespace == *namespace && *pod.name == *name)?.clone();
    drop(pods);
    let target = if rest[at..].is_empty() { "/".to_owned() } else { rest[at..].to_owned() };
    let onward = HttpRequest { target, ..HttpRequest::new(&request.method, "/") };
    let onward = HttpRequest {
        headers: request.headers.clone(),
        body: match &request.body {
            Body::Bytes(bytes) => Body::Bytes(Rc::clone(bytes)),
            Body::Json(value) => Body::Json(Rc::clone(value)),
            _ => Body::empty(),
        },
        ..onward
    };
    let world = Rc::clone(world);
    Some(Box::pin(async move { send_to_pod(&world, &pod, port, onward).await }))
}

async fn send_to_pod(world: &Rc<World>, pod: &Rc<PodRecord>, port: u16, request: HttpRequest) -> HttpResponse {
    world.sim.sleep(Duration::from_micros(600)).await;
    let Some(ip) = pod.ip else { return HttpResponse::new(502, "") };
    match network::listener_at(world, ip, port) {
        Some(listener) => listener.handle(request, SocketAddrV4::new(core::net::Ipv4Addr::LOCALHOST, 40_000)).await,
        None => HttpResponse::new(502, format!("dial tcp4 {ip}:{port}: connect: connection refused")),
    }
}
