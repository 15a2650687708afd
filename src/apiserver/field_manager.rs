//! Notes who sets which fields, write by write.
//!
//! Models apimachinery/pkg/util/managedfields/fieldmanager.go. What is noted is as small as
//! [`crate::api::managed`] can make it: it is worked out when somebody looks.

use std::sync::Arc;

use super::ApiServer;
use crate::api::managed::{self, Managed, Writer};
use crate::api::{KindId, Object};
use crate::collections::SortedMap;

/// How many templates' Pods are remembered.
const KEPT_PODS: usize = 1_000;

/// What the notes share.
#[derive(Debug, Default)]
pub struct Shared {
    /// The cluster's own parts as writers of each kind.
    writers: SortedMap<(KindId, &'static str), Vec<Writer>>,
    /// What is noted of new objects, by kind and program.
    created: SortedMap<(KindId, &'static str), Managed>,
    /// What is noted of a new Pod, by its owner's uid and its template's hash: all Pods of one
    /// template say the same.
    pods: SortedMap<(Arc<str>, String), Managed>,
}

/// The program that an actor is part of: what upstream takes from a client's user agent.
fn program(actor: &str) -> &'static str {
    match actor {
        "system" | "apiextensions-apiserver" => "kube-apiserver",
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
        let kind = &object.kind;
        let new = |manager: &str| Writer {
            manager: manager.into(),
            applies: false,
            api_version: kind.api_version().into(),
            subresource: subresource.into(),
        };
        if let Some(manager) = &self.manager {
            return new(manager);
        }
        let program = program(&self.actor.name);
        let known = self.shared.writers.entry((kind.id, program)).or_default();
        if let Some(writer) = known.iter().find(|writer| &*writer.subresource == subresource) {
            return writer.clone();
        }
        known.push(new(program));
        new(program)
    }

    /// What to note of a new object, as it is before admission.
    pub(super) fn note_creation(&mut self, object: &Object) -> Managed {
        let now = self.now;
        if self.manager.is_none() && !is_added_to(object) {
            let key = (object.kind.id, program(&self.actor.name));
            if let Some(like) = self.shared.created.get(&key) {
                return like.again(now);
            }
            let managed = Managed::created(self.writer(object, ""), None, now);
            self.shared.created.insert(key, managed.clone());
            return managed;
        }
        let hash = || object.meta.label("pod-template-hash").or_else(|| object.meta.label("controller-revision-hash"));
        let of_template = match object.meta.controller() {
            Some(owner) if &*object.kind.kind == "Pod" => hash().map(|hash| (Arc::clone(&owner.uid), hash.to_owned())),
            _ => None,
        };
        if let Some(like) = of_template.as_ref().and_then(|key| self.shared.pods.get(key)) {
            return like.again(now);
        }
        let fields = Arc::new(managed::fields_of_new(object));
        let managed = Managed::created(self.writer(object, ""), Some(fields), now);
        if let Some(key) = of_template {
            if self.shared.pods.len() >= KEPT_PODS {
                self.shared.pods.clear();
            }
            self.shared.pods.insert(key, managed.clone());
        }
        managed
    }

    /// What to note of a new version that replaces `old`.
    pub(super) fn note_update(&mut self, old: &Object, subresource: &str) -> Managed {
        let writer = self.writer(old, subresource);
        Managed::written(old, writer, self.now, self.manager.is_none())
    }
}
