//! How a container begins and ends: as a bare listener, as a machine with a first process, or
//! first the one and then the other.

use std::rc::{Rc, Weak};
use std::sync::Arc;

use super::containers::{Container, PodRecord, State};
use super::ingress::Gateway;
use super::volumes;
use super::world::World;
use crate::api::PodSpec;
use crate::api::quantity::Quantity;
use crate::collections::SortedMap;
use crate::images::{Found, Life, Listener, Server, serve};
use crate::machine::{
    Errno, Fds, File, Fs, HttpHandler, HttpRequest, HttpResponse, LocalBoxFuture, Machine, MachineSpec, PATH, Process,
    Programs, SpawnSpec,
};
use crate::sim::Time;

/// Whether a runtime could execute the command; the error is runc's.
pub fn check_command(world: &World, found: &Found, argv: &[String]) -> Result<(), String> {
    let failed = |what: String| {
        format!(
            "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: {what}"
        )
    };
    let Some(name) = argv.first() else {
        return Err("failed to generate container spec: failed to generate spec: no command specified".to_owned());
    };
    let (programs, layer) = world.layers.borrow_mut().of(found);
    let files = crate::machine::Files::new(world.sim.clone(), Fs::over(layer));
    if name.contains('/') {
        // A file of a volume is not there yet; whether it can be run is seen when it starts.
        let in_image = files.find("/", name).is_ok();
        let known = name.rsplit('/').next().is_some_and(|name| programs.get(name).is_some());
        let from_volume = !name.starts_with("/bin/") && !name.starts_with("/usr/");
        return match in_image || known || from_volume {
            true => Ok(()),
            false => Err(failed(format!("exec: \"{name}\": stat {name}: no such file or directory"))),
        };
    }
    let on_path = PATH.split(':').any(|dir| files.find("/", &format!("{dir}/{name}")).is_ok());
    if on_path { Ok(()) } else { Err(failed(format!("exec: \"{name}\": executable file not found in $PATH"))) }
}

/// A server begins to listen.
pub fn idle(world: &Rc<World>, uid: &Arc<str>, pod: &Rc<PodRecord>, container: &Rc<Container>) {
    let State::Idle(server, ref life) = *container.state.borrow() else { return };
    for &port in server.ports {
        let door =
            || Door { world: Rc::downgrade(world), uid: Arc::clone(uid), container: Rc::downgrade(container), server };
        let gateway = Gateway::of(world, uid, pod, container, port, life);
        let listener: Rc<dyn HttpHandler> =
            gateway.map_or_else(|| Rc::new(door()) as _, |gateway| Rc::new(gateway) as _);
        if !pod.net.listen(port, listener) {
            life.complain(&format!("bind() to 0.0.0.0:{port} failed (98: Address already in use)\n"));
        }
    }
    (server.start)(life);
}

/// The listener of an idle server: answers by itself, or wakes the machine if it takes one.
struct Door {
    world: Weak<World>,
    uid: Arc<str>,
    container: Weak<Container>,
    server: &'static Server,
}

impl HttpHandler for Door {
    fn handle(&self, request: HttpRequest, from: core::net::SocketAddrV4) -> LocalBoxFuture<'static, HttpResponse> {
        let server = self.server;
        let gone = || -> LocalBoxFuture<'static, HttpResponse> { Box::pin(async { HttpResponse::new(502, "") }) };
        let (Some(world), Some(container)) = (self.world.upgrade(), self.container.upgrade()) else { return gone() };
        if server.reads_files {
            let _ = machine_of(&world, &self.uid, &container);
        }
        let life = match &*container.state.borrow() {
            State::Idle(_, life) => Rc::clone(life),
            // The machine's own process has taken the port over.
            State::Machine(machine, _) => {
                let port = server.ports.first().copied().unwrap_or_default();
                return machine
                    .net()
                    .listener(core::net::Ipv4Addr::LOCALHOST, port)
                    .map_or_else(gone, |listener| listener.handle(request, from));
            }
            _ => return gone(),
        };
        Box::pin(async move {
            life.work().await;
            (server.answer)(&life, &request, from)
        })
    }
}

/// The machine of a running container; an idle server gets one now, with its process in it.
pub fn machine_of(world: &Rc<World>, uid: &str, container: &Rc<Container>) -> Option<Machine> {
    let idle: Option<(&'static Server, Rc<Life>)> = match &*container.state.borrow() {
        State::Machine(machine, _) => return Some(machine.clone()),
        State::Idle(server, life) => Some((server, Rc::clone(life))),
        State::Booting | State::Ended => None,
    };
    let (server, life) = idle?;
    let pod = world.pods.borrow().get(uid)?;
    let spec = volumes::spec_of(world, &pod)?;
    let machine = build(world, &pod, container, &spec);
    let life = Rc::new(life.with_files(machine.files().clone()));
    for &port in server.ports {
        pod.net.unlisten(port);
        let listener = || Listener::new(server, Rc::clone(&life));
        let gateway = Gateway::of(world, uid, &pod, container, port, &life);
        machine.listen(port, gateway.map_or_else(|| Rc::new(listener()) as _, |gateway| Rc::new(gateway) as _));
    }
    let spec = SpawnSpec { fds: Some(streams(world, container)), ..SpawnSpec::new(container.argv.clone()) };
    let child =
        machine.run_with(spec, move |process: Process| async move { serve(process, server, life, false).await });
    *container.state.borrow_mut() = State::Machine(machine.clone(), child.process().clone());
    watch(world, uid, container, child);
    Some(machine)
}

/// A container with a command of its own starts as soon as the cluster's step is over, since
/// its volumes may show objects of the cluster.
pub fn later(
    world: &Rc<World>,
    uid: &Arc<str>,
    pod: &Rc<PodRecord>,
    container: &Rc<Container>,
    spec: &PodSpec,
    asked: &k8s_openapi::api::core::v1::Container,
) {
    let (weak, uid, pod, container, spec) =
        (Rc::downgrade(world), Arc::clone(uid), Rc::clone(pod), Rc::clone(container), spec.clone());
    let (wants_tty, wants_input) = (asked.tty == Some(true), asked.stdin == Some(true));
    let cwd = asked.working_dir.clone().unwrap_or_else(|| "/".to_owned());
    world.sim.spawn(async move {
        let Some(world) = weak.upgrade() else { return };
        if !container.is_running() {
            return;
        }
        let machine = build(&world, &pod, &container, &spec);
        let mut fds = streams(&world, &container);
        let mut tty = None;
        if wants_tty {
            let terminal = super::streams::log_terminal(&container.log, &world.sim);
            fds = (0..3).map(|fd| (fd, Rc::clone(&terminal.file))).collect();
            *container.tty.borrow_mut() = Some(terminal.tty.clone());
            tty = Some(terminal.tty);
        } else if wants_input {
            let (file, sender) = super::streams::input(&world.sim);
            fds.insert(0, file);
            *container.stdin.borrow_mut() = Some(sender);
        }
        let _ = machine.files().mkdir_all(&cwd);
        let spec = SpawnSpec { fds: Some(fds), cwd: Some(cwd), ..SpawnSpec::new(container.argv.clone()) };
        match machine.run(spec, tty) {
            Ok(child) => {
                *container.state.borrow_mut() = State::Machine(machine, child.process().clone());
                watch(&world, &uid, &container, child);
            }
            Err(errno) => {
                complain(&world, &container, errno);
                let code = if errno == Errno::NotFound { 127 } else { 126 };
                ended(&world, &uid, &container, code);
            }
        }
    });
}

fn complain(world: &World, container: &Container, errno: Errno) {
    let name = container.argv.first().map_or("", String::as_str);
    let text = format!("exec {name}: {}\n", errno.text().to_lowercase());
    let stream = container.log.stream(&world.sim, true);
    let _ = stream.poll_write(&mut std::task::Context::from_waker(std::task::Waker::noop()), text.as_bytes());
}

fn streams(world: &World, container: &Container) -> Fds {
    let null: Rc<dyn File> = Rc::new(crate::machine::file::Null);
    SortedMap::from([
        (0, null),
        (1, container.log.stream(&world.sim, false)),
        (2, container.log.stream(&world.sim, true)),
    ])
}

/// Tells the kubelet of the end of a first process.
fn watch(world: &Rc<World>, uid: &str, container: &Rc<Container>, child: crate::machine::Child) {
    let (weak, uid, container) = (Rc::downgrade(world), uid.to_owned(), Rc::clone(container));
    world.sim.spawn(async move {
        let status = child.wait().await;
        if let Some(world) = weak.upgrade() {
            ended(&world, &uid, &container, status.code());
        }
    });
}

fn ended(world: &Rc<World>, uid: &str, container: &Rc<Container>, code: i32) {
    if container.over.replace(true) {
        return;
    }
    let now = world.sim.now();
    end(world, uid, container, now);
    let mut cluster = world.cluster().borrow_mut();
    cluster.container_exited(uid, &container.name, code, now);
}

/// A container ends: its processes are gone, its ports closed, its log complete.
pub fn end(world: &World, uid: &str, container: &Container, now: Time) {
    container.over.set(true);
    let state = container.state.replace(State::Ended);
    match state {
        State::Idle(server, _) => {
            if let Some(pod) = world.pods.borrow().get(uid) {
                server.ports.iter().for_each(|&port| pod.net.unlisten(port));
            }
        }
        State::Machine(machine, _) => {
            container.out_of_memory.set(machine.memory().is_exceeded());
            for process in machine.processes() {
                process.signal(crate::machine::Signal::KILL);
            }
        }
        State::Booting | State::Ended => {}
    }
    container.log.close(now);
}

/// The machine of a container, without processes yet.
fn build(world: &Rc<World>, pod: &PodRecord, container: &Container, spec: &PodSpec) -> Machine {
    let (programs, layer): (Rc<Programs>, _) = world.layers.borrow_mut().of(&container.image);
    let mut env: SortedMap<String, String> =
        [("PATH", PATH), ("HOME", "/root")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    env.insert("HOSTNAME".into(), pod.hostname.to_string());
    env.extend(container.image.image.env.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
    env.extend(container.env.iter().cloned());
    let root = Fs::over(layer);
    let machine = Machine::new(MachineSpec {
        hostname: pod.hostname.to_string(),
        sim: world.sim.clone(),
        rng: world.rng.split(&container.id),
        programs,
        root: root.clone(),
        net: Rc::clone(&pod.net),
        network: super::network::port(world, Some(&pod.namespace)),
        env,
        cpu: Rc::clone(&container.cpu),
    });
    let (image, reference) = (container.image.image, &container.image.reference);
    let facts = [
        ("image", image.repository),
        ("image-tag", &*reference.tag),
        ("namespace", &*pod.namespace),
        ("node", &*pod.node),
    ];
    for (name, value) in facts {
        machine.set_fact(name, value);
    }
    let own =
        spec.containers.iter().chain(spec.init_containers.iter().flatten()).find(|one| *one.name == *container.name);
    let limits = own.and_then(|own| own.resources.as_ref()?.limits.as_ref());
    let limit = limits.and_then(|limits| Quantity::parse(&limits.get("memory")?.0));
    if let Some(bytes) = limit.and_then(|limit| u64::try_from(limit.value()).ok()) {
        machine.memory().set_limit(bytes);
    }
    let (of_pod, of_own) = (spec.security_context.as_ref(), own.and_then(|own| own.security_context.as_ref()));
    let user = of_own.and_then(|own| own.run_as_user).or_else(|| of_pod?.run_as_user);
    let group = of_own.and_then(|own| own.run_as_group).or_else(|| of_pod?.run_as_group);
    for (name, id) in [("uid", user), ("gid", group)] {
        if let Some(id) = id {
            machine.set_fact(name, &id.to_string());
        }
    }
    let files = machine.files();
    let address = pod.ip.map(|ip| format!("{ip}\t{}\n", pod.hostname)).unwrap_or_default();
    let hosts = format!("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n{address}");
    let _ = files.write("/", "/etc/hosts", hosts.as_bytes());
    let _ = files.write("/", "/etc/resolv.conf", super::network::resolv_conf(&pod.namespace).as_bytes());
    volumes::mount_all(world, pod, container, spec, &machine);
    if of_own.is_some_and(|own| own.read_only_root_filesystem == Some(true)) {
        let _ = files.mount("/", root, true);
    }
    machine
}
