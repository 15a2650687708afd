//! The claims that Pods bring along (`ephemeral.volumeClaimTemplate`), made for each. Models
//! pkg/controller/volume/ephemeral/controller.go.

use std::sync::Arc;

use super::super::work::{Controller, Plan, Queue, View, Write};
use crate::api::event::ObjectReference;
use crate::api::storage::{claim_name, not_made_for};
use crate::api::{Key, Object, Part, PodSpec, WellKnown, codec};
use crate::apiserver::{Change, Store};
use crate::client::Happening;

/// See the module.
#[derive(Debug)]
pub struct EphemeralVolumes(WellKnown);

impl EphemeralVolumes {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> EphemeralVolumes {
        EphemeralVolumes(kinds.clone())
    }
}

fn brings_claims(pod: &Object) -> bool {
    let spec = pod.spec::<PodSpec>();
    spec.is_some_and(|spec| spec.volumes.iter().flatten().any(|volume| volume.ephemeral.is_some()))
}

impl Controller for EphemeralVolumes {
    fn name(&self) -> &'static str {
        "ephemeral_volume"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        if change.kind == self.0.pod.id {
            // A Pod's volumes never change.
            if let (None, Some(pod)) = (&change.old, &change.new)
                && brings_claims(pod)
            {
                queue.add(pod.key());
            }
        } else if change.kind == self.0.persistent_volume_claim.id
            && let (Some(claim), None) = (&change.old, &change.new)
            && let Some(owner) = claim.meta.controller().filter(|owner| *owner.kind == *"Pod")
        {
            queue.add(Key { namespace: Arc::clone(&claim.meta.namespace), name: Arc::clone(&owner.name) });
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::done();
        let Some(pod) = view.get(&self.0.pod, key).filter(|pod| pod.meta.deleted.is_none()) else { return plan };
        let volumes = pod.spec::<PodSpec>().into_iter().flat_map(|spec| spec.volumes.iter().flatten());
        for volume in volumes {
            let Some(template) = volume.ephemeral.as_ref().and_then(|one| one.volume_claim_template.as_ref()) else {
                continue;
            };
            let Some(name) = claim_name(&key.name, volume) else { continue };
            let claim = Key { namespace: Arc::clone(&key.namespace), name: name.into() };
            if let Some(found) = view.get(&self.0.persistent_volume_claim, &claim) {
                if found.meta.controller().is_none_or(|owner| owner.uid != pod.meta.uid) {
                    let why = format!("ephemeral volume {}: {}", volume.name, not_made_for(&claim, key));
                    let about = ObjectReference::to(pod);
                    plan.then(Write::Tell(Happening::new(view.now, about, "Warning", "FailedBinding", why)));
                }
                continue;
            }
            let mut object = Object::new(&self.0.persistent_volume_claim, &key.namespace, &claim.name);
            let meta = template.metadata.as_ref();
            object.meta.labels = Arc::new(meta.and_then(|meta| meta.labels.clone()).unwrap_or_default());
            object.meta.annotations = Arc::new(meta.and_then(|meta| meta.annotations.clone()).unwrap_or_default());
            object.meta.owners = Arc::from(vec![pod.controller_reference()]);
            object.spec = Part::Json(Arc::new(codec::write(&template.spec)));
            plan.then(Write::Create(object));
        }
        plan
    }
}
