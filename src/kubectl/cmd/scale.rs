//! `kubectl scale`. Models kubectl/pkg/cmd/scale and kubectl/pkg/scale.

use serde_json::{Value, json};

use crate::kubectl::client::MERGE_PATCH;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::printers::Printer;
use crate::kubectl::resource::{Builder, Info};
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl};

/// The command.
pub const SPEC: Spec = Spec {
    name: "scale",
    usage: "[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME) [options]",
    short: "Set a new size for a deployment, replica set, or replication controller",
    long: "Set how many Pods a Deployment, ReplicaSet, StatefulSet or ReplicationController runs.\n\n --current-replicas and --resource-version make it happen only where things are as expected.",
    examples: "# Four Pods\nkubectl scale --replicas=4 deployment/web\n\n# Three, if there are two now\nkubectl scale --current-replicas=2 --replicas=3 deployment/web",
    flags: &[FLAGS, spec::ALL, spec::SELECTOR, spec::FILES, spec::DRY_RUN, spec::PRINT],
    run: run!(scale),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::new("current-replicas", Kind::Int, "-1", "Scale only where this many are set now."),
    Flag::switch("record", "Note the command in an annotation (deprecated)."),
    Flag::new("replicas", Kind::Int, "0", "How many Pods to run.").required(),
    Flag::text("resource-version", "", "Scale only where the object has this version."),
    Flag::new("timeout", Kind::Duration, "0s", "How long to wait for the Pods."),
];

async fn scale(k: &Kubectl) -> Outcome {
    let replicas = k.flags.int("replicas");
    if replicas < 0 {
        return Err(Fail::plain("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"));
    }
    let current = k.flags.int("current-replicas");
    if current < -1 {
        return Err(Fail::plain(format!(
            "The --current-replicas must specify an integer of -1 or greater, got {current}"
        )));
    }
    let dry_run = k.dry_run().await?;
    let found = Builder::new(k).all_as_type_alone().objects().await?;
    let mut fails = found.fails;
    if found.infos.is_empty() && fails.is_empty() {
        return Err(Fail::plain("no objects passed to scale"));
    }
    for info in &found.infos {
        if dry_run != DryRun::Client
            && let Err(fail) = scale_one(k, info, replicas, current, dry_run).await
        {
            fails.push(fail);
            continue;
        }
        match Printer::of(k, false).await? {
            Some(printer) => k.out(&printer.print(&info.object, &k.flags)?).await,
            None => k.out(&format!("{} scaled{}\n", info.named(), dry_run.note())).await,
        }
    }
    Fail::join(fails)
}

async fn scale_one(k: &Kubectl, info: &Info, replicas: i64, current: i64, dry_run: DryRun) -> Outcome {
    let client = k.client().await?;
    let path = format!("{}/scale", info.path());
    let version = k.flags.text("resource-version");
    if current < 0 && version.is_empty() {
        client.patch(&path, &dry_run.query(), MERGE_PATCH, json!({"spec": {"replicas": replicas}})).await?;
        return Ok(());
    }
    let mut scale: Value = (*client.get(&path, &[]).await?).clone();
    let was = scale["spec"]["replicas"].as_i64().unwrap_or(0);
    if current >= 0 && was != current {
        return Err(Fail::plain(format!("Expected replicas to be {current}, was {was}")));
    }
    let is = scale["metadata"]["resourceVersion"].as_str().unwrap_or_default();
    if !version.is_empty() && is != version {
        return Err(Fail::plain(format!("Expected resource version to be {version}, was {is}")));
    }
    scale["spec"]["replicas"] = json!(replicas);
    client.put(&path, &dry_run.query(), scale).await?;
    Ok(())
}
