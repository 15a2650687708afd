//! The kubelets' runtime port: containers as simulated machines.

use std::rc::Rc;

use super::containers::{self, Container, PodRecord, State};
use super::logs::Log;
use super::world::{WeakWorld, World};
use super::{boot, probes, volumes};
use crate::api::Quantity;
use crate::images::{self, Life, Stop};
use crate::kubelet::runtime::{Exit, ImageFacts, ProbeAction, ProbeResult, Runtime, Signal, Start, StartError};
use crate::machine::{self, Cpu, Disposition, NetNamespace};
use crate::sim::{Duration, Time};

/// See the module.
pub struct RuntimePort {
    world: WeakWorld,
}

impl std::fmt::Debug for RuntimePort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RuntimePort")
    }
}

/// How long a server takes to end once it is asked to.
const GRACEFUL: Duration = Duration::from_millis(40);

/// How long a server looks before it says what it lacks.
const LACKING: Duration = Duration::from_millis(180);

impl RuntimePort {
    /// The port of a world that is about to be made.
    pub fn new(world: WeakWorld) -> RuntimePort {
        RuntimePort { world }
    }

    fn container(&self, uid: &str, name: &str) -> Option<(Rc<World>, Rc<Container>)> {
        let world = self.world.upgrade()?;
        let pod = world.pods.borrow().get(uid)?;
        let container = pod.containers.borrow().get(name).cloned()?;
        Some((world, container))
    }
}

/// The Pod's record, made with its first container.
fn pod_of(world: &Rc<World>, start: &Start<'_>) -> Rc<PodRecord> {
    if let Some(pod) = world.pods.borrow().get(start.pod_uid) {
        return pod;
    }
    let shares_node = containers::shares_node(start.spec);
    let ip = start.ip.parse().ok();
    let net = match world.nodes.get(start.node).filter(|_| shares_node) {
        Some(node) => Rc::clone(&node.net),
        None => NetNamespace::new(ip.into_iter().collect()),
    };
    let pod = Rc::new(PodRecord {
        namespace: start.namespace.into(),
        name: start.pod.into(),
        node: start.node.into(),
        hostname: start.hostname.into(),
        net,
        ip,
        volumes: Default::default(),
        containers: Default::default(),
    });
    world.pods.borrow_mut().add(start.pod_uid, Rc::clone(&pod), shares_node);
    pod
}

/// Thousandths of a CPU that a container may use: its limit, or all that its node has.
fn cpu_limit(world: &World, start: &Start<'_>) -> u64 {
    let limits = start.container.resources.as_ref().and_then(|resources| resources.limits.as_ref());
    let limit = limits.and_then(|limits| Quantity::parse(&limits.get("cpu")?.0));
    let node = world.nodes.get(start.node).map_or(1, |node| node.cpus);
    limit.and_then(|limit| u64::try_from(limit.milli_value()).ok()).unwrap_or(u64::from(node) * 1000)
}

impl Runtime for RuntimePort {
    fn names_image(&self, reference: &str) -> bool {
        images::Reference::parse(reference).is_some()
    }

    fn image(&self, reference: &str) -> Result<ImageFacts, String> {
        let Some(found) = images::find(reference) else {
            // A kubelet asks first whether it can be read.
            let full =
                images::Reference::parse(reference).map_or_else(|| reference.to_owned(), |full| full.to_string());
            return Err(format!(
                "rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": failed to resolve image: \
                 {full}: not found"
            ));
        };
        Ok(ImageFacts {
            name: found.reference.to_string().into(),
            id: found.id().into(),
            size: found.size(),
            uid: found.image.user,
        })
    }

    fn start(&mut self, start: Start<'_>) -> Result<Option<Exit>, StartError> {
        let fail = |message: String| StartError { reason: "StartError", message, code: 128 };
        let Some(world) = self.world.upgrade() else { return Err(fail("the world has ended".into())) };
        let Some(found) = images::find(&start.image.name) else { return Err(fail("image not found".into())) };
        let argv = containers::command_line(&found, start.command.clone(), start.args.clone());
        let server = found.server(&argv);
        if server.is_none() {
            boot::check_command(&world, &found, &argv).map_err(fail)?;
        }
        let pod = pod_of(&world, &start);
        let name: Rc<str> = start.container.name.as_str().into();
        let previous = pod.containers.borrow().get(&name).map(|container| container.log.clone());
        let log = Log::default();
        let cpu = Rc::new(Cpu::new(cpu_limit(&world, &start)));
        let mut ends = None;
        let state = match server {
            Some(server) => {
                let streams = [log.stream(&world.sim, false), log.stream(&world.sim, true)];
                let life = Life::new(&world.sim, start.now, &pod.hostname, found.clone(), &argv, &cpu, streams);
                if let Some(needs) = found.lacks(&start.env) {
                    life.complain(&life.fill(needs.told));
                    ends = Some(Exit { at: start.now + LACKING, code: 1 });
                }
                State::Idle(server, Rc::new(life))
            }
            None => State::Booting,
        };
        let container = Rc::new(Container {
            name: Rc::clone(&name),
            id: start.container_id.into(),
            image: found,
            argv,
            env: world.pods.borrow_mut().share_env(start.env),
            started: start.now,
            cpu,
            log,
            previous,
            state: state.into(),
            stdin: Default::default(),
            tty: Default::default(),
            over: Default::default(),
            out_of_memory: Default::default(),
        });
        pod.containers.borrow_mut().insert(name, Rc::clone(&container));
        if ends.is_some() {
            *container.state.borrow_mut() = State::Ended;
            container.over.set(true);
            return Ok(ends);
        }
        match server {
            Some(_) => boot::idle(&world, start.pod_uid, &pod, &container),
            None => boot::later(&world, start.pod_uid, &pod, &container, start.spec, start.container),
        }
        Ok(None)
    }

    fn signal(&mut self, uid: &str, name: &str, signal: Signal, now: Time) -> Option<Exit> {
        let Some((world, container)) = self.container(uid, name) else { return Some(Exit { at: now, code: 137 }) };
        if signal == Signal::Kill {
            boot::end(&world, uid, &container, now);
            return Some(Exit { at: now, code: 137 });
        }
        let idle = match &*container.state.borrow() {
            State::Idle(server, _) => Some(server.stop),
            _ => None,
        };
        match idle {
            Some(stop @ (Stop::Graceful | Stop::Abrupt)) => {
                boot::end(&world, uid, &container, now);
                Some(Exit { at: now + GRACEFUL, code: stop.status() })
            }
            Some(Stop::Ignored) => None,
            None => {
                // Process 1 gets only signals that it has asked for.
                if let Some((_, init)) = container.machine()
                    && init.disposition(machine::Signal::TERM) == Disposition::Catch
                {
                    init.signal(machine::Signal::TERM);
                }
                None
            }
        }
    }

    fn probe(
        &mut self,
        uid: &str,
        name: &str,
        action: &ProbeAction,
        timeout: Duration,
        id: u32,
    ) -> Option<ProbeResult> {
        let Some((world, container)) = self.container(uid, name) else {
            return Some(ProbeResult::Failure("container is not running".into()));
        };
        probes::run(&world, uid, &container, action, timeout, id)
    }

    fn remount(&mut self, uid: &str) {
        let (weak, uid) = (self.world.clone(), uid.to_owned());
        let Some(world) = self.world.upgrade() else { return };
        // What the volumes show is read once the cluster's step is over.
        world.sim.spawn(async move {
            let Some(world) = weak.upgrade() else { return };
            let pod = world.pods.borrow().get(&uid);
            if let Some(pod) = pod {
                volumes::refresh(&world, &pod);
            }
        });
    }

    fn was_out_of_memory(&self, uid: &str, name: &str) -> bool {
        self.container(uid, name).is_some_and(|(_, container)| container.out_of_memory.get())
    }

    fn remove(&mut self, uid: &str) {
        let Some(world) = self.world.upgrade() else { return };
        let Some(pod) = world.pods.borrow().get(uid) else { return };
        let now = world.sim.now();
        let all: Vec<Rc<Container>> = pod.containers.borrow().values().cloned().collect();
        for container in all {
            boot::end(&world, uid, &container, now);
        }
        world.pods.borrow_mut().remove(uid);
    }
}
