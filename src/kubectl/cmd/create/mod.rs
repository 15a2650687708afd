//! `kubectl create`: from files, or an object of a kind from arguments, one noun a file.
//!
//! Models kubectl/pkg/cmd/create.

mod access;
mod configmap;
mod cronjob;
mod deployment;
mod ingress;
mod job;
mod namespace;
mod priority_class;
mod secret;
mod service;
mod sources;
mod token;

use serde_json::{Value, json};

use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::printers::report;
use crate::kubectl::resource::{collection_path, manifests};
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl};

/// The command.
pub const SPEC: Spec = Spec {
    name: "create",
    usage: "-f FILENAME [options]",
    short: "Create a resource from a file or from stdin",
    long: "Create objects from a file or from standard input, in YAML or JSON.",
    examples: "# What a file holds\nkubectl create -f pod.yaml\n\n# What standard input holds\ncat pod.json | kubectl create -f -",
    flags: &[spec::FILES, spec::SELECTOR, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    subs: &[
        &access::CLUSTER_ROLE,
        &access::CLUSTER_ROLE_BINDING,
        &configmap::SPEC,
        &cronjob::SPEC,
        &deployment::SPEC,
        &ingress::SPEC,
        &job::SPEC,
        &namespace::SPEC,
        &namespace::BUDGET,
        &priority_class::SPEC,
        &namespace::QUOTA,
        &access::ROLE,
        &access::ROLE_BINDING,
        &secret::SPEC,
        &service::SPEC,
        &namespace::SERVICE_ACCOUNT,
        &token::SPEC,
    ],
    run: run!(create),
    ..Spec::EMPTY
};

async fn create(k: &Kubectl) -> Outcome {
    if !k.flags.args.is_empty() {
        return Err(Fail::usage(&k.path, format!("Unexpected args: [{}]", k.flags.args.join(" "))));
    }
    if k.flags.list("filename").is_empty() && k.flags.text("kustomize").is_empty() {
        return Err(Fail::plain("must specify one of -f and -k"));
    }
    let dry_run = k.dry_run().await?;
    let found = k.infos_of(manifests(k).await?).await?;
    let mut fails = found.fails;
    if found.infos.is_empty() && fails.is_empty() {
        return Err(Fail::plain("no objects passed to create"));
    }
    for info in &found.infos {
        if dry_run == DryRun::Client {
            report(k, &info.object, "created", dry_run).await?;
            continue;
        }
        let mut query = dry_run.query();
        query.push(("fieldManager", manager(k, "kubectl-create")));
        query.push(("fieldValidation", validation(k)));
        match k.client().await?.post(&info.collection(), &query, (*info.object).clone()).await {
            Ok(object) => report(k, &object, "created", dry_run).await?,
            Err(fail) => fails.push(fail.before_api(&format!("error when creating \"{}\": ", info.source))),
        }
    }
    Fail::join(fails)
}

/// Who is noted as the manager of what is written.
pub fn manager(k: &Kubectl, default: &str) -> String {
    let given = k.flags.text("field-manager");
    if given.is_empty() { default.to_owned() } else { given.to_owned() }
}

/// What `--validate` asks of the server.
pub fn validation(k: &Kubectl) -> String {
    match k.flags.text("validate") {
        "warn" => "Warn",
        "ignore" | "false" => "Ignore",
        _ => "Strict",
    }
    .to_owned()
}

/// The one NAME of a command's arguments; what stands behind `--` is not counted.
fn name(k: &Kubectl) -> Result<String, Fail> {
    let names = &k.flags.args[..k.flags.dash.unwrap_or(k.flags.args.len())];
    match names {
        [name] => Ok(name.clone()),
        _ => Err(Fail::usage(&k.path, format!("exactly one NAME is required, got {}", names.len()))),
    }
}

/// What stands behind `--`.
fn command(k: &Kubectl) -> Vec<String> {
    k.flags.dash.map(|dash| k.flags.args[dash..].to_vec()).unwrap_or_default()
}

/// Sends an object that a noun has made. `failing` is said before what the server complains.
async fn send(k: &Kubectl, mut object: Value, failing: &str) -> Outcome {
    let dry_run = k.dry_run().await?;
    let kind = k.kind_of(&object).await?.ok_or_else(|| Fail::plain("this kind is not served here"))?;
    let namespace = if kind.namespaced { k.namespace().await? } else { String::new() };
    if kind.namespaced && k.namespace_given() {
        object["metadata"]["namespace"] = json!(namespace);
    }
    if dry_run == DryRun::Client {
        return report(k, &object, "created", dry_run).await;
    }
    let mut query = dry_run.query();
    query.push(("fieldManager", manager(k, "kubectl-create")));
    query.push(("fieldValidation", validation(k)));
    let made = k.client().await?.post(&collection_path(&kind, &namespace), &query, object).await;
    let made = made.map_err(|fail| if failing.is_empty() { fail } else { fail.before(failing) })?;
    report(k, &made, "created", dry_run).await
}
