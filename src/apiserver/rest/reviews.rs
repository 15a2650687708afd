//! Questions that are posted and answered, but not stored: who am I, may I, may they.
//!
//! Models pkg/registry/authorization and pkg/registry/authentication.

use serde_json::{Value, json};

use super::{Answer, Request, Resource, Target, User, value};
use crate::api::{FieldError, Status};
use crate::apiserver::ApiServer;
use crate::apiserver::authentication::ISSUER;
use crate::apiserver::authorization::Attributes;

impl ApiServer {
    /// Answers a kind that can be created only.
    pub(super) fn review(&mut self, request: &Request, resource: &Resource<'_>, target: &Target) -> Answer {
        let object = self.body_object(request, resource, &target.served)?;
        let mut review = object.to_value();
        if !review["metadata"].is_object() {
            review["metadata"] = json!({});
        }
        let spec = &review["spec"];
        review["status"] = match &*target.served.kind {
            "SelfSubjectReview" => json!({"userInfo": user_info(&request.user)}),
            "TokenReview" => self.token_review(spec)?,
            "SelfSubjectAccessReview" => self.access(&target.served.kind, spec, &request.user)?,
            "SubjectAccessReview" | "LocalSubjectAccessReview" => {
                if let Some(namespace) = Some(&object.meta.namespace).filter(|_| target.served.namespaced)
                    && spec["resourceAttributes"]["namespace"] != **namespace
                {
                    let path = "spec.resourceAttributes.namespace";
                    let error = FieldError::invalid(
                        path,
                        spec["resourceAttributes"]["namespace"].clone(),
                        "must match metadata.namespace",
                    );
                    return Err(Status::invalid("authorization.k8s.io", &target.served.kind, "", &[error]));
                }
                let user = described_user(spec);
                if user.name.is_empty() && user.groups.is_empty() {
                    let error = FieldError::invalid("spec.user", "", "at least one of user or group must be specified");
                    return Err(Status::invalid("authorization.k8s.io", &target.served.kind, "", &[error]));
                }
                self.access(&target.served.kind, spec, &user)?
            }
            "SelfSubjectRulesReview" => self.rules_review(spec, &request.user)?,
            // A Pod's binding comes another way.
            _ => return Err(Status::method_not_allowed()),
        };
        value(201, review)
    }

    /// The status of an access review.
    fn access(&self, kind: &str, spec: &Value, user: &User) -> Result<Value, Status> {
        let (resource, path) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
        let fault = match (resource.is_object(), path.is_object()) {
            (true, true) => {
                ("spec.nonResourceAttributes", path, "cannot be specified in combination with resourceAttributes")
            }
            (false, false) => (
                "spec.resourceAttributes",
                &Value::Null,
                "exactly one of nonResourceAttributes or resourceAttributes must be specified",
            ),
            _ => ("", &Value::Null, ""),
        };
        if !fault.0.is_empty() {
            let error = FieldError::invalid(fault.0, fault.1.clone(), fault.2);
            return Err(Status::invalid("authorization.k8s.io", kind, "", &[error]));
        }
        let asked = if resource.is_object() { resource } else { path };
        let text = |field: &str| asked[field].as_str().unwrap_or_default();
        let wanted = Attributes {
            verb: text("verb"),
            group: text("group"),
            resource: text("resource"),
            subresource: text("subresource"),
            name: text("name"),
            namespace: text("namespace"),
            path: path.is_object().then(|| text("path")),
        };
        let decision = self.authorize(user, &wanted);
        let mut status = json!({"allowed": decision.allowed});
        if !decision.reason.is_empty() {
            status["reason"] = json!(decision.reason);
        }
        Ok(status)
    }

    /// The status of a TokenReview: whose token it is.
    fn token_review(&self, spec: &Value) -> Result<Value, Status> {
        let token = spec["token"].as_str().unwrap_or_default();
        if token.is_empty() {
            return Err(Status::bad_request("token is required for TokenReview in authentication"));
        }
        Ok(match self.authenticate(token) {
            Some(user) => json!({"authenticated": true, "audiences": [ISSUER], "user": user_info(&user)}),
            None => json!({"error": "invalid bearer token", "user": {}}),
        })
    }

    /// The status of a SelfSubjectRulesReview.
    fn rules_review(&self, spec: &Value, user: &User) -> Result<Value, Status> {
        let namespace = spec["namespace"].as_str().unwrap_or_default();
        if namespace.is_empty() {
            return Err(Status::bad_request("no namespace on request"));
        }
        let (rules, fault) = self.rules_for(user, namespace);
        let (mut resources, mut urls) = (Vec::new(), Vec::new());
        for rule in rules {
            let into = if rule["nonResourceURLs"].is_array() { &mut urls } else { &mut resources };
            into.push(rule.clone());
        }
        let mut status = json!({"incomplete": false, "nonResourceRules": urls, "resourceRules": resources});
        if !fault.is_empty() {
            status["evaluationError"] = json!(fault);
        }
        Ok(status)
    }
}

/// A user as reviews show one.
fn user_info(user: &User) -> Value {
    let mut info = json!({"username": user.name, "groups": user.groups});
    if !user.uid.is_empty() {
        info["uid"] = json!(user.uid);
    }
    for (key, values) in &user.extra {
        info["extra"][key] = json!(values);
    }
    info
}

/// The user that a review asks about.
fn described_user(spec: &Value) -> User {
    let text = |field: &str| spec[field].as_str().unwrap_or_default().to_owned();
    let groups = spec["groups"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    User { name: text("user"), uid: text("uid"), groups: groups.collect(), extra: Vec::new() }
}
