//! The API server: the one door through which cluster objects are read and changed.
//!
//! Controllers call the typed methods of [`ApiServer`]; kubectl and curl come in over REST.
//! Both go the same way: defaulting, admission, validation, conflict check, store, watch.

mod admission;
pub mod aggregation;
mod authentication;
pub mod authorization;
mod certificates;
pub mod defaults;
mod definitions;
pub mod delete;
mod field_manager;
pub mod fields;
pub mod quota;
pub mod rest;
mod services;
mod store;
mod strategy;
mod table;
pub mod usage;
mod validation;
pub mod versions;
pub mod watch;
mod write;

use std::sync::Arc;

pub use definitions::FINALIZER;
pub use delete::{DeleteOptions, Deletion, Propagation};
pub use store::{Change, Store};

use crate::api::{Key, Kind, Kinds, Object, Status};
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
    allocations: services::Allocations,
    /// Who the request being answered says that it is; none for the cluster's own parts.
    manager: Option<Arc<str>>,
    /// Whose request is being answered; none for the cluster's own parts, which are not asked.
    user: Option<rest::User>,
    bindings: authorization::Bindings,
    signing_key: authentication::SigningKey,
    shared: field_manager::Shared,
    /// What the request being answered warns of.
    warnings: Vec<String>,
    /// CustomResourceDefinition.
    definition: Arc<Kind>,
    /// APIService.
    api_service: Arc<Kind>,
    /// Where the numbers of what Pods use come from.
    sources: usage::Sources,
}

impl ApiServer {
    /// An empty API server. `now` must be kept up to date with [`ApiServer::set_now`].
    pub fn new(kinds: Kinds, rng: Rng, now: Time) -> ApiServer {
        let actor = Actor { name: "system".into(), because: None };
        let definition = kinds.builtin_kind("apiextensions.k8s.io", "CustomResourceDefinition");
        let api_service = kinds.builtin_kind("apiregistration.k8s.io", "APIService");
        ApiServer {
            bindings: authorization::Bindings::new(&kinds),
            signing_key: authentication::SigningKey::new(rng.split("service-account-key")),
            kinds,
            store: Store::default(),
            rng,
            now,
            actor,
            watchers: Vec::new(),
            allocations: services::Allocations::default(),
            manager: None,
            user: None,
            shared: field_manager::Shared::default(),
            warnings: Vec::new(),
            definition,
            api_service,
            sources: usage::Sources::default(),
        }
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
        self.manager = None;
        self.user = None;
    }

    /// The object of that key, or NotFound.
    pub fn get(&self, kind: &Kind, key: &Key) -> Result<&Arc<Object>, Status> {
        self.store.get(kind.id, key).ok_or_else(|| Status::not_found(&kind.group_resource(), &key.name))
    }

    /// A server with the namespace `default` and its service account, at second 1000.
    #[cfg(test)]
    pub fn for_tests() -> ApiServer {
        let mut server = ApiServer::new(Kinds::builtin(), Rng::new(1), Time::from_secs(1_000));
        for (kind, namespace) in [("Namespace", ""), ("ServiceAccount", "default")] {
            let kind = server.kinds.builtin_kind("", kind);
            let empty = serde_json::json!({"metadata": {"name": "default", "namespace": namespace}});
            Object::from_value(&kind, empty).map(|object| server.create(object)).unwrap().unwrap();
        }
        server
    }
}
