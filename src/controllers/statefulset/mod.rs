//! StatefulSets: Pods with names that stay, one after the other, each with its own claims.
//!
//! Models pkg/controller/statefulset. Diverges: the status is written before the Pods are, not after,
//! so that a Pod that cannot be created does not keep it back (it counts the same either way).

mod control;
mod identity;
mod retention;

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{StatefulSetSpec, StatefulSetStatus};

use super::work::{Controller, Outcome, Plan, Queue, View, Write};
use super::{adoption, history, owners};
use crate::api::event::ObjectReference;
use crate::api::selector::Selector;
use crate::api::{Key, Object, Part, WellKnown};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use control::Control;

/// See the module.
#[derive(Debug)]
pub struct StatefulSets(WellKnown);

impl StatefulSets {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> StatefulSets {
        StatefulSets(kinds.clone())
    }

    /// The set's Pods: those that it made, and those without an owner that bear its name and labels.
    fn pods(&self, set: &Object, spec: &StatefulSetSpec, view: &View<'_>, plan: &mut Plan) -> Vec<Arc<Object>> {
        let selector = Selector::from(&spec.selector);
        let fits = |pod: &Object| selector.matches(&pod.meta.labels) && identity::ordinal(set, pod).is_some();
        let mut mine = Vec::new();
        for pod in view.store.owned_by(self.0.pod.id, &set.meta.uid) {
            if fits(pod) {
                mine.push(Arc::clone(pod));
            } else if set.meta.deleted.is_none() {
                plan.then(Write::Update(adoption::released(pod, set)));
            }
        }
        if let (None, Some((key, value))) = (set.meta.deleted, selector.exact_label()) {
            let matching = view.store.labelled(self.0.pod.id, &set.meta.namespace, key, value);
            let free = |pod: &&Arc<Object>| pod.meta.controller().is_none() && pod.meta.deleted.is_none();
            for pod in matching.filter(free).filter(|pod| fits(pod)) {
                plan.then(Write::Update(adoption::adopted(pod, set)));
                mine.push(Arc::clone(pod));
            }
        }
        mine
    }
}

impl Controller for StatefulSets {
    fn name(&self) -> &'static str {
        "statefulset-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        if change.kind == self.0.stateful_set.id {
            change.object().into_iter().for_each(|set| queue.add(set.key()));
        } else if change.kind == self.0.pod.id {
            let owner = |pod: &Option<Arc<Object>>| owners::controller_key(pod.as_ref()?, "StatefulSet");
            let (old, new) = (owner(&change.old), owner(&change.new));
            if old != new {
                old.into_iter().for_each(|key| queue.add(key));
            }
            if let Some(key) = new {
                queue.add(key);
            } else if let Some(orphan) = change.new.as_ref().filter(|pod| pod.meta.controller().is_none())
                && let Some((parent, _)) = identity::parent_and_ordinal(&orphan.meta.name)
            {
                let key = Key::new(&orphan.meta.namespace, parent);
                if store.get(self.0.stateful_set.id, &key).is_some() {
                    queue.add(key);
                }
            }
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some(set) = view.get(&self.0.stateful_set, key) else { return plan };
        let (Some(spec), Some(status)) = (set.spec::<StatefulSetSpec>(), set.status::<StatefulSetStatus>()) else {
            return plan;
        };
        let kind = &self.0.controller_revision;
        let revisions = history::revisions(view, kind, set, &spec.selector, &mut plan);
        let pods = self.pods(set, spec, view, &mut plan);
        let collisions = status.collision_count.unwrap_or(0);
        let (update, collisions) =
            history::update_revision(view, kind, set, &spec.template, &revisions, collisions, &mut plan);
        let current = revisions.iter().find(|one| status.current_revision.as_deref() == Some(&one.meta.name));
        let current = current.unwrap_or(&update);
        let template = |revision| history::template(revision).unwrap_or_else(|| spec.template.clone());
        let control = Control {
            view: *view,
            set,
            spec,
            current: (&current.meta.name, template(current)),
            update: (&update.meta.name, template(&update)),
        };
        let (mut next, actions) = control.run(&pods, collisions);
        complete_rolling_update(spec, &mut next);
        if next != *status {
            plan.then(Write::Status(Object { status: Part::typed(next), ..(**set).clone() }));
        }
        plan.append(actions);
        let is_live = |name: &str| {
            let of = |pod: &Arc<Object>| pod.meta.label(identity::REVISION_LABEL) == Some(name);
            name == &*current.meta.name || name == &*update.meta.name || pods.iter().any(of)
        };
        let limit = usize::try_from(spec.revision_history_limit.unwrap_or(10)).unwrap_or(0);
        history::truncate(&revisions, &is_live, limit, &mut plan);
        plan
    }

    fn wrote(&mut self, key: &Key, outcome: &Outcome, view: &View<'_>) -> Option<Happening> {
        let set = view.get(&self.0.stateful_set, key)?;
        let name = &set.meta.name;
        let tell = |type_, reason, message: String| {
            Some(Happening::new(view.now, ObjectReference::to(set), type_, reason, message))
        };
        match outcome {
            Outcome::Created(pod) if pod.kind.id == self.0.pod.id => {
                let message = format!("Create Pod {} in StatefulSet {name} successful", pod.meta.name);
                tell("Normal", "SuccessfulCreate", message)
            }
            Outcome::Created(claim) if claim.kind.id == self.0.persistent_volume_claim.id => {
                let ordinal = identity::parent_and_ordinal(&claim.meta.name)?.1;
                let message =
                    format!("Create Claim {} Pod {name}-{ordinal} in StatefulSet {name} success", claim.meta.name);
                tell("Normal", "SuccessfulCreate", message)
            }
            Outcome::Deleted(pod) if pod.kind.id == self.0.pod.id => {
                let message = format!("Delete Pod {} in StatefulSet {name} successful", pod.meta.name);
                tell("Normal", "SuccessfulDelete", message)
            }
            Outcome::Refused(status) if status.reason != "Conflict" => {
                let (what, about) = (status.details["kind"].as_str()?, status.details["name"].as_str()?);
                let message = match what {
                    "pods" | "Pod" => {
                        format!("Create Pod {about} in StatefulSet {name} failed error: {}", status.message)
                    }
                    "persistentvolumeclaims" | "PersistentVolumeClaim" => {
                        let ordinal = identity::parent_and_ordinal(about)?.1;
                        format!(
                            "Create Claim {about} for Pod {name}-{ordinal} in StatefulSet {name} failed error: {}",
                            status.message
                        )
                    }
                    _ => return None,
                };
                tell("Warning", "FailedCreate", message)
            }
            _ => None,
        }
    }
}

/// Once every Pod is of the new revision, it is the current one (completeRollingUpdate).
fn complete_rolling_update(spec: &StatefulSetSpec, status: &mut StatefulSetStatus) {
    let wanted = spec.replicas.unwrap_or(1);
    let rolling = spec.update_strategy.as_ref().and_then(|one| one.type_.as_deref()) == Some("RollingUpdate");
    let all = |count: Option<i32>| count.unwrap_or(0) == wanted;
    if rolling && all(status.updated_replicas) && all(status.ready_replicas) && status.replicas == wanted {
        status.current_replicas = status.updated_replicas;
        status.current_revision.clone_from(&status.update_revision);
    }
}
