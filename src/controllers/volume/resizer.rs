//! Lets volumes grow with their claims. Models kubernetes-csi/external-resizer, and what a kubelet does
//! to the file system afterwards.
//!
//! Diverges: the kubelet's part is done here, a second after the volume is attached somewhere, and tells
//! no event of the Pod. How long either takes is a guess.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::work::{Controller, Outcome, Plan, Queue, View, Write};
use super::provisioner::mebibytes;
use crate::api::event::ObjectReference;
use crate::api::storage::{amount, attachment_name, is_attached, is_bound, spec, text};
use crate::api::{Key, Object, Part, Quantity, WellKnown, time};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::sim::Duration;

/// The driver whose volumes can grow.
const DRIVER: &str = "driver.longhorn.io";
/// How long the driver takes, and how long a kubelet does.
const WORK: Duration = Duration::from_millis(1_200);
const WAITING: &str = "FileSystemResizePending";

/// See the module. Keys are claims.
#[derive(Debug)]
pub struct Resizer(WellKnown);

impl Resizer {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> Resizer {
        Resizer(kinds.clone())
    }
}

fn capacity(claim: &Object) -> Quantity {
    let status = claim.status.json().map_or(&Value::Null, |status| &status["capacity"]["storage"]);
    status.as_str().and_then(Quantity::parse).unwrap_or_default()
}

fn condition(claim: &Object) -> Option<&str> {
    claim.status.json().and_then(|status| status["conditions"][0]["type"].as_str())
}

fn wants_more(claim: &Object) -> bool {
    is_bound(claim) && claim.meta.deleted.is_none() && amount(claim, "/resources/requests/storage") > capacity(claim)
}

impl Controller for Resizer {
    fn name(&self) -> &'static str {
        "external-resizer driver.longhorn.io"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        let Some(object) = &change.new else { return };
        if change.kind == self.0.persistent_volume_claim.id && wants_more(object) {
            queue.add(object.key());
        } else if change.kind == self.0.volume_attachment.id && is_attached(object) {
            let name = text(object, "/source/persistentVolumeName");
            let volume = store.get(self.0.persistent_volume.id, &Key::new("", name));
            volume.and_then(|volume| crate::api::storage::claim_of(volume)).into_iter().for_each(|key| queue.add(key));
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some(claim) = view.get(&self.0.persistent_volume_claim, key).filter(|claim| wants_more(claim)) else {
            return plan;
        };
        let found = view.get(&self.0.persistent_volume, &Key::new("", text(claim, "/volumeName")));
        let Some(volume) = found.filter(|volume| text(volume, "/csi/driver") == DRIVER) else { return plan };
        let wanted = mebibytes(amount(claim, "/resources/requests/storage").value());
        let tell = |plan: &mut Plan, reason, message: String| {
            plan.then(Write::Tell(Happening::new(view.now, ObjectReference::to(claim), "Normal", reason, message)));
        };
        let conditions = |plan: &mut Plan, kind: &str, message: &str| {
            let mut status = claim.status.json().cloned().unwrap_or_default();
            let mut one = json!({"type": kind, "status": "True", "lastTransitionTime": time::rfc3339(view.now)});
            if !message.is_empty() {
                one["message"] = json!(message);
            }
            status["conditions"] = json!([one]);
            plan.then(Write::Status(Object { status: Part::Json(Arc::new(status)), ..(**claim).clone() }));
        };
        if amount(volume, "/capacity/storage") < Quantity::parse(&wanted).unwrap_or_default() {
            if condition(claim) != Some("Resizing") {
                tell(&mut plan, "Resizing", format!("External resizer is resizing volume {}", volume.meta.name));
                conditions(&mut plan, "Resizing", "");
                plan.again_after(WORK);
                return plan;
            }
            if let Some(left) = self.left(claim, view) {
                plan.again_after(left);
                return plan;
            }
            let mut larger = Object::clone(volume);
            if let Some(spec) = larger.spec.json_mut() {
                spec["capacity"]["storage"] = json!(wanted);
            }
            plan.then(Write::Update(larger));
            let message = "Require file system resize of volume on node".to_owned();
            tell(&mut plan, "FileSystemResizeRequired", message);
            let message = "Waiting for user to (re-)start a pod to finish file system resize of volume on node.";
            conditions(&mut plan, WAITING, message);
            plan.again_after(WORK);
            return plan;
        }
        let nodes = view.store.list(self.0.node.id, None);
        let mut attachments = nodes.filter_map(|node| {
            view.get(&self.0.volume_attachment, &Key::new("", &attachment_name(volume, &node.meta.name)))
        });
        if attachments.any(|one| is_attached(one)) {
            if let Some(left) = self.left(claim, view) {
                plan.again_after(left);
                return plan;
            }
            let mut status = claim.status.json().cloned().unwrap_or_default();
            status["capacity"] = spec(volume, "/capacity").clone();
            if let Some(all) = status.as_object_mut() {
                all.remove("conditions");
            }
            plan.then(Write::Status(Object { status: Part::Json(Arc::new(status)), ..(**claim).clone() }));
        }
        plan
    }

    fn wrote(&mut self, _: &Key, _: &Outcome, _: &View<'_>) -> Option<Happening> {
        None
    }
}

impl Resizer {
    /// How long the step that the claim's condition tells of still takes.
    fn left(&self, claim: &Object, view: &View<'_>) -> Option<Duration> {
        let since = claim.status.json()?["conditions"][0]["lastTransitionTime"].as_str().and_then(time::parse)?;
        let until = since + WORK;
        (until > view.now).then(|| until.since(view.now))
    }
}
