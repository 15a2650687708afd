//! Volumes that show objects of the API: a kubelet looks again each time it looks at the Pod. Models the remount of
//! pkg/kubelet/volumemanager for volumes whose plugins require it, and syncLoop's resync of each Pod.
//!
//! Pods are synced every 60 to 90 seconds whatever happens; here that time is drawn when something has changed
//! that a Pod's volume shows, and Pods that nothing concerns cost nothing.

use std::sync::Arc;

use super::Kubelets;
use super::worker::Job;
use crate::api::{Key, Object, PodSpec};
use crate::apiserver::Change;
use crate::collections::{SortedMap, SortedSet};
use crate::sim::Time;

/// From a change to the next sync of a Pod, at most: a minute and half of one.
const RESYNC: u64 = 90_000_000;

/// Which Pods show which ConfigMaps and Secrets (true), by uid.
#[derive(Debug, Default)]
pub(super) struct Sources(SortedMap<(bool, Key), SortedSet<Arc<str>>>);

impl Sources {
    pub(super) fn add(&mut self, pod: &Object) {
        for source in sources(pod) {
            self.0.entry(source).or_default().insert(Arc::clone(&pod.meta.uid));
        }
    }

    pub(super) fn remove(&mut self, pod: &Object) {
        for source in sources(pod) {
            if let Some(users) = self.0.get_mut(&source) {
                users.remove(&pod.meta.uid);
                if users.is_empty() {
                    self.0.remove(&source);
                }
            }
        }
    }
}

/// The ConfigMaps and Secrets that a Pod's volumes show, but for what comes with its token.
fn sources(pod: &Object) -> Vec<(bool, Key)> {
    let mut found = Vec::new();
    let mut add = |secret: bool, name: &str| {
        found.push((secret, Key { namespace: Arc::clone(&pod.meta.namespace), name: name.into() }));
    };
    for volume in pod.spec::<PodSpec>().into_iter().flat_map(|spec| spec.volumes.iter().flatten()) {
        if let Some(map) = &volume.config_map {
            add(false, &map.name);
        }
        if let Some(name) = volume.secret.as_ref().and_then(|secret| secret.secret_name.as_deref()) {
            add(true, name);
        }
        for source in volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten()) {
            if let Some(map) = &source.config_map {
                add(false, &map.name);
            }
            if let Some(secret) = &source.secret {
                add(true, &secret.name);
            }
        }
    }
    found
}

/// Whether a volume shows the Pod's own labels or annotations.
pub(super) fn shows_itself(pod: &Object) -> bool {
    let volumes = pod.spec::<PodSpec>().into_iter().flat_map(|spec| spec.volumes.iter().flatten());
    let mut shows = volumes.map(|volume| {
        let mut projected = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
        volume.downward_api.is_some() || projected.any(|source| source.downward_api.is_some())
    });
    shows.any(|shows| shows)
}

impl Kubelets {
    /// A ConfigMap or a Secret is another than it was: those who show it will, when they are looked at next.
    pub(super) fn observe_source(&mut self, change: &Change, secret: bool, now: Time) {
        let (Some(old), Some(new)) = (&change.old, &change.new) else { return };
        if old.rest == new.rest {
            return;
        }
        let users: Vec<Arc<str>> = self.sources.0.get(&(secret, new.key())).into_iter().flatten().cloned().collect();
        for uid in users {
            let delay = self.jitter(1_000_000, RESYNC);
            self.after(&uid, now, delay, Job::Remount);
        }
    }
}
