//! `kubectl apply set-last-applied`. Models kubectl/pkg/cmd/apply/apply_set_last_applied.go.

use serde_json::json;

use crate::kubectl::apply::{LAST_APPLIED, with_last_applied};
use crate::kubectl::client::MERGE_PATCH;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::report;
use crate::kubectl::resource::manifests;
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl};

/// The command.
pub const SPEC: Spec = Spec {
    name: "set-last-applied",
    usage: "-f FILENAME [options]",
    short: "Set the last-applied-configuration annotation on a live object to match the contents of a file",
    long: "Note a file as what was applied last, without changing anything else.",
    examples: "# What a file holds\nkubectl apply set-last-applied -f app.yaml",
    flags: &[FLAGS, spec::FILES, spec::DRY_RUN, spec::PRINT],
    run: run!(set),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[Flag::switch("create-annotation", "Note it where nothing was applied yet.")];

async fn set(k: &Kubectl) -> Outcome {
    if k.flags.list("filename").is_empty() && k.flags.text("kustomize").is_empty() {
        return Err(Fail::plain("one of -f or -k must be specified"));
    }
    let dry_run = k.dry_run().await?;
    let client = k.client().await?;
    for info in k.infos_of(manifests(k).await?).await?.all()? {
        let live = client.get(&info.path(), &[]).await?;
        if live["metadata"]["annotations"][LAST_APPLIED].is_null() && !k.flags.is("create-annotation") {
            return Err(Fail::plain(format!(
                "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command with --create-annotation",
                info.name
            )));
        }
        let note = &with_last_applied(&info.object)["metadata"]["annotations"][LAST_APPLIED];
        let patch = json!({"metadata": {"annotations": {LAST_APPLIED: note}}});
        let shown = match dry_run {
            DryRun::Client => live,
            _ => client.patch(&info.path(), &dry_run.query(), MERGE_PATCH, patch).await?,
        };
        report(k, &shown, "configured", dry_run).await?;
    }
    Ok(())
}
