//! The templates that a DaemonSet had. Models pkg/controller/daemon/update.go constructHistory,
//! snapshot and cleanupHistory.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DaemonSetSpec, DaemonSetStatus};
use serde_json::json;

use super::HASH_LABEL;
use crate::api::template_hash::pod_template_hash;
use crate::api::{Key, Object, Part, codec};
use crate::controllers::history;
use crate::controllers::work::{Plan, View, Write};

/// What a look at the history found.
#[derive(Debug)]
pub(super) struct Revisions {
    /// The hash of the present template.
    pub(super) hash: String,
    /// How many names were taken.
    pub(super) collisions: Option<i32>,
    /// The revisions of other templates, oldest first.
    old: Vec<Object>,
}

/// Sees to it that there is a revision of the present template, and that it is the last.
pub(super) fn look(
    view: &View<'_>,
    set: &Object,
    spec: &DaemonSetSpec,
    status: &DaemonSetStatus,
    plan: &mut Plan,
) -> Revisions {
    let kind = &view.kinds.controller_revision;
    let patch = history::patch(&spec.template);
    let all = history::revisions(view, kind, set, &spec.selector, plan);
    let (mut current, old): (Vec<Object>, Vec<Object>) = all.into_iter().partition(|one| *history::data(one) == patch);
    let number = old.last().map_or(1, |last| history::number(last) + 1);
    let mut collisions = status.collision_count;
    if let Some(mut revision) = current.pop() {
        let hash = revision.meta.label(HASH_LABEL).unwrap_or_default().to_owned();
        if history::number(&revision) < number {
            if let Some(rest) = revision.rest.json_mut() {
                rest["revision"] = json!(number);
            }
            plan.then(Write::Update(revision));
        }
        return Revisions { hash, collisions, old };
    }
    let template = codec::write(&spec.template);
    let mut revision = Object::new(kind, &set.meta.namespace, "");
    let hash = loop {
        let hash = pod_template_hash(&template, collisions);
        revision.meta.name = format!("{}-{hash}", set.meta.name).into();
        match view.get(kind, &Key { namespace: Arc::clone(&set.meta.namespace), name: Arc::clone(&revision.meta.name) })
        {
            Some(taken) if *history::data(taken) != patch => collisions = Some(collisions.unwrap_or(0) + 1),
            _ => break hash,
        }
    };
    revision.meta.annotations = Arc::clone(&set.meta.annotations);
    revision.meta.owners = [set.controller_reference()].into();
    let mut labels = spec.template.metadata.as_ref().and_then(|meta| meta.labels.clone()).unwrap_or_default();
    labels.insert(HASH_LABEL.to_owned(), hash.clone());
    revision.meta.labels = Arc::new(labels);
    revision.rest = Part::Json(Arc::new(json!({"data": patch, "revision": number})));
    plan.then(Write::Create(revision));
    Revisions { hash, collisions, old }
}

/// Deletes the oldest revisions that no Pod is of.
pub(super) fn clean_up(revisions: &Revisions, spec: &DaemonSetSpec, pods: &[Arc<Object>], plan: &mut Plan) {
    let limit = spec.revision_history_limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(10);
    let surplus = revisions.old.len().saturating_sub(limit);
    let live = |one: &&Object| pods.iter().any(|pod| pod.meta.label(HASH_LABEL) == one.meta.label(HASH_LABEL));
    for revision in revisions.old.iter().filter(|one| !live(one)).take(surplus) {
        plan.then(Write::Delete(Arc::new(revision.clone())));
    }
}
