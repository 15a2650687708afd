//! `kubectl create token`. Models create_token.go.

use serde_json::json;

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::printers::Printer;
use crate::kubectl::spec::{self, Spec, run};

/// `kubectl create token`
pub const SPEC: Spec = Spec {
    name: "token",
    usage: "SERVICE_ACCOUNT_NAME [options]",
    short: "Request a service account token",
    long: "Ask the server for a token of a service account.",
    examples: "# A token of a service account\nkubectl create token builder\n\n# One that lasts ten minutes\nkubectl create token builder --duration 10m",
    flags: &[FLAGS, spec::PRINT],
    run: run!(token),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::new("audience", Kind::Array, "", "For whom the token is; the API server where nothing is said."),
    Flag::text("bound-object-kind", "", "Kind of what the token lasts no longer than: Node, Pod, Secret."),
    Flag::text("bound-object-name", "", "Name of what the token lasts no longer than."),
    Flag::text("bound-object-uid", "", "UID of what the token lasts no longer than."),
    Flag::new("duration", Kind::Duration, "0s", "How long the token lasts; the server decides for 0."),
];

const KINDS: [&str; 3] = ["Node", "Pod", "Secret"];

async fn token(k: &Kubectl) -> Outcome {
    let name = super::name(k)?;
    let duration = k.flags.duration("duration");
    let audiences = k.flags.list("audience");
    let bound = |part: &str| k.flags.text(&format!("bound-object-{part}")).to_owned();
    let (kind, bound_name, uid) = (bound("kind"), bound("name"), bound("uid"));
    let fault = match kind.as_str() {
        _ if duration < 0 => "--duration must be greater than or equal to 0",
        _ if duration % 1_000_000 != 0 => "--duration cannot be expressed in units less than seconds",
        _ if audiences.iter().any(String::is_empty) => "--audience must not be an empty string",
        "" if !bound_name.is_empty() => "--bound-object-name can only be set if --bound-object-kind is provided",
        "" if !uid.is_empty() => "--bound-object-uid can only be set if --bound-object-kind is provided",
        "" => "",
        kind if !KINDS.contains(&kind) => "supported --bound-object-kind values are Node, Pod, Secret",
        _ if bound_name.is_empty() => "--bound-object-name is required if --bound-object-kind is provided",
        _ => "",
    };
    if !fault.is_empty() {
        return Err(Fail::plain(fault));
    }
    let mut spec = json!({"audiences": audiences});
    if duration > 0 {
        spec["expirationSeconds"] = json!(duration / 1_000_000);
    }
    if !kind.is_empty() {
        spec["boundObjectRef"] = json!({"apiVersion": "v1", "kind": kind, "name": bound_name});
        if !uid.is_empty() {
            spec["boundObjectRef"]["uid"] = json!(uid);
        }
    }
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec});
    let path = format!("/api/v1/namespaces/{}/serviceaccounts/{name}/token", k.namespace().await?);
    let sent = k.client().await?.post(&path, &[], request).await;
    let answer = sent.map_err(|fail| fail.before("failed to create token: "))?;
    if let Some(printer) = Printer::of(k, false).await? {
        k.out(&printer.print(&answer, &k.flags)?).await;
        return Ok(());
    }
    let token = answer["status"]["token"].as_str().unwrap_or_default();
    if token.is_empty() {
        return Err(Fail::plain("failed to create token: no token in server response"));
    }
    k.out(token).await;
    if k.process.is_tty(1) {
        k.out("\n").await;
    }
    Ok(())
}
