//! `kubectl auth` and what is below it. Models kubectl/pkg/cmd/auth.
//!
//! Diverges: `can-i --list` and `reconcile` are refused.

use serde_json::{Value, json};

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::tabwriter;
use crate::kubectl::spec::{self, Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "auth",
    usage: "[flags] [options]",
    short: "Inspect authorization",
    long: "Inspect authorization.",
    subs: &[&CAN_I, &super::refused::RECONCILE, &WHOAMI],
    ..Spec::EMPTY
};

const CAN_I: Spec = Spec {
    name: "can-i",
    usage: "VERB [TYPE | TYPE/NAME | NONRESOURCEURL] [options]",
    short: "Check whether an action is allowed",
    long: "Ask the server whether something may be done.",
    examples: "# Create Pods\nkubectl auth can-i create pods",
    flags: &[FLAGS, spec::ALL_NAMESPACES],
    run: run!(can_i),
    ..Spec::EMPTY
};

const WHOAMI: Spec = Spec {
    name: "whoami",
    usage: "[options]",
    short: "Experimental: Check self subject attributes",
    long: "Ask the server who we are.",
    run: run!(whoami),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::switch("list", "List all that may be done."),
    Flag::switch("no-headers", "No line of titles."),
    Flag::switch("quiet", "Only the exit status tells.").short('q'),
    Flag::text("subresource", "", "Subresource, as log or scale."),
];

async fn can_i(k: &Kubectl) -> Outcome {
    if k.flags.is("list") {
        return Err(Fail::plain("can-i --list is not simulated; ask for one action: kubectl auth can-i VERB TYPE"));
    }
    let [verb, what] = k.flags.args.as_slice() else {
        return Err(Fail::plain(format!(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee '{} -h' for help and examples.",
            k.path
        )));
    };
    let attributes = if what.starts_with('/') {
        json!({"nonResourceAttributes": {"path": what, "verb": verb}})
    } else {
        let (word, name) = what.split_once('/').unwrap_or((what, ""));
        let (mut group, mut resource, mut namespaced) = ("*".to_owned(), word.to_owned(), true);
        if word != "*" {
            match k.resource(word).await {
                Ok(kind) => {
                    (group, resource, namespaced) = (kind.group.to_string(), kind.plural.to_string(), kind.namespaced);
                }
                Err(_) => {
                    group.clear();
                    k.err(&format!("Warning: the server doesn't have a resource type '{word}'\n\n")).await;
                }
            }
        }
        if !namespaced && !k.all_namespaces() {
            k.err(&format!("Warning: resource '{resource}' is not namespace scoped\n\n")).await;
        }
        let namespace = if k.all_namespaces() || !namespaced { String::new() } else { k.namespace().await? };
        json!({"resourceAttributes": {"group": group, "name": name, "namespace": namespace, "resource": resource,
            "subresource": k.flags.text("subresource"), "verb": verb}})
    };
    let review =
        json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": attributes});
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let answer = k.client().await?.post(path, &[], review).await?;
    let allowed = answer["status"]["allowed"] == true;
    if !k.flags.is("quiet") {
        k.out(if allowed { "yes\n" } else { "no\n" }).await;
    }
    if allowed { Ok(()) } else { Err(Fail::Exit(1)) }
}

async fn whoami(k: &Kubectl) -> Outcome {
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let answer = k.client().await?.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", &[], review).await?;
    let user = &answer["status"]["userInfo"];
    let words = |value: &Value| {
        let words: Vec<&str> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        format!("[{}]", words.join(" "))
    };
    let mut text = "ATTRIBUTE\tVALUE\n".to_owned();
    text.push_str(&format!("Username\t{}\n", user["username"].as_str().unwrap_or_default()));
    if user["uid"].is_string() {
        text.push_str(&format!("UID\t{}\n", user["uid"].as_str().unwrap_or_default()));
    }
    if user["groups"].is_array() {
        text.push_str(&format!("Groups\t{}\n", words(&user["groups"])));
    }
    for (key, value) in user["extra"].as_object().into_iter().flatten() {
        text.push_str(&format!("Extra: {key}\t{}\n", words(value)));
    }
    k.out(&tabwriter::align(&text, tabwriter::GET)).await;
    Ok(())
}
