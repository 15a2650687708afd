//! The Pods that wait for a node. Models pkg/scheduler/backend/queue/scheduling_queue.go: an
//! active queue by priority and age, and those that found no node, which try again after
//! something changed and a back-off of 1 to 10 seconds has passed.

use std::cmp::Reverse;

use super::pod_info::PodInfo;
use crate::api::Key;
use crate::collections::SortedMap;
use crate::sim::{Duration, Time};

/// The first back-off; it doubles with each try …
const BACK_OFF: Duration = Duration::from_secs(1);
/// … up to this.
const MAX_BACK_OFF: Duration = Duration::from_secs(10);

#[derive(Debug)]
struct Waiting {
    pod: Box<PodInfo>,
    /// Who kept it from nodes.
    plugins: Vec<&'static str>,
    because: u64,
    tries: u32,
    since: Time,
    /// Whether it may try again once its back-off has passed.
    woken: bool,
}

/// Higher priority first, then who came first.
type Place = (Reverse<i32>, u64);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Queue {
    active: SortedMap<Place, (Key, u64)>,
    places: SortedMap<Key, Place>,
    waiting: SortedMap<Key, Waiting>,
    /// How often a Pod has found no node.
    tries: SortedMap<Key, u32>,
    count: u64,
}

impl Queue {
    pub(super) fn add(&mut self, key: Key, priority: i32, because: u64) {
        self.waiting.remove(&key);
        if self.places.contains_key(&key) {
            return;
        }
        self.count += 1;
        let place = (Reverse(priority), self.count);
        self.places.insert(key.clone(), place);
        self.active.insert(place, (key, because));
    }

    pub(super) fn pop(&mut self) -> Option<(Key, u64)> {
        let (_, (key, because)) = self.active.pop_first()?;
        self.places.remove(&key);
        Some((key, because))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    /// The Pod found no node.
    pub(super) fn wait(&mut self, pod: &PodInfo, plugins: Vec<&'static str>, because: u64, now: Time) {
        let key = &pod.key;
        let tries = self.tries.entry(key.clone()).or_default();
        *tries += 1;
        let pod = Box::new(pod.clone());
        self.waiting.insert(key.clone(), Waiting { pod, plugins, because, tries: *tries, since: now, woken: false });
    }

    /// The Pod found one.
    pub(super) fn placed(&mut self, key: &Key) {
        self.tries.remove(key);
    }

    /// The Pod is gone.
    pub(super) fn forget(&mut self, key: &Key) {
        self.tries.remove(key);
        self.waiting.remove(key);
        if let Some(place) = self.places.remove(key) {
            self.active.remove(&place);
        }
    }

    /// Whether somebody waits.
    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether the Pod waits because of one of these plugins.
    pub(super) fn waits_for(&self, key: &Key, plugins: &[&str]) -> bool {
        self.waiting.get(key).is_some_and(|waiting| waiting.plugins.iter().any(|plugin| plugins.contains(plugin)))
    }

    /// Something changed: when each waiting Pod that it may help may try again.
    pub(super) fn wake_those(
        &mut self,
        now: Time,
        helps: &mut dyn FnMut(&PodInfo, &[&'static str]) -> bool,
    ) -> Vec<(Key, Time)> {
        let asleep = self.waiting.iter_mut().filter(|(_, waiting)| !waiting.woken);
        let helped = asleep.filter(|(_, waiting)| helps(&waiting.pod, &waiting.plugins));
        helped
            .map(|(key, waiting)| {
                waiting.woken = true;
                let back_off = BACK_OFF.saturating_mul(1 << (waiting.tries - 1).min(4)).min(MAX_BACK_OFF);
                (key.clone(), (waiting.since + back_off).max(now))
            })
            .collect()
    }

    /// Something changed that this very Pod waits for. Whether it waits.
    pub(super) fn wake(&mut self, key: &Key) -> bool {
        self.waiting.get_mut(key).map(|waiting| waiting.woken = true).is_some()
    }

    /// The back-off of a woken Pod has passed. Whether it is active again.
    pub(super) fn retry(&mut self, key: &Key) -> bool {
        match self.waiting.remove(key) {
            Some(waiting) if waiting.woken => {
                self.add(key.clone(), waiting.pod.priority(), waiting.because);
                true
            }
            Some(waiting) => {
                self.waiting.insert(key.clone(), waiting);
                false
            }
            None => false,
        }
    }
}
