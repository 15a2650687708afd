//! Server-side apply: a configuration is merged into an object by who has set what.
//!
//! Models structured-merge-diff/merge/update.go and, for kubectl's own upgrade from client-side
//! apply, managedfields/internal/{lastappliedmanager,lastappliedupdater,conflict}.go.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::merge::{merge, remove, with_named_fields};
use super::set::FieldSet;
use super::walk::{Comparison, Type, compare, fields_of};
use super::{Entry, Writer, has_status, strip_metadata, tidy, type_of};
use crate::api::Status;
use crate::api::object::Object;
use crate::collections::SortedMap;
use crate::sim::Time;

/// Where kubectl keeps what was applied on the client's side.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What an application makes of an object.
pub struct Applied {
    /// The new version.
    pub value: Value,
    /// Who has set what then.
    pub entries: Vec<Entry>,
}

/// Applies `config` to `live`, an object as the API shows it, of whose fields `entries` tell. With
/// `force`, fields that others have set to something else are taken over.
pub fn apply(
    (object, live, entries): (&Object, &Value, &[Entry]),
    config: &Value,
    writer: &Writer,
    force: bool,
    now: Time,
) -> Result<Applied, Status> {
    let of = type_of(object);
    let (own, theirs): (Vec<Entry>, Vec<Entry>) =
        entries.iter().cloned().partition(|entry| same(&entry.writer, writer));
    let stripped = |value: &Value| strip(value.clone(), object, &writer.subresource);
    let (wanted, unknown) = fields_of(&stripped(config), of);
    if !unknown.is_empty() {
        return Err(undeclared(object, &unknown));
    }
    let mut merged = merge(Some(live), config, of);
    let last = own.first().map(|entry| Arc::clone(&entry.fields)).unwrap_or_default();
    if !last.is_empty() {
        merged = prune(&merged, &last, &wanted, &theirs, of);
    }
    let comparison = compare(&stripped(live), &stripped(&merged), of);
    let mut conflicts = conflicts(&theirs, &comparison);
    if !conflicts.is_empty() && !force {
        if &*writer.manager == "kubectl" {
            let allowed = applied_before(live, of);
            conflicts.iter_mut().for_each(|(_, fields)| fields.subtract(&allowed));
            conflicts.retain(|(_, fields)| !fields.is_empty());
        }
        if !conflicts.is_empty() {
            return Err(refuse(&conflicts));
        }
    }
    let changed = comparison.changed();
    let mut all = theirs;
    for entry in &mut all {
        let fields = Arc::make_mut(&mut entry.fields);
        fields.subtract(&changed);
        fields.subtract(&comparison.removed);
    }
    all.push(Entry { writer: writer.clone(), time: Some(now), fields: Arc::new(wanted) });
    tidy(&mut all);
    // What kubectl applied on its own side stays true for those who look there.
    if &*writer.manager == "kubectl" && merged["metadata"]["annotations"][LAST_APPLIED].is_string() {
        merged["metadata"]["annotations"][LAST_APPLIED] = json!(format!("{}\n", without_note(config)));
    }
    Ok(Applied { value: merged, entries: all })
}

/// Whether two writers are one, to an application: in whatever version it applies.
fn same(a: &Writer, b: &Writer) -> bool {
    a.applies == b.applies && a.manager == b.manager && a.subresource == b.subresource
}

/// The configuration without the note of itself.
fn without_note(config: &Value) -> Value {
    let mut bare = config.clone();
    if let Some(annotations) = bare.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
    }
    bare
}

/// What can be managed of a value: without its names, and without what is written elsewhere.
fn strip(mut value: Value, object: &Object, subresource: &str) -> Value {
    if let Some(map) = value.as_object_mut() {
        map.get_mut("metadata").into_iter().for_each(strip_metadata);
        // A place that is only there for its names is nobody's either.
        if map.get("metadata").and_then(Value::as_object).is_some_and(Map::is_empty) {
            map.remove("metadata");
        }
        map.remove("apiVersion");
        map.remove("kind");
        match subresource {
            "status" => drop(map.remove("spec")),
            _ if has_status(object) => drop(map.remove("status")),
            _ => {}
        }
    }
    value
}

/// Takes away what was applied last time and is not any more, unless somebody else has set it.
fn prune(merged: &Value, last: &FieldSet, wanted: &FieldSet, theirs: &[Entry], of: Type<'_>) -> Value {
    let all = |value: &Value| with_named_fields(&fields_of(value, of).0, of);
    let without = |gone: &FieldSet| remove(merged, gone, of).unwrap_or_else(|| json!({}));
    let every = all(merged);
    // What is owned comes back …
    let mut kept = all(&without(&with_named_fields(last, of)));
    let mut owned = wanted.clone();
    theirs.iter().for_each(|entry| owned.unite(&entry.fields));
    kept.unite(&with_named_fields(&owned, of));
    let mut gone = every.clone();
    gone.subtract(&kept);
    // … and what hung on what was applied, without having been applied.
    let mut gone_still = every;
    gone_still.subtract(&all(&without(&gone)));
    without(&gone_still.intersection(last))
}

fn conflicts(theirs: &[Entry], comparison: &Comparison) -> Vec<(Entry, FieldSet)> {
    let changed = comparison.changed();
    let each = theirs.iter().map(|entry| (entry.clone(), entry.fields.intersection(&changed)));
    each.filter(|(_, fields)| !fields.is_empty()).collect()
}

/// What client-side apply has set and nobody has changed since: kubectl may take it over.
fn applied_before(live: &Value, of: Type<'_>) -> FieldSet {
    let noted = live["metadata"]["annotations"][LAST_APPLIED].as_str();
    let Some(applied) = noted.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return FieldSet::default();
    };
    let mut set = fields_of(&applied, of).0;
    let comparison = compare(&applied, live, of);
    for different in [&comparison.modified, &comparison.added, &comparison.removed] {
        set.subtract(different);
    }
    set
}

fn refuse(conflicts: &[(Entry, FieldSet)]) -> Status {
    let mut by_manager: SortedMap<String, (String, Vec<String>)> = SortedMap::new();
    let mut causes = Vec::new();
    for (entry, fields) in conflicts {
        let writer = &entry.writer;
        let told = told(writer);
        for path in fields.paths() {
            causes.push(
                json!({"reason": "FieldManagerConflict", "message": format!("conflict with {told}"), "field": path}),
            );
        }
        // Managers come in the order of their names as JSON texts.
        let order = format!("{}\"{}{told}", writer.manager, writer.applies);
        by_manager.entry(order).or_insert_with(|| (told, Vec::new())).1.extend(fields.paths());
    }
    let count: usize = by_manager.values().map(|(_, paths)| paths.len()).sum();
    let message = match by_manager.values().next() {
        Some((told, paths)) if count == 1 => {
            format!("Apply failed with 1 conflict: conflict with {told}: {}", paths.concat())
        }
        _ => {
            let each =
                by_manager.values().map(|(told, paths)| format!("conflicts with {told}:\n- {}", paths.join("\n- ")));
            format!("Apply failed with {count} conflicts: {}", each.collect::<Vec<_>>().join("\n"))
        }
    };
    Status { code: 409, reason: "Conflict", message, details: json!({"causes": causes}) }
}

/// `"kubectl-client-side-apply" using apps/v1`.
fn told(writer: &Writer) -> String {
    let mut told = json!(*writer.manager).to_string();
    if !writer.subresource.is_empty() {
        told.push_str(&format!(" with subresource {}", json!(*writer.subresource)));
    }
    if !writer.applies {
        told.push_str(&format!(" using {}", writer.api_version));
    }
    told
}

/// The configuration has fields that its kind has not.
fn undeclared(object: &Object, unknown: &[String]) -> Status {
    let (kind, meta) = (&object.kind, &object.meta);
    let all = match unknown {
        [one] => one.clone(),
        many => format!("errors:\n  {}", many.join("\n  ")),
    };
    let message = format!(
        "failed to create typed patch object ({}/{}; {}, Kind={}): {all}",
        meta.namespace,
        meta.name,
        kind.api_version(),
        kind.kind
    );
    Status { code: 500, reason: "", message, details: Value::Null }
}
