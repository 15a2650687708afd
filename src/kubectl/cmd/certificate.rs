//! `kubectl certificate approve` and `deny`. Models kubectl/pkg/cmd/certificates.

use serde_json::{Value, json};

use super::ROOT;
use crate::api::time;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::report;
use crate::kubectl::resource::{Builder, Info, group_kind};
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl, help};

/// The command.
pub static SPEC: Spec = Spec {
    name: "certificate",
    usage: "SUBCOMMAND [options]",
    short: "Modify certificate resources",
    long: "Modify certificate resources.",
    subs: &[&APPROVE, &DENY],
    run: run!(about),
    ..Spec::EMPTY
};

const APPROVE: Spec = Spec {
    name: "approve",
    usage: "(-f FILENAME | NAME) [options]",
    short: "Approve a certificate signing request",
    long: "Let a signer make the certificate that a request asks for.\n\n Whoever holds the certificate is the user, and in the groups, that the request names: look at it first.",
    examples: "# The request jane\nkubectl certificate approve jane",
    flags: &[FLAGS, spec::FILES, spec::PRINT],
    run: run!(approve),
    ..Spec::EMPTY
};

const DENY: Spec = Spec {
    name: "deny",
    usage: "(-f FILENAME | NAME) [options]",
    short: "Deny a certificate signing request",
    long: "Say that no signer shall make the certificate that a request asks for.",
    examples: "# The request jane\nkubectl certificate deny jane",
    flags: &[FLAGS, spec::FILES, spec::PRINT],
    run: run!(deny),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[Flag::switch("force", "Write it again where it is decided already.")];

async fn about(k: &Kubectl) -> Outcome {
    k.out(&help::of(&[&ROOT, &SPEC])).await;
    Ok(())
}

/// How often a write is tried while others write too.
const TRIES: usize = 10;

/// A decision: the condition, the other one, and what is said of it.
struct Decision {
    condition: &'static str,
    other: &'static str,
    done: &'static str,
    verb: &'static str,
}

async fn approve(k: &Kubectl) -> Outcome {
    decide(k, &Decision { condition: "Approved", other: "Denied", done: "approved", verb: "Approve" }).await
}

async fn deny(k: &Kubectl) -> Outcome {
    decide(k, &Decision { condition: "Denied", other: "Approved", done: "denied", verb: "Deny" }).await
}

async fn decide(k: &Kubectl, decision: &Decision) -> Outcome {
    let names = &k.flags.args;
    if names.is_empty() && k.flags.list("filename").is_empty() && k.flags.text("kustomize").is_empty() {
        return Err(Fail::plain("one or more CSRs must be specified as <name> or -f <filename>"));
    }
    let named: Vec<String> = names.iter().map(|name| format!("certificatesigningrequests/{name}")).collect();
    let found = Builder::new(k).args(&named).objects().await?;
    let mut fails = found.fails;
    for info in &found.infos {
        match decide_one(k, info, decision).await {
            Ok(()) => report(k, &info.object, decision.done, DryRun::None).await?,
            Err(fail) => fails.push(fail),
        }
    }
    Fail::join(fails)
}

async fn decide_one(k: &Kubectl, info: &Info, decision: &Decision) -> Outcome {
    let kind = group_kind(&info.kind);
    if kind != "CertificateSigningRequest.certificates.k8s.io" {
        return Err(Fail::plain(format!(
            "can only handle CertificateSigningRequest.certificates.k8s.io objects, got {kind}"
        )));
    }
    let client = k.client().await?;
    for tried in 0.. {
        let mut request: Value = (*client.get(&info.path(), &[]).await?).clone();
        let conditions = request["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let has = |kind: &str| conditions.iter().any(|condition| condition["type"] == kind);
        if has(decision.other) {
            let other = decision.other;
            return Err(Fail::plain(format!("certificate signing request {:?} is already {other}", info.name)));
        }
        let decided = has(decision.condition);
        if decided && !k.flags.is("force") {
            return Ok(());
        }
        let mut conditions = conditions;
        if !decided {
            conditions.push(json!({
                "type": decision.condition, "status": "True", "reason": format!("Kubectl{}", decision.verb),
                "message": format!("This CSR was {} by kubectl certificate {}.", decision.done, decision.verb.to_lowercase()),
                "lastUpdateTime": time::rfc3339(k.process.sim().now()),
            }));
        }
        request["status"]["conditions"] = Value::Array(conditions);
        match client.put(&format!("{}/approval", info.path()), &[], request).await {
            Err(fail) if fail.reason() == "Conflict" && tried < TRIES => {}
            answer => return answer.map(drop),
        }
    }
    Ok(())
}
