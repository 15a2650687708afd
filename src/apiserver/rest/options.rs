//! The options that come with a request, in its query or its body.

use serde_json::Value;

use super::{Request, Resource};
use crate::api::{FieldSelector, Kind, Selector, Status};
use crate::apiserver::delete::{DeleteOptions, Propagation};
use crate::apiserver::fields;
use crate::apiserver::watch::Filter;

/// Which objects a list, watch or deletion of many is about.
pub fn filter(request: &Request, resource: &Resource<'_>, kind: &Kind) -> Result<Filter, Status> {
    let labels = Selector::parse(request.parameter("labelSelector")).map_err(Status::bad_request)?;
    let fields = FieldSelector::parse(request.parameter("fieldSelector")).map_err(Status::bad_request)?;
    fields::check(kind, &fields)?;
    let namespace = (kind.namespaced && !resource.namespace.is_empty()).then(|| resource.namespace.to_owned());
    Ok(Filter { namespace, name: None, labels, fields })
}

/// How to delete: the body wins over the query, as upstream.
pub fn delete_options(request: &Request) -> Result<DeleteOptions, Status> {
    let body = &request.body;
    let text = |name: &str| match &body[name] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => request.parameter(name).to_owned(),
    };
    let grace = text("gracePeriodSeconds");
    let grace_seconds = match grace.as_str() {
        "" => None,
        grace => Some(
            grace
                .parse()
                .map_err(|_| Status::bad_request(format!("strconv.ParseInt: parsing \"{grace}\": invalid syntax")))?,
        ),
    };
    let orphan = body["orphanDependents"].as_bool();
    let propagation = match (text("propagationPolicy").as_str(), orphan) {
        ("", None) => None,
        ("", Some(true)) | ("Orphan", None) => Some(Propagation::Orphan),
        ("", Some(false)) | ("Background", None) => Some(Propagation::Background),
        ("Foreground", None) => Some(Propagation::Foreground),
        (_, Some(_)) => {
            let error = crate::api::FieldError::invalid(
                "propagationPolicy",
                text("propagationPolicy"),
                "orphanDependents and deletionPropagation cannot be both set",
            );
            return Err(Status::invalid("", "DeleteOptions", "", &[error]));
        }
        (other, None) => {
            let supported = ["Foreground", "Background", "Orphan", "nil"];
            let error = crate::api::FieldError::unsupported("propagationPolicy", other, &supported);
            return Err(Status::invalid("", "DeleteOptions", "", &[error]));
        }
    };
    let wanted = &body["preconditions"];
    Ok(DeleteOptions {
        grace_seconds,
        propagation,
        uid: wanted["uid"].as_str().map(Into::into),
        resource_version: wanted["resourceVersion"].as_str().and_then(|text| text.parse().ok()),
    })
}
