//! `kubectl auth reconcile`. Models auth/reconcile.go and component-helpers/auth/rbac/reconciliation.
//!
//! Diverges: the namespace of a missing role is not made.

use serde_json::{Value, json};

use crate::api::rbac::{self, Rule};
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::report;
use crate::kubectl::resource::{Info, manifests};
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl};

/// The command.
pub const SPEC: Spec = Spec {
    name: "reconcile",
    usage: "-f FILENAME [options]",
    short: "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects",
    long: "Give roles and bindings the rules and subjects that files say, beside those that they have.",
    examples: "# What a file says\nkubectl auth reconcile -f my-rbac-rules.yaml",
    flags: &[FLAGS, spec::FILES, spec::DRY_RUN, spec::PRINT],
    run: run!(reconcile),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::switch("remove-extra-permissions", "Take away what the files do not say from roles."),
    Flag::switch("remove-extra-subjects", "Take away whom the files do not name from bindings."),
];

const GROUP: &str = "rbac.authorization.k8s.io";

async fn reconcile(k: &Kubectl) -> Outcome {
    if k.flags.list("filename").is_empty() && k.flags.text("kustomize").is_empty() {
        return Err(Fail::plain("must specify one of -f and -k"));
    }
    if !k.flags.args.is_empty() {
        return Err(Fail::plain("no arguments are allowed"));
    }
    let dry_run = k.dry_run().await?;
    if dry_run == DryRun::Server {
        return Err(Fail::plain("--dry-run=server for command reconcile is not supported yet"));
    }
    let found = k.infos_of(manifests(k).await?).await?;
    Fail::join(found.fails)?;
    for info in found.infos.iter().filter(|info| *info.kind.group == *GROUP) {
        one(k, info, dry_run).await?;
    }
    Ok(())
}

/// What is done to an object, and what it gets or loses, each as Go prints it.
struct Step {
    operation: &'static str,
    object: Value,
    added: Vec<String>,
    removed: Vec<String>,
}

async fn one(k: &Kubectl, info: &Info, dry_run: DryRun) -> Outcome {
    let is_role = matches!(&*info.kind.kind, "Role" | "ClusterRole");
    let client = k.client().await?;
    let existing = match client.get(&info.path(), &[]).await {
        Ok(object) => Some(object),
        Err(fail) if fail.is_not_found() => None,
        Err(fail) => return Err(fail),
    };
    let expected = expected(&info.object);
    let step = match &existing {
        None => {
            let parts = if is_role {
                rules(&expected).iter().map(rule_text).collect()
            } else {
                subjects(&expected).iter().map(subject_text).collect()
            };
            Step { operation: "create", object: expected, added: parts, removed: Vec::new() }
        }
        Some(existing) if is_role => role_step(existing, &expected, k.flags.is("remove-extra-permissions")),
        Some(existing) => binding_step(existing, &expected, k.flags.is("remove-extra-subjects")),
    };
    let update = "rbac.authorization.kubernetes.io/autoupdate";
    let protected = existing.is_some_and(|existing| existing["metadata"]["annotations"][update] == "false");
    let mut object = step.object.clone();
    if !protected && dry_run == DryRun::None {
        if step.operation == "recreate" {
            client.delete(&info.path(), &[], Value::Null).await?;
        }
        let made = match step.operation {
            "create" | "recreate" => client.post(&info.collection(), &[], step.object).await?,
            "update" => client.put(&info.path(), &[], step.object).await?,
            _ => step.object.into(),
        };
        object = (*made).clone();
    }
    report(k, &object, "reconciled", dry_run).await?;
    if step.operation == "none" {
        return Ok(());
    }
    let caveat = if protected { format!(", but object opted out ({update}: false)") } else { String::new() };
    let mut text = format!("\treconciliation required {}{caveat}\n", step.operation);
    let what = if is_role { "rules" } else { "subjects" };
    for (list, done) in [(step.added, "missing"), (step.removed, "extra")] {
        if !list.is_empty() {
            text.push_str(&format!("\t{done} {what} {}:\n", if done == "missing" { "added" } else { "removed" }));
            list.iter().for_each(|part| text.push_str(&format!("\t\t{part}\n")));
        }
    }
    k.err(&text).await;
    Ok(())
}

/// What a file says, with the defaults by which it is compared.
fn expected(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(role) = object.get_mut("roleRef").and_then(Value::as_object_mut) {
        role.entry("apiGroup").or_insert_with(|| json!(GROUP));
    }
    for subject in object.get_mut("subjects").and_then(Value::as_array_mut).into_iter().flatten() {
        if subject["kind"] != "ServiceAccount" && subject["apiGroup"].is_null() {
            subject["apiGroup"] = json!(GROUP);
        }
    }
    object
}

fn rules(object: &Value) -> Vec<Rule> {
    object["rules"].as_array().into_iter().flatten().map(Rule::from_value).collect()
}

fn subjects(object: &Value) -> Vec<Value> {
    object["subjects"].as_array().cloned().unwrap_or_default()
}

fn rule_text(rule: &Rule) -> String {
    let list = |list: &[String]| format!("[{}]", list.join(" "));
    format!(
        "{{Verbs:{} APIGroups:{} Resources:{} ResourceNames:{} NonResourceURLs:{}}}",
        list(&rule.verbs),
        list(&rule.groups),
        list(&rule.resources),
        list(&rule.names),
        list(&rule.urls)
    )
}

fn subject_text(subject: &Value) -> String {
    let text = |field: &str| subject[field].as_str().unwrap_or_default();
    format!(
        "{{Kind:{} APIGroup:{} Name:{} Namespace:{}}}",
        text("kind"),
        text("apiGroup"),
        text("name"),
        text("namespace")
    )
}

/// The existing object with the labels and annotations that are expected too.
fn merged(existing: &Value, expected: &Value) -> Value {
    let mut object = existing.clone();
    for field in ["annotations", "labels"] {
        for (key, value) in expected["metadata"][field].as_object().into_iter().flatten() {
            if object["metadata"][field][key].is_null() {
                object["metadata"][field][key] = value.clone();
            }
        }
    }
    object
}

fn role_step(existing: &Value, expected: &Value, remove: bool) -> Step {
    let mut object = merged(existing, expected);
    let (owned, wanted) = (rules(existing), rules(expected));
    let added = rbac::missing(&owned, &wanted);
    let both = existing["aggregationRule"].is_object() && expected["aggregationRule"].is_object();
    let removed = if both || !remove { Vec::new() } else { rbac::missing(&wanted, &owned) };
    if remove && !(added.is_empty() && removed.is_empty()) {
        object["rules"] = expected["rules"].clone();
    } else if !added.is_empty() {
        let all: Vec<Value> = owned.iter().chain(&added).map(Rule::to_value).collect();
        object["rules"] = Value::Array(all);
    }
    if existing["aggregationRule"] != expected["aggregationRule"] {
        object["aggregationRule"] = expected["aggregationRule"].clone();
    }
    let operation = if object == *existing { "none" } else { "update" };
    Step {
        operation,
        object,
        added: added.iter().map(rule_text).collect(),
        removed: removed.iter().map(rule_text).collect(),
    }
}

fn binding_step(existing: &Value, expected: &Value, remove: bool) -> Step {
    if existing["roleRef"] != expected["roleRef"] {
        return Step { operation: "recreate", object: expected.clone(), added: Vec::new(), removed: Vec::new() };
    }
    let mut object = merged(existing, expected);
    let (owned, wanted) = (subjects(existing), subjects(expected));
    let only = |of: &[Value], other: &[Value]| -> Vec<Value> {
        of.iter().filter(|subject| !other.contains(subject)).cloned().collect()
    };
    let added = only(&wanted, &owned);
    let removed = if remove { only(&owned, &wanted) } else { Vec::new() };
    if remove && !(added.is_empty() && removed.is_empty()) {
        object["subjects"] = json!(wanted);
    } else if !added.is_empty() {
        object["subjects"] = json!([owned, added.clone()].concat());
    }
    let operation = if object == *existing { "none" } else { "update" };
    let told = |list: &[Value]| list.iter().map(subject_text).collect();
    Step { operation, object, added: told(&added), removed: told(&removed) }
}
