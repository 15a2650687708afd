//! A ReplicaSet's Pods, counted as they change.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::ReplicaSetSpec;
use k8s_openapi::api::core::v1::PodStatus;

use super::until;
use crate::api::meta::StringMap;
use crate::api::{Object, time};
use crate::collections::SortedMap;
use crate::controllers::work::View;
use crate::sim::{Duration, Time};

const ACTIVE: u8 = 1;
const READY: u8 = 2;
const LABELLED: u8 = 4;
const TERMINATING: u8 = 8;

/// Whether a Pod may still run: it has not ended.
pub(super) fn alive(pod: &Object) -> bool {
    let phase = pod.status::<PodStatus>().and_then(|status| status.phase.as_deref());
    !matches!(phase, Some("Succeeded" | "Failed"))
}

/// Since when a Pod is ready.
pub(super) fn ready_since(pod: &Object) -> Option<Time> {
    let status = pod.status::<PodStatus>()?;
    let ready = status.conditions.iter().flatten().find(|condition| condition.type_ == "Ready")?;
    (ready.status == "True").then(|| ready.last_transition_time.as_ref().map_or(Time(0), time::from_meta))
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pods: SortedMap<Arc<str>, u8>,
    active: i32,
    ready: i32,
    labelled: i32,
    terminating: i32,
}

/// What a ReplicaSet's status says of its Pods.
#[derive(Debug, PartialEq)]
pub(super) struct Counts {
    pub(super) active: i32,
    pub(super) ready: i32,
    pub(super) available: i32,
    pub(super) labelled: i32,
    pub(super) terminating: i32,
    /// When the next ready Pod has been so for `minReadySeconds`.
    pub(super) next_available: Option<Duration>,
}

impl Tally {
    /// Counts a Pod as it is now. Whether that changed anything.
    pub(super) fn count(&mut self, pod: &Object, template_labels: Option<&StringMap>) -> bool {
        let mut flags = 0;
        if alive(pod) {
            if pod.meta.deleted.is_some() {
                flags = TERMINATING;
            } else {
                flags = ACTIVE;
                if ready_since(pod).is_some() {
                    flags |= READY;
                }
                let has = |(key, value): (&String, &String)| pod.meta.labels.get(key) == Some(value);
                if template_labels.is_none_or(|labels| labels.iter().all(has)) {
                    flags |= LABELLED;
                }
            }
        }
        let old = self.pods.insert(Arc::clone(&pod.meta.name), flags);
        self.add(old.unwrap_or(0), -1);
        self.add(flags, 1);
        old != Some(flags)
    }

    pub(super) fn remove(&mut self, name: &str) {
        if let Some(flags) = self.pods.remove(name) {
            self.add(flags, -1);
        }
    }

    fn add(&mut self, flags: u8, by: i32) {
        for (flag, count) in [
            (ACTIVE, &mut self.active),
            (READY, &mut self.ready),
            (LABELLED, &mut self.labelled),
            (TERMINATING, &mut self.terminating),
        ] {
            if flags & flag != 0 {
                *count += by;
            }
        }
    }

    pub(super) fn counts(&self, set: &Object, spec: &ReplicaSetSpec, view: &View<'_>) -> Counts {
        let mut counts = Counts {
            active: self.active,
            ready: self.ready,
            available: self.ready,
            labelled: self.labelled,
            terminating: self.terminating,
            next_available: None,
        };
        let min_ready = spec.min_ready_seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0);
        if min_ready > 0 {
            let pods = view.store.owned_by(view.kinds.pod.id, &set.meta.uid);
            let waits: Vec<Duration> = pods
                .filter(|pod| pod.meta.deleted.is_none() && alive(pod))
                .filter_map(|pod| ready_since(pod))
                .filter_map(|since| until(since + Duration::from_secs(min_ready), view.now))
                .collect();
            counts.available -= i32::try_from(waits.len()).unwrap_or(i32::MAX);
            counts.next_available = waits.into_iter().min();
        }
        counts
    }
}
