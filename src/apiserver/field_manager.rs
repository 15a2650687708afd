//! Notes who sets which fields, write by write.
//!
//! Models apimachinery/pkg/util/managedfields/fieldmanager.go. What is noted is as small as
//! [`crate::api::managed`] can make it: it is worked out when somebody looks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ApiServer;
use crate::api::Object;
use crate::api::managed::{self, Entry, FieldSet, Managed, Writer};

/// How many field sets of new Pods are kept for the next Pods of the same owners.
const KEPT_POD_SETS: usize = 1_000;

/// What the notes share.
#[derive(Debug, Default)]
pub struct Shared {
    texts: BTreeSet<Arc<str>>,
    /// What a new Pod says, by its owner's uid and its template's hash: all Pods of one template say
    /// the same.
    pods: BTreeMap<(Arc<str>, String), Arc<FieldSet>>,
}

impl Shared {
    fn text(&mut self, text: &str) -> Arc<str> {
        match self.texts.get(text) {
            Some(known) => Arc::clone(known),
            None => {
                let new: Arc<str> = text.into();
                self.texts.insert(Arc::clone(&new));
                new
            }
        }
    }
}

/// The program that an actor is part of: what upstream takes from a client's user agent.
fn program(actor: &str) -> &'static str {
    match actor {
        "system" => "kube-apiserver",
        "default-scheduler" => "kube-scheduler",
        kubelet if kubelet.starts_with("kubelet") || kubelet.starts_with("system:node:") => "kubelet",
        _ => "kube-controller-manager",
    }
}

/// Whether the server itself adds to new objects of a kind what nobody is noted for (addresses,
/// service accounts, selectors).
fn is_added_to(object: &Object) -> bool {
    matches!(
        (&*object.kind.group, &*object.kind.kind),
        ("", "Pod" | "Service" | "Namespace" | "PersistentVolumeClaim") | ("batch", "Job")
    )
}

impl ApiServer {
    /// Whoever writes to `subresource` now.
    pub(super) fn writer(&mut self, object: &Object, subresource: &str) -> Writer {
        let manager = self.manager.clone();
        Writer {
            manager: self.shared.text(manager.as_deref().unwrap_or_else(|| program(&self.actor.name))),
            applies: false,
            api_version: self.shared.text(&object.kind.api_version()),
            subresource: self.shared.text(subresource),
        }
    }

    /// What to note of a new object, as it is before admission.
    pub(super) fn note_creation(&mut self, object: &Object) -> Managed {
        let writer = self.writer(object, "");
        if self.manager.is_none() && !is_added_to(object) {
            return Managed::created(writer, self.now);
        }
        let label = |key: &str| object.meta.label(key).map(str::to_owned);
        let hash = label("pod-template-hash").or_else(|| label("controller-revision-hash"));
        let owner = object.meta.controller().map(|owner| Arc::clone(&owner.uid));
        let fields = match (owner, hash) {
            (Some(owner), Some(hash)) if &*object.kind.kind == "Pod" => {
                if self.shared.pods.len() >= KEPT_POD_SETS {
                    self.shared.pods.clear();
                }
                let entry = self.shared.pods.entry((owner, hash));
                Arc::clone(entry.or_insert_with(|| Arc::new(managed::fields_of_new(object))))
            }
            _ => Arc::new(managed::fields_of_new(object)),
        };
        Managed::known(vec![Entry { writer, time: Some(self.now), fields }])
    }

    /// What to note of a new version that replaces `old`.
    pub(super) fn note_update(&mut self, old: &Object, subresource: &str) -> Managed {
        let writer = self.writer(old, subresource);
        Managed::written(old, writer, self.now, self.manager.is_none())
    }
}
