//! CertificateSigningRequests as they are written: who asks, who may approve and who may sign.
//!
//! Models pkg/registry/certificates/certificates/strategy.go and the admission plugins
//! CertificateApproval, CertificateSigning and CertificateSubjectRestriction.

use serde_json::{Map, Value, json};

use super::ApiServer;
use super::authorization::Attributes;
use super::rest::User;
use crate::api::certificate::{CertificateRequest, ORGANIZATION};
use crate::api::{Kind, Object, Part, Status, base64, time};

const GROUP: &str = "certificates.k8s.io";

/// Whether a kind is CertificateSigningRequest.
pub(super) fn is_request(kind: &Kind) -> bool {
    (&*kind.group, &*kind.kind) == (GROUP, "CertificateSigningRequest")
}

/// A field of a request's spec.
fn spec<'a>(object: &'a Object, field: &str) -> &'a str {
    object.spec.json().and_then(|spec| spec[field].as_str()).unwrap_or_default()
}

/// The PKCS #10 that a request holds.
pub(super) fn contents(object: &Object) -> Option<Vec<u8>> {
    base64::decode(spec(object, "request")).ok()
}

/// Notes in a new request who makes it, whatever the request says.
pub(super) fn note_requestor(object: &mut Object, user: Option<&User>) {
    let Some(spec) = object.spec.json_mut() else { return };
    for field in ["username", "uid", "groups", "extra"] {
        if let Some(map) = spec.as_object_mut() {
            map.remove(field);
        }
    }
    let Some(user) = user else { return };
    spec["username"] = json!(user.name);
    spec["groups"] = json!(user.groups);
    if !user.uid.is_empty() {
        spec["uid"] = json!(user.uid);
    }
    if !user.extra.is_empty() {
        let extra: Map<String, Value> = user.extra.iter().map(|(name, values)| (name.clone(), json!(values))).collect();
        spec["extra"] = Value::Object(extra);
    }
}

fn forbidden(object: &Object, why: &str) -> Status {
    Status::forbidden(&object.kind.group_resource(), &object.meta.name, why)
}

/// Nobody gets a certificate of the group that may do everything.
pub(super) fn restrict_subject(object: &Object) -> Result<(), Status> {
    let signer = spec(object, "signerName");
    if signer != "kubernetes.io/kube-apiserver-client" {
        return Ok(());
    }
    let pem = contents(object).unwrap_or_default();
    let request = CertificateRequest::parse(&String::from_utf8_lossy(&pem)).unwrap_or_default();
    if request.subject(ORGANIZATION).contains(&"system:masters") {
        return Err(forbidden(object, &format!("use of {signer} signer with system:masters group is not allowed")));
    }
    Ok(())
}

fn conditions(status: &Part) -> Vec<Value> {
    status.json().and_then(|status| status["conditions"].as_array()).cloned().unwrap_or_default()
}

impl ApiServer {
    /// What `PUT …/approval` makes of a request: the conditions are new, all else stays.
    pub(super) fn approval(&self, object: &Object, old: &Object) -> Result<Object, Status> {
        self.may_sign("approve", old)?;
        let mut new = old.clone();
        let now = time::rfc3339(self.now());
        let before = conditions(&old.status);
        let mut after = conditions(&object.status);
        for condition in &mut after {
            let kind = condition["type"].clone();
            let known = before.iter().find(|known| known["type"] == kind);
            for field in ["lastUpdateTime", "lastTransitionTime"] {
                if condition[field].is_null() {
                    condition[field] = known.map_or(json!(now), |known| known[field].clone());
                }
            }
        }
        if let Some(status) = new.status.json_mut() {
            status["conditions"] = Value::Array(after);
        }
        Ok(new)
    }

    /// Refuses a new certificate from those who may not sign.
    pub(super) fn confirm_signer(&self, new: &Object, old: &Object) -> Result<(), Status> {
        let certificate = |object: &Object| object.status.json().map(|status| status["certificate"].clone());
        if is_request(&new.kind) && certificate(new) != certificate(old) {
            return self.may_sign("sign", old);
        }
        Ok(())
    }

    /// Whether who asks may do that for the request's signer, or for all of the signer's domain.
    fn may_sign(&self, verb: &str, request: &Object) -> Result<(), Status> {
        let Some(user) = &self.user else { return Ok(()) };
        let signer = spec(request, "signerName");
        let domain = format!("{}/*", signer.split('/').next().unwrap_or_default());
        let may = |name: &str| {
            let wanted = Attributes { verb, group: GROUP, resource: "signers", name, ..Attributes::default() };
            self.authorize(user, &wanted).allowed
        };
        if may(signer) || may(&domain) {
            return Ok(());
        }
        Err(forbidden(request, &format!("user not permitted to {verb} requests with signerName {signer:?}")))
    }
}
