//! Reading an object from a request's body.
//!
//! Models apiserver/pkg/endpoints/handlers/create.go (transformDecodeError, field validation).

use std::sync::Arc;

use serde_json::Value;

use super::{Request, Resource};
use crate::api::schema::{Decoded, Schemas, Words, decode};
use crate::api::{FieldError, Kind, Object, Status, wire};
use crate::apiserver::ApiServer;
use crate::apiserver::versions::Version;

/// What is done about unknown fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FieldValidation {
    Strict,
    Warn,
    Ignore,
}

fn field_validation(request: &Request) -> Result<FieldValidation, Status> {
    match request.parameter("fieldValidation") {
        "Strict" => Ok(FieldValidation::Strict),
        "" | "Warn" => Ok(FieldValidation::Warn),
        "Ignore" => Ok(FieldValidation::Ignore),
        other => {
            let supported = ["Ignore", "Warn", "Strict"];
            let error = FieldError::unsupported("fieldValidation", other, &supported);
            Err(Status::invalid("meta.k8s.io", "CreateOptions", "", &[error]))
        }
    }
}

/// The object as its kind's schema reads it; `None` without a schema.
fn decoded(kind: &Kind, value: Value, words: Words) -> Option<Decoded> {
    if let Some(custom) = &kind.custom {
        return Some(custom.decode(value));
    }
    let (name, schema) = Schemas::builtin().kind(&kind.group, &kind.version, &kind.kind)?;
    Some(decode(Schemas::builtin(), name, schema, value, words))
}

impl ApiServer {
    /// Reads the object that a POST or PUT sends.
    pub(super) fn body_object(
        &mut self,
        request: &Request,
        resource: &Resource<'_>,
        kind: &Arc<Kind>,
    ) -> Result<Object, Status> {
        let said = request.body["kind"].as_str().unwrap_or_default();
        let version = request.body["apiVersion"].as_str().unwrap_or_default();
        let refuse = |why: &str| {
            let kind = &kind.kind;
            let shown = if said.is_empty() { kind } else { said };
            let short = &resource.version;
            Status::bad_request(format!("{shown} in version \"{short}\" cannot be handled as a {kind}: {why}"))
        };
        if !request.body.is_object() {
            return Err(Status::bad_request(format!(
                "the object provided is unrecognized (must be of type {}): couldn't get version/kind; json parse error: \
                 unexpected end of JSON input",
                kind.kind
            )));
        }
        if !version.is_empty() && version != kind.api_version() {
            return Err(Status::bad_request(format!(
                "the API version in the data ({version}) does not match the expected API version ({})",
                kind.api_version()
            )));
        }
        if !said.is_empty() && said != &*kind.kind {
            return Err(refuse(&format!(
                "no kind \"{said}\" is registered for version \"{}\" in scheme \
                 \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\"",
                kind.api_version()
            )));
        }
        let validation = field_validation(request)?;
        let value = match decoded(kind, request.body.clone(), Words::Json) {
            Some(decoded) => {
                if let Some(why) = decoded.error {
                    return Err(refuse(&why));
                }
                match validation {
                    FieldValidation::Strict if !decoded.unknown.is_empty() => {
                        return Err(refuse(&format!("strict decoding error: {}", decoded.unknown.join(", "))));
                    }
                    FieldValidation::Warn => self.warnings.extend(decoded.unknown),
                    _ => {}
                }
                decoded.value
            }
            None => request.body.clone(),
        };
        self.object_of(value, resource, kind)
    }

    /// Reads the object that a patch has made of the stored one.
    pub(super) fn patched_object(
        &mut self,
        request: &Request,
        resource: &Resource<'_>,
        kind: &Arc<Kind>,
        patched: Value,
        words: Words,
    ) -> Result<Object, Status> {
        let validation = field_validation(request)?;
        let shown = match words {
            Words::Converter => wire::go_value(&request.body),
            Words::Json => wire::patched_text(&patched),
        };
        let refuse = |why: &str| {
            let error = FieldError::invalid("patch", shown.as_str(), why);
            Status::invalid("", "", "", &[error])
        };
        let Some(decoded) = decoded(kind, patched.clone(), words) else {
            return self.object_of(patched, resource, kind);
        };
        if let Some(why) = decoded.error {
            return Err(refuse(&why));
        }
        match validation {
            FieldValidation::Strict if !decoded.unknown.is_empty() => {
                return Err(refuse(&format!("strict decoding error: {}", decoded.unknown.join(", "))));
            }
            FieldValidation::Warn => self.warnings.extend(decoded.unknown),
            _ => {}
        }
        self.object_of(decoded.value, resource, kind)
    }

    /// The object of a decoded value, in its stored version and in the path's namespace.
    fn object_of(&self, value: Value, resource: &Resource<'_>, kind: &Arc<Kind>) -> Result<Object, Status> {
        let mut object = match Version::of(&self.kinds, kind) {
            Some((version, stored)) => Object::from_value(&stored, version.into_stored(value)),
            None => Object::from_value(kind, value),
        }
        .map_err(|why| Status::bad_request(why.to_string()))?;
        if !kind.namespaced {
            object.meta.namespace = "".into();
        } else if object.meta.namespace.is_empty() {
            object.meta.namespace = resource.namespace.into();
        } else if *object.meta.namespace != *resource.namespace {
            return Err(Status::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        Ok(object)
    }
}
