//! Certificate signing requests. Models describe.go CertificateSigningRequestDescriber.

use serde_json::Value;

use super::page::Page;
use super::{Scene, labels, list, text};
use crate::api::certificate::{ADDRESS, COMMON_NAME, CertificateRequest, DNS, EMAIL, SERIAL_NUMBER, URI};
use crate::api::{base64, duration, time};
use crate::kubectl::fail::Fail;
use crate::sim::Duration;

/// Attributes of the subject beside its name, as they are called.
const ATTRIBUTES: [(&str, u8); 7] = [
    ("Organization", 10),
    ("Organizational Unit", 11),
    ("Country", 6),
    ("Locality", 7),
    ("Province", 8),
    ("StreetAddress", 9),
    ("PostalCode", 17),
];

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let (metadata, spec, status) = (&scene.object["metadata"], &scene.object["spec"], &scene.object["status"]);
    let pem = base64::decode(text(&spec["request"])).unwrap_or_default();
    let request = CertificateRequest::parse(&String::from_utf8_lossy(&pem))
        .map_err(|fault| Fail::plain(format!("Error parsing CSR: {fault}")))?;
    page.field(0, "Name", text(&metadata["name"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    let created = time::parse(text(&metadata["creationTimestamp"])).map(time::rfc1123z).unwrap_or_default();
    page.field(0, "CreationTimestamp", created);
    page.field(0, "Requesting User", text(&spec["username"]));
    page.field_if(0, "Signer", text(&spec["signerName"]));
    if let Some(seconds) = spec["expirationSeconds"].as_u64() {
        page.field(0, "Requested Duration", duration::human(Duration::from_secs(seconds)));
    }
    page.field(0, "Status", decided(status));
    page.line(0, "Subject:");
    page.line(0, format!("\tCommon Name:\t{}", request.last(COMMON_NAME)));
    page.line(0, format!("\tSerial Number:\t{}", request.last(SERIAL_NUMBER)));
    for (name, attribute) in ATTRIBUTES {
        values(page, name, &request.subject(attribute));
    }
    let names = [("DNS Names", DNS), ("Email Addresses", EMAIL), ("URIs", URI), ("IP Addresses", ADDRESS)];
    if names.iter().any(|(_, kind)| !request.alternatives(*kind).is_empty()) {
        page.line(0, "Subject Alternative Names:");
    }
    for (name, kind) in names {
        values(page, name, &request.alternatives(kind));
    }
    scene.events(page).await
}

fn values(page: &mut Page, name: &str, values: &[&str]) {
    if !values.is_empty() {
        page.line(0, format!("\t{name}:\t{}", values.join("\n\t\t")));
    }
}

/// What has become of a request. Models extractCSRStatus.
fn decided(status: &Value) -> String {
    let has = |kind: &str| list(&status["conditions"]).any(|condition| condition["type"] == kind);
    let mut words = match (has("Denied"), has("Approved")) {
        (true, _) => "Denied",
        (false, true) => "Approved",
        (false, false) => "Pending",
    }
    .to_owned();
    if has("Failed") {
        words.push_str(",Failed");
    }
    if !text(&status["certificate"]).is_empty() {
        words.push_str(",Issued");
    }
    words
}
