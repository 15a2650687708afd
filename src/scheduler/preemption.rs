//! What a Pod that found no node may do about it: drive Pods of lower priority off one. Models
//! pkg/scheduler/framework/preemption/preemption.go and framework/plugins/defaultpreemption/default_preemption.go.
//!
//! Diverges: Pods that are about to be bound are not driven off; with more than a hundred nodes upstream looks at
//! some of them only.

use std::cmp::Reverse;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{PodCondition, PodStatus};
use serde_json::Value;

use super::Scheduler;
use super::cache::Snapshot;
use super::decision::{Decision, counted};
use super::filter::{Cycle, Rejection};
use super::node_info::NodeInfo;
use super::pod_info::PodInfo;
use super::volume_binding::Volumes;
use crate::api::event::ObjectReference;
use crate::api::selector::Selector;
use crate::api::{Object, Part, codec, time};
use crate::apiserver::{ApiServer, DeleteOptions, Store};
use crate::client::{Happening, Recorder};
use crate::collections::{Sort, SortedMap};
use crate::sim::Time;

const REASON: &str = "PreemptionByScheduler";
const NO_VICTIMS: &str = "No preemption victims found for incoming pod";
const NOT_HELPFUL: &str = "Preemption is not helpful for scheduling";

/// A node that would do without some of its Pods.
pub(super) struct Candidate {
    pub(super) node: Arc<str>,
    /// The most important first.
    victims: Vec<PodInfo>,
    /// How many of them a disruption budget would keep.
    violations: usize,
}

/// What came of a Pod's wish to preempt.
pub(super) enum Outcome {
    /// Others make room on that node.
    Nominated(Arc<str>),
    /// It may not, for now or at all; what it has been promised stays.
    NotEligible(&'static str),
    /// It would not help; a promise is void.
    NoCandidates(String),
}

/// Which of two Pods counts more: by priority, then who has run longer (MoreImportantPod).
fn importance(pod: &PodInfo, now: Time) -> (Reverse<i32>, Time) {
    let started = pod.pod.status::<PodStatus>().and_then(|status| status.start_time.as_ref());
    (Reverse(pod.priority()), started.map_or(now, time::from_meta))
}

/// Whether the Pod is on its way out for another that has preempted it.
fn is_being_preempted(pod: &Object) -> bool {
    let conditions = pod.status::<PodStatus>().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let mut conditions = conditions.iter().filter(|one| one.type_ == "DisruptionTarget" && one.status == "True");
    pod.meta.deleted.is_some() && conditions.any(|one| one.reason.as_deref() == Some(REASON))
}

impl Scheduler {
    /// Why a node will not do for a Pod: neither with those who were promised room there, nor without them
    /// (RunFilterPluginsWithNominatedPods).
    pub(super) fn reject(
        &self,
        pod: &PodInfo,
        node: &NodeInfo,
        cycle: &Cycle,
        snapshot: &Snapshot,
    ) -> Option<Rejection> {
        let mut with: Option<(NodeInfo, Cycle)> = None;
        for (at, other) in self.nominated.values() {
            if *at == node.node.meta.name && other.uid != pod.uid && other.priority() >= pod.priority() {
                let (full, changed) = with.get_or_insert_with(|| (node.clone(), cycle.clone()));
                full.add(other);
                changed.update(pod, other, node, 1, snapshot);
            }
        }
        let with = with.and_then(|(full, changed)| changed.reject(pod, &full, snapshot));
        with.or_else(|| cycle.reject(pod, node, snapshot))
    }

    /// Lets a Pod that found no node preempt others, if that helps.
    pub(super) fn preempt(
        &mut self,
        pod: &PodInfo,
        decision: &Decision,
        volumes: &Volumes,
        now: Time,
        api: &mut ApiServer,
        events: &mut Recorder,
    ) -> Outcome {
        if let Some(why) = self.not_eligible(pod, decision, api.store()) {
            return Outcome::NotEligible(why);
        }
        let mut budgets = Budgets::default();
        let snapshot = self.cache.snapshot(api.store(), &self.kinds);
        let cycle = Cycle::new(pod, volumes, &snapshot);
        let (mut candidates, mut reasons) = (Vec::new(), Vec::new());
        for one in &decision.candidates {
            let node =
                self.cache.nodes.get(&one.node).filter(|_| one.rejection.as_ref().is_some_and(|why| why.resolvable));
            match node.map(|node| self.victims(pod, node, &cycle, &snapshot, &mut budgets, now)) {
                Some(Ok(candidate)) => candidates.push(candidate),
                Some(Err(why)) => reasons.extend(why),
                None => reasons.push(NOT_HELPFUL),
            }
        }
        let Some(chosen) = pick(candidates, now) else {
            let total = decision.candidates.len();
            return Outcome::NoCandidates(format!("0/{total} nodes are available: {}.", counted(reasons.into_iter())));
        };
        self.drive_off(pod, &chosen, now, api, events);
        Outcome::Nominated(chosen.node)
    }

    /// Why the Pod may not preempt, if it may not (PodEligibleToPreemptOthers).
    fn not_eligible(&self, pod: &PodInfo, decision: &Decision, store: &Store) -> Option<&'static str> {
        if pod.spec().is_some_and(|spec| spec.preemption_policy.as_deref() == Some("Never")) {
            return Some("not eligible due to preemptionPolicy=Never.");
        }
        let node = self.nominated.get(&pod.uid).map(|(node, _)| node)?;
        let here = decision.candidates.iter().find(|one| one.node == *node);
        if here.is_some_and(|one| one.rejection.as_ref().is_some_and(|why| !why.resolvable)) {
            return None;
        }
        let going = store.pods_on(self.kinds.pod.id, node).any(|other| is_being_preempted(other));
        going.then_some("not eligible due to a terminating pod on the nominated node.")
    }

    /// Which Pods would have to leave a node; the least important, and as few as possible (SelectVictimsOnNode).
    fn victims(
        &self,
        pod: &PodInfo,
        node: &NodeInfo,
        cycle: &Cycle,
        snapshot: &Snapshot,
        budgets: &mut Budgets,
        now: Time,
    ) -> Result<Candidate, Vec<&'static str>> {
        let name = &node.node.meta.name;
        let here = snapshot.store.pods_on(self.kinds.pod.id, name).filter_map(|other| {
            let (_, info) = self.cache.placed.get(&other.meta.uid)?;
            Some(PodInfo { pod: Arc::clone(other), ..info.clone() })
        });
        let mut lower: Vec<PodInfo> = here.filter(|other| other.priority() < pod.priority()).collect();
        if lower.is_empty() {
            return Err(vec![NO_VICTIMS]);
        }
        let (mut left, mut cycle) = (node.clone(), cycle.clone());
        for other in &lower {
            left.remove(other);
            cycle.update(pod, other, node, -1, snapshot);
        }
        if let Some(why) = self.reject(pod, &left, &cycle, snapshot) {
            return Err(why.reasons);
        }
        lower.arrange_by(|a, b| importance(a, now).cmp(&importance(b, now)));
        let kept = budgets.kept(&lower, snapshot.store, self);
        let (mut victims, mut violations) = (Vec::new(), 0);
        // Who may stay stays: those that a budget protects first.
        for protected in [true, false] {
            for (other, _) in lower.iter().zip(&kept).filter(|(_, kept)| **kept == protected) {
                left.add(other);
                cycle.update(pod, other, node, 1, snapshot);
                if self.reject(pod, &left, &cycle, snapshot).is_some() {
                    left.remove(other);
                    cycle.update(pod, other, node, -1, snapshot);
                    victims.push(other.clone());
                    violations += usize::from(protected);
                }
            }
        }
        victims.arrange_by(|a, b| importance(a, now).cmp(&importance(b, now)));
        Ok(Candidate { node: Arc::clone(name), victims, violations })
    }

    /// Asks the victims to go and gives their place to the Pod (prepareCandidate).
    fn drive_off(&mut self, pod: &PodInfo, chosen: &Candidate, now: Time, api: &mut ApiServer, events: &mut Recorder) {
        for victim in &chosen.victims {
            let Ok(current) = api.get(&self.kinds.pod, &victim.key) else { continue };
            if current.meta.uid != victim.uid || current.meta.deleted.is_some() {
                continue;
            }
            let about = ObjectReference::to(current);
            if let Some(marked) = marked(current, now) {
                let _ = api.update_status(marked);
            }
            let options = DeleteOptions { uid: Some(Arc::clone(&victim.uid)), ..DeleteOptions::default() };
            if api.delete(&self.kinds.pod, &victim.key, &options).is_ok() {
                let message = format!("Preempted by pod {} on node {}", pod.uid, chosen.node);
                let mut what = Happening::new(now, about, "Normal", "Preempted", message);
                what.action = Some("Preempting");
                events.tell(&self.source, what, None);
            }
        }
        // Whoever was promised room there and counts for less must look again.
        let lesser =
            self.nominated.values().filter(|(node, other)| *node == chosen.node && other.priority() < pod.priority());
        let lesser: Vec<PodInfo> = lesser.map(|(_, other)| other.clone()).collect();
        for other in lesser {
            self.nominated.remove(&other.uid);
            if let Ok(current) = api.get(&self.kinds.pod, &other.key)
                && let Some(mut status) = current.status::<PodStatus>().cloned()
            {
                status.nominated_node_name = None;
                let changed = Object { status: Part::typed(status), ..(**current).clone() };
                let _ = api.update_status(changed);
            }
        }
        self.nominated.insert(Arc::clone(&pod.uid), (Arc::clone(&chosen.node), pod.clone()));
    }
}

/// The Pod with the condition that says why it goes.
fn marked(pod: &Object, now: Time) -> Option<Object> {
    let mut status = pod.status::<PodStatus>()?.clone();
    status.conditions.get_or_insert_default().push(PodCondition {
        type_: "DisruptionTarget".to_owned(),
        status: "True".to_owned(),
        reason: Some(REASON.to_owned()),
        message: Some("default-scheduler: preempting to accommodate a higher priority pod".to_owned()),
        last_transition_time: Some(time::to_meta(now)),
        observed_generation: Some(pod.meta.generation).filter(|&generation| generation != 0),
        ..PodCondition::default()
    });
    Some(Object { status: Part::typed(status), ..pod.clone() })
}

/// The node whose loss is least: budgets, then the priorities that go, then how many, then how long they have run
/// (pickOneNodeForPreemption).
fn pick(candidates: Vec<Candidate>, now: Time) -> Option<Candidate> {
    candidates.into_iter().min_by_key(|one| {
        let highest = one.victims.first().map_or(i32::MIN, PodInfo::priority);
        let sum: i64 = one.victims.iter().map(|victim| i64::from(victim.priority()) + i64::from(i32::MAX) + 1).sum();
        let first = one.victims.iter().filter(|victim| victim.priority() == highest);
        let earliest = first.map(|victim| importance(victim, now).1).min().unwrap_or(now);
        (one.violations, highest, sum, one.victims.len(), Reverse(earliest))
    })
}

/// How many more Pods each disruption budget lets go, by namespace.
#[derive(Default)]
struct Budgets(SortedMap<Arc<str>, Vec<(Selector, i64, Value)>>);

impl Budgets {
    /// Which of these Pods a budget keeps, if the others before them go (filterPodsWithPDBViolation).
    fn kept(&mut self, pods: &[PodInfo], store: &Store, scheduler: &Scheduler) -> Vec<bool> {
        let mut left: SortedMap<Arc<str>, Vec<(Selector, i64, Value)>> = SortedMap::new();
        let mut kept = Vec::with_capacity(pods.len());
        for pod in pods {
            let namespace = &pod.key.namespace;
            if !left.contains_key(namespace) {
                let known = self.0.entry(Arc::clone(namespace)).or_insert_with(|| {
                    let all = store.list(scheduler.kinds.pod_disruption_budget.id, Some(namespace));
                    all.map(|budget| budget_of(budget)).collect()
                });
                left.insert(Arc::clone(namespace), known.clone());
            }
            let mut violates = false;
            for (selector, allowed, disrupted) in left.get_mut(namespace).into_iter().flatten() {
                let concerns = !selector.is_everything() && selector.matches(&pod.pod.meta.labels);
                if concerns && disrupted.get(&*pod.key.name).is_none() {
                    *allowed -= 1;
                    violates |= *allowed < 0;
                }
            }
            kept.push(violates);
        }
        kept
    }
}

fn budget_of(budget: &Object) -> (Selector, i64, Value) {
    let selector = budget.spec.json().and_then(|spec| codec::read(&spec["selector"]).ok());
    let status = budget.status.json().cloned().unwrap_or_default();
    (
        Selector::from(selector.as_ref()),
        status["disruptionsAllowed"].as_i64().unwrap_or(0),
        status["disruptedPods"].clone(),
    )
}
