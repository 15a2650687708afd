//! Who owns an object.

use std::sync::Arc;

use crate::api::{Key, Object};

/// The key of the managing owner, if it is of that kind.
pub fn controller_key(object: &Object, kind: &str) -> Option<Key> {
    let owner = object.meta.controller().filter(|owner| *owner.kind == *kind)?;
    Some(Key { namespace: Arc::clone(&object.meta.namespace), name: Arc::clone(&owner.name) })
}
