//! `serviceaccounts/NAME/token`: a token on request.
//!
//! Models pkg/registry/core/serviceaccount/storage/token.go and pkg/apis/authentication/validation.

use serde_json::{Value, json};

use super::{Answer, Request, Resource, value};
use crate::api::{FieldError, Key, PodSpec, Status, time};
use crate::apiserver::ApiServer;
use crate::apiserver::authentication::{Claims, ISSUER};
use crate::sim::Duration;

impl ApiServer {
    pub(super) fn token_request(&mut self, request: &Request, resource: &Resource<'_>) -> Answer {
        let spec = &request.body["spec"];
        let seconds = spec["expirationSeconds"].as_i64().unwrap_or(3600);
        let why = match seconds {
            ..600 => "may not specify a duration less than 10 minutes",
            4_294_967_297.. => "may not specify a duration larger than 2^32 seconds",
            _ => "",
        };
        if !why.is_empty() {
            let error = FieldError::invalid("spec.expirationSeconds", seconds, why);
            return Err(Status::invalid("authentication.k8s.io", "TokenRequest", "", &[error]));
        }
        let account = Key::new(resource.namespace, resource.name);
        let missing = |resource: &str, name: &str| Status::not_found(resource, name);
        let find = |kind: &str, key: &Key| self.store.get(self.kinds.builtin_kind("", kind).id, key);
        let Some(found) = find("ServiceAccount", &account) else {
            return Err(missing("serviceaccounts", resource.name));
        };
        let found = found.meta.uid.clone();
        let said = &spec["boundObjectRef"];
        let text = |field: &str| said[field].as_str().unwrap_or_default();
        let mut bound = None;
        if said.is_object() {
            let (kind, name) = (text("kind"), text("name"));
            let plural = match (text("apiVersion"), kind) {
                ("v1", "Pod") => "pods",
                ("v1", "Secret") => "secrets",
                ("v1", "Node") => "nodes",
                (version, kind) => {
                    let (group, version) = version.split_once('/').unwrap_or(("", version));
                    let why = format!("cannot bind token to object of type {group}/{version}, Kind={kind}");
                    return Err(Status::bad_request(why));
                }
            };
            let key = Key::new(if kind == "Node" { "" } else { resource.namespace }, name);
            let object = find(kind, &key).ok_or_else(|| missing(plural, name))?;
            let runs_as = object.spec::<PodSpec>().map(|spec| spec.service_account_name.as_deref().unwrap_or_default());
            if let Some(other) = runs_as.filter(|other| *other != resource.name) {
                return Err(Status::bad_request(format!(
                    "cannot bind token for serviceaccount {:?} to pod running with serviceaccount {other:?}",
                    resource.name
                )));
            }
            let uid = text("uid");
            if !uid.is_empty() && *uid != *object.meta.uid {
                let why = format!(
                    "the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated"
                );
                return Err(Status::conflict(kind, name, &why));
            }
            bound = Some((kind, name));
        }
        let said = spec["audiences"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let audiences: Vec<String> = said.map(str::to_owned).collect();
        let span = u64::try_from(seconds).unwrap_or(0);
        let shown = if audiences.is_empty() { vec![ISSUER.to_owned()] } else { audiences.clone() };
        let mut rng = self.rng.split(&format!("token/{}/{found}", self.now.0));
        let token = self.issue_token(&Claims { account: &account, audiences, seconds: span, bound }, &mut rng);
        let expires = self.now + Duration::from_secs(span);
        value(
            201,
            json!({
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                "metadata": {"creationTimestamp": time::rfc3339(self.now), "name": resource.name, "namespace": resource.namespace},
                "spec": {"audiences": shown, "boundObjectRef": spec["boundObjectRef"], "expirationSeconds": seconds},
                "status": {"expirationTimestamp": time::rfc3339(expires), "token": token},
            }),
        )
    }
}
