//! `kubectl replace`. Models kubectl/pkg/cmd/replace.

use serde_json::json;

use super::create::{manager, validation};
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::printers::report;
use crate::kubectl::resource::{kind_word, manifests};
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl};

/// The command.
pub const SPEC: Spec = Spec {
    name: "replace",
    usage: "-f FILENAME [options]",
    short: "Replace a resource by file name or stdin",
    long: "Put a file's objects in place of those that are there. With --force those are deleted first.",
    examples: "# What a file holds\nkubectl replace -f pod.yaml\n\n# By deleting first\nkubectl replace --force -f pod.yaml",
    flags: &[FLAGS, spec::FILES, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(replace),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("cascade", "background", "For --force: background, foreground or orphan.").alone("background"),
    Flag::switch("force", "Delete what is there first."),
    Flag::new("grace-period", Kind::Int, "-1", "For --force: seconds that objects get to end."),
    Flag::text("subresource", "", "Subresource to replace instead of the object."),
    Flag::new("timeout", Kind::Duration, "0s", "For --force: how long to wait."),
    Flag::switch("wait", "For --force: wait until the objects are gone."),
];

async fn replace(k: &Kubectl) -> Outcome {
    if k.flags.list("filename").is_empty() && k.flags.text("kustomize").is_empty() {
        return Err(Fail::plain("must specify one of -f and -k"));
    }
    let dry_run = k.dry_run().await?;
    let found = k.infos_of(manifests(k).await?).await?;
    let mut fails = found.fails;
    if found.infos.is_empty() && fails.is_empty() {
        return Err(Fail::plain("no objects passed to replace"));
    }
    let client = k.client().await?;
    for info in &found.infos {
        if dry_run == DryRun::Client {
            report(k, &info.object, "replaced", dry_run).await?;
            continue;
        }
        let mut query = dry_run.query();
        query.push(("fieldManager", manager(k, "kubectl-replace")));
        query.push(("fieldValidation", validation(k)));
        if k.flags.is("force") {
            let mut options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"});
            if k.flags.int("grace-period") >= 0 {
                options["gracePeriodSeconds"] = json!(k.flags.int("grace-period"));
            }
            match client.delete(&info.path(), &[], options).await {
                Ok(_) => {
                    let place = if info.namespace.is_empty() {
                        String::new()
                    } else {
                        format!(" from {} namespace", info.namespace)
                    };
                    k.out(&format!("{} \"{}\" deleted{place}\n", kind_word(&info.kind), info.name)).await;
                    super::delete::until_gone(k, info, "", None).await?;
                }
                Err(fail) if fail.is_not_found() => {}
                Err(fail) => {
                    fails.push(fail);
                    continue;
                }
            }
        }
        let sent = match k.flags.is("force") {
            true => client.post(&info.collection(), &query, (*info.object).clone()).await,
            false => client.put(&info.path(), &query, (*info.object).clone()).await,
        };
        match sent {
            Ok(object) => report(k, &object, "replaced", dry_run).await?,
            Err(fail) => fails.push(fail.before_api(&format!("error when replacing \"{}\": ", info.source))),
        }
    }
    Fail::join(fails)
}
