//! Approved CertificateSigningRequests get their certificates, and old ones go. Models
//! pkg/controller/certificates/{signer,cleaner}.
//!
//! Diverges: nobody approves the requests of kubelets by itself (approver/sarapprove.go), the cleaner acts when a
//! request's time is over and not once an hour, and a certificate is what [`Certificate`] says.

use std::sync::Arc;

use serde_json::{Value, json};

use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::certificate::{ADDRESS, COMMON_NAME, Certificate, CertificateRequest, DNS, EMAIL, ORGANIZATION, URI};
use crate::api::{Key, Kind, Object, WellKnown, base64, time};
use crate::apiserver::{Change, Store};
use crate::sim::{Duration, Time};

/// `--cluster-signing-duration`
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

fn condition<'a>(request: &'a Object, kind: &str) -> Option<&'a Value> {
    let conditions = request.status.json()?["conditions"].as_array()?;
    conditions.iter().find(|condition| condition["type"] == kind)
}

fn has_certificate(request: &Object) -> bool {
    request.status.json().is_some_and(|status| status["certificate"].as_str().is_some_and(|text| !text.is_empty()))
}

/// See the module.
#[derive(Debug)]
pub struct Signer(Arc<Kind>);

impl Signer {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> Signer {
        Signer(Arc::clone(&kinds.certificate_signing_request))
    }
}

fn waits(request: &Object) -> bool {
    condition(request, "Approved").is_some() && condition(request, "Failed").is_none() && !has_certificate(request)
}

/// Why a signer of the cluster's own does not sign; `None` for signers that are somebody else's.
fn verdict(signer: &str, request: &CertificateRequest, usages: &[&str]) -> Option<Result<(), String>> {
    let nodes = request.subject(ORGANIZATION) == ["system:nodes"];
    let node = request.last(COMMON_NAME).starts_with("system:node:");
    let has = |kind: u8| !request.alternatives(kind).is_empty();
    let refuse = |why: &str| Some(Err(why.to_owned()));
    let (purpose, client) = match signer {
        "kubernetes.io/kube-apiserver-client" => {
            let odd = |usage: &&&str| !matches!(**usage, "digital signature" | "key encipherment" | "client auth");
            if let Some(usage) = usages.iter().find(odd) {
                return Some(Err(format!("invalid usage for client certificate: {usage}")));
            }
            return match usages.contains(&"client auth") {
                true => Some(Ok(())),
                false => refuse("missing required usage for client certificate: client auth"),
            };
        }
        "kubernetes.io/kube-apiserver-client-kubelet" => ("client auth", true),
        "kubernetes.io/kubelet-serving" => ("server auth", false),
        _ => return None,
    };
    if !nodes {
        return refuse("subject organization is not system:nodes");
    }
    if !client && !has(DNS) && !has(ADDRESS) {
        return refuse("DNS or IP subjectAltName is required");
    }
    for (kind, what, always) in
        [(DNS, "DNS", false), (EMAIL, "Email", true), (ADDRESS, "IP", false), (URI, "URI", true)]
    {
        if has(kind) && (client || always) {
            return Some(Err(format!("{what} subjectAltNames are not allowed")));
        }
    }
    if !node {
        return refuse("subject common name does not begin with system:node: ");
    }
    let needed = ["digital signature", purpose];
    let fits = usages.iter().all(|usage| needed.contains(usage) || *usage == "key encipherment");
    match fits && needed.iter().all(|usage| usages.contains(usage)) {
        true => Some(Ok(())),
        false => Some(Err(format!("usages did not match [{} {purpose}]", needed[0]))),
    }
}

impl Controller for Signer {
    fn name(&self) -> &'static str {
        "certificate-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        if change.kind == self.0.id
            && let Some(request) = change.new.as_ref().filter(|request| waits(request))
        {
            queue.add(request.key());
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::done();
        let Some(object) = view.get(&self.0, key).filter(|request| waits(request)) else { return plan };
        let Some(spec) = object.spec.json() else { return plan };
        let pem = base64::decode(spec["request"].as_str().unwrap_or_default()).unwrap_or_default();
        let Ok(request) = CertificateRequest::parse(&String::from_utf8_lossy(&pem)) else { return plan };
        let usages: Vec<&str> = spec["usages"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let Some(verdict) = verdict(spec["signerName"].as_str().unwrap_or_default(), &request, &usages) else {
            return plan;
        };
        let mut new = (**object).clone();
        let Some(status) = new.status.json_mut() else { return plan };
        match verdict {
            Ok(()) => {
                let asked = spec["expirationSeconds"].as_u64().map_or(LONGEST, Duration::from_secs);
                let certificate = Certificate {
                    common_name: request.last(COMMON_NAME).to_owned(),
                    organization: request.subject(ORGANIZATION).into_iter().map(str::to_owned).collect(),
                    not_after: Some(view.now + asked.min(LONGEST)),
                };
                status["certificate"] = json!(base64::encode(certificate.to_pem().as_bytes()));
            }
            Err(why) => {
                let now = time::rfc3339(view.now);
                if let Some(conditions) = status["conditions"].as_array_mut() {
                    conditions.push(json!({
                        "type": "Failed", "status": "True", "reason": "SignerValidationFailure", "message": why,
                        "lastUpdateTime": now, "lastTransitionTime": now,
                    }));
                }
            }
        }
        plan.then(Write::Status(new));
        plan
    }
}

/// Deletes requests that nobody needs any more.
#[derive(Debug)]
pub struct Cleaner(Arc<Kind>);

impl Cleaner {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> Cleaner {
        Cleaner(Arc::clone(&kinds.certificate_signing_request))
    }
}

/// When a request is deleted: an hour after it was issued, refused or failed, a day after it was made.
fn ends(request: &Object) -> Option<Time> {
    let hour = Duration::from_secs(3600);
    for (kind, counts) in [("Approved", has_certificate(request)), ("Denied", true), ("Failed", true)] {
        if let Some(condition) = condition(request, kind).filter(|_| counts) {
            return condition["lastUpdateTime"].as_str().and_then(time::parse).map(|at| at + hour);
        }
    }
    let pending = condition(request, "Approved").is_none();
    request.meta.created.filter(|_| pending).map(|at| at + Duration::from_secs(24 * 3600))
}

impl Controller for Cleaner {
    fn name(&self) -> &'static str {
        "certificate-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        if change.kind == self.0.id
            && let Some(request) = &change.new
        {
            queue.add(request.key());
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::done();
        let Some((request, at)) = view.get(&self.0, key).and_then(|request| Some((request, ends(request)?))) else {
            return plan;
        };
        if at > view.now {
            plan.again_after(at.since(view.now));
        } else {
            plan.then(Write::Delete(Arc::clone(request)));
        }
        plan
    }
}
