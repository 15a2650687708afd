//! What the API server passes on to a kubelet: logs, exec, attach, port-forward, proxy.

use core::net::{Ipv4Addr, SocketAddrV4};
use std::rc::Rc;

use super::boot;
use super::containers::{Container, PodRecord};
use super::logs::{Log, Part};
use super::network;
use super::streams;
use super::world::{WeakWorld, World};
use crate::api::sha256::sha256;
use crate::api::{Status, time};
use crate::apiserver::rest::{NodeAction, NodeCall};
use crate::machine::{
    Body, Errno, Fds, File, HttpHandler, HttpRequest, HttpResponse, LocalBoxFuture, Machine, Session, Size, SpawnSpec,
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
        NodeAction::PortForward => {
            let ports = Ports { world: Rc::downgrade(world), pod, uid: call.uid.as_ref().into() };
            HttpResponse::new(101, Body::Ports(Rc::new(ports)))
        }
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
    if let Some(tty) = tty.clone() {
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
    Ok(HttpResponse::new(101, Body::Session(Box::new(Session { stdin, stdout, stderr, exit, resize, tty }))))
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
    let written = container.log.attach();
    let (out, stdout) = channel();
    let (error, stderr) = channel();
    let (exit_sender, exit) = channel();
    let (resize, sizes) = channel();
    let container = Rc::clone(container);
    let mut stdin = container.stdin.borrow().clone();
    let tty = container.tty.borrow().clone();
    if let Some(tty) = tty.clone() {
        let (keyboard, keys) = channel::<Vec<u8>>();
        stdin = Some(keyboard);
        let (screen, terminal) = (container.log.stream(&world.sim, false), tty.clone());
        world.sim.spawn(async move {
            while let Some(bytes) = keys.recv().await {
                terminal.input(&bytes);
                let shown = terminal.take_output();
                let _ = std::future::poll_fn(|cx| screen.poll_write(cx, &shown)).await;
            }
        });
        world.sim.spawn(async move {
            while let Some((cols, rows)) = sizes.recv().await {
                tty.resize(Size { cols, rows });
            }
        });
    }
    let stdin = stdin.filter(|_| flag(call, "stdin"));
    world.sim.spawn(async move {
        while let Some((stream, bytes)) = written.recv().await {
            let to = if stream == 0 { &out } else { &error };
            if to.send(bytes).is_err() {
                return;
            }
        }
        drop((out, error));
        // How the container ended is not told to those who watched (ServeAttach).
        let _ = exit_sender.send(0);
    });
    HttpResponse::new(101, Body::Session(Box::new(Session { stdin, stdout, stderr, exit, resize, tty })))
}

// -- connections to a Pod -------------------------------------------------------------------

/// The ports of a Pod at the end of a `kubectl port-forward`.
struct Ports {
    world: WeakWorld,
    pod: Rc<PodRecord>,
    uid: Rc<str>,
}

impl HttpHandler for Ports {
    fn handle(&self, request: HttpRequest, _: SocketAddrV4) -> LocalBoxFuture<'static, HttpResponse> {
        let (world, pod, uid) = (self.world.clone(), Rc::clone(&self.pod), Rc::clone(&self.uid));
        Box::pin(async move {
            let Some(world) = world.upgrade() else { return HttpResponse::new(0, "") };
            world.sim.sleep(Duration::from_micros(600)).await;
            let (port, path) = request.target.trim_start_matches('/').split_once('/').unwrap_or_default();
            let port: u16 = port.parse().unwrap_or(0);
            let onward = HttpRequest { target: format!("/{path}"), ..request };
            let sandbox: String = sha256(uid.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
            let why = format!("error forwarding port {port} to pod {sandbox}, uid : ");
            if !world.cluster().borrow().kubelet_runs(&pod.node) {
                // The connection that all of them go through is broken.
                return HttpResponse::new(0, "");
            }
            if world.pods.borrow().get(&uid).is_none() {
                return HttpResponse::new(0, format!("{why}network namespace for sandbox {sandbox:?} is closed"));
            }
            match pod.net.listener(Ipv4Addr::LOCALHOST, port) {
                Some(listener) => {
                    listener.handle(onward, SocketAddrV4::new(Ipv4Addr::LOCALHOST, pod.net.ephemeral_port())).await
                }
                None => HttpResponse::new(
                    0,
                    format!(
                        "{why}failed to execute portforward in network namespace \"/var/run/netns/cni-{uid}\": failed to connect to localhost:{port} inside namespace {sandbox:?}, IPv4: dial tcp4 127.0.0.1:{port}: connect: connection refused IPv6 dial tcp6 [::1]:{port}: connect: connection refused "
                    ),
                ),
            }
        })
    }
}

async fn send_to_pod(world: &Rc<World>, pod: &Rc<PodRecord>, port: u16, request: HttpRequest) -> HttpResponse {
    world.sim.sleep(Duration::from_micros(600)).await;
    let Some(ip) = pod.ip else { return HttpResponse::new(502, "") };
    match network::listener_at(world, ip, port) {
        Some(listener) => listener.handle(request, SocketAddrV4::new(Ipv4Addr::LOCALHOST, 40_000)).await,
        None => HttpResponse::new(502, format!("dial tcp4 {ip}:{port}: connect: connection refused")),
    }
}
