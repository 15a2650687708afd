//! The status of a rollout. Models pkg/controller/deployment/progress.go and sync.go
//! calculateStatus.

use k8s_openapi::api::apps::v1::DeploymentStatus;

use super::{Set, Sync, conditions, util};
use crate::api::time;
use crate::sim::Duration;

/// Zero is not printed.
fn some(number: i32) -> Option<i32> {
    (number != 0).then_some(number)
}

fn or_zero(number: Option<i32>) -> i32 {
    number.unwrap_or(0)
}

impl Sync<'_> {
    /// The status that follows from the ReplicaSets' (calculateStatus).
    pub(super) fn calculate_status(&self, new: Option<&Set>, old: &[Set]) -> DeploymentStatus {
        let all = || old.iter().chain(new);
        let available = util::available_total(all());
        // A ReplicaSet that its controller has not seen yet has nothing that terminates.
        let terminating: Option<Vec<i32>> = all()
            .map(|set| match set.status.terminating_replicas {
                None if set.status.observed_generation.unwrap_or(0) == 0 => Some(0),
                known => known,
            })
            .collect();
        let mut status = DeploymentStatus {
            available_replicas: some(available),
            collision_count: self.status.collision_count,
            conditions: self.status.conditions.clone(),
            observed_generation: Some(self.deployment.meta.generation),
            ready_replicas: some(all().map(|set| or_zero(set.status.ready_replicas)).sum()),
            replicas: some(util::actual_total(all())),
            terminating_replicas: terminating.map(|numbers| numbers.iter().sum()),
            unavailable_replicas: some((util::desired_total(all()) - available).max(0)),
            updated_replicas: some(util::actual_total(new)),
        };
        let condition = if available >= self.replicas() - util::bounds(self.spec).1 {
            let message = "Deployment has minimum availability.".to_owned();
            conditions::new("Available", "True", "MinimumReplicasAvailable", message, self.now)
        } else {
            let message = "Deployment does not have minimum availability.".to_owned();
            conditions::new("Available", "False", "MinimumReplicasUnavailable", message, self.now)
        };
        conditions::set(&mut status, condition);
        status
    }

    /// Whether the rollout has come to its end.
    pub(super) fn is_complete(&self) -> bool {
        self.complete(&self.status)
    }

    fn complete(&self, status: &DeploymentStatus) -> bool {
        let wanted = self.replicas();
        or_zero(status.updated_replicas) == wanted
            && or_zero(status.replicas) == wanted
            && or_zero(status.available_replicas) == wanted
            && status.observed_generation.unwrap_or(0) >= self.deployment.meta.generation
    }

    /// Whether the rollout has come further since the last status.
    fn progressing(&self, status: &DeploymentStatus) -> bool {
        let old = &self.status;
        let outdated = |status: &DeploymentStatus| or_zero(status.replicas) - or_zero(status.updated_replicas);
        status.updated_replicas > old.updated_replicas
            || outdated(status) < outdated(old)
            || status.ready_replicas > old.ready_replicas
            || status.available_replicas > old.available_replicas
    }

    /// Writes the status, the Progressing condition included (syncRolloutStatus).
    pub(super) fn sync_rollout_status(&mut self, new: Option<&Set>, old: &[Set]) {
        let mut status = self.calculate_status(new, old);
        let deadline = self.has_progress_deadline();
        if deadline.is_none() {
            conditions::remove(&mut status, "Progressing");
        }
        let current = conditions::get(&self.status, "Progressing").cloned();
        let reason = current.as_ref().and_then(|current| current.reason.as_deref());
        let was_complete = status.replicas == status.updated_replicas && reason == Some(conditions::COMPLETE);
        if let (Some(deadline), false) = (deadline, was_complete) {
            let subject = match new {
                Some(set) => format!("ReplicaSet \"{}\"", set.name()),
                None => format!("Deployment \"{}\"", self.deployment.meta.name),
            };
            let condition = |status, reason, text| {
                conditions::new("Progressing", status, reason, format!("{subject} {text}"), self.now)
            };
            if self.complete(&status) {
                let done = condition("True", conditions::COMPLETE, "has successfully progressed.");
                conditions::set(&mut status, done);
            } else if self.progressing(&status) {
                let mut on = condition("True", conditions::UPDATED, "is progressing.");
                if let Some(current) = &current {
                    if current.status == "True" {
                        on.last_transition_time = current.last_transition_time.clone();
                    }
                    conditions::remove(&mut status, "Progressing");
                }
                conditions::set(&mut status, on);
            } else if self.timed_out(&status, deadline) {
                let late = condition("False", conditions::TIMED_OUT, "has timed out progressing.");
                conditions::set(&mut status, late);
            }
        }
        let failure = new
            .into_iter()
            .chain(old)
            .flat_map(|set| set.status.conditions.iter().flatten())
            .find(|condition| condition.type_ == "ReplicaFailure");
        match failure {
            Some(failure) => {
                let (reason, message) = (failure.reason.clone().unwrap_or_default(), failure.message.clone());
                let failure =
                    conditions::new("ReplicaFailure", &failure.status, &reason, message.unwrap_or_default(), self.now);
                conditions::set(&mut status, failure);
            }
            None => conditions::remove(&mut status, "ReplicaFailure"),
        }
        if !self.write_status(status.clone())
            && let Some(deadline) = deadline
        {
            self.look_again_at_deadline(&status, deadline);
        }
    }

    fn timed_out(&self, status: &DeploymentStatus, deadline: Duration) -> bool {
        let Some(condition) = conditions::get(status, "Progressing") else { return false };
        match condition.reason.as_deref() {
            Some(conditions::COMPLETE) => false,
            Some(conditions::TIMED_OUT) => true,
            _ => {
                let from = condition.last_update_time.as_ref().map_or(self.now, time::from_meta);
                from + deadline < self.now
            }
        }
    }

    /// A rollout that hangs changes nothing, so nothing would wake it (requeueStuckDeployment).
    fn look_again_at_deadline(&mut self, status: &DeploymentStatus, deadline: Duration) {
        let Some(condition) = conditions::get(status, "Progressing") else { return };
        if self.complete(status) || condition.reason.as_deref() == Some(conditions::TIMED_OUT) {
            return;
        }
        let from = condition.last_update_time.as_ref().map_or(self.now, time::from_meta);
        self.plan.again_after((from + deadline).since(self.now) + Duration::from_secs(1));
    }

    /// Notes a pause, or its end, so that the time of a pause does not count
    /// (checkPausedConditions).
    pub(super) fn check_paused_conditions(&mut self) {
        if self.has_progress_deadline().is_none() {
            return;
        }
        let reason = conditions::get(&self.status, "Progressing").and_then(|condition| condition.reason.as_deref());
        let noted = reason == Some(conditions::PAUSED);
        let (reason, message) = match (self.spec.paused == Some(true), noted, reason) {
            (_, _, Some(conditions::TIMED_OUT)) => return,
            (true, false, _) => (conditions::PAUSED, "Deployment is paused"),
            (false, true, _) => (conditions::RESUMED, "Deployment is resumed"),
            _ => return,
        };
        let condition = conditions::new("Progressing", "Unknown", reason, message.to_owned(), self.now);
        conditions::set(&mut self.status, condition);
        self.update_deployment_status();
    }
}
