//! `kubectl auth` and what is below it. Models kubectl/pkg/cmd/auth.

use serde_json::{Value, json};

use crate::api::rbac;
use crate::kubectl::Kubectl;
use crate::kubectl::describe::rule_row;
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
    subs: &[&CAN_I, &super::reconcile::SPEC, &WHOAMI],
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

/// What may be done with resources, and with other paths; anything else is warned of.
const RESOURCE_VERBS: &str =
    "get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest";
const URL_VERBS: &str = "get put post head options delete patch *";

async fn can_i(k: &Kubectl) -> Outcome {
    let list = k.flags.is("list");
    let subresource = k.flags.text("subresource");
    if list {
        if !k.flags.args.is_empty() {
            return Err(Fail::plain("list option must be specified with no arguments"));
        }
        if k.flags.is("quiet") || k.all_namespaces() || !subresource.is_empty() {
            return Err(Fail::plain(
                "list option can't be specified with neither quiet, all-namespaces nor subresource options",
            ));
        }
        return list_rules(k).await;
    }
    let [verb, what] = k.flags.args.as_slice() else {
        return Err(Fail::plain(format!(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee '{} -h' for help and examples.",
            k.path
        )));
    };
    let (mut warned, known) = (Vec::new(), |verbs: &str| verbs.split(' ').any(|known| known == verb));
    let unknown = format!("verb '{verb}' is not a known verb\n");
    let attributes = if what.starts_with('/') {
        if !subresource.is_empty() {
            return Err(Fail::plain("--subresource can not be used with NonResourceURL"));
        }
        warned.extend((!known(URL_VERBS)).then_some(unknown));
        json!({"nonResourceAttributes": {"path": what, "verb": verb}})
    } else {
        let (word, name) = what.split_once('/').unwrap_or((what, ""));
        let found = if word == "*" { None } else { k.resource(&word.to_lowercase()).await.ok() };
        let (group, resource) = match &found {
            Some(kind) => (&*kind.group, &*kind.plural),
            None => ("", word),
        };
        if found.is_none() && !matches!(word, "*" | "users" | "groups") {
            let (plural, group) = word
                .split_once('.')
                .map_or((word, String::new()), |(plural, group)| (plural, format!(" in group '{group}'")));
            warned.push(format!("the server doesn't have a resource type '{plural}'{group}\n"));
        }
        if !k.all_namespaces() {
            if found.as_ref().is_some_and(|kind| !kind.namespaced) {
                let of = if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
                warned.push(format!("resource '{resource}' is not namespace scoped{of}\n"));
            }
            warned.extend((!known(RESOURCE_VERBS)).then_some(unknown));
        }
        let namespace = if k.all_namespaces() { String::new() } else { k.namespace().await? };
        json!({"resourceAttributes": {"group": group, "name": name, "namespace": namespace, "resource": resource,
            "subresource": subresource, "verb": verb}})
    };
    for warning in warned {
        k.warn(&warning).await;
    }
    if k.flags.is("no-headers") {
        return Err(Fail::plain("--no-headers cannot be set without --list specified"));
    }
    let status = review(k, "authorization.k8s.io", "SelfSubjectAccessReview", attributes).await?;
    let allowed = status["allowed"] == true;
    if !k.flags.is("quiet") {
        let why = ["reason", "evaluationError"].map(|field| match status[field].as_str() {
            Some(why) if !allowed && !why.is_empty() => format!(" - {why}"),
            _ => String::new(),
        });
        k.out(&format!("{}{}\n", if allowed { "yes" } else { "no" }, why.concat())).await;
    }
    if allowed { Ok(()) } else { Err(Fail::Exit(1)) }
}

/// The status that the server gives a review.
async fn review(k: &Kubectl, group: &str, kind: &str, spec: Value) -> Result<Value, Fail> {
    let mut review = json!({"apiVersion": format!("{group}/v1"), "kind": kind});
    if spec.is_object() {
        review["spec"] = spec;
    }
    let path = format!("/apis/{group}/v1/{}s", kind.to_lowercase());
    Ok(k.client().await?.post(&path, &[], review).await?["status"].clone())
}

async fn list_rules(k: &Kubectl) -> Outcome {
    let spec = json!({"namespace": k.namespace().await?});
    let status = review(k, "authorization.k8s.io", "SelfSubjectRulesReview", spec).await?;
    if status["incomplete"] == true {
        let why = status["evaluationError"].as_str().unwrap_or_default();
        k.warn(&format!("the list may be incomplete: {why}")).await;
    }
    let lists = ["resourceRules", "nonResourceRules"].map(|field| status[field].as_array());
    let rules = rbac::told(lists.into_iter().flatten().flatten());
    let mut text = String::new();
    if !k.flags.is("no-headers") {
        text.push_str("Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
    }
    rules.iter().for_each(|rule| text.push_str(&format!("{}\n", rule_row(rule))));
    k.out(&tabwriter::align(&text, tabwriter::GET)).await;
    Ok(())
}

async fn whoami(k: &Kubectl) -> Outcome {
    let status = review(k, "authentication.k8s.io", "SelfSubjectReview", Value::Null).await?;
    let user = &status["userInfo"];
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
