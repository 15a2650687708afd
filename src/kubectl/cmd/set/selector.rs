//! `kubectl set selector` and `kubectl set serviceaccount`. Models set_selector.go and
//! set_serviceaccount.go.

use serde_json::{Map, json};

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::resource::{Builder, ONE_OR_MORE};
use crate::kubectl::spec::{self, Spec, run};

/// `kubectl set selector`
pub const SPEC: Spec = Spec {
    name: "selector",
    usage: "(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version] [options]",
    short: "Set the selector on a resource",
    long: "Set what a Service selects; what it selected before is replaced.",
    examples: "# Another application\nkubectl set selector service web app=shop",
    flags: &[super::FLAGS, spec::ALL, spec::FILES, spec::LOCAL, spec::DRY_RUN, spec::PRINT],
    run: run!(selector),
    ..Spec::EMPTY
};

/// `kubectl set serviceaccount`
pub const SERVICE_ACCOUNT: Spec = Spec {
    name: "serviceaccount",
    aliases: &["sa"],
    usage: "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT [options]",
    short: "Update the service account of a resource",
    long: "Say as which service account the Pods of an object run.",
    examples: "# A Deployment's\nkubectl set serviceaccount deployment web builder",
    flags: &[super::FLAGS, spec::ALL, spec::FILES, spec::LOCAL, spec::DRY_RUN, spec::PRINT],
    run: run!(service_account),
    ..Spec::EMPTY
};

async fn selector(k: &Kubectl) -> Outcome {
    let dry_run = k.dry_run().await?;
    let Some((expression, resources)) = k.flags.args.split_last() else { return Err(Fail::plain(ONE_OR_MORE)) };
    if resources.is_empty() && k.flags.list("filename").is_empty() {
        return Err(Fail::plain(ONE_OR_MORE));
    }
    let mut wanted = Map::new();
    for pair in expression.split(',') {
        let (key, value) =
            pair.split_once('=').ok_or_else(|| Fail::plain(format!("invalid selector {pair}, expected key=value")))?;
        wanted.insert(key.to_owned(), json!(value));
    }
    let local = k.flags.is("local");
    let found = Builder::new(k).args(resources).local(local).objects().await?;
    let mut fails = found.fails;
    for info in &found.infos {
        if *info.kind.kind != *"Service" {
            fails.push(Fail::plain(format!("setting a selector is only supported for Services: {}", info.named())));
            continue;
        }
        let mut changed = (*info.object).clone();
        changed["spec"]["selector"] = wanted.clone().into();
        let mut patch = wanted.clone();
        for key in info.object["spec"]["selector"].as_object().into_iter().flat_map(|map| map.keys()) {
            patch.entry(key.clone()).or_insert(serde_json::Value::Null);
        }
        let words = ("selector updated", "failed to patch: ");
        let patch = json!({"spec": {"selector": patch}});
        if let Err(fail) = super::send(k, info, patch, changed, words, local, dry_run).await {
            fails.push(fail);
        }
    }
    Fail::join(fails)
}

async fn service_account(k: &Kubectl) -> Outcome {
    let dry_run = k.dry_run().await?;
    let Some((account, resources)) = k.flags.args.split_last() else {
        return Err(Fail::plain("serviceaccount is required"));
    };
    let local = k.flags.is("local");
    let found = Builder::new(k).args(resources).local(local).objects().await?;
    let mut fails = found.fails;
    for info in &found.infos {
        let Some(path) = super::pod_spec_path(info) else {
            fails.push(Fail::plain(format!("{} does not have a pod template", info.named())));
            continue;
        };
        let changed = super::with_pod_spec(&info.object, path, |spec| spec["serviceAccountName"] = json!(account));
        let patch = super::wrap(path, json!({"serviceAccountName": account}));
        let words = ("serviceaccount updated", "failed to patch ServiceAccountName ");
        if let Err(fail) = super::send(k, info, patch, changed, words, local, dry_run).await {
            fails.push(fail);
        }
    }
    Fail::join(fails)
}
