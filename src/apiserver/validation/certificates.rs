//! CertificateSigningRequests. Models pkg/apis/certificates/validation and ValidateSignerName.

use serde_json::Value;

use crate::api::certificate::CertificateRequest;
use crate::api::{FieldError, Object, name_rules};
use crate::apiserver::certificates::contents;

/// What a certificate may be for.
const USAGES: [&str; 23] = [
    "signing",
    "digital signature",
    "content commitment",
    "key encipherment",
    "key agreement",
    "data encipherment",
    "cert sign",
    "crl sign",
    "encipher only",
    "decipher only",
    "any",
    "server auth",
    "client auth",
    "code signing",
    "email protection",
    "s/mime",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "timestamping",
    "ocsp signing",
    "microsoft sgc",
    "netscape sgc",
];

/// The shortest time that may be asked for, in seconds.
const SHORTEST: i64 = 600;

pub fn signing_request(object: &Object, old: Option<&Object>, out: &mut Vec<FieldError>) {
    let Some(spec) = object.spec.json() else { return };
    let pem = contents(object).unwrap_or_default();
    if let Err(fault) = CertificateRequest::parse(&String::from_utf8_lossy(&pem)) {
        let bytes: Vec<String> = pem.iter().map(|byte| format!("{byte:#x}")).collect();
        let shown = if bytes.is_empty() { "[]byte(nil)".to_owned() } else { format!("[]byte{{{}}}", bytes.join(", ")) };
        out.push(FieldError::invalid_shown("spec.request", &shown, fault));
    }
    let usages = spec["usages"].as_array().map_or(&[][..], Vec::as_slice);
    if usages.is_empty() {
        out.push(FieldError::required("spec.usages", ""));
    }
    for (at, usage) in usages.iter().enumerate() {
        if !USAGES.contains(&usage.as_str().unwrap_or_default()) {
            out.push(FieldError::unsupported(&format!("spec.usages[{at}]"), usage.clone(), &USAGES));
        }
    }
    for (at, usage) in usages.iter().enumerate() {
        if usages[..at].contains(usage) {
            out.push(FieldError::duplicate(&format!("spec.usages[{at}]"), usage.clone()));
        }
    }
    signer_name(spec["signerName"].as_str().unwrap_or_default(), out);
    if let Some(seconds) = spec["expirationSeconds"].as_i64().filter(|seconds| *seconds < SHORTEST) {
        let why = "may not specify a duration less than 600 seconds (10 minutes)";
        out.push(FieldError::invalid("spec.expirationSeconds", seconds, why));
    }
    conditions(object, old, out);
}

fn signer_name(name: &str, out: &mut Vec<FieldError>) {
    let field = "spec.signerName";
    if name.is_empty() {
        out.push(FieldError::required(field, ""));
        return;
    }
    if name == "kubernetes.io/legacy-unknown" {
        out.push(FieldError::invalid(field, name, "the legacy signerName is not allowed via this API version"));
        return;
    }
    let segments: Vec<&str> = name.split('/').collect();
    let [domain, path] = segments[..] else {
        let why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
        out.push(FieldError::invalid(field, name, why));
        return;
    };
    let labels: Vec<&str> = domain.split('.').collect();
    let mut faults = |segment: &str, label: &str, found: Vec<String>| {
        for fault in found {
            out.push(FieldError::invalid(field, segment, format!("validating label {label:?}: {fault}")));
        }
    };
    for label in &labels {
        faults(domain, label, name_rules::label_faults(label));
    }
    for label in path.split('.') {
        faults(path, label, name_rules::subdomain_faults(label));
    }
    if labels.len() < 2 {
        let why = "should be a domain with at least two segments separated by dots";
        out.push(FieldError::invalid(field, domain, why));
    }
}

/// What was decided stays decided, and in one way only.
fn conditions(object: &Object, old: Option<&Object>, out: &mut Vec<FieldError>) {
    let list = |object: &Object| -> Vec<Value> {
        object.status.json().and_then(|status| status["conditions"].as_array()).cloned().unwrap_or_default()
    };
    let now = list(object);
    let has = |list: &[Value], kind: &str| list.iter().any(|condition| condition["type"] == kind);
    for (at, condition) in now.iter().enumerate() {
        let field = format!("status.conditions[{at}]");
        let kind = condition["type"].as_str().unwrap_or_default();
        if kind.is_empty() {
            out.push(FieldError::required(&format!("{field}.type"), ""));
        }
        let decided = matches!(kind, "Approved" | "Denied" | "Failed");
        if decided && condition["status"] != "True" {
            out.push(FieldError::unsupported(&format!("{field}.status"), condition["status"].clone(), &["True"]));
        }
        let other = if kind == "Approved" { "Denied" } else { "Approved" };
        if matches!(kind, "Approved" | "Denied") && has(&now[..at], other) {
            let why = "Approved and Denied conditions are mutually exclusive";
            out.push(FieldError::invalid(&format!("{field}.type"), kind, why));
        }
    }
    let before = old.map(list).unwrap_or_default();
    for kind in ["Approved", "Denied", "Failed"] {
        if has(&before, kind) && !has(&now, kind) {
            let why = format!("updates may not remove a condition of type {kind:?}");
            out.push(FieldError::forbidden("status.conditions", why));
        }
    }
}
