//! Binds claims to volumes, one to one, and sees to what becomes of a volume without its claim.
//!
//! Models pkg/controller/volume/persistentvolume/pv_controller.go. Keys without a namespace are
//! volumes.
//!
//! Diverges: the reclaim policy Recycle, which upstream has deprecated, is told as failed.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::work::{Controller, Outcome, Plan, Queue, View, Write};
use crate::api::event::ObjectReference;
use crate::api::storage::{
    self, BETA_PROVISIONER, BIND_COMPLETED, BOUND_BY_CONTROLLER, DEFAULT_CLASS, PROVISIONED_BY, PROVISIONER,
    SELECTED_NODE, Users, claim_of, class, phase, spec, text,
};
use crate::api::{Key, Object, Part, PodSpec, WellKnown, time};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::sim::Duration;

/// How often what is not bound is looked at again (resyncPeriod).
const RESYNC: Duration = Duration::from_secs(15);

/// See the module.
#[derive(Debug)]
pub struct Binder {
    kinds: WellKnown,
    users: Users,
}

impl Binder {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> Binder {
        Binder { kinds: kinds.clone(), users: Users::default() }
    }
}

impl Controller for Binder {
    fn name(&self) -> &'static str {
        "persistentvolume-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        let Some(object) = change.object() else { return };
        if change.kind == self.kinds.pod.id {
            self.users.observe(change.old.as_ref(), change.new.as_ref());
        } else if change.kind == self.kinds.persistent_volume_claim.id {
            queue.add(object.key());
            if change.new.is_none() && !text(object, "/volumeName").is_empty() {
                queue.add(Key::new("", text(object, "/volumeName")));
            }
        } else if change.kind == self.kinds.persistent_volume.id {
            queue.add(object.key());
            claim_of(object).into_iter().for_each(|claim| queue.add(claim));
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        if key.namespace.is_empty() {
            if let Some(volume) = view.get(&self.kinds.persistent_volume, key) {
                self.sync_volume(volume, view, &mut plan);
            }
        } else if let Some(claim) = view.get(&self.kinds.persistent_volume_claim, key) {
            if claim.meta.annotation(BIND_COMPLETED).is_some() {
                self.sync_bound(claim, view, &mut plan);
            } else if claim.meta.deleted.is_none() {
                self.sync_unbound(claim, view, &mut plan);
            }
        }
        plan
    }

    fn wrote(&mut self, _: &Key, _: &Outcome, _: &View<'_>) -> Option<Happening> {
        None
    }
}

/// Whether claims of a class wait for the scheduler.
fn waits_for_consumer(class: Option<&Arc<Object>>) -> bool {
    let mode = class.and_then(|class| class.rest.json()).and_then(|rest| rest["volumeBindingMode"].as_str());
    mode == Some("WaitForFirstConsumer")
}

/// The object with another status. It is written whatever version is there: the plan may have changed it.
fn with_status(object: &Object, status: Value) -> Write {
    let mut object = object.clone();
    object.meta.resource_version = 0;
    Write::Status(Object { status: Part::Json(Arc::new(status)), ..object })
}

fn tell(plan: &mut Plan, view: &View<'_>, about: &Object, type_: &'static str, reason: &'static str, message: String) {
    plan.then(Write::Tell(Happening::new(view.now, ObjectReference::to(about), type_, reason, message)));
}

impl Binder {
    fn class_of<'a>(&self, claim: &Object, view: &View<'a>) -> Option<&'a Arc<Object>> {
        view.get(&self.kinds.storage_class, &Key::new("", class(claim)))
    }

    /// A claim that is not bound yet (syncUnboundClaim).
    fn sync_unbound(&self, claim: &Arc<Object>, view: &View<'_>, plan: &mut Plan) {
        let volumes = || view.store.list(self.kinds.persistent_volume.id, None);
        let named = text(claim, "/volumeName");
        let found = if named.is_empty() {
            let waiting =
                waits_for_consumer(self.class_of(claim, view)) && claim.meta.annotation(SELECTED_NODE).is_none();
            // Before the scheduler has chosen, only a volume that was made for the claim may be taken.
            storage::best_match(claim, volumes().filter(|volume| !waiting || storage::is_for(volume, claim)), None)
        } else {
            view.get(&self.kinds.persistent_volume, &Key::new("", named))
        };
        match found {
            Some(volume) if spec(volume, "/claimRef").is_null() || storage::is_for(volume, claim) => {
                self.bind(volume, claim, view, plan);
            }
            Some(_) if claim.meta.annotation(BOUND_BY_CONTROLLER).is_none() => {
                let why = format!("volume \"{named}\" already bound to a different claim.");
                tell(plan, view, claim, "Warning", "FailedBinding", why);
                self.set_pending(claim, plan);
            }
            _ if !named.is_empty() => self.set_pending(claim, plan),
            _ => self.wait_for_volume(claim, view, plan),
        }
        plan.again_after(RESYNC);
    }

    fn set_pending(&self, claim: &Object, plan: &mut Plan) {
        if phase(claim) != "Pending" {
            plan.then(with_status(claim, json!({"phase": "Pending"})));
        }
    }

    /// Nothing fits: says what is waited for, and asks the class's provisioner for a volume.
    fn wait_for_volume(&self, claim: &Arc<Object>, view: &View<'_>, plan: &mut Plan) {
        let (name, found) = (class(claim), self.class_of(claim, view));
        if name.is_empty() {
            if spec(claim, "/storageClassName").is_null() && self.take_default_class(claim, view, plan) {
                return;
            }
            let why = "no persistent volumes available for this claim and no storage class is set".to_owned();
            tell(plan, view, claim, "Normal", "FailedBinding", why);
            return self.set_pending(claim, plan);
        }
        self.set_pending(claim, plan);
        let Some(class) = found else {
            let why = format!("storageclass.storage.k8s.io \"{name}\" not found");
            return tell(plan, view, claim, "Warning", "ProvisioningFailed", why);
        };
        if waits_for_consumer(found) && claim.meta.annotation(SELECTED_NODE).is_none() {
            return self.wait_for_consumer(claim, view, plan);
        }
        let provisioner = class.rest.json().and_then(|rest| rest["provisioner"].as_str()).unwrap_or_default();
        if provisioner.starts_with("kubernetes.io/") {
            let why = format!("no volume plugin matched name: {provisioner}");
            return tell(plan, view, claim, "Warning", "ProvisioningFailed", why);
        }
        if claim.meta.annotation(PROVISIONER) != Some(provisioner) {
            let mut asked = Object::clone(claim);
            asked.meta.annotate(BETA_PROVISIONER, provisioner);
            asked.meta.annotate(PROVISIONER, provisioner);
            plan.then(Write::Update(asked));
        }
        let why = format!(
            "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the \
             system administrator. If volume creation is delayed, please verify that the provisioner is running and \
             correctly registered."
        );
        tell(plan, view, claim, "Normal", "ExternalProvisioning", why);
    }

    /// Which Pods a claim waits for (emitEventForUnboundDelayBindingClaim).
    fn wait_for_consumer(&self, claim: &Object, view: &View<'_>, plan: &mut Plan) {
        let key = claim.key();
        let unbound = |pod: &&Arc<Object>| pod.spec::<PodSpec>().is_some_and(|spec| spec.node_name.is_none());
        let pods: Vec<&str> = self.users.of(&key).filter(unbound).map(|pod| &*pod.meta.name).collect();
        let (reason, message) = match &*pods {
            [] => ("WaitForFirstConsumer", "waiting for first consumer to be created before binding".to_owned()),
            [pod] => ("WaitForPodScheduled", format!("waiting for pod {pod} to be scheduled")),
            pods => ("WaitForPodScheduled", format!("waiting for pods {} to be scheduled", pods.join(","))),
        };
        tell(plan, view, claim, "Normal", reason, message);
    }

    /// A claim that named no class when there was no default gets the default that has come since
    /// (assignDefaultStorageClass).
    fn take_default_class(&self, claim: &Object, view: &View<'_>, plan: &mut Plan) -> bool {
        let mut classes = view.store.list(self.kinds.storage_class.id, None);
        let Some(class) = classes.find(|class| class.meta.annotation(DEFAULT_CLASS) == Some("true")) else {
            return false;
        };
        let mut claim = claim.clone();
        if let Some(spec) = claim.spec.json_mut() {
            spec["storageClassName"] = json!(*class.meta.name);
        }
        plan.then(Write::Update(claim));
        true
    }

    /// Four writes: the volume's claim, its phase, the claim's volume, its phase (bind).
    fn bind(&self, volume: &Arc<Object>, claim: &Arc<Object>, view: &View<'_>, plan: &mut Plan) {
        let mut taken = Object::clone(volume);
        let reference = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": *claim.meta.name,
            "namespace": *claim.meta.namespace, "resourceVersion": claim.meta.resource_version.to_string(),
            "uid": *claim.meta.uid,
        });
        // A volume that somebody has kept for the claim stays so when the claim is gone.
        let kept = !spec(volume, "/claimRef").is_null();
        if text(volume, "/claimRef/uid") != &*claim.meta.uid {
            if let Some(spec) = taken.spec.json_mut() {
                spec["claimRef"] = reference;
            }
            if !kept {
                taken.meta.annotate(BOUND_BY_CONTROLLER, "yes");
            }
            plan.then(Write::Update(taken.clone()));
        }
        self.set_phase(&taken, "Bound", view, plan);
        let mut bound = Object::clone(claim);
        if text(claim, "/volumeName").is_empty() {
            if let Some(spec) = bound.spec.json_mut() {
                spec["volumeName"] = json!(*volume.meta.name);
            }
            bound.meta.annotate(BOUND_BY_CONTROLLER, "yes");
        }
        bound.meta.annotate(BIND_COMPLETED, "yes");
        if bound.meta != claim.meta || bound.spec != claim.spec {
            plan.then(Write::Update(bound.clone()));
        }
        let mut status = claim.status.json().cloned().unwrap_or_else(|| json!({}));
        if phase(claim) != "Bound" || status["accessModes"].is_null() {
            status["accessModes"] = spec(volume, "/accessModes").clone();
            status["capacity"] = spec(volume, "/capacity").clone();
            status["phase"] = json!("Bound");
            plan.then(with_status(&bound, status));
        }
    }

    /// A claim that was bound: is its volume still there (syncBoundClaim)?
    fn sync_bound(&self, claim: &Arc<Object>, view: &View<'_>, plan: &mut Plan) {
        let lost = |plan: &mut Plan, why: &str| {
            if phase(claim) != "Lost" {
                tell(plan, view, claim, "Warning", "ClaimLost", why.to_owned());
                plan.then(with_status(claim, json!({"phase": "Lost"})));
            }
        };
        let named = text(claim, "/volumeName");
        if named.is_empty() {
            return lost(plan, "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
        }
        match view.get(&self.kinds.persistent_volume, &Key::new("", named)) {
            None => lost(plan, "Bound claim has lost its PersistentVolume. Data on the volume is lost!"),
            Some(volume) if spec(volume, "/claimRef").is_null() || storage::is_for(volume, claim) => {
                self.bind(volume, claim, view, plan);
            }
            Some(_) => {
                if phase(claim) != "Lost" {
                    let why = "Two claims are bound to the same volume, this one is bound incorrectly".to_owned();
                    tell(plan, view, claim, "Warning", "ClaimMisbound", why);
                    plan.then(with_status(claim, json!({"phase": "Lost"})));
                }
            }
        }
    }

    fn set_phase(&self, volume: &Object, phase: &str, view: &View<'_>, plan: &mut Plan) {
        if storage::phase(volume) != phase {
            let mut status = Map::new();
            status.insert("phase".to_owned(), json!(phase));
            status.insert("lastPhaseTransitionTime".to_owned(), json!(time::rfc3339(view.now)));
            plan.then(with_status(volume, Value::Object(status)));
        }
    }

    /// Whose a volume is (syncVolume).
    fn sync_volume(&self, volume: &Arc<Object>, view: &View<'_>, plan: &mut Plan) {
        let uid = text(volume, "/claimRef/uid");
        let Some(key) = claim_of(volume).filter(|_| !uid.is_empty()) else {
            return self.set_phase(volume, "Available", view, plan);
        };
        let claim = view.get(&self.kinds.persistent_volume_claim, &key).filter(|claim| *claim.meta.uid == *uid);
        match claim {
            None => {
                if phase(volume) != "Failed" {
                    self.set_phase(volume, "Released", view, plan);
                }
                self.reclaim(volume, view, plan);
            }
            Some(claim) if text(claim, "/volumeName").is_empty() => {}
            Some(claim) if text(claim, "/volumeName") == &*volume.meta.name => {
                self.set_phase(volume, "Bound", view, plan);
            }
            // The claim has taken another.
            Some(_) => {
                let made = volume.meta.annotation(PROVISIONED_BY).is_some();
                if made && text(volume, "/persistentVolumeReclaimPolicy") == "Delete" {
                    self.set_phase(volume, "Released", view, plan);
                } else if volume.meta.annotation(BOUND_BY_CONTROLLER).is_some() {
                    self.unbind(volume, plan);
                }
            }
        }
    }

    fn unbind(&self, volume: &Object, plan: &mut Plan) {
        let mut free = volume.clone();
        if let Some(spec) = free.spec.json_mut().and_then(Value::as_object_mut) {
            spec.remove("claimRef");
        }
        Arc::make_mut(&mut free.meta.annotations).remove(BOUND_BY_CONTROLLER);
        plan.then(Write::Update(free));
    }

    /// What becomes of a volume whose claim is gone (reclaimVolume). Volumes of external provisioners
    /// are deleted by those.
    fn reclaim(&self, volume: &Object, view: &View<'_>, plan: &mut Plan) {
        let policy = text(volume, "/persistentVolumeReclaimPolicy");
        let made = volume.meta.annotation(PROVISIONED_BY).is_some();
        let path = spec(volume, "/hostPath/path").as_str();
        let (reason, why) = match (policy, path) {
            ("Delete", _) if made => return,
            ("Delete", Some(path)) if path.starts_with("/tmp/") => {
                return plan.then(Write::Delete(Arc::new(volume.clone())));
            }
            ("Delete", Some(path)) => {
                ("VolumeFailedDelete", format!("host_path deleter only supports /tmp/.+ but received provided {path}"))
            }
            ("Delete", None) => {
                let name = &volume.meta.name;
                let why = "no deletable volume plugin matched";
                ("VolumeFailedDelete", format!("error getting deleter volume plugin for volume \"{name}\": {why}"))
            }
            ("Recycle", _) => ("VolumeFailedRecycle", "the Recycle policy is deprecated, and not simulated".to_owned()),
            _ => return,
        };
        if phase(volume) != "Failed" {
            let mut status = json!({"phase": "Failed", "message": why});
            status["lastPhaseTransitionTime"] = json!(time::rfc3339(view.now));
            plan.then(with_status(volume, status));
            tell(plan, view, volume, "Warning", reason, why);
        }
    }
}
