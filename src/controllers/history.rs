//! ControllerRevisions: the templates that a StatefulSet had, each under the name that a real cluster
//! gives it. Models pkg/controller/history/controller_history.go.

use std::sync::Arc;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::{Value, json};

use super::adoption;
use super::work::{Plan, View, Write};
use crate::api::names::{fnv32, safe_encode};
use crate::api::selector::Selector;
use crate::api::{Key, Kind, Object, Part, codec};
use crate::collections::Sort;

/// The label that holds a revision's hash.
const HASH_LABEL: &str = "controller.kubernetes.io/hash";

/// What a revision is to hold of a template: a patch that replaces it (getPatch).
pub(super) fn patch(template: &PodTemplateSpec) -> Value {
    let mut template = codec::write(template);
    template["$patch"] = json!("replace");
    json!({"spec": {"template": template}})
}

/// The template that a revision holds (ApplyRevision).
pub(super) fn template(revision: &Object) -> Option<PodTemplateSpec> {
    let mut template = data(revision)["spec"]["template"].clone();
    template.as_object_mut()?.remove("$patch");
    codec::read(&template).ok()
}

/// Which revision of its owner it is.
pub(super) fn number(revision: &Object) -> i64 {
    revision.rest.json().and_then(|rest| rest["revision"].as_i64()).unwrap_or(0)
}

/// What a revision holds.
pub(super) fn data(revision: &Object) -> &Value {
    const NONE: &Value = &Value::Null;
    revision.rest.json().map_or(NONE, |rest| &rest["data"])
}

/// FNV-1 over the patch as Go's encoding/json prints it, and the number of collisions
/// (HashControllerRevision).
fn hash(patch: &Value, collisions: i32) -> String {
    let mut text = String::new();
    for letter in patch.to_string().chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => text.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => text.push(letter),
        }
    }
    safe_encode(fnv32(format!("{text}{collisions}").as_bytes()))
}

/// The owner's revisions, oldest first. Those without an owner that the selector matches are adopted.
pub(super) fn revisions(
    view: &View<'_>,
    kind: &Arc<Kind>,
    owner: &Object,
    selector: &LabelSelector,
    plan: &mut Plan,
) -> Vec<Object> {
    let mut all: Vec<Object> = view.store.owned_by(kind.id, &owner.meta.uid).map(|one| (**one).clone()).collect();
    let parsed = Selector::from(selector);
    if let (None, Some((key, value))) = (owner.meta.deleted, parsed.exact_label()) {
        let matching = view.store.labelled(kind.id, &owner.meta.namespace, key, value);
        for orphan in matching.filter(|one| one.meta.controller().is_none() && parsed.matches(&one.meta.labels)) {
            let adopted = adoption::adopted(orphan, owner);
            plan.then(Write::Update(adopted.clone()));
            all.push(adopted);
        }
    }
    all.arrange_by(|a, b| (number(a), a.meta.created, &a.meta.name).cmp(&(number(b), b.meta.created, &b.meta.name)));
    all
}

/// The revision that holds `template`: the last one, an earlier one that becomes the last again, or a
/// new one (getStatefulSetRevisions). Beside it, how many names were taken.
pub(super) fn update_revision(
    view: &View<'_>,
    kind: &Arc<Kind>,
    owner: &Object,
    template: &PodTemplateSpec,
    revisions: &[Object],
    mut collisions: i32,
    plan: &mut Plan,
) -> (Object, i32) {
    let patch = patch(template);
    let next = revisions.last().map_or(1, |last| number(last) + 1);
    if let Some(equal) = revisions.iter().rev().find(|one| *data(one) == patch) {
        let mut equal = equal.clone();
        if number(&equal) + 1 != next {
            if let Some(rest) = equal.rest.json_mut() {
                rest["revision"] = json!(next);
            }
            plan.then(Write::Update(equal.clone()));
        }
        return (equal, collisions);
    }
    let mut revision = Object::new(kind, &owner.meta.namespace, "");
    revision.meta.annotations = Arc::clone(&owner.meta.annotations);
    revision.meta.owners = [owner.controller_reference()].into();
    revision.rest = Part::Json(Arc::new(json!({"data": patch, "revision": next})));
    let mut labels = template.metadata.as_ref().and_then(|metadata| metadata.labels.clone()).unwrap_or_default();
    loop {
        let hash = hash(&patch, collisions);
        revision.meta.name = format!("{}-{hash}", cut(&owner.meta.name)).into();
        labels.insert(HASH_LABEL.to_owned(), hash);
        let key = Key { namespace: Arc::clone(&owner.meta.namespace), name: Arc::clone(&revision.meta.name) };
        match view.get(kind, &key) {
            Some(taken) if *data(taken) != patch => collisions += 1,
            // Somebody else's, who holds the same: it is as good.
            Some(same) => return ((**same).clone(), collisions),
            None => break,
        }
    }
    revision.meta.labels = Arc::new(labels);
    plan.then(Write::Create(revision.clone()));
    (revision, collisions)
}

/// A name with room for a hash (ControllerRevisionName).
fn cut(name: &str) -> &str {
    let end = name.char_indices().map(|(at, _)| at).find(|&at| at >= 223).unwrap_or(name.len());
    &name[..end]
}

/// Deletes the oldest of the revisions that nobody needs, but for `limit` of them (truncateHistory).
pub(super) fn truncate(revisions: &[Object], is_live: &dyn Fn(&str) -> bool, limit: usize, plan: &mut Plan) {
    let history: Vec<&Object> = revisions.iter().filter(|one| !is_live(&one.meta.name)).collect();
    let surplus = history.len().saturating_sub(limit);
    history[..surplus].iter().for_each(|one| plan.then(Write::Delete(Arc::new((*one).clone()))));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a real 1.36 called the revisions of these templates.
    #[test]
    fn names_equal_the_real_ones() {
        let template = |label: &str, image: &str, mounts: Value| {
            let mut container = json!({
                "image": image, "imagePullPolicy": "Always", "name": "container", "resources": {},
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            });
            if !mounts.is_null() {
                container["volumeMounts"] = mounts;
            }
            let template = json!({"metadata": {"labels": {"type": label}}, "spec": {
                "containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": "Always",
                "schedulerName": "default-scheduler", "securityContext": {}, "terminationGracePeriodSeconds": 10,
            }});
            codec::read::<PodTemplateSpec>(&template).unwrap()
        };
        let mounts = json!([{"mountPath": "/applog", "name": "volume"}]);
        assert_eq!(hash(&patch(&template("db", "kubetm/app", Value::Null)), 0), "5bf7d854ff");
        assert_eq!(hash(&patch(&template("db2", "kubetm/app", mounts.clone())), 0), "6bbbbdc566");
        assert_eq!(hash(&patch(&template("db2", "kubetm/app:v2", mounts)), 0), "687c7d9cb");
    }
}
