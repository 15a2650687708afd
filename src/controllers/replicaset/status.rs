//! A ReplicaSet's status. Models pkg/controller/replicaset/replica_set_utils.go.

use k8s_openapi::api::apps::v1::{ReplicaSetCondition, ReplicaSetSpec, ReplicaSetStatus};

use super::tally::Counts;
use crate::api::{Object, time};
use crate::sim::Time;

const FAILURE: &str = "ReplicaFailure";

/// The status that follows from the counts (calculateStatus).
pub(super) fn next(
    set: &Object,
    spec: &ReplicaSetSpec,
    old: &ReplicaSetStatus,
    counts: &Counts,
    failure: Option<String>,
    now: Time,
) -> ReplicaSetStatus {
    let some = |number: i32| (number != 0).then_some(number);
    let mut conditions = old.conditions.clone();
    let failed = old.conditions.iter().flatten().any(|condition| condition.type_ == FAILURE);
    let short = counts.active < spec.replicas.unwrap_or(1);
    if let (Some(message), false) = (failure, failed) {
        conditions.get_or_insert_default().push(ReplicaSetCondition {
            type_: FAILURE.to_owned(),
            status: "True".to_owned(),
            reason: Some("FailedCreate".to_owned()),
            message: Some(message),
            last_transition_time: Some(time::to_meta(now)),
        });
    } else if failed && !short {
        conditions = conditions.map(|all| all.into_iter().filter(|one| one.type_ != FAILURE).collect());
    }
    ReplicaSetStatus {
        available_replicas: some(counts.available),
        conditions: conditions.filter(|all| !all.is_empty()),
        fully_labeled_replicas: some(counts.labelled),
        observed_generation: Some(set.meta.generation).filter(|&generation| generation != 0),
        ready_replicas: some(counts.ready),
        replicas: counts.active,
        terminating_replicas: Some(counts.terminating),
    }
}
