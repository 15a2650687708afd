//! Objects go away with their owners. Models pkg/controller/garbagecollector.
//!
//! The keys of its queue are the uids of owners: of one that is gone, and its dependents follow
//! (background); of one that waits for its dependents (foreground); of one whose dependents stay
//! (orphan).

use std::sync::Arc;

use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::{Key, KindId, Object, OwnerReference};
use crate::apiserver::delete::{FOREGROUND, ORPHAN};
use crate::apiserver::{Change, DeleteOptions, Propagation, Store};
use crate::collections::{SortedMap, SortedSet};

/// See the module.
#[derive(Debug, Default)]
pub struct GarbageCollector {
    /// How many objects name the owner of that uid.
    dependents: SortedMap<Arc<str>, usize>,
    /// What is there and might own something.
    living: SortedSet<Arc<str>>,
    /// Owners that wait for their dependents.
    waiting: SortedMap<Arc<str>, (KindId, Key)>,
}

fn has(object: &Object, finalizer: &str) -> bool {
    object.meta.finalizers.iter().any(|one| one == finalizer)
}

fn key_of(uid: &Arc<str>) -> Key {
    Key { namespace: "".into(), name: Arc::clone(uid) }
}

impl GarbageCollector {
    /// The controller.
    pub fn new() -> GarbageCollector {
        GarbageCollector::default()
    }

    fn count(&mut self, change: &Change, queue: &mut Queue) {
        let owners = |object: &Option<Arc<Object>>| object.as_ref().map(|object| Arc::clone(&object.meta.owners));
        let (from, to) = (owners(&change.old).unwrap_or_default(), owners(&change.new).unwrap_or_default());
        if Arc::ptr_eq(&from, &to) {
            return;
        }
        for owner in from.iter() {
            if let Some(count) = self.dependents.get_mut(&owner.uid) {
                *count -= 1;
                if *count == 0 {
                    self.dependents.remove(&owner.uid);
                }
            }
            if self.waiting.contains_key(&owner.uid) {
                queue.add(key_of(&owner.uid));
            }
        }
        for owner in to.iter() {
            *self.dependents.entry(Arc::clone(&owner.uid)).or_default() += 1;
        }
    }
}

impl Controller for GarbageCollector {
    fn name(&self) -> &'static str {
        "generic-garbage-collector"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        let Some(object) = change.object() else { return };
        // Events own nothing and are nobody's.
        if *object.kind.kind == *"Event" {
            return;
        }
        self.count(change, queue);
        let uid = &object.meta.uid;
        match (&change.old, &change.new) {
            (None, Some(_)) => self.living.insert(Arc::clone(uid)),
            (Some(_), None) => self.living.remove(uid),
            _ => false,
        };
        match &change.new {
            None => {
                self.waiting.remove(uid);
                if self.dependents.contains_key(uid) {
                    queue.add(key_of(uid));
                }
            }
            Some(object) if object.meta.deleted.is_some() && (has(object, FOREGROUND) || has(object, ORPHAN)) => {
                self.waiting.insert(Arc::clone(uid), (change.kind, object.key()));
                queue.add(key_of(uid));
            }
            // An object may name an owner that is gone already.
            Some(object) if change.old.is_none() && !object.meta.owners.is_empty() => {
                for owner in object.meta.owners.iter().filter(|owner| !self.living.contains(&owner.uid)) {
                    queue.add(key_of(&owner.uid));
                }
            }
            Some(_) => {}
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let uid = &key.name;
        let dependents: Vec<&Arc<Object>> =
            view.served.stored().flat_map(|kind| view.store.owned_by(kind.id, uid)).collect();
        let waiting = self.waiting.get(uid).and_then(|(kind, key)| view.store.get(*kind, key));
        match waiting.filter(|owner| owner.meta.uid == *uid) {
            Some(owner) if has(owner, ORPHAN) => {
                plan.at_once(dependents.iter().map(|object| Write::Update(without_owner(object, uid))).collect());
                plan.then(Write::Update(without_finalizer(owner, ORPHAN)));
            }
            Some(owner) => {
                let blocks = |object: &&&Arc<Object>| {
                    object.meta.owners.iter().any(|one| one.uid == *uid && one.block_owner_deletion == Some(true))
                };
                if dependents.iter().filter(blocks).count() == 0 {
                    plan.then(Write::Update(without_finalizer(owner, FOREGROUND)));
                } else {
                    plan.at_once(deletions(&dependents, Propagation::Foreground));
                }
            }
            None => {
                let mut gone = Vec::new();
                for object in dependents {
                    let owner = object.meta.owners.iter().find(|one| one.uid == *uid);
                    if owner.is_none_or(|owner| exists(owner, object, view)) {
                        continue;
                    }
                    if object.meta.owners.iter().any(|one| one.uid != *uid && exists(one, object, view)) {
                        plan.then(Write::Update(without_owner(object, uid)));
                    } else {
                        gone.push(object);
                    }
                }
                plan.at_once(deletions(&gone, Propagation::Background));
            }
        }
        plan
    }
}

fn deletions(objects: &[&Arc<Object>], propagation: Propagation) -> Vec<Write> {
    let doomed = objects.iter().filter(|object| object.meta.deleted.is_none());
    let options = |object: &Object| DeleteOptions {
        propagation: Some(propagation),
        uid: Some(Arc::clone(&object.meta.uid)),
        ..DeleteOptions::default()
    };
    doomed.map(|object| Write::DeleteWith(Arc::clone(object), options(object))).collect()
}

/// Whether the owner is there: the very one, not a namesake.
fn exists(owner: &OwnerReference, dependent: &Object, view: &View<'_>) -> bool {
    let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
    let Some(kind) = view.served.kind(group, &owner.kind) else { return false };
    let namespace = if kind.namespaced { Arc::clone(&dependent.meta.namespace) } else { "".into() };
    let key = Key { namespace, name: Arc::clone(&owner.name) };
    view.get(kind, &key).is_some_and(|found| found.meta.uid == owner.uid)
}

fn without_owner(object: &Object, uid: &Arc<str>) -> Object {
    let owners: Vec<OwnerReference> = object.meta.owners.iter().filter(|one| one.uid != *uid).cloned().collect();
    let mut object = object.clone();
    object.meta.owners = owners.into();
    object
}

fn without_finalizer(object: &Object, finalizer: &str) -> Object {
    let finalizers: Vec<String> = object.meta.finalizers.iter().filter(|one| *one != finalizer).cloned().collect();
    let mut object = object.clone();
    object.meta.finalizers = finalizers.into();
    object
}
