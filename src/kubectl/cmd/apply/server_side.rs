//! `kubectl apply --server-side`. Models kubectl/pkg/cmd/apply/apply.go and, for objects that were
//! applied on the client's side before, client-go/util/csaupgrade.

use std::rc::Rc;

use serde_json::{Value, json};

use super::super::create::{manager, validation};
use crate::api::managed::FieldSet;
use crate::collections::Sort;
use crate::kubectl::apply::LAST_APPLIED;
use crate::kubectl::client::{APPLY_PATCH, JSON_PATCH};
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::printers::report;
use crate::kubectl::resource::Info;
use crate::kubectl::{DryRun, Kubectl};

/// The manager of what kubectl applies if nothing else is asked for.
const DEFAULT_MANAGER: &str = "kubectl";
/// The manager that keeps the note of what was applied on the client's side.
const NOTE_MANAGER: &str = "kubectl-last-applied";

/// Applies one object.
pub async fn server_side(k: &Kubectl, info: &Info, dry_run: DryRun) -> Outcome {
    let mut applied = send(k, info, &dry_run.query()).await?;
    if dry_run == DryRun::None {
        match migrate(k, info, &applied).await {
            Ok(true) => applied = send(k, info, &[]).await?,
            Ok(false) => {}
            Err(fail) => {
                k.warn(&format!("server rejected managed fields migration to Server-Side Apply. This is non-fatal and will be retried next time you apply. Error: {}", fail.message()))
                    .await;
            }
        }
    }
    report(k, &applied, "serverside-applied", dry_run).await
}

/// The request alone; `query` may ask only to try.
pub async fn send(k: &Kubectl, info: &Info, query: &[(&'static str, String)]) -> Result<Rc<Value>, Fail> {
    let mut query = query.to_vec();
    query.push(("fieldManager", manager(k, DEFAULT_MANAGER)));
    query.push(("fieldValidation", validation(k)));
    query.push(("force", k.flags.is("force-conflicts").to_string()));
    let sent = k.client().await?.patch(&info.path(), &query, APPLY_PATCH, (*info.object).clone()).await;
    sent.map_err(|fail| match fail.reason() {
        "Conflict" => Fail::plain(format!("{}\n{ADVICE}", fail.message())),
        _ => fail,
    })
}

const ADVICE: &str = "Please review the fields above--they currently have other managers. Here\nare the ways you can resolve this warning:\n* If you intend to manage all of these fields, please re-run the apply\n  command with the `--force-conflicts` flag.\n* If you do not intend to manage all of the fields, please edit your\n  manifest to remove references to the fields that should keep their\n  current managers.\n* You may co-own fields by updating your manifest to match the existing\n  value; in this case, you'll become the manager if the other manager(s)\n  stop managing the field (remove it from their configuration).\nSee https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// Makes what client-side apply has set the applying manager's. Says whether there was any.
async fn migrate(k: &Kubectl, info: &Info, applied: &Rc<Value>) -> Result<bool, Fail> {
    let client = k.client().await?;
    let own = manager(k, DEFAULT_MANAGER);
    let mut object = Rc::clone(applied);
    let note = applied["metadata"]["annotations"][LAST_APPLIED].clone();
    if own == DEFAULT_MANAGER && note.is_string() && note_owners(applied, "Apply").is_empty() {
        // Somebody has to want the note, or the next application takes it away.
        let keep = json!({"apiVersion": applied["apiVersion"], "kind": applied["kind"], "metadata": {
            "name": info.name, "annotations": {LAST_APPLIED: note}}});
        object = client.patch(&info.path(), &[("fieldManager", NOTE_MANAGER.to_owned())], APPLY_PATCH, keep).await?;
    }
    let clients = note_owners(&object, "Update");
    let entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let upgraded = clients.iter().fold(entries.clone(), |entries, client| upgrade(entries, client, &own));
    if upgraded == entries {
        return Ok(false);
    }
    let version = object["metadata"]["resourceVersion"].clone();
    let patch = json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": upgraded},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
    ]);
    client.patch(&info.path(), &[("fieldManager", own)], JSON_PATCH, patch).await?;
    Ok(true)
}

/// The managers that own the note of what was applied on the client's side.
fn note_owners(object: &Value, operation: &str) -> Vec<String> {
    let note = format!("f:{LAST_APPLIED}");
    let entries = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    let owners = entries.filter(|entry| {
        let fields = FieldSet::from_value(&entry["fieldsV1"]);
        entry["operation"] == operation && fields.has_path(&["f:metadata", "f:annotations", &note])
    });
    let mut names: Vec<String> = owners.map(|entry| entry["manager"].as_str().unwrap_or_default().to_owned()).collect();
    names.arrange();
    names.dedup();
    names
}

/// Turns what `client` has updated into what `own` applies.
fn upgrade(mut entries: Vec<Value>, client: &str, own: &str) -> Vec<Value> {
    let is = |entry: &Value, manager: &str, operation: &str| {
        entry["manager"] == manager && entry["operation"] == operation && entry["subresource"].is_null()
    };
    let at = entries.iter().position(|entry| is(entry, own, "Apply")).or_else(|| {
        let at = entries.iter().position(|entry| is(entry, client, "Update"))?;
        entries[at]["operation"] = json!("Apply");
        entries[at]["manager"] = json!(own);
        Some(at)
    });
    let Some(at) = at else { return entries };
    let version = entries[at]["apiVersion"].clone();
    if let Some(updated) = entries.iter().find(|entry| is(entry, client, "Update") && entry["apiVersion"] == version) {
        let mut fields = FieldSet::from_value(&entries[at]["fieldsV1"]);
        fields.unite(&FieldSet::from_value(&updated["fieldsV1"]));
        entries[at]["fieldsV1"] = fields.to_value();
    }
    entries.retain(|entry| !is(entry, client, "Update"));
    entries
}
