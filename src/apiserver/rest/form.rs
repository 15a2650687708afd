//! The form in which objects are shown: whole, as rows of a table, or their metadata alone.
//!
//! Models apiserver/pkg/endpoints/handlers/response.go (transformResponseObject).

use std::sync::Arc;

use serde_json::{Value, json};

use super::Request;
use crate::api::{Kind, Object};
use crate::apiserver::table;
use crate::apiserver::versions::Version;
use crate::sim::Time;

/// How objects are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As they are.
    Object,
    /// As rows of a table.
    Table {
        /// What each row's `object` holds.
        include: Include,
    },
    /// As PartialObjectMetadata.
    Metadata,
}

/// What a table row's `object` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Include {
    /// Nothing.
    None,
    /// The metadata.
    Metadata,
    /// The whole object.
    Object,
}

/// A form, and the version of the kind to show.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The form.
    pub form: Form,
    /// The version, where the stored one may be another.
    pub version: Option<Version>,
}

impl Shape {
    /// What the Accept header and `includeObject` ask for. The first form that is known counts.
    pub fn of(request: &Request, version: Option<&Version>) -> Shape {
        Shape { form: form(request), version: version.cloned() }
    }

    /// One object on its own.
    pub fn show(&self, object: &Object, now: Time) -> Value {
        match self.form {
            Form::Object => self.whole(object),
            Form::Metadata => partial(object, true),
            Form::Table { .. } => {
                self.table(self.kind(object), &[object], now, &object.meta.resource_version.to_string(), true)
            }
        }
    }

    /// One object in a watch; `columns` with the columns of its table.
    pub fn show_in_watch(&self, object: &Object, now: Time, columns: bool) -> Value {
        match self.form {
            Form::Table { .. } => {
                self.table(self.kind(object), &[object], now, &object.meta.resource_version.to_string(), columns)
            }
            _ => self.show(object, now),
        }
    }

    /// A list. Its items carry no kind of their own.
    pub fn list(&self, kind: &Kind, objects: &[Arc<Object>], now: Time, revision: u64) -> Value {
        let revision = revision.to_string();
        let metadata = json!({"resourceVersion": revision});
        match self.form {
            Form::Object => {
                let bare = |object: &Arc<Object>| {
                    let mut item = self.whole(object);
                    // Custom resources keep theirs: they have no Go type that would say it.
                    if let Some(map) = item.as_object_mut().filter(|_| kind.custom.is_none()) {
                        map.remove("apiVersion");
                        map.remove("kind");
                    }
                    item
                };
                let items: Vec<Value> = objects.iter().map(bare).collect();
                json!({"apiVersion": kind.api_version(), "kind": format!("{}List", kind.kind), "metadata": metadata, "items": items})
            }
            Form::Metadata => {
                let items: Vec<Value> = objects.iter().map(|object| partial(object, true)).collect();
                json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList", "metadata": metadata, "items": items})
            }
            Form::Table { .. } => {
                let objects: Vec<&Object> = objects.iter().map(|object| &**object).collect();
                self.table(kind, &objects, now, &revision, true)
            }
        }
    }

    /// The kind whose columns an object is shown in.
    fn kind<'a>(&'a self, object: &'a Object) -> &'a Kind {
        let custom = self.version.as_ref().filter(|version| version.served.custom.is_some());
        custom.map_or(&*object.kind, |version| &*version.served)
    }

    fn whole(&self, object: &Object) -> Value {
        let value = object.to_managed_value();
        match &self.version {
            Some(version) => version.from_stored(value),
            None => value,
        }
    }

    fn table(&self, kind: &Kind, objects: &[&Object], now: Time, revision: &str, columns: bool) -> Value {
        let include = match self.form {
            Form::Table { include } => include,
            _ => Include::None,
        };
        let row = |object: &&Object| {
            let mut row = table::row(object, kind, now);
            match include {
                Include::None => {}
                Include::Metadata => row["object"] = partial(object, false),
                Include::Object => row["object"] = self.whole(object),
            }
            row
        };
        let rows: Vec<Value> = objects.iter().map(row).collect();
        let columns = if columns { table::columns(kind) } else { Value::Array(Vec::new()) };
        json!({
            "apiVersion": "meta.k8s.io/v1", "kind": "Table", "metadata": {"resourceVersion": revision},
            "columnDefinitions": columns, "rows": rows,
        })
    }
}

fn form(request: &Request) -> Form {
    for wanted in request.accept.split(',') {
        if wanted.contains("as=Table") {
            let include = match request.parameter("includeObject") {
                "None" => Include::None,
                "Object" => Include::Object,
                _ => Include::Metadata,
            };
            return Form::Table { include };
        }
        if wanted.contains("as=PartialObjectMetadata") {
            return Form::Metadata;
        }
        if wanted.contains("json") && !wanted.contains("as=") {
            break;
        }
    }
    Form::Object
}

/// The object's metadata as an object of its own. Diverges: a table's rows say nothing of managed
/// fields, which would cost more than all else in them.
fn partial(object: &Object, managed: bool) -> Value {
    let metadata = if managed { object.managed_metadata() } else { object.meta.to_value() };
    json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": metadata})
}
