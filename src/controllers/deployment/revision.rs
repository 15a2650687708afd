//! The annotations that carry a rollout's history. Models
//! pkg/controller/deployment/util/deployment_util.go SetNewReplicaSetAnnotations and its kin.

use super::Set;
use crate::api::managed::apply::LAST_APPLIED;
use crate::api::{Meta, Object};

pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAX: &str = "deployment.kubernetes.io/max-replicas";
/// The longest that a revision history grows, in characters.
const HISTORY_LIMIT: usize = 2000;

fn number(meta: &Meta, key: &str) -> Option<i64> {
    meta.annotation(key)?.parse().ok()
}

/// The revision of a ReplicaSet; 0 where it has none.
pub(super) fn revision(meta: &Meta) -> i64 {
    number(meta, REVISION).unwrap_or(0)
}

/// What the Deployment's `replicas` were when the ReplicaSet was last scaled.
pub(super) fn desired_replicas(set: &Set) -> Option<i32> {
    number(&set.object.meta, DESIRED).and_then(|number| i32::try_from(number).ok())
}

/// What the Deployment's `replicas` and surge were together.
pub(super) fn max_replicas(set: &Set) -> Option<i32> {
    number(&set.object.meta, MAX).and_then(|number| i32::try_from(number).ok())
}

fn set_if_changed(meta: &mut Meta, key: &str, value: &str) -> bool {
    let changed = meta.annotation(key) != Some(value);
    if changed {
        meta.annotate(key, value);
    }
    changed
}

/// Remembers the Deployment's size on the ReplicaSet. Whether that changed it.
pub(super) fn set_replicas(meta: &mut Meta, desired: i32, max: i32) -> bool {
    let changed = set_if_changed(meta, DESIRED, &desired.to_string());
    set_if_changed(meta, MAX, &max.to_string()) || changed
}

/// Gives the ReplicaSet the Deployment's annotations and the new revision. Whether that
/// changed it.
pub(super) fn set_new(deployment: &Object, set: &mut Meta, new_revision: i64) -> bool {
    let mut changed = false;
    for (key, value) in deployment.meta.annotations.iter() {
        if ![LAST_APPLIED, REVISION, HISTORY, DESIRED, MAX].contains(&key.as_str()) {
            changed |= set_if_changed(set, key, value);
        }
    }
    let old = set.annotation(REVISION).map(str::to_owned);
    if revision(set) < new_revision {
        set.annotate(REVISION, new_revision.to_string());
        changed = true;
        if let Some(old) = old {
            let history = set.annotation(HISTORY).unwrap_or_default();
            let mut all: Vec<&str> = history.split(',').filter(|one| !one.is_empty()).collect();
            all.push(&old);
            while all.join(",").len() > HISTORY_LIMIT {
                all.remove(0);
            }
            let joined = all.join(",");
            set.annotate(HISTORY, joined);
        }
    }
    changed
}
