//! `Status`, the API's answer when something is wrong.

use serde_json::{Value, json};

use super::field::FieldError;
use crate::collections::SortedSet;

/// A failed request. Models apimachinery/pkg/api/errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The HTTP status.
    pub code: u16,
    /// The machine-readable reason: `NotFound`, `Invalid`, …
    pub reason: &'static str,
    /// What a person reads.
    pub message: String,
    /// `details`, or null.
    pub details: Value,
}

impl Status {
    /// Nothing of that name. `resource` is `pods` or `deployments.apps`.
    pub fn not_found(resource: &str, name: &str) -> Status {
        Status::about(404, "NotFound", format!("{resource} \"{name}\" not found"), resource, name)
    }

    /// Something of that name is there already.
    pub fn already_exists(resource: &str, name: &str) -> Status {
        Status::about(409, "AlreadyExists", format!("{resource} \"{name}\" already exists"), resource, name)
    }

    /// The request would undo what somebody else did.
    pub fn conflict(resource: &str, name: &str, why: &str) -> Status {
        let message = format!("Operation cannot be fulfilled on {resource} \"{name}\": {why}");
        Status::about(409, "Conflict", message, resource, name)
    }

    /// The request makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Status {
        Status { code: 400, reason: "BadRequest", message: message.into(), details: Value::Null }
    }

    /// The fields that validation refuses. `kind` is `Deployment.apps`, or `Pod` for the core group.
    pub fn invalid(group: &str, kind: &str, name: &str, errors: &[FieldError]) -> Status {
        let mut seen = SortedSet::new();
        let told: Vec<String> =
            errors.iter().map(FieldError::to_string).filter(|text| seen.insert(text.clone())).collect();
        let all = if told.len() == 1 { told.concat() } else { format!("[{}]", told.join(", ")) };
        let qualified = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
        let causes: Vec<Value> = errors
            .iter()
            .map(|error| json!({"field": error.field, "message": error.message, "reason": error.reason}))
            .collect();
        Status {
            code: 422,
            reason: "Invalid",
            message: format!("{qualified} \"{name}\" is invalid: {all}"),
            details: json!({"causes": causes, "group": group, "kind": kind, "name": name}),
        }
    }

    /// Who asks may not do that, or the state of things forbids it.
    pub fn forbidden(resource: &str, name: &str, why: &str) -> Status {
        let message = if name.is_empty() {
            format!("{resource} is forbidden: {why}")
        } else {
            format!("{resource} \"{name}\" is forbidden: {why}")
        };
        Status::about(403, "Forbidden", message, resource, name)
    }

    /// No such path, or no such kind.
    pub fn unknown_path() -> Status {
        let message = "the server could not find the requested resource".to_owned();
        Status { code: 404, reason: "NotFound", message, details: json!({}) }
    }

    /// There is such a path, but nobody answers it now.
    pub fn service_unavailable() -> Status {
        let message = "the server is currently unable to handle the request".to_owned();
        Status { code: 503, reason: "ServiceUnavailable", message, details: json!({}) }
    }

    /// The path is there, the method is not.
    pub fn method_not_allowed() -> Status {
        let message = "the server does not allow this method on the requested resource".to_owned();
        Status { code: 405, reason: "MethodNotAllowed", message, details: json!({}) }
    }

    /// A body in a form that is not understood.
    pub fn unsupported_media_type(understood: &str) -> Status {
        let message =
            format!("the body of the request was in an unknown format - accepted media types include: {understood}");
        Status { code: 415, reason: "UnsupportedMediaType", message, details: json!({}) }
    }

    /// Too many are asking, or a budget does not allow it now.
    pub fn too_many_requests(message: impl Into<String>) -> Status {
        Status { code: 429, reason: "TooManyRequests", message: message.into(), details: json!({}) }
    }

    /// Something that this simulation does not do, in plain words.
    pub fn not_implemented(message: impl Into<String>) -> Status {
        Status { code: 501, reason: "NotImplemented", message: message.into(), details: Value::Null }
    }

    /// The server's own fault.
    pub fn internal(message: impl std::fmt::Display) -> Status {
        let message = format!("Internal error occurred: {message}");
        let details = json!({"causes": [{"message": message}]});
        Status { code: 500, reason: "InternalError", message, details }
    }

    /// The answer to a deletion that is done: a Status that tells of success.
    pub fn deleted(kind: &super::Kind, name: &str, uid: &str) -> Value {
        let mut details = json!({"kind": *kind.plural, "name": name, "uid": uid});
        if !kind.group.is_empty() {
            details["group"] = json!(*kind.group);
        }
        json!({"apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Success", "details": details})
    }

    fn about(code: u16, reason: &'static str, message: String, resource: &str, name: &str) -> Status {
        let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
        let mut details = json!({"kind": plural, "name": name});
        if !group.is_empty() {
            details["group"] = json!(group);
        }
        Status { code, reason, message, details }
    }

    /// As the API prints it.
    pub fn to_value(&self) -> Value {
        let mut value = json!({
            "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code,
        });
        if !self.details.is_null() {
            value["details"] = self.details.clone();
        }
        value
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Status {}
