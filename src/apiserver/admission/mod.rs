//! Admission: what the API server adds to objects, and refuses beyond their own validity.
//!
//! One plugin a file, named as upstream's (plugin/pkg/admission); the small ones of storage in one. They run in upstream's order,
//! on typed objects.

mod default_ingress_class;
mod default_toleration_seconds;
pub mod limit_ranger;
mod namespace_lifecycle;
mod pod_security;
mod priority;
mod resource_quota;
mod service_account;
mod storage;

use super::Store;
use crate::api::{Kinds, Object, PodSpec, Status};
use crate::sim::Rng;

/// What the plugins may look at.
pub struct Context<'a> {
    /// The kinds, to look others up.
    pub kinds: &'a Kinds,
    /// What is stored.
    pub store: &'a Store,
    /// For generated names.
    pub rng: &'a mut Rng,
    /// What whoever asks is warned of.
    pub warnings: Vec<String>,
}

/// Completes an object that is about to be created, or refuses it.
pub fn create(object: &mut Object, context: &mut Context<'_>) -> Result<(), Status> {
    namespace_lifecycle::create(object, context)?;
    storage::create(object, context);
    if object.spec.get::<PodSpec>().is_none() {
        match (&*object.kind.group, &*object.kind.kind) {
            ("networking.k8s.io", "Ingress") => default_ingress_class::admit(object, context)?,
            _ => pod_security::admit(object, context)?,
        }
        return resource_quota::admit(object, context);
    }
    limit_ranger::admit(object, context)?;
    service_account::admit(object, context)?;
    let name = object.meta.name.clone();
    let Some(spec) = object.spec.get_mut::<PodSpec>() else { return Ok(()) };
    default_toleration_seconds::admit(spec);
    priority::admit(&name, spec, context)?;
    pod_security::admit(object, context)?;
    resource_quota::admit(object, context)
}

/// Refuses the new version of an object beyond its own validity.
pub fn update(new: &Object, old: &Object, kinds: &Kinds, store: &Store) -> Result<(), Status> {
    storage::update(new, old, kinds, store)
}
