//! The way of a write: defaults, admission, strategy, validation, conflict check, store, watches.
//!
//! The typed door for controllers, schedulers and kubelets; REST requests come the same way.
//! Models apiserver/pkg/registry/generic/registry/store.go Create and Update.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{PodCondition, PodStatus, ServiceSpec};

use super::{ApiServer, admission, certificates, defaults, strategy, validation};
use crate::api::managed::Managed;
use crate::api::{Key, Kind, Object, PodSpec, Status, names, time};

/// How often a generated name is drawn before the last is refused.
const MAX_NAME_ATTEMPTS: usize = 8;

impl ApiServer {
    /// Creates an object: defaults, name from `generateName`, uid, creation time, addresses.
    pub fn create(&mut self, object: Object) -> Result<Arc<Object>, Status> {
        let object = self.prepare_create(object)?;
        Ok(self.write(&Arc::clone(&object.kind), &object.key(), object))
    }

    /// Everything that a creation does but the writing.
    pub(super) fn prepare_create(&mut self, mut object: Object) -> Result<Object, Status> {
        // A generated name that is taken is drawn again (RetryGenerateName), which among ten
        // thousand Pods happens.
        if let (true, Some(prefix)) = (object.meta.name.is_empty(), object.meta.generate_name.clone()) {
            for _ in 0..MAX_NAME_ATTEMPTS {
                object.meta.name = names::generate(&prefix, &mut self.rng).into();
                if self.store.get(object.kind.id, &object.key()).is_none() {
                    break;
                }
            }
        }
        let kind = Arc::clone(&object.kind);
        let key = object.key();
        defaults::apply(&mut object);
        self.confirm_no_escalation(&object, None)?;
        if certificates::is_request(&kind) {
            certificates::note_requestor(&mut object, self.user.as_ref());
            certificates::restrict_subject(&object)?;
        }
        let managed = self.note_creation(&object);
        let mut context =
            admission::Context { kinds: &self.kinds, store: &self.store, rng: &mut self.rng, warnings: Vec::new() };
        admission::create(&mut object, &mut context)?;
        self.warnings.append(&mut context.warnings);
        if object.meta.uid.is_empty() {
            object.meta.uid = names::uid(&mut self.rng).into();
        }
        if object.meta.created.is_none() {
            object.meta.created = Some(self.now);
        }
        object.meta.resource_version = 0;
        strategy::prepare_for_create(&mut object);
        if let Some(spec) = object.spec.get_mut::<ServiceSpec>() {
            self.allocations.allocate(&key.name, spec, None, &mut self.rng)?;
        }
        self.share_spec(&mut object);
        validation::create(&object)?;
        if self.store.get(kind.id, &key).is_some() {
            return Err(Status::already_exists(&kind.group_resource(), &key.name));
        }
        object.meta.managed = managed;
        Ok(object)
    }

    /// The Pods of one owner have the same spec, which they share.
    fn share_spec(&self, object: &mut Object) {
        let owner = object.meta.controller().map(|owner| Arc::clone(&owner.uid));
        let Some(spec) = object.spec.get_mut::<PodSpec>() else { return };
        let sibling = owner.and_then(|owner| self.store.owned_by(object.kind.id, &owner).next());
        if let Some(other) = sibling.and_then(|sibling| sibling.spec::<PodSpec>()) {
            spec.share(other);
        }
    }

    /// Replaces an object's desired state; its status stays as it is. An update that changes
    /// nothing writes nothing. One that takes the last finalizer from an object being deleted
    /// removes it.
    pub fn update(&mut self, object: Object) -> Result<Arc<Object>, Status> {
        let (object, old) = self.prepare_update(object)?;
        Ok(self.commit(object, old, Some("")))
    }

    /// Everything that an update does but the writing, and the version that it replaces.
    pub(super) fn prepare_update(&mut self, mut object: Object) -> Result<(Object, Arc<Object>), Status> {
        let old = self.checked(&object)?;
        defaults::apply(&mut object);
        self.confirm_no_escalation(&object, Some(&old))?;
        if object.spec == old.spec {
            object.spec = old.spec.clone();
        }
        strategy::prepare_for_update(&mut object, &old);
        if let (Some(spec), Some(was)) = (object.spec.get_mut::<ServiceSpec>(), old.spec.get::<ServiceSpec>()) {
            self.allocations.allocate(&old.meta.name, spec, Some(was), &mut self.rng)?;
        }
        if !same(&object, &old) {
            admission::update(&object, &old, &self.kinds, &self.store)?;
            validation::update(&object, &old)?;
        }
        Ok((object, old))
    }

    /// Replaces an object's status and annotations, and nothing else. (The deployment controller
    /// counts its revisions in an annotation as it writes the status.)
    pub fn update_status(&mut self, object: Object) -> Result<Arc<Object>, Status> {
        let old = self.checked(&object)?;
        let mut new = Object { status: object.status, ..(*old).clone() };
        new.meta.annotations = object.meta.annotations;
        Ok(self.commit(new, old, Some("status")))
    }

    /// Binds a Pod to a node, as the scheduler does. Models pkg/registry/core/pod/storage BindingREST.
    pub fn bind(&mut self, kind: &Kind, key: &Key, node: &str) -> Result<Arc<Object>, Status> {
        let old = Arc::clone(self.get(kind, key)?);
        let conflict = |why: String| Status::conflict("pods/binding", &key.name, &why);
        if old.meta.deleted.is_some() {
            return Err(conflict(format!("pod {} is being deleted, cannot be assigned to a host", key.name)));
        }
        let mut new = (*old).clone();
        if let Some(spec) = new.spec.get_mut::<PodSpec>() {
            if let Some(bound) = spec.node_name.as_deref().filter(|bound| !bound.is_empty()) {
                return Err(conflict(format!("pod {} is already assigned to node \"{bound}\"", key.name)));
            }
            spec.node_name = Some(node.to_owned());
        }
        let now = self.now;
        if let Some(status) = new.status.get_mut::<PodStatus>() {
            // What was promised is given (ClearingNominatedNodeNameAfterBinding).
            status.nominated_node_name = None;
            let bound = PodCondition {
                type_: "PodScheduled".to_owned(),
                status: "True".to_owned(),
                last_transition_time: Some(time::to_meta(now)),
                ..PodCondition::default()
            };
            let conditions = status.conditions.get_or_insert_default();
            match conditions.iter_mut().find(|condition| condition.type_ == bound.type_) {
                Some(known) => *known = bound,
                None => {
                    conditions.reserve_exact(1);
                    conditions.push(bound);
                }
            }
        }
        Ok(self.commit(new, old, None))
    }

    /// The stored version of `object`, unless `object` was made from an older one.
    pub(super) fn checked(&self, object: &Object) -> Result<Arc<Object>, Status> {
        let old = self.get(&object.kind, &object.key())?;
        let (resource, name) = (object.kind.group_resource(), &object.meta.name);
        if !object.meta.uid.is_empty() && object.meta.uid != old.meta.uid {
            let why = format!(
                "Precondition failed: UID in precondition: {}, UID in object meta: {}",
                object.meta.uid, old.meta.uid
            );
            return Err(Status::conflict(&resource, name, &why));
        }
        let seen = object.meta.resource_version;
        if seen != 0 && seen != old.meta.resource_version {
            let why = "the object has been modified; please apply your changes to the latest version and try again";
            return Err(Status::conflict(&resource, name, why));
        }
        Ok(Arc::clone(old))
    }

    /// Writes a new version, unless nothing changed. `noted` is the subresource to which the write is
    /// noted, if it is.
    pub(super) fn commit(&mut self, mut object: Object, old: Arc<Object>, noted: Option<&str>) -> Arc<Object> {
        object.meta.resource_version = old.meta.resource_version;
        if same(&object, &old) {
            return old;
        }
        object.meta.managed = match noted {
            Some(subresource) => self.note_update(&old, subresource),
            None => Managed::unnoted(&old, &object),
        };
        self.commit_anyway(object)
    }

    /// Writes a new version.
    pub(super) fn commit_anyway(&mut self, object: Object) -> Arc<Object> {
        let written = self.write(&Arc::clone(&object.kind), &object.key(), object);
        self.removed_by_update(&written);
        written
    }

    pub(super) fn write(&mut self, kind: &Kind, key: &Key, object: Object) -> Arc<Object> {
        let revision = self.store.revision();
        let stored = self.store.put(kind.id, key, Some(object), self.now, &self.actor.name, self.actor.because);
        self.written(revision);
        // `put` gives back what it was given.
        stored.unwrap_or_else(|| unreachable!("a version was written"))
    }

    /// After every write: `revision` is what the store was at before.
    pub(super) fn written(&mut self, revision: u64) {
        self.follow_definitions(revision);
        self.follow_api_services(revision);
        for change in self.store.changes_since(revision) {
            self.bindings.follow(change);
            if change.object().is_some_and(|object| object.spec::<ServiceSpec>().is_some()) {
                self.allocations.follow(change.old.as_deref(), change.new.as_deref());
            }
        }
        self.tell_watchers(revision);
    }
}

/// Whether two versions say the same.
pub(super) fn same(new: &Object, old: &Object) -> bool {
    new.meta == old.meta && new.spec == old.spec && new.status == old.status && new.rest == old.rest
}
