//! Nodes as machines: one is made when somebody first logs in, which is what `ssh` is for, or when a Pod there uses
//! a directory of its node.
//!
//! Diverges: no encryption and no keys; root may log in, and nobody else is there. A node's own files are those of any
//! machine: what its containers hold is not among them.

use core::net::SocketAddrV4;
use std::rc::Rc;

use super::node_calls;
use super::world::{WeakWorld, World};
use crate::machine::{
    Body, Fs, HttpHandler, HttpRequest, HttpResponse, LocalBoxFuture, Machine, MachineSpec, SpawnSpec, Unit, base_layer,
};

/// Where sshd listens.
const PORT: u16 = 22;

/// Opens every node's port for `ssh`.
pub fn listen(world: &Rc<World>) {
    for (name, place) in &world.nodes {
        place.net.listen(PORT, Rc::new(Sshd { world: Rc::downgrade(world), node: name.clone() }));
    }
}

struct Sshd {
    world: WeakWorld,
    node: String,
}

impl HttpHandler for Sshd {
    /// What `tools::ssh` asks for: `{"command": "date", "tty": false}`, with `null` for a login shell.
    fn handle(&self, request: HttpRequest, _: SocketAddrV4) -> LocalBoxFuture<'static, HttpResponse> {
        let asked = match (&*request.method, request.body) {
            ("SSH", Body::Json(asked)) => Some(asked),
            _ => None,
        };
        let (world, node) = (self.world.upgrade(), self.node.clone());
        Box::pin(async move {
            let (Some(world), Some(asked)) = (world, asked) else { return HttpResponse::new(400, "") };
            let Some(machine) = machine(&world, &node) else { return HttpResponse::new(502, "") };
            let argv = match asked["command"].as_str() {
                Some(command) => vec!["bash", "-c", command],
                None => vec!["bash", "--login"],
            };
            let spec = SpawnSpec { cwd: Some("/root".into()), ..SpawnSpec::new(argv) };
            let begun = node_calls::begin(&world, &machine, spec, true, asked["tty"] == true);
            begun.unwrap_or_else(|_| HttpResponse::new(500, ""))
        })
    }
}

/// The machine of a node, which may be the learner's.
pub fn machine(world: &Rc<World>, name: &str) -> Option<Machine> {
    if world.cluster().borrow().profile().host == name {
        return Some(world.host().clone());
    }
    let place = world.nodes.get(name)?;
    if let Some(machine) = place.machine.get() {
        return Some(machine.clone());
    }
    let spec = MachineSpec::new(name, &world.sim, world.rng.split(&format!("node {name}")), Rc::clone(&world.programs));
    let machine = Machine::new(MachineSpec {
        net: Rc::clone(&place.net),
        network: super::network::port(world, None),
        root: Fs::over(base_layer(&world.programs, world.sim.now())),
        ..spec
    });
    if let Ok(hosts) = world.host().files().read("/", "/etc/hosts") {
        let _ = machine.files().write("/", "/etc/hosts", &hosts);
    }
    let _ = machine.files().write("/", "/root/.bashrc", world.cluster().borrow().profile().bashrc.as_bytes());
    add_services(world, &machine, name);
    let _ = place.machine.set(machine.clone());
    Some(machine)
}

/// The services of a node's machine.
pub fn add_services(world: &Rc<World>, machine: &Machine, node: &str) {
    super::static_pods::prepare(machine);
    let (weak, node) = (Rc::downgrade(world), node.to_owned());
    let set = move |runs: bool| {
        if let Some(world) = weak.upgrade() {
            let now = world.sim.now();
            world.cluster().borrow_mut().run_kubelet(&node, runs, now);
        }
    };
    machine.add_unit(Unit::new(
        "kubelet",
        "kubelet: The Kubernetes Node Agent",
        "https://kubernetes.io/docs/",
        world.begun,
        Rc::new(set),
    ));
}
