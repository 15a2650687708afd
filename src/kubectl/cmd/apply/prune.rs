//! `kubectl apply --prune`. Models kubectl/pkg/cmd/apply/prune.go: what was applied once and is in
//! no file any more is deleted.

use serde_json::json;

use crate::collections::Sort;
use crate::kubectl::apply::LAST_APPLIED;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::printers::report;
use crate::kubectl::resource::{Info, collection_path, items, object_path};
use crate::kubectl::{DryRun, Kubectl};

/// The kinds that are looked through, unless the flag names others.
const KINDS: [&str; 16] = [
    "core/v1/ConfigMap",
    "core/v1/Endpoints",
    "core/v1/PersistentVolumeClaim",
    "core/v1/Pod",
    "core/v1/ReplicationController",
    "core/v1/Secret",
    "core/v1/Service",
    "batch/v1/Job",
    "batch/v1/CronJob",
    "networking.k8s.io/v1/Ingress",
    "apps/v1/DaemonSet",
    "apps/v1/Deployment",
    "apps/v1/ReplicaSet",
    "apps/v1/StatefulSet",
    "core/v1/Namespace",
    "core/v1/PersistentVolume",
];

/// Refuses what would delete too much.
pub fn check(k: &Kubectl) -> Outcome {
    if k.flags.is("prune") && !k.flags.is("all") && k.flags.text("selector").is_empty() {
        return Err(Fail::plain(
            "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector",
        ));
    }
    if k.flags.is("all") && !k.flags.text("selector").is_empty() {
        return Err(Fail::plain("cannot set --all and --selector at the same time"));
    }
    Ok(())
}

/// Deletes what was not among those just applied.
pub async fn prune(k: &Kubectl, applied: &[Info], dry_run: DryRun) -> Outcome {
    let given = k.flags.list("prune-allowlist");
    let kinds: Vec<String> = if given.is_empty() { KINDS.map(str::to_owned).to_vec() } else { given };
    let mut namespaces: Vec<&str> = applied.iter().map(|info| info.namespace.as_str()).collect();
    namespaces.retain(|namespace| !namespace.is_empty());
    namespaces.arrange();
    namespaces.dedup();
    for name in kinds {
        let parts: Vec<&str> = name.split('/').collect();
        let [group, version, kind] = parts[..] else {
            return Err(Fail::plain(format!(
                "invalid GroupVersionKind format: {name}, please follow <group/version/kind>"
            )));
        };
        let version = if group == "core" { version.to_owned() } else { format!("{group}/{version}") };
        let Some(kind) = k.kind_of(&json!({"apiVersion": version, "kind": kind})).await? else {
            return Err(Fail::plain(format!("no matches for kind \"{kind}\" in version \"{version}\"")));
        };
        for namespace in if kind.namespaced { &namespaces[..] } else { &[""] } {
            let query = [("labelSelector", k.flags.text("selector").to_owned())];
            let client = k.client().await?;
            let list = client.get(&collection_path(&kind, namespace), &query).await?;
            for object in items(&list) {
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                let kept =
                    |info: &Info| *info.kind.kind == *kind.kind && info.name == name && info.namespace == *namespace;
                if object["metadata"]["annotations"][LAST_APPLIED].is_null() || applied.iter().any(kept) {
                    continue;
                }
                if dry_run != DryRun::Client {
                    let options =
                        json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"});
                    client.delete(&object_path(&kind, namespace, name), &dry_run.query(), options).await?;
                }
                report(k, &object, "pruned", dry_run).await?;
            }
        }
    }
    Ok(())
}
