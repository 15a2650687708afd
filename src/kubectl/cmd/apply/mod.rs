//! `kubectl apply`. Models kubectl/pkg/cmd/apply.

mod prune;
pub mod server_side;
mod set_last_applied;

use std::rc::Rc;

use serde_json::{Value, json};

use super::create::{manager, validation};
use crate::kubectl::apply::{LAST_APPLIED, last_applied, three_way, with_last_applied};
use crate::kubectl::client::{MERGE_PATCH, STRATEGIC_PATCH};
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind, quote};
use crate::kubectl::printers::report;
use crate::kubectl::resource::{Builder, Info, ONE_OR_MORE, manifests};
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl, yaml};

/// The command.
pub const SPEC: Spec = Spec {
    name: "apply",
    usage: "(-f FILENAME | -k DIRECTORY) [options]",
    short: "Apply a configuration to a resource by file name or stdin",
    long: "Make objects as a file says they are to be: those that are missing are created, the others changed where they differ.\n\n What the file had when it was last applied and has no more is taken away; what others have set stays.",
    examples: "# What a file holds\nkubectl apply -f app.yaml\n\n# What standard input holds\ncat app.yaml | kubectl apply -f -",
    flags: &[FLAGS, spec::ALL, spec::SELECTOR, spec::FILES, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    subs: &[&set_last_applied::SPEC, &VIEW],
    run: run!(apply),
    ..Spec::EMPTY
};

const VIEW: Spec = Spec {
    name: "view-last-applied",
    usage: "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME) [options]",
    short: "View the latest last-applied-configuration annotations of a resource/object",
    long: "Show the configuration that was applied last.",
    examples: "# A Deployment's\nkubectl apply view-last-applied deployment/web",
    flags: &[VIEW_FLAGS, spec::ALL, spec::SELECTOR, spec::FILES],
    run: run!(view),
    ..Spec::EMPTY
};

const VIEW_FLAGS: &[Flag] = &[Flag::text("output", "yaml", "json or yaml.").short('o')];

const FLAGS: &[Flag] = &[
    Flag::text("cascade", "background", "For --force: background, foreground or orphan.").alone("background"),
    Flag::switch("force", "Delete and create anew what cannot be changed."),
    Flag::switch("force-conflicts", "Take over fields of other managers."),
    Flag::new("grace-period", Kind::Int, "-1", "For --force: seconds that objects get to end."),
    Flag::new("openapi-patch", Kind::Bool, "true", "Compute changes by the schema."),
    Flag::new("overwrite", Kind::Bool, "true", "Overwrite what others have changed."),
    Flag::switch("prune", "Delete objects that are in no file any more."),
    Flag::new("prune-allowlist", Kind::Array, "", "Kinds to prune, as group/version/kind."),
    Flag::switch("server-side", "Let the server merge."),
    Flag::new("timeout", Kind::Duration, "0s", "How long to wait."),
    Flag::switch("wait", "Wait until deleted objects are gone."),
];

async fn apply(k: &Kubectl) -> Outcome {
    if !k.flags.args.is_empty() {
        return Err(Fail::usage(&k.path, format!("Unexpected args: [{}]", k.flags.args.join(" "))));
    }
    if k.flags.list("filename").is_empty() && k.flags.text("kustomize").is_empty() {
        return Err(Fail::plain("must specify one of -f and -k"));
    }
    prune::check(k)?;
    let dry_run = k.dry_run().await?;
    if k.flags.is("force-conflicts") && !k.flags.is("server-side") {
        return Err(Fail::plain("--force-conflicts only works with --server-side"));
    }
    if k.flags.is("force") && k.flags.is("server-side") {
        return Err(Fail::plain("--force cannot be used with --server-side"));
    }
    if dry_run == DryRun::Client && k.flags.is("server-side") {
        return Err(Fail::plain(
            "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
        ));
    }
    let found = k.infos_of(manifests(k).await?).await?;
    let mut fails = found.fails;
    if found.infos.is_empty() && fails.is_empty() {
        return Err(Fail::plain("no objects passed to apply"));
    }
    for info in &found.infos {
        let outcome = match k.flags.is("server-side") {
            true => server_side::server_side(k, info, dry_run).await,
            false => apply_one(k, info, dry_run).await,
        };
        if let Err(fail) = outcome {
            fails.push(fail);
        }
    }
    Fail::join(fails)?;
    if k.flags.is("prune") {
        prune::prune(k, &found.infos, dry_run).await?;
    }
    Ok(())
}

async fn apply_one(k: &Kubectl, info: &Info, dry_run: DryRun) -> Outcome {
    let client = k.client().await?;
    let metadata = &info.object["metadata"];
    if info.name.is_empty() && metadata["generateName"].is_string() {
        let prefix = metadata["generateName"].as_str().unwrap_or_default();
        return Err(Fail::plain(format!("from {prefix}: cannot use generate name with apply")));
    }
    let modified = with_last_applied(&info.object);
    let current = match info.name.as_str() {
        "" => Err(Fail::plain("resource name may not be empty")),
        _ => client.get(&info.path(), &[]).await,
    };
    let current = match current {
        Ok(current) => current,
        Err(fail) if fail.is_not_found() => return create(k, info, modified, dry_run).await,
        Err(fail @ Fail::Verbatim(_)) => return Err(fail),
        Err(fail) => {
            return Err(fail.before_api(&format!(
                "error when retrieving current configuration of:\n{}\nfrom server for: {}: ",
                description(info),
                quote(&info.source)
            )));
        }
    };
    if current["metadata"]["annotations"][LAST_APPLIED].is_null() {
        k.warn(&format!(
            "resource {}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.",
            info.kind.plural, info.name
        ))
        .await;
    }
    if current["metadata"]["deletionTimestamp"].is_string() {
        k.warn(&format!("Detected changes to resource {} which is currently being deleted.", info.name)).await;
    }
    let original = last_applied(&current).unwrap_or(Value::Null);
    let original = if original.is_object() { with_last_applied(&original) } else { original };
    let (patch, strategic) = three_way(&info.kind, &original, &modified, &current);
    if patch == json!({}) {
        return tell(k, &current, "unchanged", dry_run).await;
    }
    if dry_run == DryRun::Client {
        return tell(k, &current, "configured", dry_run).await;
    }
    let mut query = dry_run.query();
    query.push(("fieldManager", manager(k, "kubectl-client-side-apply")));
    query.push(("fieldValidation", validation(k)));
    let kind = if strategic { STRATEGIC_PATCH } else { MERGE_PATCH };
    match client.patch(&info.path(), &query, kind, patch.clone()).await {
        Ok(object) => tell(k, &object, "configured", dry_run).await,
        Err(fail) if k.flags.is("force") && matches!(fail.reason(), "Invalid" | "Conflict") => {
            replace(k, info, &current, modified).await
        }
        Err(fail) => Err(fail.before_api(&format!(
            "error when applying patch:\n{patch}\nto:\n{}\nfor: {}: error when patching {}: ",
            description(info),
            quote(&info.source),
            quote(&info.source)
        ))),
    }
}

async fn tell(k: &Kubectl, object: &Rc<Value>, done: &str, dry_run: DryRun) -> Outcome {
    report(k, object, done, dry_run).await
}

async fn create(k: &Kubectl, info: &Info, object: Value, dry_run: DryRun) -> Outcome {
    if dry_run == DryRun::Client {
        return report(k, &object, "created", dry_run).await;
    }
    let mut query = dry_run.query();
    query.push(("fieldManager", manager(k, "kubectl-client-side-apply")));
    query.push(("fieldValidation", validation(k)));
    let made = k.client().await?.post(&info.collection(), &query, object).await;
    let made = made.map_err(|fail| fail.before_api(&format!("error when creating {}: ", quote(&info.source))))?;
    report(k, &made, "created", dry_run).await
}

/// `--force`: deletes what cannot be changed and creates it anew.
async fn replace(k: &Kubectl, info: &Info, current: &Value, object: Value) -> Outcome {
    let client = k.client().await?;
    let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"});
    client.delete(&info.path(), &[], options).await?;
    let uid = current["metadata"]["uid"].as_str().unwrap_or_default();
    super::delete::until_gone(k, info, uid, None).await?;
    let query = [("fieldManager", manager(k, "kubectl-client-side-apply"))];
    let made = client.post(&info.collection(), &query, object).await?;
    report(k, &made, "configured", DryRun::None).await
}

fn description(info: &Info) -> String {
    let kind = &info.kind;
    format!(
        "Resource: \"{}/{}, Resource={}\", GroupVersionKind: \"{}/{}, Kind={}\"\nName: {}, Namespace: {}",
        kind.group,
        kind.version,
        kind.plural,
        kind.group,
        kind.version,
        kind.kind,
        quote(&info.name),
        quote(&info.namespace)
    )
}

async fn view(k: &Kubectl) -> Outcome {
    if k.flags.args.is_empty() && k.flags.list("filename").is_empty() {
        return Err(Fail::plain(ONE_OR_MORE));
    }
    let json = match k.flags.text("output") {
        "yaml" => false,
        "json" => true,
        other => {
            return Err(Fail::usage(
                &k.path,
                format!("Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json"),
            ));
        }
    };
    for info in Builder::new(k).all_as_type_alone().objects().await?.all()? {
        let Some(applied) = last_applied(&info.object) else {
            return Err(Fail::plain(format!(
                "no last-applied-configuration annotation found on resource: {}",
                info.name
            )));
        };
        let text = if json { crate::kubectl::printers::json(&applied) } else { yaml::emit(&applied) };
        k.out(&text).await;
    }
    Ok(())
}
