//! Deployments: a ReplicaSet for each version of the Pod template.
//!
//! Models pkg/controller/deployment/deployment_controller.go. What upstream spreads over
//! sync.go, rolling.go, recreate.go, progress.go and util/deployment_util.go is in files of
//! the same names here.
//!
//! Diverges: a hash that collides with another template's is not told apart (`collisionCount`),
//! and the rollback field that left with extensions/v1beta1 is not read.

mod conditions;
mod progress;
mod recreate;
mod revision;
mod rolling;
mod sync;
mod util;

pub(super) use util::scaled;

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DeploymentSpec, DeploymentStatus, ReplicaSetSpec, ReplicaSetStatus};
use k8s_openapi::api::core::v1::PodTemplateSpec;

use super::work::{Controller, Plan, Queue, View, Write};
use super::{adoption, owners};
use crate::api::event::ObjectReference;
use crate::api::{Key, KindId, Object, WellKnown};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::sim::{Duration, Time};

/// See the module.
#[derive(Debug)]
pub struct Deployments {
    kinds: WellKnown,
}

impl Deployments {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> Deployments {
        Deployments { kinds: kinds.clone() }
    }

    fn is(&self, kind: KindId) -> [bool; 3] {
        [self.kinds.deployment.id, self.kinds.replica_set.id, self.kinds.pod.id].map(|known| known == kind)
    }
}

impl Controller for Deployments {
    fn name(&self) -> &'static str {
        "deployment-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        let Some(object) = change.object() else { return };
        match self.is(change.kind) {
            [true, ..] => queue.add(object.key()),
            [_, true, _] => match owners::controller_key(object, "Deployment") {
                Some(key) => queue.add(key),
                // A ReplicaSet without an owner may be adopted.
                None => store
                    .list(self.kinds.deployment.id, Some(&object.meta.namespace))
                    .filter(|deployment| {
                        deployment
                            .spec::<DeploymentSpec>()
                            .is_some_and(|spec| adoption::selects(&spec.selector, &object.meta.labels))
                    })
                    .for_each(|deployment| queue.add(deployment.key())),
            },
            // Recreate waits until the last Pod is gone.
            [_, _, true] if change.new.is_none() => {
                let set = owners::controller_key(object, "ReplicaSet")
                    .and_then(|key| store.get(self.kinds.replica_set.id, &key));
                let deployment = set
                    .and_then(|set| owners::controller_key(set, "Deployment"))
                    .filter(|key| store.get(self.kinds.deployment.id, key).is_some_and(|owner| util::recreates(owner)));
                if let Some(key) = deployment {
                    queue.add(key);
                }
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let Some(deployment) = view.get(&self.kinds.deployment, key) else { return Plan::done() };
        let (Some(spec), Some(status)) = (deployment.spec::<DeploymentSpec>(), deployment.status::<DeploymentStatus>())
        else {
            return Plan::done();
        };
        let mut plan = Plan::default();
        let sets = adoption::claim(view.store, &view.kinds.replica_set, deployment, &spec.selector, None, &mut plan);
        let sets = sets.into_iter().filter_map(Set::of).collect();
        let mut sync = Sync {
            view: *view,
            deployment: (**deployment).clone(),
            spec,
            status: status.clone(),
            sets,
            now: view.now,
            plan,
        };
        sync.run();
        sync.plan
    }
}

/// A ReplicaSet as the sync under way leaves it.
#[derive(Clone, Debug)]
struct Set {
    object: Object,
    replicas: Option<i32>,
    min_ready_seconds: Option<i32>,
    status: ReplicaSetStatus,
}

impl Set {
    fn of(object: Arc<Object>) -> Option<Set> {
        let (spec, status) = (object.spec::<ReplicaSetSpec>()?, object.status::<ReplicaSetStatus>()?.clone());
        let (replicas, min_ready_seconds) = (spec.replicas, spec.min_ready_seconds);
        Some(Set { object: (*object).clone(), replicas, min_ready_seconds, status })
    }

    fn name(&self) -> &str {
        &self.object.meta.name
    }

    /// How many Pods it shall have.
    fn desired(&self) -> i32 {
        self.replicas.unwrap_or(1)
    }

    fn available(&self) -> i32 {
        self.status.available_replicas.unwrap_or(0)
    }

    fn template(&self) -> Option<&PodTemplateSpec> {
        self.object.spec::<ReplicaSetSpec>()?.template.as_ref()
    }

    /// Oldest first, by name where the age is the same.
    fn age(&self) -> (Option<Time>, Arc<str>) {
        (self.object.meta.created, Arc::clone(&self.object.meta.name))
    }
}

/// One look at one Deployment.
struct Sync<'a> {
    view: View<'a>,
    deployment: Object,
    spec: &'a DeploymentSpec,
    status: DeploymentStatus,
    /// Its ReplicaSets.
    sets: Vec<Set>,
    now: Time,
    plan: Plan,
}

impl Sync<'_> {
    fn run(&mut self) {
        if self.deployment.meta.deleted.is_some() {
            let (new, old) = self.sets_by_template();
            return self.sync_deployment_status(new.as_ref(), &old);
        }
        self.check_paused_conditions();
        let recreate = self.spec.strategy.as_ref().and_then(|strategy| strategy.type_.as_deref()) == Some("Recreate");
        if self.spec.paused == Some(true) || self.is_scaling_event() {
            self.sync();
        } else if recreate {
            self.rollout_recreate();
        } else {
            self.rollout_rolling();
        }
    }

    /// How many Pods are wanted.
    fn replicas(&self) -> i32 {
        self.spec.replicas.unwrap_or(1)
    }

    fn has_progress_deadline(&self) -> Option<Duration> {
        let seconds = self.spec.progress_deadline_seconds.filter(|&seconds| seconds != i32::MAX)?;
        Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
    }

    fn tell(&mut self, reason: &'static str, message: String) {
        let what = Happening::new(self.now, ObjectReference::to(&self.deployment), "Normal", reason, message);
        self.plan.then(Write::Tell(what));
    }
}
