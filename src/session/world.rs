//! The two halves joined: the cluster's agenda and the programs' executor in one virtual time.

use core::net::Ipv4Addr;
use std::cell::{OnceCell, RefCell};
use std::rc::{Rc, Weak};

use super::containers::Pods;
use super::layers::Layers;
use super::meters::Meters;
use super::network::Traces;
use super::runtime::RuntimePort;
use super::static_pods::{self, StaticPods};
use crate::cluster::{Cluster, Profile};
use crate::collections::SortedMap;
use crate::machine::{Fs, Machine, NetNamespace, Programs};
use crate::sim::{Rng, Sim, Time};

/// A node as a place in the network. Its machine is made when somebody logs in.
pub struct NodePlace {
    /// Its address.
    pub ip: Ipv4Addr,
    /// Its ports, shared by the Pods that use the node's network.
    pub net: Rc<NetNamespace>,
    /// Its CPUs.
    pub cpus: u32,
    /// Its machine, once somebody has logged in. The learner's own stands elsewhere.
    pub machine: OnceCell<Machine>,
}

/// Everything there is, but for the learner's terminals.
pub struct World {
    /// Virtual time, and the programs that live in it.
    pub sim: Sim,
    /// The seed's generator; each use splits off its own.
    pub rng: Rng,
    /// Every program.
    pub programs: Rc<Programs>,
    /// The files that machines start with.
    pub layers: RefCell<Layers>,
    /// The containers.
    pub pods: RefCell<Pods>,
    /// The nodes, by name.
    pub nodes: SortedMap<String, NodePlace>,
    /// When the nodes had come up.
    pub begun: Time,
    /// The learner's machine.
    pub host: OnceCell<Machine>,
    /// Where the learner's machine is in the network.
    pub host_place: NodePlace,
    /// Disks that outlive Pods, by name: `pv/uid` for volumes.
    pub disks: RefCell<SortedMap<String, Fs>>,
    /// What the kubelets read from their nodes' files.
    pub static_pods: StaticPods,
    /// Requests that were seen.
    pub traces: RefCell<Traces>,
    cluster: OnceCell<RefCell<Cluster>>,
}

impl World {
    /// A world of that profile, whose nodes came up a short time before `start`.
    pub fn new(profile: &Profile, seed: u64, start: Time, programs: Programs) -> Rc<World> {
        let sim = Sim::new(start);
        let programs = Rc::new(programs);
        let place = |ip: &str, cpus| {
            let ip = ip.parse().unwrap_or(Ipv4Addr::LOCALHOST);
            NodePlace { ip, net: NetNamespace::new(vec![ip]), cpus, machine: OnceCell::new() }
        };
        let nodes: SortedMap<String, NodePlace> =
            profile.nodes.iter().map(|node| (node.name.clone(), place(&node.ip, node.cpus))).collect();
        let host_place = match nodes.get(profile.host) {
            Some(node) => {
                NodePlace { ip: node.ip, net: Rc::clone(&node.net), cpus: node.cpus, machine: OnceCell::new() }
            }
            None => place(profile.host_ip, 4),
        };
        let rng = Rng::new(seed);
        let world = Rc::new(World {
            layers: RefCell::new(Layers::new(&programs, start)),
            sim,
            begun: start,
            programs,
            pods: RefCell::default(),
            nodes,
            host: OnceCell::new(),
            host_place,
            disks: RefCell::default(),
            static_pods: StaticPods::default(),
            traces: RefCell::new(Traces::new(rng.split("network"))),
            rng,
            cluster: OnceCell::new(),
        });
        let runtime = RuntimePort::new(Rc::downgrade(&world));
        let mut cluster = Cluster::new(profile, seed, start, Box::new(runtime));
        cluster.api_mut().set_meters(Box::new(Meters::new(Rc::downgrade(&world))));
        let _ = world.cluster.set(RefCell::new(cluster));
        super::api_listener::listen(&world);
        super::nodes::listen(&world);
        let _ = world.host.set(super::host::build(&world, profile));
        world
    }

    /// The cluster. It is there as soon as [`World::new`] has returned; the runtime port, which
    /// is called while it is being made, must do without.
    pub fn cluster(&self) -> &RefCell<Cluster> {
        match self.cluster.get() {
            Some(cluster) => cluster,
            None => unreachable!("the runtime port asked for the cluster while it was being made"),
        }
    }

    /// The learner's machine.
    pub fn host(&self) -> &Machine {
        match self.host.get() {
            Some(host) => host,
            None => unreachable!("the host is made with the world"),
        }
    }

    /// When the next thing happens.
    pub fn next_at(&self) -> Option<Time> {
        [self.cluster().borrow().next_at(), self.sim.next_at()].into_iter().flatten().min()
    }

    /// Runs what happens next, if that is by `until`. At one instant the cluster goes first.
    pub fn step(&self, until: Time) -> bool {
        self.sim.run_ready();
        let Some(at) = self.next_at().filter(|&at| at <= until) else { return false };
        // Due timers are woken here, but their tasks run after the cluster.
        self.sim.set_now(at);
        while self.cluster().borrow().next_at().is_some_and(|next| next <= at) {
            self.cluster().borrow_mut().step(at);
        }
        static_pods::look(self, at);
        self.sim.run_ready();
        true
    }

    /// Runs everything that happens by `until` and leaves the clock there.
    pub fn run_until(&self, until: Time) {
        while self.step(until) {}
        self.sim.set_now(until);
    }

    /// The network place with this address: a node's, the host's or a Pod's.
    pub fn net_at(&self, ip: Ipv4Addr) -> Option<Rc<NetNamespace>> {
        if self.host_place.ip == ip {
            return Some(Rc::clone(&self.host_place.net));
        }
        if let Some(pod) = self.pods.borrow().at(ip) {
            return Some(Rc::clone(&pod.net));
        }
        self.nodes.values().find(|node| node.ip == ip).map(|node| Rc::clone(&node.net))
    }
}

/// What tasks and ports hold, so that they do not keep their world alive.
pub type WeakWorld = Weak<World>;
