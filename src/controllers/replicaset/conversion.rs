//! ReplicationControllers, seen as ReplicaSets: their selector is a plain map. Models
//! pkg/controller/replication/conversion.go.

use std::borrow::Cow;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{ReplicaSetSpec, ReplicaSetStatus};
use serde_json::json;

use crate::api::{Object, Part, codec};

pub(super) fn spec(object: &Object) -> Option<Cow<'_, ReplicaSetSpec>> {
    if let Some(spec) = object.spec::<ReplicaSetSpec>() {
        return Some(Cow::Borrowed(spec));
    }
    let mut spec = object.spec.json()?.clone();
    spec["selector"] = json!({"matchLabels": spec["selector"].take()});
    codec::read(&spec).ok().map(Cow::Owned)
}

pub(super) fn status(object: &Object) -> Option<Cow<'_, ReplicaSetStatus>> {
    match (object.status::<ReplicaSetStatus>(), object.status.json()) {
        (Some(status), _) => Some(Cow::Borrowed(status)),
        (None, Some(status)) => codec::read(status).ok().map(Cow::Owned),
        (None, None) => Some(Cow::Owned(ReplicaSetStatus::default())),
    }
}

/// The object with another status.
pub(super) fn with_status(object: &Object, mut status: ReplicaSetStatus) -> Object {
    let part = if object.spec::<ReplicaSetSpec>().is_some() {
        Part::typed(status)
    } else {
        // An earlier API, which does not know of this.
        status.terminating_replicas = None;
        Part::Json(Arc::new(codec::write(&status)))
    };
    Object { status: part, ..object.clone() }
}
