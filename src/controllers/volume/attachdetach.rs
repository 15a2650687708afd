//! Attaches volumes of a storage driver to the nodes whose Pods use them, and detaches them again.
//!
//! Models pkg/controller/volume/attachdetach and, for the VolumeAttachments that it writes,
//! pkg/volume/csi/csi_attacher.go; the driver's own external-attacher is part of it. How long an
//! attachment takes is a guess from recordings.

use std::sync::Arc;

use k8s_openapi::api::core::v1::PodStatus;
use serde_json::json;

use super::super::work::{Controller, Outcome, Plan, Queue, View, Write};
use crate::api::event::ObjectReference;
use crate::api::storage::{Users, attachment_name, claim_of, is_attachable, is_attached, is_bound, spec, text};
use crate::api::{Key, Object, Part, PodSpec, WellKnown};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::collections::{SortedMap, SortedSet};
use crate::sim::Duration;

/// How long the driver takes to attach a volume.
const ATTACHING: Duration = Duration::from_millis(350);
/// How long until a volume that nobody uses is detached.
const DETACHING: Duration = Duration::from_millis(50);

/// See the module. Keys are volumes.
#[derive(Debug)]
pub struct AttachDetach {
    kinds: WellKnown,
    users: Users,
    /// Pods that were told that their volume is somewhere else.
    refused: SortedSet<Arc<str>>,
}

impl AttachDetach {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> AttachDetach {
        AttachDetach { kinds: kinds.clone(), users: Users::default(), refused: SortedSet::new() }
    }
}

/// The node where the Pod uses its volumes: one that has ended uses none any more.
fn node_of(pod: &Object) -> Option<&str> {
    let phase = pod.status::<PodStatus>().and_then(|status| status.phase.as_deref());
    if matches!(phase, Some("Succeeded" | "Failed")) {
        return None;
    }
    pod.spec::<PodSpec>()?.node_name.as_deref().filter(|node| !node.is_empty())
}

impl Controller for AttachDetach {
    fn name(&self) -> &'static str {
        "attachdetach-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        let volume_of = |claim: &Key| {
            let claim = store.get(self.kinds.persistent_volume_claim.id, claim)?;
            Some(Key::new("", Some(text(claim, "/volumeName")).filter(|name| !name.is_empty())?))
        };
        if change.kind == self.kinds.pod.id {
            let claims = self.users.observe(change.old.as_ref(), change.new.as_ref());
            if let (None, Some(pod)) = (&change.new, &change.old) {
                self.refused.remove(&pod.meta.uid);
            }
            let moved = match (&change.old, &change.new) {
                (Some(old), Some(new)) => node_of(old) != node_of(new),
                (_, new) => new.is_none() || new.as_ref().is_some_and(|pod| node_of(pod).is_some()),
            };
            if moved {
                let ends = change.new.as_ref().is_none_or(|pod| node_of(pod).is_none());
                let delay = if ends { DETACHING } else { Duration::ZERO };
                claims.iter().filter_map(volume_of).for_each(|key| queue.add_after(key, delay));
            }
        } else if change.kind == self.kinds.persistent_volume_claim.id {
            let bound = change.new.as_ref().filter(|claim| is_bound(claim));
            let news = change.old.as_ref().is_none_or(|claim| !is_bound(claim));
            bound.filter(|_| news).and_then(|claim| volume_of(&claim.key())).into_iter().for_each(|key| queue.add(key));
        } else if change.kind == self.kinds.volume_attachment.id {
            let name = change.object().map(|one| text(one, "/source/persistentVolumeName")).unwrap_or_default();
            let delay = if change.old.is_none() { ATTACHING } else { Duration::ZERO };
            queue.add_after(Key::new("", name), delay);
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some(volume) = view.get(&self.kinds.persistent_volume, key) else { return plan };
        if !is_attachable(volume) {
            return plan;
        }
        let mut wanted: SortedMap<&str, Vec<&Arc<Object>>> = SortedMap::new();
        for pod in claim_of(volume).iter().flat_map(|claim| self.users.of(claim)) {
            if let Some(node) = node_of(pod) {
                wanted.entry(node).or_default().push(pod);
            }
        }
        let nodes = view.store.list(self.kinds.node.id, None);
        let have: Vec<(&str, &Arc<Object>)> = nodes
            .filter_map(|node| {
                let key = Key::new("", &attachment_name(volume, &node.meta.name));
                Some((&*node.meta.name, view.get(&self.kinds.volume_attachment, &key)?))
            })
            .collect();
        for (node, attachment) in &have {
            if !wanted.contains_key(*node) {
                plan.then(Write::Delete(Arc::clone(attachment)));
            } else if !is_attached(attachment) {
                let done_at = attachment.meta.created.unwrap_or_default() + ATTACHING;
                if done_at > view.now {
                    plan.again_after(done_at.since(view.now));
                    continue;
                }
                let mut done = Object::clone(attachment);
                done.status = Part::Json(Arc::new(json!({"attached": true})));
                plan.then(Write::Status(done));
                for pod in wanted.get(*node).into_iter().flatten() {
                    let message = format!("AttachVolume.Attach succeeded for volume \"{}\"", volume.meta.name);
                    let about = ObjectReference::to(pod);
                    plan.then(Write::Tell(Happening::new(
                        view.now,
                        about,
                        "Normal",
                        "SuccessfulAttachVolume",
                        message,
                    )));
                }
            }
        }
        let modes = spec(volume, "/accessModes");
        let shared =
            modes.as_array().into_iter().flatten().any(|mode| mode == "ReadWriteMany" || mode == "ReadOnlyMany");
        let mut elsewhere = have.first().map(|(node, _)| *node).filter(|_| !shared);
        for (node, pods) in &wanted {
            if have.iter().any(|(other, _)| other == node) {
                continue;
            }
            if let Some(other) = elsewhere {
                let others = wanted.get(other).map_or(&[][..], Vec::as_slice);
                refuse(&mut self.refused, volume, pods, others, view, &mut plan);
                continue;
            }
            let mut attachment = Object::new(&self.kinds.volume_attachment, "", &attachment_name(volume, node));
            attachment.spec = Part::Json(Arc::new(json!({
                "attacher": text(volume, "/csi/driver"), "nodeName": node,
                "source": {"persistentVolumeName": *volume.meta.name},
            })));
            attachment.status = Part::Json(Arc::new(json!({"attached": false})));
            plan.then(Write::Create(attachment));
            if !shared {
                elsewhere = Some(node);
            }
        }
        plan
    }

    fn wrote(&mut self, _: &Key, _: &Outcome, _: &View<'_>) -> Option<Happening> {
        None
    }
}

/// Says, once to each Pod, that its volume is on another node (reportMultiAttachError).
fn refuse(
    refused: &mut SortedSet<Arc<str>>,
    volume: &Object,
    pods: &[&Arc<Object>],
    others: &[&Arc<Object>],
    view: &View<'_>,
    plan: &mut Plan,
) {
    let others: Vec<&str> = others.iter().map(|pod| &*pod.meta.name).collect();
    let why = match &*others {
        [] => "Volume is already exclusively attached to one node and can't be attached to another".to_owned(),
        others => format!("Volume is already used by pod(s) {}", others.join(", ")),
    };
    for pod in pods {
        if refused.insert(Arc::clone(&pod.meta.uid)) {
            let message = format!("Multi-Attach error for volume \"{}\" {why}", volume.meta.name);
            let about = ObjectReference::to(pod);
            plan.then(Write::Tell(Happening::new(view.now, about, "Warning", "FailedAttachVolume", message)));
        }
    }
}
