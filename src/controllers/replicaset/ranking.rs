//! Which Pods go first. Models pkg/controller/controller_utils.go ActivePodsWithRanks.

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use k8s_openapi::api::core::v1::PodStatus;

use super::tally::{alive, ready_since};
use crate::api::{Object, PodSpec};
use crate::collections::{Sort, SortedMap};
use crate::controllers::work::View;
use crate::sim::Time;

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// What the order looks at; the least goes first.
#[derive(Debug)]
struct Rank {
    assigned: bool,
    phase: u8,
    ready: Option<Time>,
    cost: i32,
    /// How many of its siblings are on its node.
    crowd: Reverse<usize>,
    restarts: Reverse<i32>,
    created: Option<Time>,
    uid: Arc<str>,
}

fn node(pod: &Object) -> &str {
    pod.spec::<PodSpec>().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default()
}

fn active(pod: &Object) -> bool {
    pod.meta.deleted.is_none() && alive(pod)
}

fn active_pods<'a>(view: &View<'a>, set: &'a Object) -> impl Iterator<Item = &'a Arc<Object>> {
    view.store.owned_by(view.kinds.pod.id, &set.meta.uid).filter(|pod| active(pod))
}

/// The active Pods of `set` to delete: as many as `surplus`. Its siblings, other ReplicaSets of the
/// same owner, count for how crowded a node is.
pub(super) fn pods_to_delete(view: &View<'_>, set: &Object, surplus: usize) -> Vec<Arc<Object>> {
    let mut crowds: SortedMap<&str, usize> = SortedMap::new();
    let family: Vec<&Arc<Object>> = match set.meta.controller() {
        Some(owner) => view.store.owned_by(view.kinds.replica_set.id, &owner.uid).collect(),
        None => Vec::new(),
    };
    let mut mine: Vec<&Arc<Object>> = active_pods(view, set).collect();
    for pod in &mine {
        *crowds.entry(node(pod)).or_default() += 1;
    }
    for other in family.into_iter().filter(|other| other.meta.uid != set.meta.uid) {
        for pod in active_pods(view, other) {
            *crowds.entry(node(pod)).or_default() += 1;
        }
    }
    if surplus < mine.len() {
        mine.arrange_by_key(|pod| Ranked(rank(pod, crowds.get(node(pod)).copied().unwrap_or(0)), view.now));
    }
    mine.into_iter().take(surplus).map(Arc::clone).collect()
}

/// Pods in the order in which they would go, regardless of how crowded their nodes are.
pub(in crate::controllers) fn arrange(pods: &mut [Arc<Object>], now: Time) {
    pods.arrange_by_key(|pod| Ranked(Rank { cost: 0, ..rank(pod, 0) }, now));
}

fn rank(pod: &Object, crowd: usize) -> Rank {
    let status = pod.status::<PodStatus>();
    let restarts = status.into_iter().flat_map(|status| status.container_statuses.iter().flatten());
    Rank {
        assigned: !node(pod).is_empty(),
        phase: match status.and_then(|status| status.phase.as_deref()) {
            Some("Pending") | None => 0,
            Some("Unknown") => 1,
            _ => 2,
        },
        ready: ready_since(pod),
        cost: pod.meta.annotation(DELETION_COST).and_then(|cost| cost.parse().ok()).unwrap_or(0),
        crowd: Reverse(crowd),
        restarts: Reverse(restarts.map(|container| container.restart_count).max().unwrap_or(0)),
        created: pod.meta.created,
        uid: Arc::clone(&pod.meta.uid),
    }
}

/// A rank together with the instant that ages are counted from.
#[derive(Debug)]
struct Ranked(Rank, Time);

/// Ages compare by their order of magnitude, so that chance (the uid) decides among about equals.
fn magnitude(since: Time, now: Time) -> i64 {
    let nanos = now.since(since).as_nanos();
    nanos.checked_ilog2().map_or(-1, i64::from)
}

impl Ord for Ranked {
    fn cmp(&self, other: &Ranked) -> Ordering {
        let (a, b, now) = (&self.0, &other.0, self.1);
        let by_age = |a: Option<Time>, b: Option<Time>| match (a, b) {
            (Some(a), Some(b)) if a != b => Some(magnitude(a, now).cmp(&magnitude(b, now))),
            _ => None,
        };
        let uid = || a.uid.cmp(&b.uid);
        let first = a
            .assigned
            .cmp(&b.assigned)
            .then(a.phase.cmp(&b.phase))
            .then(a.ready.is_some().cmp(&b.ready.is_some()))
            .then(a.cost.cmp(&b.cost))
            .then(a.crowd.cmp(&b.crowd));
        first
            .then_with(|| by_age(a.ready, b.ready).map_or(Ordering::Equal, |order| order.then_with(uid)))
            .then(a.restarts.cmp(&b.restarts))
            .then_with(|| by_age(a.created, b.created).unwrap_or(Ordering::Equal))
            .then_with(uid)
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Ranked) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Ranked) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ranked {}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Rank {
        let at = Some(Time::from_secs(100));
        Rank {
            assigned: true,
            phase: 2,
            ready: at,
            cost: 0,
            crowd: Reverse(1),
            restarts: Reverse(0),
            created: at,
            uid: "m".into(),
        }
    }

    #[test]
    fn who_goes_first() {
        let now = Time::from_secs(200);
        let firsts = [
            ("unassigned", Rank { assigned: false, ..usual() }),
            ("pending", Rank { phase: 0, ..usual() }),
            ("not ready", Rank { ready: None, ..usual() }),
            ("cheaper", Rank { cost: -1, ..usual() }),
            ("more siblings on its node", Rank { crowd: Reverse(2), ..usual() }),
            ("ready for much shorter", Rank { ready: Some(Time::from_secs(190)), uid: "z".into(), ..usual() }),
            ("ready for about as long: by uid", Rank { ready: Some(Time::from_secs(101)), uid: "a".into(), ..usual() }),
            ("more restarts", Rank { restarts: Reverse(3), ..usual() }),
            ("created much later", Rank { created: Some(Time::from_secs(190)), ..usual() }),
            ("by uid", Rank { uid: "a".into(), ..usual() }),
        ];
        for (why, first) in firsts {
            assert!(Ranked(first, now) < Ranked(usual(), now), "{why}");
        }
    }
}
