//! The machines' port to the network: names, routes, listeners, and a trace of each connection.

use core::net::{Ipv4Addr, SocketAddrV4};
use std::collections::VecDeque;
use std::rc::Rc;

use super::world::{WeakWorld, World};
use crate::machine::{Connection, HttpHandler, LocalBoxFuture, Machine, NetError, Network, PacketChain};
use crate::network::{self, Connect, Host, Kernels, Outcome, Protocol, Trace};
use crate::sim::{Duration, Rng, Time};

/// How long Linux goes on trying to connect to where nobody answers.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(134);

/// How many connections are remembered.
const REMEMBERED: usize = 4096;

/// One connection as it was routed.
#[derive(Clone, Debug)]
pub struct Traced {
    /// When.
    pub at: Time,
    /// Who asked.
    pub from: Ipv4Addr,
    /// What was dialled.
    pub to: SocketAddrV4,
    /// Which way it went.
    pub trace: Trace,
}

/// How long a resolver waits for a name server: two tries of five seconds.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the Pods' /etc/resolv.conf has them ask.
const NAME_SERVER: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 10);
const DNS: u16 = 53;

/// Connections seen, oldest first, and what the nodes' kernels keep.
pub struct Traces {
    /// How many were seen in all; the last of `recent` is this one's.
    pub count: u64,
    /// The newest.
    pub recent: VecDeque<Rc<Traced>>,
    kernels: Kernels,
}

impl Traces {
    /// None yet.
    pub fn new(rng: Rng) -> Traces {
        Traces { count: 0, recent: VecDeque::new(), kernels: Kernels::new(rng) }
    }

    fn add(&mut self, traced: Traced) {
        self.count += 1;
        self.recent.push_back(Rc::new(traced));
        if self.recent.len() > REMEMBERED {
            self.recent.pop_front();
        }
    }
}

struct Port {
    world: WeakWorld,
    /// The Pod's namespace; `None` for a machine that does not ask the cluster's DNS.
    namespace: Option<Rc<str>>,
}

/// The port of a machine: a Pod's with its namespace, the host's without.
pub fn port(world: &Rc<World>, namespace: Option<&Rc<str>>) -> Rc<dyn Network> {
    Rc::new(Port { world: Rc::downgrade(world), namespace: namespace.cloned() })
}

/// A Pod's /etc/resolv.conf.
pub fn resolv_conf(namespace: &str) -> String {
    format!(
        "search {namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
    )
}

/// Who listens at an address.
pub fn listener_at(world: &World, ip: Ipv4Addr, port: u16) -> Option<Rc<dyn HttpHandler>> {
    world.net_at(ip)?.listener(ip, port)
}

/// From where a kubelet probes the Pods of its node.
pub fn probe_source(world: &World, uid: &str) -> Option<SocketAddrV4> {
    let pod = world.pods.borrow().get(uid)?;
    let node = world.nodes.get(&*pod.node)?;
    Some(SocketAddrV4::new(node.ip, node.net.ephemeral_port()))
}

/// Remembers a connection that was made.
pub fn note(world: &World, from: Ipv4Addr, to: SocketAddrV4, trace: &Trace) {
    let traced = Traced { at: world.sim.now(), from, to, trace: trace.clone() };
    world.traces.borrow_mut().add(traced);
}

/// The way of a connection that begins now.
pub fn follow(world: &World, from: Ipv4Addr, to: Ipv4Addr, port: u16, protocol: Protocol) -> Trace {
    let cluster = world.cluster().borrow();
    let sent = Connect { from, to, port, protocol, at: world.sim.now() };
    let kernels = &mut world.traces.borrow_mut().kernels;
    network::route(cluster.network(), cluster.api().store(), cluster.kinds(), sent, kernels)
}

impl Network for Port {
    fn resolve(&self, from: &Machine, host: &str) -> LocalBoxFuture<'static, Result<Vec<Ipv4Addr>, NetError>> {
        let (world, namespace, host) = (self.world.clone(), self.namespace.clone(), host.to_owned());
        let from = from.address();
        Box::pin(async move {
            let world = world.upgrade().ok_or(NetError::NoSuchHost)?;
            world.sim.sleep(Duration::from_micros(900)).await;
            let Some(namespace) = namespace else { return Err(NetError::NoSuchHost) };
            let way = follow(&world, from, NAME_SERVER, DNS, Protocol::Udp);
            match way.outcome {
                Outcome::Delivered { ip, port, .. } if listener_at(&world, ip, port).is_some() => {}
                Outcome::Delivered { .. } | Outcome::Refused => return Err(NetError::Refused),
                Outcome::NoRoute => return Err(NetError::NoRoute),
                Outcome::Dropped | Outcome::Denied => {
                    world.sim.sleep(RESOLVE_TIMEOUT).await;
                    return Err(NetError::Timeout);
                }
            }
            let cluster = world.cluster().borrow();
            let found = network::resolve(cluster.api().store(), cluster.kinds(), &host, &namespace);
            if found.is_empty() { Err(NetError::NoSuchHost) } else { Ok(found) }
        })
    }

    fn packet_rules(&self, of: &Machine) -> Vec<PacketChain> {
        let Some(world) = self.world.upgrade() else { return Vec::new() };
        let cluster = world.cluster().borrow();
        let Some(Host::Node(node)) = cluster.network().host(of.address()) else { return Vec::new() };
        let mut all = Vec::new();
        for (table, chains) in cluster.network().tables(node) {
            all.extend(chains.iter().map(|chain| PacketChain {
                table,
                name: chain.name.to_string(),
                builtin: chain.is_builtin(),
                references: chains.iter().map(|other| other.jumps_to(&chain.name)).sum(),
                saved: chain.saved(),
                listed: chain.listed(),
            }));
        }
        all
    }

    fn connect(
        &self,
        from: &Machine,
        to: Ipv4Addr,
        port: u16,
    ) -> LocalBoxFuture<'static, Result<Connection, NetError>> {
        let (weak, from) = (self.world.clone(), from.clone());
        Box::pin(async move {
            let world = weak.upgrade().ok_or(NetError::NoRoute)?;
            let trace = follow(&world, from.address(), to, port, Protocol::Tcp);
            note(&world, from.address(), SocketAddrV4::new(to, port), &trace);
            // A hop within a node costs next to nothing, one between nodes a little.
            world.sim.sleep(from.jitter(Duration::from_micros(250))).await;
            match trace.outcome {
                Outcome::Delivered { ip, port: target, .. } => {
                    let peer = listener_at(&world, ip, target).ok_or(NetError::Refused)?;
                    let local = SocketAddrV4::new(from.address(), from.net().ephemeral_port());
                    let seen_as = SocketAddrV4::new(trace.source, local.port());
                    Ok(Connection { local, remote: SocketAddrV4::new(to, port), peer, seen_as })
                }
                Outcome::Refused => Err(NetError::Refused),
                Outcome::NoRoute => Err(NetError::NoRoute),
                Outcome::Dropped | Outcome::Denied => {
                    world.sim.sleep(CONNECT_TIMEOUT).await;
                    Err(NetError::Timeout)
                }
            }
        })
    }
}
