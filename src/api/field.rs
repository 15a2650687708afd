//! What validation says about a field. Models apimachinery/pkg/util/validation/field/errors.go.

use std::fmt;

use serde_json::Value;

use crate::collections::Sort;

/// A field that validation refuses.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// `FieldValueInvalid`, `FieldValueRequired`, …
    pub reason: &'static str,
    /// `spec.replicas`.
    pub field: String,
    /// `Invalid value: -1: must be greater than or equal to 0`.
    pub message: String,
}

fn with(kind: &str, value: Option<String>, detail: &str) -> String {
    let mut text = kind.to_owned();
    for part in [value.as_deref(), Some(detail).filter(|detail| !detail.is_empty())].into_iter().flatten() {
        text.push_str(": ");
        text.push_str(part);
    }
    text
}

impl FieldError {
    fn new(reason: &'static str, field: &str, message: String) -> FieldError {
        FieldError { reason, field: field.to_owned(), message }
    }

    /// The value breaks a rule. Strings are quoted, anything larger is printed as JSON.
    pub fn invalid(field: &str, value: impl Into<Value>, detail: impl AsRef<str>) -> FieldError {
        let value = Some(value.into().to_string());
        FieldError::new("FieldValueInvalid", field, with("Invalid value", value, detail.as_ref()))
    }

    /// The same, with the value as it is to be shown.
    pub fn invalid_shown(field: &str, value: &str, detail: &str) -> FieldError {
        FieldError::new("FieldValueInvalid", field, with("Invalid value", Some(value.to_owned()), detail))
    }

    /// The field must be there.
    pub fn required(field: &str, detail: impl AsRef<str>) -> FieldError {
        FieldError::new("FieldValueRequired", field, with("Required value", None, detail.as_ref()))
    }

    /// The field may not be set, or not be set so here.
    pub fn forbidden(field: &str, detail: impl AsRef<str>) -> FieldError {
        FieldError::new("FieldValueForbidden", field, with("Forbidden", None, detail.as_ref()))
    }

    /// Something else has this value already.
    pub fn duplicate(field: &str, value: impl Into<Value>) -> FieldError {
        FieldError::new("FieldValueDuplicate", field, with("Duplicate value", Some(value.into().to_string()), ""))
    }

    /// The value names something that is not there.
    pub fn not_found(field: &str, value: impl Into<Value>) -> FieldError {
        FieldError::new("FieldValueNotFound", field, with("Not found", Some(value.into().to_string()), ""))
    }

    /// The value is none of those that may be.
    pub fn unsupported(field: &str, value: impl Into<Value>, supported: &[&str]) -> FieldError {
        let mut sorted = supported.to_vec();
        sorted.arrange();
        FieldError::unsupported_in_order(field, value, &sorted)
    }

    /// The same, with the values in the order in which they are listed.
    pub fn unsupported_in_order(field: &str, value: impl Into<Value>, supported: &[&str]) -> FieldError {
        let quoted: Vec<String> = supported.iter().map(|value| format!("{value:?}")).collect();
        let detail = format!("supported values: {}", quoted.join(", "));
        FieldError::new(
            "FieldValueNotSupported",
            field,
            with("Unsupported value", Some(value.into().to_string()), &detail),
        )
    }

    /// The value is of a wrong type.
    pub fn type_invalid(field: &str, value: impl Into<Value>, detail: impl AsRef<str>) -> FieldError {
        FieldError { reason: "FieldValueTypeInvalid", ..FieldError::invalid(field, value, detail) }
    }

    /// The text is longer than may be.
    pub fn too_long(field: &str, limit: usize) -> FieldError {
        let detail = format!("may not be more than {limit} bytes");
        FieldError::new("FieldValueTooLong", field, with("Too long", None, &detail))
    }

    /// The list is longer than may be.
    pub fn too_many(field: &str, count: usize, limit: usize) -> FieldError {
        let detail = format!("must have at most {limit} items");
        FieldError::new("FieldValueTooMany", field, with("Too many", Some(count.to_string()), &detail))
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}
