//! What a StatefulSet does next: creates the Pods that lack from the lowest ordinal up, deletes the
//! surplus from the highest down, then replaces those of an earlier revision. Models
//! pkg/controller/statefulset/stateful_set_control.go updateStatefulSet.

use std::ops::Range;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{StatefulSetSpec, StatefulSetStatus};
use k8s_openapi::api::core::v1::{PodStatus, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::super::replicaset::slow_start;
use super::super::work::{Plan, View, Write};
use super::{identity, retention};
use crate::api::event::ObjectReference;
use crate::api::{Object, time};
use crate::client::Happening;
use crate::collections::SortedMap;
use crate::sim::Duration;

/// How soon the set is looked at again while a claim of an earlier Pod stands in the way.
const CLAIM_RETRY: Duration = Duration::from_secs(1);

/// One look at a StatefulSet.
pub(super) struct Control<'a> {
    pub(super) view: View<'a>,
    pub(super) set: &'a Object,
    pub(super) spec: &'a StatefulSetSpec,
    /// The templates of the revision that was rolled out last, and of the one that is to be.
    pub(super) current: (&'a str, PodTemplateSpec),
    pub(super) update: (&'a str, PodTemplateSpec),
}

/// The most Pods that one look creates.
const BURST_REPLICAS: usize = 500;

/// The set's places by ordinal, and who is there.
struct Replicas<'a> {
    ordinals: Range<i32>,
    pods: SortedMap<i32, &'a Arc<Object>>,
}

impl<'a> Replicas<'a> {
    /// Each place and its Pod, lowest ordinal first. A set may have far more places than Pods, so
    /// they are not written down.
    fn iter(&self) -> impl DoubleEndedIterator<Item = (i32, Option<&'a Arc<Object>>)> {
        self.ordinals.clone().map(|ordinal| (ordinal, self.pods.get(&ordinal).copied()))
    }
}

fn phase(pod: &Object) -> &str {
    pod.status::<PodStatus>().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

fn is_terminating(pod: &Object) -> bool {
    pod.meta.deleted.is_some()
}

fn is_ready(pod: &Object) -> bool {
    available_in(pod, 0, crate::sim::Time(u64::MAX)).is_some()
}

/// Running and ready, and not on its way out.
fn is_healthy(pod: &Object) -> bool {
    is_ready(pod) && !is_terminating(pod)
}

fn revision(pod: &Object) -> Option<&str> {
    pod.meta.label(identity::REVISION_LABEL)
}

/// How long until the Pod has been ready for `min_ready` seconds; `None` while it is not ready.
fn available_in(pod: &Object, min_ready: u64, now: crate::sim::Time) -> Option<Duration> {
    let status = pod.status::<PodStatus>().filter(|_| phase(pod) == "Running")?;
    let ready = status.conditions.iter().flatten().find(|one| one.type_ == "Ready" && one.status == "True")?;
    let since = ready.last_transition_time.as_ref().map(time::from_meta).unwrap_or_default();
    let at = since + Duration::from_secs(min_ready);
    Some(if at > now { at.since(now) } else { Duration::ZERO })
}

impl Control<'_> {
    fn min_ready(&self) -> u64 {
        self.spec.min_ready_seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0)
    }

    fn is_available(&self, pod: &Object) -> bool {
        available_in(pod, self.min_ready(), self.view.now) == Some(Duration::ZERO)
    }

    /// One Pod after the other.
    fn is_monotonic(&self) -> bool {
        self.spec.pod_management_policy.as_deref() != Some("Parallel")
    }

    /// What the Pods are like (updateStatus), and what to do about them.
    pub(super) fn run(&self, pods: &[Arc<Object>], collisions: i32) -> (StatefulSetStatus, Plan) {
        let mut status = self.count(pods);
        status.collision_count = Some(collisions);
        let mut plan = Plan::default();
        if self.min_ready() > 0 {
            let waits = pods.iter().filter_map(|pod| available_in(pod, self.min_ready(), self.view.now));
            if let Some(wait) = waits.filter(|wait| *wait > Duration::ZERO).min() {
                plan.again_after(wait);
            }
        }
        if self.set.meta.deleted.is_some() {
            return (status, plan);
        }
        let ordinals = identity::ordinals(self.spec);
        let pods: SortedMap<i32, &Arc<Object>> =
            pods.iter().filter_map(|pod| Some((identity::ordinal(self.set, pod)?, pod))).collect();
        let surplus = pods.iter().filter(|(ordinal, _)| !ordinals.contains(ordinal));
        let mut condemned: Vec<(i32, &Arc<Object>)> = surplus.map(|(ordinal, pod)| (*ordinal, *pod)).collect();
        condemned.reverse();
        let replicas = Replicas { ordinals, pods };
        if !self.keep(&replicas, &mut plan) && !self.shrink(&replicas, &condemned, &mut plan) {
            self.roll(&replicas, &mut status, &mut plan);
        }
        (status, plan)
    }

    fn count(&self, pods: &[Arc<Object>]) -> StatefulSetStatus {
        let count = |wanted: &dyn Fn(&Object) -> bool| {
            i32::try_from(pods.iter().filter(|pod| wanted(pod)).count()).unwrap_or(i32::MAX)
        };
        let of = |name: &str| count(&|pod| !is_terminating(pod) && revision(pod) == Some(name));
        let some = |number: i32| Some(number).filter(|&number| number != 0);
        StatefulSetStatus {
            available_replicas: Some(count(&|pod| self.is_available(pod))),
            collision_count: None,
            conditions: None,
            current_replicas: some(of(self.current.0)),
            current_revision: Some(self.current.0.to_owned()),
            observed_generation: Some(self.set.meta.generation).filter(|&generation| generation != 0),
            ready_replicas: some(count(&is_ready)),
            replicas: i32::try_from(pods.len()).unwrap_or(i32::MAX),
            update_revision: Some(self.update.0.to_owned()),
            updated_replicas: some(of(self.update.0)),
        }
    }

    /// A Pod of the revision that its ordinal asks for (newVersionedStatefulSetPod).
    fn new_pod(&self, ordinal: i32) -> Object {
        let place = ordinal.saturating_sub(identity::ordinals(self.spec).start);
        let strategy = self.spec.update_strategy.as_ref();
        let rolling = strategy.filter(|one| one.type_.as_deref() == Some("RollingUpdate"));
        let current_ones = rolling.map_or(0, |one| match &one.rolling_update {
            Some(rolling) => rolling.partition.unwrap_or(0),
            None => self.set.status::<StatefulSetStatus>().and_then(|status| status.current_replicas).unwrap_or(0),
        });
        let (revision, template) = if place < current_ones { &self.current } else { &self.update };
        identity::pod(self.view.kinds, self.set, self.spec, template, revision, ordinal)
    }

    /// Sees to it that every place has its Pod (processReplica). Whether that is all for now.
    fn keep(&self, replicas: &Replicas<'_>, plan: &mut Plan) -> bool {
        let mut missing = Vec::new();
        for (ordinal, replica) in replicas.iter() {
            let blocked = match replica {
                None if retention::is_stale(&self.view, self.set, self.spec, ordinal) => {
                    plan.again_after(CLAIM_RETRY);
                    true
                }
                None => match retention::leaving(&self.view, self.set, self.spec, ordinal) {
                    Some(claim) => {
                        plan.then(self.told_of_leaving(ordinal, claim));
                        plan.again_after(CLAIM_RETRY);
                        return true;
                    }
                    None => {
                        missing.push(ordinal);
                        false
                    }
                },
                Some(pod) if matches!(phase(pod), "Failed" | "Succeeded") => {
                    if !is_terminating(pod) {
                        plan.then(Write::Delete(Arc::clone(pod)));
                    }
                    true
                }
                Some(pod) => {
                    if phase(pod) == "Pending" {
                        plan.at_once(self.missing_claims(ordinal));
                    }
                    let waits = is_terminating(pod) || !self.is_available(pod);
                    if !waits || !self.is_monotonic() {
                        if let Some(pod) = identity::corrected(pod, ordinal) {
                            plan.then(Write::Update(pod));
                        }
                        plan.at_once(retention::corrections(&self.view, self.set, self.spec, pod, ordinal));
                    }
                    waits
                }
            };
            let blocked = (blocked || !missing.is_empty()) && self.is_monotonic();
            if blocked || missing.len() == BURST_REPLICAS {
                self.create(&missing, plan);
                return true;
            }
        }
        self.create(&missing, plan);
        false
    }

    fn create(&self, missing: &[i32], plan: &mut Plan) {
        let mut rest = missing;
        slow_start(missing.len(), |count| {
            let (now, later) = rest.split_at(count);
            rest = later;
            plan.at_once(now.iter().flat_map(|&ordinal| self.missing_claims(ordinal)).collect());
            plan.at_once(now.iter().map(|&ordinal| Write::Create(self.new_pod(ordinal))).collect());
        });
    }

    fn told_of_leaving(&self, ordinal: i32, claim: &Object) -> Write {
        let (set, claim) = (&self.set.meta.name, &claim.meta.name);
        let message =
            format!("Create Pod {set}-{ordinal} in StatefulSet {set} failed error: pvc {claim} is being deleted");
        let about = ObjectReference::to(self.set);
        Write::Tell(Happening::new(self.view.now, about, "Warning", "FailedCreate", message))
    }

    fn missing_claims(&self, ordinal: i32) -> Vec<Write> {
        let kind = &self.view.kinds.persistent_volume_claim;
        let claims = identity::claims(kind, self.set, self.spec, ordinal).into_iter();
        claims.filter(|claim| self.view.get(kind, &claim.key()).is_none()).map(Write::Create).collect()
    }

    /// Deletes what has no place any more (processCondemned). Whether that is all for now.
    fn shrink(&self, replicas: &Replicas<'_>, condemned: &[(i32, &Arc<Object>)], plan: &mut Plan) -> bool {
        for (ordinal, pod) in condemned {
            plan.at_once(retention::corrections(&self.view, self.set, self.spec, pod, *ordinal));
        }
        let sick_replica = replicas.iter().any(|(_, pod)| pod.is_none_or(|pod| !is_healthy(pod)));
        let first_sick = condemned.iter().rev().find(|(_, pod)| !sick_replica && !is_healthy(pod));
        for (ordinal, pod) in condemned {
            let first = first_sick.is_some_and(|(sick, _)| sick == ordinal);
            let waits = is_terminating(pod) || (!self.is_available(pod) && !first);
            if !is_terminating(pod) && (!self.is_monotonic() || !waits) {
                plan.then(Write::Delete(Arc::clone(pod)));
            }
            if self.is_monotonic() {
                return true;
            }
        }
        false
    }

    /// Replaces Pods of an earlier revision, the highest ordinal first.
    fn roll(&self, replicas: &Replicas<'_>, status: &mut StatefulSetStatus, plan: &mut Plan) {
        let strategy = self.spec.update_strategy.clone().unwrap_or_default();
        if strategy.type_.as_deref() == Some("OnDelete") {
            return;
        }
        let rolling = strategy.rolling_update.unwrap_or_default();
        let first = replicas.ordinals.start.saturating_add(rolling.partition.unwrap_or(0));
        let targets = replicas.iter().rev().take_while(|(ordinal, _)| *ordinal >= first);
        let outdated = |pod: &Object| revision(pod) != Some(self.update.0) && !is_terminating(pod);
        let away = |pod: &Arc<Object>| is_terminating(pod) || !self.is_available(pod);
        // Without a number the walk ends at the first Pod that is not healthy; with one, so many may be away.
        let allowed = rolling.max_unavailable.as_ref().map(|most| scaled(most, replicas.ordinals.len()));
        let mut left = allowed.map_or(1, |allowed| {
            allowed.saturating_sub(replicas.iter().filter(|(_, pod)| pod.is_none_or(away)).count())
        });
        for (_, pod) in targets {
            if left == 0 || (allowed.is_none() && pod.is_none()) {
                return;
            }
            let Some(pod) = pod else { continue };
            if outdated(pod) {
                status.current_replicas = status.current_replicas.map(|count| count - 1).filter(|&count| count != 0);
                plan.then(Write::Delete(Arc::clone(pod)));
                left -= 1;
            } else if allowed.is_none() && !is_healthy(pod) {
                return;
            }
        }
    }
}

/// How many of the Pods a number or a percentage is; at least one.
fn scaled(value: &IntOrString, replicas: usize) -> usize {
    let number = match value {
        IntOrString::Int(number) => usize::try_from(*number).unwrap_or(0),
        IntOrString::String(text) => {
            text.trim_end_matches('%').parse::<usize>().unwrap_or(0).saturating_mul(replicas) / 100
        }
    };
    number.max(1)
}
