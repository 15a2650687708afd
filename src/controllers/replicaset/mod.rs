//! ReplicaSets: as many Pods as wanted. ReplicationControllers are the same with another selector.
//!
//! Models pkg/controller/replicaset/replica_set.go. Pods are counted as they change, so that a
//! look at a ReplicaSet costs the same whatever its size.
//!
//! Diverges: upstream counts by listing its cache and guards against a stale one with
//! expectations; the counts here are never stale.

mod conversion;
pub(super) mod ranking;
mod status;
mod tally;

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{ReplicaSetSpec, ReplicaSetStatus};

use super::work::{Controller, Outcome, Plan, Queue, View, Write};
use super::{adoption, owners, pod_template};
use crate::api::event::ObjectReference;
use crate::api::{Key, Kind, Object, WellKnown};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::collections::{SortedMap, SortedSet};
use crate::sim::{Duration, Time};
use tally::Tally;

/// The most Pods that one look creates or deletes.
const BURST_REPLICAS: usize = 500;

/// See the module.
#[derive(Debug)]
pub struct ReplicaSets {
    kinds: WellKnown,
    /// ReplicaSet or ReplicationController.
    kind: Arc<Kind>,
    name: &'static str,
    /// By the ReplicaSet's uid.
    tallies: SortedMap<Arc<str>, Tally>,
    /// Pods that a ReplicaSet may have to take in or let go.
    claims: SortedMap<Key, SortedSet<Key>>,
    /// Why the last Pod of a ReplicaSet could not be created.
    failures: SortedMap<Key, String>,
}

impl ReplicaSets {
    /// The controller of ReplicaSets.
    pub fn new(kinds: &WellKnown) -> ReplicaSets {
        ReplicaSets::of(kinds, &kinds.replica_set, "replicaset-controller")
    }

    /// The controller of ReplicationControllers.
    pub fn of_replication_controllers(kinds: &WellKnown) -> ReplicaSets {
        ReplicaSets::of(kinds, &kinds.replication_controller, "replication-controller")
    }

    fn of(kinds: &WellKnown, kind: &Arc<Kind>, name: &'static str) -> ReplicaSets {
        ReplicaSets {
            kinds: kinds.clone(),
            kind: Arc::clone(kind),
            name,
            tallies: SortedMap::new(),
            claims: SortedMap::new(),
            failures: SortedMap::new(),
        }
    }

    fn observe_pod(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        let owner = |pod: &Option<Arc<Object>>| {
            let pod = pod.as_ref()?;
            Some((owners::controller_key(pod, &self.kind.kind)?, Arc::clone(&pod.meta.controller()?.uid)))
        };
        let (old_owner, new_owner) = (owner(&change.old), owner(&change.new));
        let Some(pod) = change.object() else { return };
        let relabelled = match (&change.old, &change.new) {
            (Some(old), Some(new)) => old.meta.labels != new.meta.labels,
            _ => false,
        };
        let mut changed = false;
        if let Some((_, uid)) = old_owner.as_ref().filter(|_| old_owner != new_owner) {
            changed = true;
            if let Some(tally) = self.tallies.get_mut(uid) {
                tally.remove(&pod.meta.name);
            }
        }
        if let (Some((key, uid)), Some(pod)) = (&new_owner, &change.new) {
            let spec = store.get(self.kind.id, key).and_then(|set| conversion::spec(set));
            let template = spec.as_ref().and_then(|spec| spec.template.as_ref());
            let labels = template.and_then(|template| template.metadata.as_ref()?.labels.as_ref());
            changed |= self.tallies.entry(Arc::clone(uid)).or_default().count(pod, labels);
            if relabelled {
                self.claims.entry(key.clone()).or_default().insert(pod.key());
                changed = true;
            }
        }
        if changed {
            for (key, _) in old_owner.iter().filter(|_| old_owner != new_owner).chain(&new_owner) {
                queue.add(key.clone());
            }
        }
        let orphan = change.new.as_ref().filter(|pod| pod.meta.controller().is_none() && !pod.meta.labels.is_empty());
        let news = relabelled || change.old.is_none() || old_owner.is_some();
        if let Some(pod) = orphan.filter(|_| news) {
            for set in store.list(self.kind.id, Some(&pod.meta.namespace)) {
                let spec = conversion::spec(set);
                if spec.is_some_and(|spec| adoption::selects(&spec.selector, &pod.meta.labels)) {
                    self.claims.entry(set.key()).or_default().insert(pod.key());
                    queue.add(set.key());
                }
            }
        }
    }
}

impl Controller for ReplicaSets {
    fn name(&self) -> &'static str {
        self.name
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        if change.kind == self.kinds.pod.id {
            self.observe_pod(change, store, queue);
        } else if change.kind == self.kind.id
            && let Some(set) = change.object()
        {
            if change.new.is_none() {
                self.tallies.remove(&set.meta.uid);
                self.failures.remove(&set.key());
            } else if change.old.is_none() {
                // Pods that were there before it.
                let Some(spec) = conversion::spec(set) else { return };
                let orphans = self.orphans(set, &spec, store);
                if !orphans.is_empty() {
                    self.claims.entry(set.key()).or_default().extend(orphans);
                }
            }
            queue.add(set.key());
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some(set) = view.get(&self.kind, key) else { return plan };
        let (Some(spec), Some(status)) = (conversion::spec(set), conversion::status(set)) else { return plan };
        let (spec, status): (&ReplicaSetSpec, &ReplicaSetStatus) = (&spec, &status);
        self.claim(set, spec, view, &mut plan);
        let tally = self.tallies.entry(Arc::clone(&set.meta.uid)).or_default();
        let counts = tally.counts(set, spec, view);
        let failure = self.failures.remove(key);
        let next = status::next(set, spec, status, &counts, failure, view.now);
        let write_status = |plan: &mut Plan| {
            if next != *status {
                plan.then(Write::Status(conversion::with_status(set, next.clone())));
            }
        };
        let wanted = usize::try_from(spec.replicas.unwrap_or(1)).unwrap_or(0);
        let have = usize::try_from(counts.active).unwrap_or(0);
        if set.meta.deleted.is_some() || have == wanted {
            write_status(&mut plan);
        } else if have < wanted {
            // A failed creation is shown before the next is tried: trying ends the plan.
            if next.conditions != status.conditions {
                write_status(&mut plan);
                plan.again_after(Duration::from_millis(5));
                return plan;
            }
            let pod = pod_template::pod(&self.kinds.pod, set, spec.template.as_ref());
            slow_start((wanted - have).min(BURST_REPLICAS), |count| {
                plan.at_once((0..count).map(|_| Write::Create(pod.clone())).collect());
            });
            write_status(&mut plan);
        } else {
            let surplus = (have - wanted).min(BURST_REPLICAS);
            let pods = ranking::pods_to_delete(view, set, surplus);
            plan.at_once(pods.into_iter().map(Write::Delete).collect());
            write_status(&mut plan);
        }
        if let Some(delay) = counts.next_available {
            plan.again_after(delay);
        }
        plan
    }

    fn wrote(&mut self, key: &Key, outcome: &Outcome, view: &View<'_>) -> Option<Happening> {
        let set = view.get(&self.kind, key)?;
        let tell = |type_, reason, message: String| {
            Some(Happening::new(view.now, ObjectReference::to(set), type_, reason, message))
        };
        match outcome {
            Outcome::Created(pod) => tell("Normal", "SuccessfulCreate", format!("Created pod: {}", pod.meta.name)),
            Outcome::Deleted(pod) => tell("Normal", "SuccessfulDelete", format!("Deleted pod: {}", pod.meta.name)),
            Outcome::Refused(status) if status.reason != "Conflict" => {
                self.failures.insert(key.clone(), status.message.clone());
                tell("Warning", "FailedCreate", format!("Error creating: {}", status.message))
            }
            _ => None,
        }
    }
}

impl ReplicaSets {
    fn orphans(&self, set: &Object, spec: &ReplicaSetSpec, store: &Store) -> Vec<Key> {
        let selector = crate::api::selector::Selector::from(&spec.selector);
        let Some((key, value)) = selector.exact_label() else { return Vec::new() };
        store
            .labelled(self.kinds.pod.id, &set.meta.namespace, key, value)
            .filter(|pod| pod.meta.controller().is_none() && selector.matches(&pod.meta.labels))
            .map(|pod| pod.key())
            .collect()
    }

    /// Takes in Pods that match and have no owner, lets go those that match no more.
    fn claim(&mut self, set: &Object, spec: &ReplicaSetSpec, view: &View<'_>, plan: &mut Plan) {
        if set.meta.deleted.is_some() {
            return;
        }
        for key in self.claims.remove(&set.key()).into_iter().flatten() {
            let Some(pod) = view.get(&self.kinds.pod, &key) else { continue };
            let mine = pod.meta.controller().map(|owner| owner.uid == set.meta.uid);
            match (mine, adoption::selects(&spec.selector, &pod.meta.labels)) {
                (Some(true), false) => plan.then(Write::Update(adoption::released(pod, set))),
                (None, true) if pod.meta.deleted.is_none() && tally::alive(pod) => {
                    plan.then(Write::Update(adoption::adopted(pod, set)));
                }
                _ => {}
            }
        }
    }
}

/// Batches of 1, 2, 4, 8 …, so that what fails fails early (slowStartBatch).
pub(super) fn slow_start(mut count: usize, mut batch: impl FnMut(usize)) {
    let mut size = 1;
    while count > 0 {
        let now = size.min(count);
        batch(now);
        count -= now;
        size *= 2;
    }
}

/// How long until `at`, if that is to come.
fn until(at: Time, now: Time) -> Option<Duration> {
    (at > now).then(|| at.since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_double() {
        let mut batches = Vec::new();
        slow_start(20, |count| batches.push(count));
        assert_eq!(batches, [1, 2, 4, 8, 5]);
    }
}
