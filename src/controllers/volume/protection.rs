//! Claims that a Pod uses and volumes that a claim is bound to wait with going away. Models
//! pkg/controller/volume/pvcprotection and pvprotection.

use std::sync::Arc;

use super::super::work::{Controller, Outcome, Plan, Queue, View, Write};
use crate::api::storage::{CLAIM_PROTECTION, Users, VOLUME_PROTECTION, phase};
use crate::api::{Key, Object, PodSpec, WellKnown};
use crate::apiserver::{Change, Store};
use crate::client::Happening;

/// See the module.
#[derive(Debug)]
pub struct ClaimProtection {
    kinds: WellKnown,
    users: Users,
}

impl ClaimProtection {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> ClaimProtection {
        ClaimProtection { kinds: kinds.clone(), users: Users::default() }
    }
}

/// The write that takes the finalizer away from an object that is going.
fn let_go(object: Option<&Arc<Object>>, finalizer: &str) -> Plan {
    let mut plan = Plan::default();
    let held = |object: &&Arc<Object>| {
        object.meta.deleted.is_some() && object.meta.finalizers.iter().any(|one| one == finalizer)
    };
    if let Some(object) = object.filter(held) {
        let mut free = Object::clone(object);
        free.meta.finalizers = object.meta.finalizers.iter().filter(|one| *one != finalizer).cloned().collect();
        plan.then(Write::Update(free));
    }
    plan
}

impl Controller for ClaimProtection {
    fn name(&self) -> &'static str {
        "pvc-protection-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        if change.kind == self.kinds.pod.id {
            let claims = self.users.observe(change.old.as_ref(), change.new.as_ref());
            if change.new.is_none() {
                claims.into_iter().for_each(|claim| queue.add(claim));
            }
        } else if change.kind == self.kinds.persistent_volume_claim.id
            && let Some(claim) = change.new.as_ref().filter(|claim| claim.meta.deleted.is_some())
        {
            queue.add(claim.key());
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        // A Pod that no node has taken will not get the claim any more.
        let scheduled = |pod: &Arc<Object>| pod.spec::<PodSpec>().is_some_and(|spec| spec.node_name.is_some());
        if self.users.of(key).any(scheduled) {
            return Plan::done();
        }
        let_go(view.get(&self.kinds.persistent_volume_claim, key), CLAIM_PROTECTION)
    }

    fn wrote(&mut self, _: &Key, _: &Outcome, _: &View<'_>) -> Option<Happening> {
        None
    }
}

/// See the module.
#[derive(Debug)]
pub struct VolumeProtection(WellKnown);

impl VolumeProtection {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> VolumeProtection {
        VolumeProtection(kinds.clone())
    }
}

impl Controller for VolumeProtection {
    fn name(&self) -> &'static str {
        "pv-protection-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        if change.kind == self.0.persistent_volume.id
            && let Some(volume) = change.new.as_ref().filter(|volume| volume.meta.deleted.is_some())
        {
            queue.add(volume.key());
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let volume = view.get(&self.0.persistent_volume, key);
        let_go(volume.filter(|volume| phase(volume) != "Bound"), VOLUME_PROTECTION)
    }

    fn wrote(&mut self, _: &Key, _: &Outcome, _: &View<'_>) -> Option<Happening> {
        None
    }
}
