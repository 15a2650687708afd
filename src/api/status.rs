//! `Status`, the API's answer when something is wrong.

use serde_json::{Value, json};

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

/// A field that validation refuses. Models apimachinery/pkg/util/validation/field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// `FieldValueInvalid`, `FieldValueRequired`, …
    pub reason: &'static str,
    /// `spec.replicas`.
    pub field: String,
    /// `Invalid value: -1: must be greater than or equal to 0`.
    pub message: String,
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
        let mut told: Vec<String> = errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
        told.dedup();
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
