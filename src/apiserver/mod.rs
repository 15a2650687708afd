//! The API server: the one door through which cluster objects are read and changed.
//!
//! Controllers call the typed methods of [`ApiServer`]; kubectl and curl come in over REST.
//! Both go the same way: defaulting, admission, validation, conflict check, store, watch.

pub mod delete;
pub mod fields;
pub mod rest;
mod store;
pub mod watch;

use std::sync::Arc;

pub use delete::{DeleteOptions, Deletion, Propagation};
pub use store::{Change, Store};

use crate::api::{Key, Kind, Kinds, Object, Status, names};
use crate::sim::{Rng, Time};

/// Who is asking, and why.
#[derive(Clone, Debug)]
pub struct Actor {
    /// `kubernetes-admin`, `deployment-controller`, `kubelet/node01`.
    pub name: Arc<str>,
    /// The revision of the change that made it ask, where one did.
    pub because: Option<u64>,
}

/// See the module.
#[derive(Debug)]
pub struct ApiServer {
    kinds: Kinds,
    store: Store,
    rng: Rng,
    now: Time,
    actor: Actor,
    watchers: Vec<watch::Watcher>,
    /// What the request being answered warns of.
    warnings: Vec<String>,
}

impl ApiServer {
    /// An empty API server. `now` must be kept up to date with [`ApiServer::set_now`].
    pub fn new(kinds: Kinds, rng: Rng, now: Time) -> ApiServer {
        let actor = Actor { name: "system".into(), because: None };
        ApiServer { kinds, store: Store::default(), rng, now, actor, watchers: Vec::new(), warnings: Vec::new() }
    }

    /// The kinds that are served.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// The stored objects, to read.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The present instant.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Moves the server's clock.
    pub fn set_now(&mut self, now: Time) {
        self.now = now;
    }

    /// Sets who makes the following requests.
    pub fn act_as(&mut self, actor: Actor) {
        self.actor = actor;
    }

    /// The object of that key, or NotFound.
    pub fn get(&self, kind: &Kind, key: &Key) -> Result<&Arc<Object>, Status> {
        self.store.get(kind.id, key).ok_or_else(|| Status::not_found(&kind.group_resource(), &key.name))
    }

    /// Creates an object: name from `generateName`, uid, creation time.
    pub fn create(&mut self, mut object: Object) -> Result<Arc<Object>, Status> {
        if let (true, Some(prefix)) = (object.meta.name.is_empty(), &object.meta.generate_name) {
            object.meta.name = names::generate(prefix, &mut self.rng).into();
        }
        let key = object.key();
        let kind = Arc::clone(&object.kind);
        if self.store.get(kind.id, &key).is_some() {
            return Err(Status::already_exists(&kind.group_resource(), &key.name));
        }
        object.meta.uid = names::uid(&mut self.rng).into();
        object.meta.created = Some(self.now);
        Ok(self.write(&kind, &key, object))
    }

    /// Replaces an object's desired state; its status stays as it is.
    pub fn update(&mut self, mut object: Object) -> Result<Arc<Object>, Status> {
        let (kind, key) = (Arc::clone(&object.kind), object.key());
        let old = self.checked(&object)?;
        object.status = old.status.clone();
        if object.spec != old.spec {
            object.meta.generation += 1;
        }
        if object.meta == old.meta && object.spec == old.spec && object.rest == old.rest {
            return Ok(old);
        }
        let written = self.write(&kind, &key, object);
        self.removed_by_update(&written);
        Ok(written)
    }

    /// Replaces an object's status and nothing else.
    pub fn update_status(&mut self, object: Object) -> Result<Arc<Object>, Status> {
        let (kind, key) = (Arc::clone(&object.kind), object.key());
        let old = self.checked(&object)?;
        if object.status == old.status {
            return Ok(old);
        }
        let new = Object { status: object.status, ..(*old).clone() };
        Ok(self.write(&kind, &key, new))
    }

    /// The stored version of `object`, unless `object` was made from an older one.
    fn checked(&self, object: &Object) -> Result<Arc<Object>, Status> {
        let old = self.get(&object.kind, &object.key())?;
        let seen = object.meta.resource_version;
        if seen != 0 && seen != old.meta.resource_version {
            let why = "the object has been modified; please apply your changes to the latest version and try again";
            return Err(Status::conflict(&object.kind.group_resource(), &object.meta.name, why));
        }
        Ok(Arc::clone(old))
    }

    fn write(&mut self, kind: &Kind, key: &Key, object: Object) -> Arc<Object> {
        let revision = self.store.revision();
        let stored = self.store.put(kind.id, key, Some(object), self.now, &self.actor.name, self.actor.because);
        self.written(revision);
        // `put` gives back what it was given.
        stored.unwrap_or_else(|| unreachable!("a version was written"))
    }

    /// After every write: `revision` is what the store was at before.
    fn written(&mut self, revision: u64) {
        self.tell_watchers(revision);
    }
}
