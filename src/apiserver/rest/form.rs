//! The form in which objects are shown: whole, as rows of a table, or their metadata alone.
//!
//! Models apiserver/pkg/endpoints/handlers/response.go (transformResponseObject).

use serde_json::{Value, json};

use super::Request;
use crate::api::Object;
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

impl Form {
    /// What the Accept header and `includeObject` ask for. The first form that is known counts.
    pub fn of(request: &Request) -> Form {
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

    /// One object, on its own or in a watch.
    pub fn show_in_watch(self, object: &Object, _now: Time, _columns: bool) -> Value {
        self.show(object)
    }

    /// One object on its own.
    pub fn show(self, object: &Object) -> Value {
        match self {
            Form::Object | Form::Table { .. } => object.to_value(),
            Form::Metadata => partial(object),
        }
    }
}

/// The object's metadata as an object of its own.
pub fn partial(object: &Object) -> Value {
    json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": object.meta.to_value()})
}
