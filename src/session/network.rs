//! The machines' port to the network: names, routes, listeners, and a trace of each connection.

use core::net::{Ipv4Addr, SocketAddrV4};
use std::collections::VecDeque;
use std::rc::Rc;

use super::world::{WeakWorld, World};
use crate::machine::{Connection, HttpHandler, LocalBoxFuture, Machine, NetError, Network};
use crate::network::{self, Outcome, Trace};
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

/// Connections seen, oldest first, and the randomness that routes draw from.
pub struct Traces {
    /// How many were seen in all; the last of `recent` is this one's.
    pub count: u64,
    /// The newest.
    pub recent: VecDeque<Rc<Traced>>,
    rng: Rng,
}

impl Traces {
    /// None yet.
    pub fn new(rng: Rng) -> Traces {
        Traces { count: 0, recent: VecDeque::new(), rng }
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

impl Network for Port {
    fn resolve(&self, _: &Machine, host: &str) -> LocalBoxFuture<'static, Result<Vec<Ipv4Addr>, NetError>> {
        let (world, namespace, host) = (self.world.clone(), self.namespace.clone(), host.to_owned());
        Box::pin(async move {
            let world = world.upgrade().ok_or(NetError::NoSuchHost)?;
            world.sim.sleep(Duration::from_micros(900)).await;
            let Some(namespace) = namespace else { return Err(NetError::NoSuchHost) };
            let cluster = world.cluster().borrow();
            let found = network::resolve(cluster.api().store(), cluster.kinds(), &host, &namespace);
            if found.is_empty() { Err(NetError::NoSuchHost) } else { Ok(found) }
        })
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
            let trace = {
                let mut traces = world.traces.borrow_mut();
                let trace =
                    network::route(world.cluster().borrow().network(), from.address(), to, port, &mut traces.rng);
                let at = world.sim.now();
                traces.add(Traced { at, from: from.address(), to: SocketAddrV4::new(to, port), trace: trace.clone() });
                trace
            };
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
                Outcome::Dropped => {
                    world.sim.sleep(CONNECT_TIMEOUT).await;
                    Err(NetError::Timeout)
                }
            }
        })
    }
}
