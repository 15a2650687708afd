//! The scheduler: which node a Pod runs on.
//!
//! Models pkg/scheduler/schedule_one.go: one Pod at a time is taken from the queue, filters say
//! where it may run, scores say where best, chance decides among equals, and the binding is
//! written while the next Pod is looked at.
//!
//! A Pod that found no node may drive others off one ([`preemption`]).

mod cache;
mod decision;
mod filter;
mod node_info;
mod pod_info;
mod preemption;
mod queue;
mod requeue;
mod score;
mod spread;
mod terms;
mod volume_binding;

use std::sync::Arc;

use k8s_openapi::api::core::v1::{PodCondition, PodStatus};

use cache::Cache;
pub use decision::{Candidate, Decision};
use filter::Cycle;
pub use filter::{Rejection, fits_node, tolerates};
pub use node_info::NodeInfo;
pub use pod_info::{PodInfo, Resources};
use preemption::Outcome;
use queue::Queue;
use requeue::Happened;
pub use score::{SCORES, Score};

use crate::api::event::ObjectReference;
use crate::api::storage::{Users, claim_of};
use crate::api::{Key, Object, Part, PodSpec, WellKnown, time};
use crate::apiserver::{Actor, ApiServer, Change, Store};
use crate::client::{Happening, Recorder, Source};
use crate::collections::{Sort, SortedMap};
use crate::sim::{Agenda, Duration, Rng, Time};
use volume_binding::Volumes;

/// Pods that name this scheduler are its own.
const NAME: &str = "default-scheduler";
/// Below this many nodes all are looked at.
const MIN_FEASIBLE: usize = 100;
/// The plugins that look at a Pod's own labels.
const LOOK_AT_LABELS: &[&str] = &["PodTopologySpread", "InterPodAffinity"];

/// How often it is looked whether a Pod's volumes are bound …
const BIND_POLL: Duration = Duration::from_secs(1);
/// … and for how long.
const BIND_TIMEOUT: Duration = Duration::from_secs(600);

/// What waits for its time.
#[derive(Debug)]
enum Timer {
    /// The next Pod of the queue.
    Cycle,
    /// Volumes to be bound before the Pod is; the instant is when that is given up.
    BindVolumes(Box<PodInfo>, Arc<str>, Option<u64>, Time),
    /// A binding to be written.
    Bind(Box<PodInfo>, Arc<str>, Option<u64>),
    /// A Pod that found no node may try again.
    Retry(Key),
}

/// See the module.
#[derive(Debug)]
pub struct Scheduler {
    kinds: WellKnown,
    source: Source,
    rng: Rng,
    agenda: Agenda<Timer>,
    queue: Queue,
    /// A cycle is on the agenda.
    cycling: bool,
    free_at: Time,
    cache: Cache,
    /// Which Pods wait for which claims.
    claims: Users,
    /// The Pods for which others make room on a node, by uid.
    nominated: SortedMap<Arc<str>, (Arc<str>, PodInfo)>,
    next_start: usize,
    decisions: decision::Log,
}

impl Scheduler {
    /// A scheduler that runs on the node `host` and knows nothing yet.
    pub fn new(kinds: &WellKnown, host: &str, rng: Rng) -> Scheduler {
        Scheduler {
            kinds: kinds.clone(),
            source: Source { component: NAME.into(), host: Some(format!("{NAME}-{host}").into()) },
            rng,
            agenda: Agenda::new(),
            queue: Queue::default(),
            cycling: false,
            free_at: Time(0),
            cache: Cache::default(),
            claims: Users::default(),
            nominated: SortedMap::new(),
            next_start: 0,
            decisions: decision::Log::default(),
        }
    }

    /// What is known of each node.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeInfo> {
        self.cache.nodes.values()
    }

    /// The latest decisions, oldest first: which nodes were out and why, and how the others scored.
    pub fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter()
    }

    /// Takes note of a change.
    pub fn observe(&mut self, change: &Change, store: &Store, now: Time) {
        if change.kind == self.kinds.node.id {
            self.observe_node(change, store, now);
        } else if change.kind == self.kinds.pod.id {
            self.claims.observe(change.old.as_ref(), change.new.as_ref());
            self.observe_pod(change, store, now);
        } else if change.kind == self.kinds.storage_class.id {
            self.wake_for_volumes(now);
        } else if let Some(object) = &change.new {
            if change.kind == self.kinds.persistent_volume_claim.id {
                self.wake_users(&object.key(), now);
            } else if change.kind == self.kinds.persistent_volume.id {
                match claim_of(object) {
                    Some(claim) => self.wake_users(&claim, now),
                    None => self.wake_for_volumes(now),
                }
            }
        }
    }

    /// A claim has changed: the Pods that wait for it are tried at once, since nobody else is waiting
    /// (SchedulerPopFromBackoffQ).
    fn wake_users(&mut self, claim: &Key, now: Time) {
        let pods: Vec<Key> = self.claims.of(claim).map(|pod| pod.key()).collect();
        for key in pods.into_iter().filter(|key| self.queue.wake(key)) {
            let latency = self.rng.between(Duration::from_millis(1), Duration::from_millis(3));
            self.agenda.add(now + latency, Timer::Retry(key));
        }
    }

    fn observe_node(&mut self, change: &Change, store: &Store, now: Time) {
        match (&change.old, &change.new) {
            (old, Some(node)) => {
                self.cache.set_node(node);
                if self.queue.has_waiting() {
                    let (old, new) = (old.as_ref().map(NodeInfo::of), NodeInfo::of(node));
                    self.wake_those(&Happened::Node(old.as_ref(), &new), store, now);
                }
            }
            (Some(old), None) => {
                self.cache.nodes.remove(&old.meta.name);
                self.wake_those(&Happened::NodeGone, store, now);
            }
            (None, None) => {}
        }
    }

    fn observe_pod(&mut self, change: &Change, store: &Store, now: Time) {
        let Some(object) = change.object() else { return };
        let uid = &object.meta.uid;
        let Some(pod) = change.new.as_ref().filter(|pod| !ended(pod)) else {
            self.queue.forget(&object.key());
            self.nominated.remove(uid);
            if let Some((_, mut info)) = self.cache.remove(uid) {
                info.pod = Arc::clone(object);
                self.wake_those(&Happened::PodGone(&info), store, now);
            }
            return;
        };
        let Some(spec) = pod.spec::<PodSpec>() else { return };
        let relabelled = change.old.as_ref().is_some_and(|old| old.meta.labels != pod.meta.labels);
        match spec.node_name.as_deref().filter(|name| !name.is_empty()) {
            Some(node) => {
                let bound = change.old.as_ref().is_none_or(|old| old.spec != pod.spec);
                let known = self.cache.placed.contains_key(uid);
                if (bound || !known)
                    && let Some(info) = PodInfo::of(pod)
                {
                    self.queue.forget(&info.key);
                    self.cache.remove(uid);
                    self.place(info, node.into());
                }
                if !known || bound || relabelled {
                    self.wake_those(&Happened::PodPlaced(pod), store, now);
                }
            }
            None => {
                let mine = spec.scheduler_name.as_deref().is_none_or(|name| name == NAME);
                let relabelled = relabelled && self.queue.waits_for(&pod.key(), LOOK_AT_LABELS);
                let news = relabelled || change.old.as_ref().is_none_or(|old| old.spec != pod.spec);
                let gated = spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
                if mine && news && !gated && pod.meta.deleted.is_none() && !self.cache.placed.contains_key(uid) {
                    let priority = spec.priority.unwrap_or(0);
                    let latency = self.rng.between(Duration::from_millis(1), Duration::from_millis(3));
                    self.queue.add(pod.key(), priority, change.revision);
                    self.wake(now + latency);
                }
            }
        }
    }

    fn place(&mut self, info: PodInfo, node: Arc<str>) {
        self.nominated.remove(&info.uid);
        self.cache.place(info, node);
    }

    fn wake(&mut self, at: Time) {
        if !self.cycling {
            self.cycling = true;
            self.agenda.add(at.max(self.free_at), Timer::Cycle);
        }
    }

    /// Something changed: the Pods that it may let in.
    fn wake_those(&mut self, what: &Happened, store: &Store, now: Time) {
        let snapshot = self.cache.snapshot(store, &self.kinds);
        let mut helps = |pod: &PodInfo, plugins: &[&'static str]| requeue::helps(plugins, pod, what, &snapshot);
        for (key, at) in self.queue.wake_those(now, &mut helps) {
            self.agenda.add(at, Timer::Retry(key));
        }
    }

    /// Volumes may have come for those that wait for some.
    fn wake_for_volumes(&mut self, now: Time) {
        for (key, at) in self.queue.wake_those(now, &mut |_, plugins| plugins.contains(&volume_binding::PLUGIN)) {
            self.agenda.add(at, Timer::Retry(key));
        }
    }

    /// When the next thing is due.
    pub fn next_at(&self) -> Option<Time> {
        self.agenda.next_at()
    }

    /// Does the next thing, if one is due.
    pub fn step(&mut self, now: Time, api: &mut ApiServer, events: &mut Recorder) {
        match self.agenda.pop_due(now) {
            None => {}
            Some((_, Timer::Retry(key))) if self.queue.retry(&key) => self.wake(now),
            Some((_, Timer::Retry(_))) => {}
            Some((_, Timer::BindVolumes(pod, node, because, until))) => {
                self.bind_volumes(*pod, node, because, until, now, api);
            }
            Some((_, Timer::Bind(pod, node, because))) => self.bind(*pod, &node, because, now, api, events),
            Some((_, Timer::Cycle)) => {
                self.cycling = false;
                if let Some((key, because)) = self.queue.pop() {
                    self.free_at = now + self.rng.between(Duration::from_micros(500), Duration::from_micros(1500));
                    self.schedule(&key, because, now, api, events);
                }
                if !self.queue.is_empty() {
                    self.wake(now);
                }
            }
        }
    }

    fn schedule(&mut self, key: &Key, because: u64, now: Time, api: &mut ApiServer, events: &mut Recorder) {
        let Ok(pod) = api.get(&self.kinds.pod, key) else { return };
        let Some(info) = PodInfo::of(pod).filter(|_| pod.meta.deleted.is_none()) else { return };
        let volumes = volume_binding::volumes(&info, api.store(), &self.kinds);
        let mut decision = self.decide(&info, &volumes, api.store(), now);
        match decision.chosen() {
            Some(node) => {
                self.queue.placed(key);
                self.place(info.clone(), Arc::clone(&node));
                let latency = self.rng.between(Duration::from_millis(2), Duration::from_millis(6));
                let waiting = volumes.as_ref().is_ok_and(Volumes::are_waiting);
                let (pod, because) = (Box::new(info), Some(because));
                let timer = match waiting {
                    true => Timer::BindVolumes(pod, node, because, now + BIND_TIMEOUT),
                    false => Timer::Bind(pod, node, because),
                };
                self.agenda.add(self.free_at + latency, timer);
            }
            None => {
                api.act_as(Actor { name: Arc::clone(&self.source.component), because: Some(because) });
                let outcome = match &volumes {
                    Ok(volumes) => self.preempt(&info, &decision, volumes, now, api, events),
                    Err(_) => Outcome::NoCandidates(String::new()),
                };
                let message = decision.failure(&outcome);
                self.refuse(&info, &decision, &message, &outcome, because, now, api, events);
            }
        }
        decision.because = Some(because);
        self.decisions.push(decision);
    }

    /// Filters and scores the nodes (schedulePod).
    fn decide(&mut self, pod: &PodInfo, volumes: &Result<Volumes, String>, store: &Store, now: Time) -> Decision {
        let snapshot = self.cache.snapshot(store, &self.kinds);
        let cycle = match volumes {
            Ok(volumes) => Cycle::new(pod, volumes, &snapshot),
            Err(why) => {
                let refused = Some((why.clone(), self.cache.nodes.len()));
                return Decision { pod: pod.key.clone(), at: now, because: None, refused, candidates: Vec::new() };
            }
        };
        // The node that others were driven off is looked at first (evaluateNominatedNode).
        if let Some((name, _)) = self.nominated.get(&pod.uid)
            && let Some(node) = self.cache.nodes.get(name)
            && self.reject(pod, node, &cycle, &snapshot).is_none()
        {
            let candidates = vec![Candidate::scored(name, Vec::new(), 0, true)];
            return Decision { pod: pod.key.clone(), at: now, because: None, refused: None, candidates };
        }
        let all: Vec<&NodeInfo> = self.cache.nodes.values().collect();
        let enough = feasible_enough(all.len());
        let (mut fits, mut candidates) = (Vec::new(), Vec::new());
        let mut looked_at = 0;
        for place in 0..all.len() {
            let node = all[(self.next_start + place) % all.len()];
            looked_at += 1;
            match self.reject(pod, node, &cycle, &snapshot) {
                None => fits.push(node),
                Some(rejection) => candidates.push(Candidate::rejected(&node.node.meta.name, rejection)),
            }
            if fits.len() >= enough {
                break;
            }
        }
        if !all.is_empty() {
            self.next_start = (self.next_start + looked_at) % all.len();
        }
        fits.arrange_by(|a, b| a.node.meta.name.cmp(&b.node.meta.name));
        // One node alone needs no comparing.
        let scores = if fits.len() > 1 { score::scores(pod, &fits, &snapshot) } else { Vec::new() };
        let total = |at: usize| SCORES.iter().zip(&scores).map(|(plugin, row)| plugin.weight * row[at]).sum::<i64>();
        let totals: Vec<i64> = (0..fits.len()).map(total).collect();
        let best = totals.iter().copied().max();
        let ties = (0..fits.len()).filter(|&at| Some(totals[at]) == best);
        let ties: Vec<usize> = ties.collect();
        let pick = usize::try_from(self.rng.below(ties.len() as u64)).unwrap_or(0);
        let chosen = ties.get(pick).copied();
        for (at, node) in fits.iter().enumerate() {
            let row = scores.iter().map(|row| row[at]).collect();
            candidates.push(Candidate::scored(&node.node.meta.name, row, totals[at], chosen == Some(at)));
        }
        Decision { pod: pod.key.clone(), at: now, because: None, refused: None, candidates }
    }

    /// Asks for the Pod's volumes, once, and waits until they are bound, a second at a time.
    fn bind_volumes(
        &mut self,
        pod: PodInfo,
        node: Arc<str>,
        because: Option<u64>,
        until: Time,
        now: Time,
        api: &mut ApiServer,
    ) {
        let current = api.get(&self.kinds.pod, &pod.key).is_ok_and(|current| current.meta.uid == pod.uid);
        if volume_binding::are_bound(&pod, api.store(), &self.kinds) || !current || now >= until {
            // One that is gone is let go there.
            self.agenda.add(now, Timer::Bind(Box::new(pod), node, because));
            return;
        }
        api.act_as(Actor { name: Arc::clone(&self.source.component), because });
        if let (Ok(volumes), Some(info)) =
            (volume_binding::volumes(&pod, api.store(), &self.kinds), self.cache.nodes.get(&node))
        {
            volumes.bind(info, api, &self.kinds);
        }
        self.agenda.add(now + BIND_POLL, Timer::BindVolumes(Box::new(pod), node, because, until));
    }

    fn bind(
        &mut self,
        pod: PodInfo,
        node: &Arc<str>,
        because: Option<u64>,
        now: Time,
        api: &mut ApiServer,
        events: &mut Recorder,
    ) {
        api.act_as(Actor { name: Arc::clone(&self.source.component), because });
        let same = api.get(&self.kinds.pod, &pod.key).is_ok_and(|current| current.meta.uid == pod.uid);
        if !same || api.bind(&self.kinds.pod, &pod.key, node).is_err() {
            // Deleted, or bound by somebody else: what happened will be observed.
            self.cache.remove(&pod.uid);
            return;
        }
        let message = format!("Successfully assigned {}/{} to {node}", pod.key.namespace, pod.key.name);
        self.tell(&pod.pod, "Normal", "Scheduled", "Binding", message, because, now, events);
    }

    #[allow(clippy::too_many_arguments)]
    fn refuse(
        &mut self,
        pod: &PodInfo,
        decision: &Decision,
        message: &str,
        preemption: &Outcome,
        because: u64,
        now: Time,
        api: &mut ApiServer,
        events: &mut Recorder,
    ) {
        api.act_as(Actor { name: Arc::clone(&self.source.component), because: Some(because) });
        self.tell(
            &pod.pod,
            "Warning",
            "FailedScheduling",
            "Scheduling",
            message.to_owned(),
            Some(because),
            now,
            events,
        );
        if let Some(status) = pod.pod.status::<PodStatus>() {
            let mut status = status.clone();
            let conditions = status.conditions.get_or_insert_default();
            let old = conditions.iter().find(|one| one.type_ == "PodScheduled" && one.status == "False");
            let since = old.and_then(|old| old.last_transition_time.clone());
            conditions.retain(|one| one.type_ != "PodScheduled");
            conditions.push(PodCondition {
                type_: "PodScheduled".to_owned(),
                status: "False".to_owned(),
                reason: Some("Unschedulable".to_owned()),
                message: Some(message.to_owned()),
                last_transition_time: since.or(Some(time::to_meta(now))),
                observed_generation: Some(pod.pod.meta.generation).filter(|&generation| generation != 0),
                ..PodCondition::default()
            });
            match preemption {
                Outcome::Nominated(node) => status.nominated_node_name = Some(node.to_string()),
                Outcome::NotEligible(_) => {}
                Outcome::NoCandidates(_) => {
                    status.nominated_node_name = None;
                    self.nominated.remove(&pod.uid);
                }
            }
            // If the Pod has changed meanwhile, the next try will tell.
            let _ = api.update_status(Object { status: Part::typed(status), ..(*pod.pod).clone() });
        }
        self.queue.wait(pod, decision.plugins(), because, now);
    }

    #[allow(clippy::too_many_arguments)]
    fn tell(
        &self,
        pod: &Object,
        type_: &'static str,
        reason: &'static str,
        action: &'static str,
        message: String,
        because: Option<u64>,
        now: Time,
        events: &mut Recorder,
    ) {
        let mut what = Happening::new(now, ObjectReference::to(pod), type_, reason, message);
        (what.action, what.because) = (Some(action), because);
        events.tell(&self.source, what, None);
    }
}

fn ended(pod: &Object) -> bool {
    let phase = pod.status::<PodStatus>().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

/// How many nodes that would do are enough to choose from (numFeasibleNodesToFind).
fn feasible_enough(nodes: usize) -> usize {
    if nodes < MIN_FEASIBLE {
        return nodes;
    }
    let percent = (50 - (nodes / 125).min(45)).max(5);
    (nodes * percent / 100).max(MIN_FEASIBLE)
}
