//! The cluster: API server, controllers, scheduler, kubelets and kube-proxy in one world.
//!
//! A discrete-event simulation. Every part keeps an agenda of what it will do and when;
//! [`Cluster::step`] does the earliest thing, then tells every part what was written
//! ([`Cluster::settle`]), which puts further things on their agendas. Nothing else happens, so
//! the same seed and the same requests at the same instants give the same cluster, however
//! the time in between is split.

mod bootstrap;
mod kube_system;
pub mod profile;

use serde_json::Value;

pub use profile::Profile;

use crate::api::{Key, Kinds, WellKnown, metrics_server};
use crate::apiserver::{ApiServer, aggregation};
use crate::client::Recorder;
use crate::controllers::nodelifecycle::NodeLifecycle;
use crate::controllers::{self, Manager};
use crate::kubelet::runtime::ProbeResult;
use crate::kubelet::{Heartbeats, Kubelets, Runtime, Tools};
use crate::network::Network;
use crate::scheduler::Scheduler;
use crate::sim::{Duration, Rng, Time};

/// How long before the learner comes the API server started …
const AGE: Duration = Duration::from_secs(25);
/// … and how long before that the workers joined.
const WORKERS_AGE: Duration = Duration::from_secs(19);

/// See the module.
#[derive(Debug)]
pub struct Cluster {
    profile: Profile,
    api: ApiServer,
    kinds: WellKnown,
    manager: Manager,
    scheduler: Scheduler,
    kubelets: Kubelets,
    heartbeats: Heartbeats,
    network: Network,
    events: Recorder,
    runtime: Box<dyn Runtime>,
    /// The revision up to which every part knows what was written.
    settled: u64,
}

impl Cluster {
    /// A cluster of that profile at the instant `start`: it came up some twenty seconds before.
    pub fn new(profile: &Profile, seed: u64, start: Time, runtime: Box<dyn Runtime>) -> Cluster {
        let rng = Rng::new(seed).split("cluster");
        let begin = Time(start.0.saturating_sub(AGE.as_micros() as u64));
        let kinds = Kinds::builtin();
        let well_known = WellKnown::of(&kinds);
        let provisioners: Vec<&str> = profile.storage_classes.iter().map(|class| class.provisioner).collect();
        let mut cluster = Cluster {
            profile: profile.clone(),
            api: ApiServer::new(kinds.clone(), rng.split("apiserver"), begin),
            manager: Manager::new(controllers::all(&well_known, &provisioners), rng.split("controllers")),
            scheduler: Scheduler::new(&well_known, &profile.nodes[0].name, rng.split("scheduler")),
            kubelets: Kubelets::new(&well_known, rng.split("kubelets")),
            network: Network::new(&well_known, profile.pod_network, rng.split("kube-proxy")),
            heartbeats: Heartbeats::new(&well_known, rng.split("heartbeats")),
            events: Recorder::new(well_known.event.clone(), rng.split("events")),
            kinds: well_known,
            runtime,
            settled: 0,
        };
        cluster.events.mute(true);
        let create = |cluster: &mut Cluster, objects: Vec<Value>| {
            bootstrap::create(&mut cluster.api, &kinds, objects, None);
        };
        create(&mut cluster, bootstrap::api_server(profile));
        // Their uids are drawn apart: another default role leaves all other names as they were.
        bootstrap::create(&mut cluster.api, &kinds, bootstrap::access(profile), Some(rng.split("rbac")));
        let services = aggregation::local_services(&kinds, begin);
        bootstrap::create(&mut cluster.api, &kinds, services, Some(rng.split("aggregation")));
        for node in profile.nodes.iter().filter(|node| node.control_plane) {
            create(&mut cluster, bootstrap::node(profile, node, &rng, begin));
        }
        let join = Time(start.0.saturating_sub(WORKERS_AGE.as_micros() as u64));
        cluster.api.set_now(join);
        for node in profile.nodes.iter().filter(|node| !node.control_plane) {
            create(&mut cluster, bootstrap::node(profile, node, &rng, join));
        }
        create(&mut cluster, bootstrap::storage_classes(profile));
        cluster.settle(join);
        let soon = join + Duration::from_millis(700);
        cluster.run_until(soon);
        for node in profile.nodes.iter().filter(|node| node.control_plane) {
            let stored = cluster.api.store().get(cluster.kinds.node.id, &Key::new("", &node.name));
            let uid = stored.map(|node| node.meta.uid.to_string()).unwrap_or_default();
            create(&mut cluster, kube_system::static_pods(profile, node, &uid, &rng, soon));
        }
        create(&mut cluster, kube_system::workloads(profile));
        if profile.metrics_server {
            create(&mut cluster, metrics_server::objects());
        }
        cluster.settle(soon);
        cluster.run_until(start);
        cluster.events.mute(false);
        cluster
    }

    /// The profile it was made from.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The API server, to read.
    pub fn api(&self) -> &ApiServer {
        &self.api
    }

    /// The API server, to make requests of it; [`Cluster::settle`] must follow.
    pub fn api_mut(&mut self) -> &mut ApiServer {
        &mut self.api
    }

    /// The kinds that the control plane works on.
    pub fn kinds(&self) -> &WellKnown {
        &self.kinds
    }

    /// The scheduler, to be looked at.
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    /// The network, for `network::route` and `iptables-save`.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// What runs the containers.
    pub fn runtime_mut(&mut self) -> &mut dyn Runtime {
        &mut *self.runtime
    }

    /// Tells every part what was written since the last time.
    pub fn settle(&mut self, now: Time) {
        self.api.set_now(now);
        let store = self.api.store();
        for change in store.changes_since(self.settled) {
            self.manager.observe(change, store, now);
            self.scheduler.observe(change, store, now);
            self.kubelets.observe(change, now);
            self.heartbeats.observe(change, now);
            self.network.observe(change, now);
        }
        self.settled = store.revision();
    }

    /// When the next thing is due.
    pub fn next_at(&self) -> Option<Time> {
        [self.next_event_at(), self.heartbeats.next_at()].into_iter().flatten().min()
    }

    /// When the next thing is due, heartbeats aside: without one nothing happens by itself any
    /// more. That one is missing is something that happens.
    pub fn next_event_at(&self) -> Option<Time> {
        let parts = [
            self.heartbeats.next_at().filter(|_| self.heartbeats.is_one_missing()),
            self.manager.next_at(),
            self.scheduler.next_at(),
            self.kubelets.next_at(),
            self.network.next_at(),
            self.events.next_at(),
        ];
        parts.into_iter().flatten().min()
    }

    /// Does everything that is due by `now`, and leaves the clock there.
    pub fn run_until(&mut self, now: Time) {
        while self.next_at().is_some_and(|at| at <= now) {
            self.step(now);
        }
        self.api.set_now(now);
    }

    /// Does the next thing, if one is due by `now`, at its own instant.
    pub fn step(&mut self, now: Time) {
        let Some(at) = self.next_at().filter(|&at| at <= now) else { return };
        self.api.set_now(at);
        if self.manager.next_at() == Some(at) {
            self.manager.step(at, &mut self.api, &self.kinds, &mut self.events);
        } else if self.scheduler.next_at() == Some(at) {
            self.scheduler.step(at, &mut self.api, &mut self.events);
        } else if self.kubelets.next_at() == Some(at) {
            let mut tools = Tools { api: &mut self.api, events: &mut self.events, runtime: &mut *self.runtime };
            self.kubelets.step(at, &mut tools);
        } else if self.network.next_at() == Some(at) {
            self.network.step(at, self.api.store());
        } else if self.events.next_at() == Some(at) {
            self.events.step(at, &mut self.api);
        } else if let Some(late) = self.heartbeats.step(at, &mut self.api) {
            self.manager.look(NodeLifecycle::NAME, Key::new("", &late), at);
        }
        self.settle(at);
    }

    /// Stops or starts the kubelet of a node, as the node's service manager does.
    pub fn run_kubelet(&mut self, node: &str, runs: bool, now: Time) {
        self.kubelets.run(node, runs, now);
        self.heartbeats.run(node, runs, now);
    }

    /// Whether the kubelet of a node runs.
    pub fn kubelet_runs(&self, node: &str) -> bool {
        self.kubelets.runs(node)
    }

    /// A container ended by itself, or after a signal whose [`Runtime::signal`] gave no instant.
    pub fn container_exited(&mut self, pod_uid: &str, container: &str, code: i32, now: Time) {
        self.kubelets.container_exited(pod_uid, container, code, now);
    }

    /// The answer to a probe for which [`Runtime::probe`] had none yet.
    pub fn probe_answered(&mut self, pod_uid: &str, container: &str, id: u32, result: ProbeResult, now: Time) {
        self.api.set_now(now);
        let mut tools = Tools { api: &mut self.api, events: &mut self.events, runtime: &mut *self.runtime };
        self.kubelets.probe_answered(pod_uid, container, id, result, now, &mut tools);
        self.settle(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubelet::fake::FakeRuntime;

    #[test]
    fn the_profiles_come_up() {
        for name in Profile::NAMES {
            let profile = Profile::named(name).unwrap();
            let cluster = Cluster::new(&profile, 1, Time::from_secs(1_795_164_114), Box::new(FakeRuntime::new()));
            let nodes: Vec<&str> =
                cluster.api().store().list(cluster.kinds().node.id, None).map(|node| &*node.meta.name).collect();
            assert_eq!(nodes.len(), profile.nodes.len());
            assert_eq!(nodes[0], profile.nodes[0].name);
        }
    }
}

#[cfg(test)]
mod scenarios;
