//! `kubectl patch`. Models kubectl/pkg/cmd/patch.

use serde_json::Value;

use super::create::manager;
use crate::kubectl::client::{JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH};
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, quote};
use crate::kubectl::printers::report;
use crate::kubectl::resource::{Builder, ONE_OR_MORE};
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl, yaml};

/// The command.
pub const SPEC: Spec = Spec {
    name: "patch",
    usage: "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE] [options]",
    short: "Update fields of a resource",
    long: "Change fields of an object: by a strategic merge, a merge or a JSON patch, in JSON or YAML.",
    examples: "# A field\nkubectl patch deployment web -p '{\"spec\":{\"replicas\":3}}'\n\n# By a list of operations\nkubectl patch pod web --type=json -p='[{\"op\":\"replace\",\"path\":\"/spec/containers/0/image\",\"value\":\"nginx:1.27\"}]'",
    flags: &[FLAGS, spec::FILES, spec::LOCAL, spec::DRY_RUN, spec::PRINT],
    run: run!(patch),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("field-manager", "", "Who is noted as the manager of the fields."),
    Flag::text("patch", "", "The patch.").short('p'),
    Flag::text("patch-file", "", "File with the patch."),
    Flag::switch("record", "Note the command in an annotation (deprecated)."),
    Flag::text("subresource", "", "Subresource to patch instead of the object."),
    Flag::text("type", "strategic", "Kind of patch: json, merge or strategic."),
];

async fn patch(k: &Kubectl) -> Outcome {
    let (inline, file) = (k.flags.text("patch"), k.flags.text("patch-file"));
    if inline.is_empty() && file.is_empty() {
        return Err(Fail::plain("must specify --patch or --patch-file containing the contents of the patch"));
    }
    if !inline.is_empty() && !file.is_empty() {
        return Err(Fail::plain("cannot specify --patch and --patch-file together"));
    }
    let kind = match k.flags.text("type") {
        "json" => JSON_PATCH,
        "merge" => MERGE_PATCH,
        "strategic" => STRATEGIC_PATCH,
        other => {
            return Err(Fail::plain(format!("--type must be one of [json merge strategic], not {}", quote(other))));
        }
    };
    let dry_run = k.dry_run().await?;
    let text = if file.is_empty() {
        inline.to_owned()
    } else {
        k.read_file(file).await.map_err(|errno| {
            Fail::plain(format!("unable to read patch file: open {file}: {}", errno.text().to_lowercase()))
        })?
    };
    let body = read(&text)?;
    if k.flags.args.is_empty() && k.flags.list("filename").is_empty() {
        return Err(Fail::plain(ONE_OR_MORE));
    }
    let found = Builder::new(k).objects().await?;
    let mut fails = found.fails;
    for info in &found.infos {
        let mut path = info.path();
        if !k.flags.text("subresource").is_empty() {
            path = format!("{path}/{}", k.flags.text("subresource"));
        }
        if dry_run == DryRun::Client || k.flags.is("local") {
            report(k, &info.object, "patched", dry_run).await?;
            continue;
        }
        let mut query = dry_run.query();
        query.push(("fieldManager", manager(k, "kubectl-patch")));
        match k.client().await?.patch(&path, &query, kind, body.clone()).await {
            Ok(object) => {
                let bare = |object: &Value| {
                    let mut object = object.clone();
                    if let Some(metadata) = object["metadata"].as_object_mut() {
                        metadata.remove("managedFields");
                    }
                    object
                };
                let same = k.flags.text("subresource").is_empty() && bare(&object) == bare(&info.object);
                report(k, &object, if same { "patched (no change)" } else { "patched" }, dry_run).await?;
            }
            Err(fail) if fail.reason() == "UnsupportedMediaType" => {
                let of = format!("{}, Kind={}", info.kind.api_version(), info.kind.kind);
                fails.push(fail.before(&format!("{kind} is not supported by {of}: ")));
            }
            Err(fail) => fails.push(fail),
        }
    }
    Fail::join(fails)
}

/// A patch in JSON, or in YAML. What begins as JSON goes to the server as it is, whose it is to refuse: as a text, where
/// it cannot be read. Models apimachinery/pkg/util/yaml ToJSON.
fn read(text: &str) -> Result<Value, Fail> {
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    if text.trim_start().starts_with('{') {
        return Ok(Value::String(text.to_owned()));
    }
    yaml::parse(text).map_err(|error| Fail::plain(format!("unable to parse {}: {error}", quote(text))))
}
