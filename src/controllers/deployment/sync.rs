//! ReplicaSets found, made, scaled and cleaned up. Models pkg/controller/deployment/sync.go.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DeploymentStatus, ReplicaSetSpec, ReplicaSetStatus};
use k8s_openapi::api::core::v1::PodTemplateSpec;

use super::{Set, Sync, conditions, revision, util};
use crate::api::template_hash::pod_template_hash;
use crate::api::{Object, Part};
use crate::collections::Sort;
use crate::controllers::work::Write;

/// The label that tells the Pods of one template from those of another.
const HASH_LABEL: &str = "pod-template-hash";

/// Whether two templates make the same Pods, the hash label aside.
fn same_template(a: &PodTemplateSpec, b: &PodTemplateSpec) -> bool {
    let rest = |template: &PodTemplateSpec| {
        let mut meta = template.metadata.clone().unwrap_or_default();
        if let Some(labels) = &mut meta.labels {
            labels.remove(HASH_LABEL);
        }
        meta
    };
    a.spec == b.spec && rest(a) == rest(b)
}

impl Sync<'_> {
    /// The ReplicaSet of the present template, and all others, oldest first.
    pub(super) fn sets_by_template(&self) -> (Option<Set>, Vec<Set>) {
        let mut sets = self.sets.clone();
        sets.arrange_by_key(Set::age);
        // Where several match, the oldest is taken, as upstream does.
        let same = |set: &Set| set.template().is_some_and(|template| same_template(template, &self.spec.template));
        let new = sets.iter().position(same).map(|at| sets.remove(at));
        (new, sets)
    }

    /// Finds or makes the new ReplicaSet and keeps the revision annotations right
    /// (getAllReplicaSetsAndSyncRevision).
    pub(super) fn sync_revision(&mut self, create: bool) -> (Option<Set>, Vec<Set>) {
        let (found, old) = self.sets_by_template();
        let newest_old = old.iter().map(|set| revision::revision(&set.object.meta)).max().unwrap_or(0);
        let new = match found {
            Some(set) => Some(self.existing_set(set, newest_old + 1)),
            None if create => Some(self.create_set(&old, newest_old + 1)),
            None => None,
        };
        (new, old)
    }

    fn existing_set(&mut self, mut set: Set, new_revision: i64) -> Set {
        let annotated = revision::set_new(&self.deployment, &mut set.object.meta, new_revision);
        let min_ready = self.spec.min_ready_seconds.filter(|&seconds| seconds != 0);
        if annotated || set.min_ready_seconds.unwrap_or(0) != min_ready.unwrap_or(0) {
            set.min_ready_seconds = min_ready;
            self.update_set(&mut set);
            return set;
        }
        let mut needs_update = self.set_deployment_revision(revision::revision(&set.object.meta));
        if self.has_progress_deadline().is_some() && conditions::get(&self.status, "Progressing").is_none() {
            let message = format!("Found new replica set \"{}\"", set.name());
            let found = conditions::new("Progressing", "True", conditions::FOUND_SET, message, self.now);
            conditions::set(&mut self.status, found);
            needs_update = true;
        }
        if needs_update {
            self.update_deployment_status();
        }
        set
    }

    fn create_set(&mut self, old: &[Set], new_revision: i64) -> Set {
        let template = serde_json::to_value(&self.spec.template).unwrap_or_default();
        let hash = pod_template_hash(&template, self.status.collision_count);
        let mut template = self.spec.template.clone();
        template
            .metadata
            .get_or_insert_default()
            .labels
            .get_or_insert_default()
            .insert(HASH_LABEL.into(), hash.clone());
        let mut selector = self.spec.selector.clone();
        selector.match_labels.get_or_insert_default().insert(HASH_LABEL.into(), hash.clone());
        let deployment = &self.deployment.meta;
        let name = format!("{}-{hash}", deployment.name);
        let mut object = Object::new(&self.view.kinds.replica_set, &deployment.namespace, &name);
        object.meta.owners = [self.deployment.controller_reference()].into();
        let labels = template.metadata.as_ref().and_then(|meta| meta.labels.clone());
        object.meta.labels = Arc::new(labels.unwrap_or_default());
        let spec = ReplicaSetSpec {
            min_ready_seconds: self.spec.min_ready_seconds.filter(|&seconds| seconds != 0),
            replicas: Some(0),
            selector,
            template: Some(template),
        };
        let mut set = Set {
            object,
            replicas: Some(0),
            min_ready_seconds: spec.min_ready_seconds,
            status: ReplicaSetStatus::default(),
        };
        let count = self.new_set_replicas(&set, old);
        set.replicas = Some(count);
        revision::set_new(&self.deployment, &mut set.object.meta, new_revision);
        revision::set_replicas(&mut set.object.meta, self.replicas(), self.replicas() + util::bounds(self.spec).0);
        set.object.spec = Part::typed(ReplicaSetSpec { replicas: Some(count), ..spec });
        set.object.status = Part::typed(set.status.clone());
        self.plan.then(Write::Create(set.object.clone()));
        if count > 0 {
            self.tell("ScalingReplicaSet", format!("Scaled up replica set {name} from 0 to {count}"));
        }
        self.set_deployment_revision(new_revision);
        if self.has_progress_deadline().is_some() {
            let message = format!("Created new replica set \"{name}\"");
            let created = conditions::new("Progressing", "True", conditions::NEW_SET, message, self.now);
            conditions::set(&mut self.status, created);
        }
        self.update_deployment_status();
        set
    }

    fn set_deployment_revision(&mut self, revision: i64) -> bool {
        let text = revision.to_string();
        let changed = self.deployment.meta.annotation(revision::REVISION) != Some(&text);
        if changed {
            self.deployment.meta.annotate(revision::REVISION, text);
        }
        changed
    }

    /// How many Pods the new ReplicaSet may have now (NewRSNewReplicas).
    pub(super) fn new_set_replicas(&self, new: &Set, old: &[Set]) -> i32 {
        let wanted = self.replicas();
        if util::recreates(&self.deployment) {
            return wanted;
        }
        let present = util::desired_total(old) + new.desired();
        let most = wanted + util::bounds(self.spec).0;
        if present >= most {
            return new.desired();
        }
        new.desired() + (most - present).min(wanted - new.desired())
    }

    /// A change of `replicas` alone, or of anything while paused (sync).
    pub(super) fn sync(&mut self) {
        let (new, old) = self.sync_revision(false);
        self.scale(new.as_ref(), &old);
        if self.spec.paused == Some(true) {
            self.cleanup(&old);
        }
        self.sync_deployment_status(new.as_ref(), &old);
    }

    /// Whether the Deployment was scaled since its ReplicaSets were (isScalingEvent).
    pub(super) fn is_scaling_event(&mut self) -> bool {
        let wanted = self.replicas();
        self.sets
            .iter()
            .filter(|set| set.desired() > 0)
            .any(|set| revision::desired_replicas(set).is_some_and(|desired| desired != wanted))
    }

    fn scale(&mut self, new: Option<&Set>, old: &[Set]) {
        let wanted = self.replicas();
        // One ReplicaSet alone takes it all (FindActiveOrLatest).
        let active = old.iter().chain(new).filter(|set| set.desired() > 0).count();
        if active <= 1 {
            if let Some(set) = old.iter().find(|set| set.desired() > 0).or(new).or(old.last()) {
                self.scale_set(set, wanted, true);
            }
            return;
        }
        let (surge, _) = util::bounds(self.spec);
        if let Some(set) = new
            && revision::desired_replicas(set) == Some(wanted)
            && set.desired() == wanted
            && set.available() == wanted
        {
            // The rollout is done: what is left of the old ones goes.
            for set in old.iter().filter(|set| set.desired() > 0) {
                self.scale_set(set, 0, true);
            }
            return;
        }
        if util::recreates(&self.deployment) {
            return;
        }
        let mut all: Vec<&Set> = old.iter().chain(new).filter(|set| set.desired() > 0).collect();
        let allowed = if wanted > 0 { wanted + surge } else { 0 };
        let to_add = allowed - all.iter().map(|set| set.desired()).sum::<i32>();
        // Larger first; among equals the newer grows and the older shrinks.
        all.arrange_by(|a, b| {
            let by_age = if to_add > 0 { b.age().cmp(&a.age()) } else { a.age().cmp(&b.age()) };
            b.desired().cmp(&a.desired()).then(by_age)
        });
        let mut added = 0;
        let mut sizes: Vec<i32> = Vec::with_capacity(all.len());
        for set in &all {
            let share = proportion(set, wanted, wanted + surge, self.status.replicas.unwrap_or(0), to_add, added);
            added += share;
            sizes.push(set.desired() + share);
        }
        if let Some(first) = sizes.first_mut() {
            *first = (*first + to_add - added).max(0);
        }
        for (set, size) in all.into_iter().zip(sizes) {
            self.scale_set(set, size, false);
        }
    }

    /// Scales a ReplicaSet and tells of it; gives it back as it will be, if that is another
    /// size. `skip_same` leaves one of that size alone, as scaleReplicaSetAndRecordEvent does.
    pub(super) fn scale_set(&mut self, set: &Set, size: i32, skip_same: bool) -> Option<Set> {
        let from = set.desired();
        if skip_same && from == size {
            return None;
        }
        let mut set = set.clone();
        let most = self.replicas() + util::bounds(self.spec).0;
        let annotated = revision::set_replicas(&mut set.object.meta, self.replicas(), most);
        if from == size && !annotated {
            return None;
        }
        set.replicas = Some(size);
        self.update_set(&mut set);
        if from == size {
            return None;
        }
        let way = if size > from { "up" } else { "down" };
        let message = format!("Scaled {way} replica set {} from {from} to {size}", set.name());
        self.tell("ScalingReplicaSet", message);
        Some(set)
    }

    fn update_set(&mut self, set: &mut Set) {
        if let Some(spec) = set.object.spec.get_mut::<ReplicaSetSpec>() {
            (spec.replicas, spec.min_ready_seconds) = (set.replicas, set.min_ready_seconds);
        }
        self.plan.then(Write::Update(set.object.clone()));
    }

    pub(super) fn update_deployment_status(&mut self) {
        let status = Part::typed(self.status.clone());
        self.plan.then(Write::Status(Object { status, ..self.deployment.clone() }));
    }

    /// Writes the status if it has changed (syncDeploymentStatus).
    pub(super) fn sync_deployment_status(&mut self, new: Option<&Set>, old: &[Set]) {
        let status = self.calculate_status(new, old);
        self.write_status(status);
    }

    pub(super) fn write_status(&mut self, status: DeploymentStatus) -> bool {
        let changed = status != self.status;
        if changed {
            self.status = status;
            self.update_deployment_status();
        }
        changed
    }

    /// Deletes the oldest of the old ReplicaSets that have no Pods (cleanupDeployment).
    pub(super) fn cleanup(&mut self, old: &[Set]) {
        let Some(limit) = self.spec.revision_history_limit.filter(|&limit| limit != i32::MAX) else { return };
        let mut alive: Vec<&Set> = old.iter().filter(|set| set.object.meta.deleted.is_none()).collect();
        let Some(surplus) = alive.len().checked_sub(usize::try_from(limit).unwrap_or(0)) else { return };
        alive.arrange_by_key(|set| (revision::revision(&set.object.meta), set.age()));
        for set in alive.into_iter().take(surplus) {
            let observed = set.status.observed_generation.unwrap_or(0);
            if set.status.replicas == 0 && set.desired() == 0 && set.object.meta.generation <= observed {
                self.plan.then(Write::Delete(Arc::new(set.object.clone())));
            }
        }
    }
}

/// What share of `to_add` Pods falls to this ReplicaSet (GetReplicaSetProportion).
fn proportion(set: &Set, wanted: i32, most: i32, status_replicas: i32, to_add: i32, added: i32) -> i32 {
    if set.desired() == 0 || to_add == 0 || to_add == added {
        return 0;
    }
    let allowed = to_add - added;
    let fraction = if wanted == 0 {
        -set.desired()
    } else {
        let before = revision::max_replicas(set).unwrap_or(status_replicas);
        rounded(i64::from(set.desired()) * i64::from(most), i64::from(before)) - set.desired()
    };
    if to_add > 0 { fraction.min(allowed) } else { fraction.max(allowed) }
}

/// `a / b`, rounded half up; 0 where there is nothing to divide by.
fn rounded(a: i64, b: i64) -> i32 {
    if b == 0 { 0 } else { i32::try_from((2 * a + b).div_euclid(2 * b)).unwrap_or(0) }
}
