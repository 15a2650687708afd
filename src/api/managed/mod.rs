//! `metadata.managedFields`: who has set which fields of an object.
//!
//! Models apimachinery/pkg/util/managedfields and structured-merge-diff. Field sets are big, and
//! hardly anybody looks at them. So an object keeps the entries of earlier writers, and of the last
//! one only what the object was before its run of writes: the entry is worked out of the difference
//! when somebody asks.
//!
//! Diverges: a field that a controller changes and, before anybody else has written, changes back
//! is not its; and the entries of more than ten updaters are not joined.

pub mod apply;
mod merge;
mod set;
mod walk;

use std::sync::Arc;

use serde_json::{Map, Value, json};

pub use set::FieldSet;
use walk::Type;

use super::object::Object;
use super::time;
use crate::collections::Sort;
use crate::sim::Time;

/// What sets fields: an entry's identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// `kubectl-create`, `kube-controller-manager`, `kubelet`.
    pub manager: Arc<str>,
    /// Whether it applies, rather than updates.
    pub applies: bool,
    /// The version in which it wrote.
    pub api_version: Arc<str>,
    /// `status`, `scale`; empty for the object itself.
    pub subresource: Arc<str>,
}

/// One entry of `managedFields`.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who.
    pub writer: Writer,
    /// When it wrote last; `None` if an entry from outside does not say.
    pub time: Option<Time>,
    /// What.
    pub fields: Arc<FieldSet>,
}

/// Who has set which fields of one version of an object. Two of them are equal whatever they say:
/// versions differ in what was set, not in by whom.
#[derive(Clone, Default)]
pub struct Managed {
    record: Option<Arc<Record>>,
    /// When the last of a run of writes was.
    at: Time,
}

/// What versions of one object, and objects of one making, share.
struct Record {
    entries: Arc<[Entry]>,
    run: Option<Run>,
}

/// The last writer's writes, one after the other.
struct Run {
    writer: Writer,
    since: Since,
}

/// What a run has changed.
enum Since {
    /// All that the object says.
    Creation,
    /// What differs from this version.
    Version(Arc<Object>),
    /// These fields. Nothing may follow in the same run.
    Fields(Arc<FieldSet>),
}

impl PartialEq for Managed {
    fn eq(&self, _: &Managed) -> bool {
        true
    }
}

impl std::fmt::Debug for Managed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Managed")
    }
}

impl Managed {
    fn new(entries: Arc<[Entry]>, run: Option<Run>, at: Time) -> Managed {
        Managed { record: Some(Arc::new(Record { entries, run })), at }
    }

    /// Entries that are known.
    pub fn known(entries: Vec<Entry>) -> Managed {
        Managed::new(entries.into(), None, Time::default())
    }

    /// A new object's: its writer has set these fields, or all that it will say.
    pub fn created(writer: Writer, fields: Option<Arc<FieldSet>>, at: Time) -> Managed {
        let since = fields.map_or(Since::Creation, Since::Fields);
        Managed::new(Arc::default(), Some(Run { writer, since }), at)
    }

    /// The same of another object.
    pub fn again(&self, at: Time) -> Managed {
        Managed { at, ..self.clone() }
    }

    /// The next version's, which `writer` makes of `old`. With `same_run` it may be one more write of
    /// the last writer's run.
    pub fn written(old: &Object, writer: Writer, at: Time, same_run: bool) -> Managed {
        let continues = |run: &Run| run.writer == writer && !matches!(run.since, Since::Fields(_));
        match old.meta.managed.run() {
            Some(run) if same_run && continues(run) => old.meta.managed.again(at),
            _ => Managed::written_after(old, entries(old).into(), writer, at),
        }
    }

    /// The next version's, with other entries before it than `old` has.
    pub fn written_after(old: &Object, entries: Arc<[Entry]>, writer: Writer, at: Time) -> Managed {
        let mut base = old.clone();
        base.meta.managed = Managed::default();
        Managed::new(entries, Some(Run { writer, since: Since::Version(Arc::new(base)) }), at)
    }

    /// The next version's, whose writer is not noted (a binding, a mark of deletion).
    pub fn unnoted(old: &Object, new: &Object) -> Managed {
        match old.meta.managed.run().map(|run| &run.since) {
            Some(Since::Creation | Since::Version(_)) if new.spec != old.spec || new.status != old.status => {
                Managed::known(entries(old))
            }
            _ => old.meta.managed.clone(),
        }
    }

    fn run(&self) -> Option<&Run> {
        self.record.as_ref()?.run.as_ref()
    }
}

/// The entries of an object.
pub fn entries(object: &Object) -> Vec<Entry> {
    let Some(record) = object.meta.managed.record.as_deref() else { return Vec::new() };
    let mut entries = record.entries.to_vec();
    if let Some(run) = &record.run {
        let at = object.meta.managed.at;
        let base = match &run.since {
            Since::Fields(fields) => {
                entries.push(Entry { writer: run.writer.clone(), time: Some(at), fields: Arc::clone(fields) });
                return entries;
            }
            Since::Creation => None,
            Since::Version(base) => Some(&**base),
        };
        let (old, new) = visible(base, object, &run.writer.subresource);
        let comparison = walk::compare(&old, &new, type_of(object));
        for entry in &mut entries {
            let mut fields = (*entry.fields).clone();
            fields.subtract(&comparison.modified);
            fields.subtract(&comparison.added);
            fields.subtract(&comparison.removed);
            if fields != *entry.fields {
                entry.fields = Arc::new(fields);
            }
        }
        note(&mut entries, &run.writer, at, &comparison.changed());
    }
    tidy(&mut entries);
    entries
}

/// The fields that a new object has, before the server adds any.
pub fn fields_of_new(object: &Object) -> FieldSet {
    let (old, new) = visible(None, object, "");
    walk::compare(&old, &new, type_of(object)).changed()
}

/// Adds fields to a writer's entry.
fn note(entries: &mut Vec<Entry>, writer: &Writer, at: Time, fields: &FieldSet) {
    if fields.is_empty() {
        return;
    }
    match entries.iter_mut().find(|entry| entry.writer == *writer) {
        Some(entry) => {
            Arc::make_mut(&mut entry.fields).unite(fields);
            entry.time = Some(at);
        }
        None => entries.push(Entry { writer: writer.clone(), time: Some(at), fields: Arc::new(fields.clone()) }),
    }
}

/// Entries without fields go; the others come in the order of upstream's sortEncodedManagedFields.
fn tidy(entries: &mut Vec<Entry>) {
    entries.retain(|entry| !entry.fields.is_empty());
    let seconds = |entry: &Entry| entry.time.map(|time| time.0 / 1_000_000);
    entries.arrange_by(|a, b| {
        let writer = |entry: &Entry| {
            let Writer { manager, api_version, subresource, .. } = entry.writer.clone();
            (manager, api_version, subresource)
        };
        b.writer.applies.cmp(&a.writer.applies).then(seconds(a).cmp(&seconds(b))).then(writer(a).cmp(&writer(b)))
    });
}

fn type_of(object: &Object) -> Type<'_> {
    Type::of(object.kind.schema())
}

/// Whether a kind's status is written apart from it.
fn has_status(object: &Object) -> bool {
    object.kind.subresources.iter().any(|name| name == "status")
}

/// What a write to the subresource can have changed, in two versions; parts that are the same are
/// left out of both.
fn visible(old: Option<&Object>, new: &Object, subresource: &str) -> (Value, Value) {
    let shows = |part: &str| match (part, subresource) {
        ("status", "status") => true,
        ("status", _) => !has_status(new),
        (_, "status") => false,
        _ => true,
    };
    let mut values = [Map::new(), Map::new()];
    let spec = shows("spec") && old.is_none_or(|old| old.spec != new.spec);
    let status = shows("status") && old.is_none_or(|old| old.status != new.status);
    for (value, object) in values.iter_mut().zip([old, Some(new)]) {
        let Some(object) = object else { continue };
        if shows("rest")
            && old.is_none_or(|old| old.rest != new.rest)
            && let Some(Value::Object(rest)) = object.rest.to_value()
        {
            value.extend(rest);
        }
        let parts = [("spec", spec.then(|| object.spec.to_value())), ("status", status.then(|| object.status_value()))];
        for (name, part) in parts {
            value.extend(part.flatten().map(|part| (name.to_owned(), part)));
        }
        let mut metadata = object.meta.to_value();
        strip_metadata(&mut metadata);
        value.insert("metadata".to_owned(), metadata);
    }
    let [old, new] = values;
    (Value::Object(old), Value::Object(new))
}

/// Takes away what nobody manages (upstream's stripMeta), and the marks of a deletion, which is
/// no update.
fn strip_metadata(metadata: &mut Value) {
    if let Some(map) = metadata.as_object_mut() {
        map.retain(|name, _| {
            !matches!(
                &**name,
                "name"
                    | "namespace"
                    | "creationTimestamp"
                    | "selfLink"
                    | "uid"
                    | "generation"
                    | "managedFields"
                    | "resourceVersion"
                    | "deletionTimestamp"
                    | "deletionGracePeriodSeconds"
            )
        });
    }
}

impl Object {
    /// The object as the API shows it, with `metadata.managedFields`.
    pub fn to_managed_value(&self) -> Value {
        let mut value = self.to_value();
        value["metadata"] = self.managed_metadata();
        value
    }

    /// `metadata` with `managedFields`.
    pub fn managed_metadata(&self) -> Value {
        let mut metadata = self.meta.to_value();
        let entries: Vec<Value> = entries(self).iter().map(Entry::to_value).collect();
        if !entries.is_empty() {
            metadata["managedFields"] = Value::Array(entries);
        }
        metadata
    }
}

impl Entry {
    fn to_value(&self) -> Value {
        let writer = &self.writer;
        let mut value = json!({
            "manager": *writer.manager, "operation": if writer.applies { "Apply" } else { "Update" },
            "apiVersion": *writer.api_version, "fieldsType": "FieldsV1", "fieldsV1": self.fields.to_value(),
        });
        if let Some(time) = self.time {
            value["time"] = json!(time::rfc3339(time));
        }
        if !writer.subresource.is_empty() {
            value["subresource"] = json!(*writer.subresource);
        }
        value
    }

    fn from_value(value: &Value) -> Entry {
        let text = |name: &str| value[name].as_str().unwrap_or_default().into();
        Entry {
            writer: Writer {
                manager: text("manager"),
                applies: value["operation"] == "Apply",
                api_version: text("apiVersion"),
                subresource: text("subresource"),
            },
            time: value["time"].as_str().and_then(time::parse),
            fields: Arc::new(FieldSet::from_value(&value["fieldsV1"])),
        }
    }
}

/// The entries that a request brings in `metadata.managedFields`. None where it brings none: who
/// does not know them does not delete them. A single empty entry takes all away.
pub fn given(body: &Value) -> Option<Vec<Entry>> {
    let list = body["metadata"]["managedFields"].as_array().filter(|list| !list.is_empty())?;
    if list.iter().all(|entry| entry == &json!({})) {
        return Some(Vec::new());
    }
    let entries: Vec<Entry> = list.iter().map(Entry::from_value).filter(|entry| !entry.fields.is_empty()).collect();
    (!entries.is_empty()).then_some(entries)
}

/// Whether two lists of entries say the same, whenever it was written.
pub fn same(a: &[Entry], b: &[Entry]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.writer == b.writer && a.fields == b.fields)
}
