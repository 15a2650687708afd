//! `kubectl label` and `kubectl annotate`. Models kubectl/pkg/cmd/label and annotate.

use serde_json::{Map, Value, json};

use super::create::manager;
use crate::api::name_rules::label_value_faults;
use crate::kubectl::client::MERGE_PATCH;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{Printer, name_line, report};
use crate::kubectl::resource::{Builder, Info};
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl};

/// `kubectl label`
pub const LABEL: Spec = Spec {
    name: "label",
    usage: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version] [options]",
    short: "Update the labels on a resource",
    long: "Set labels of objects, or take them away: KEY- removes one.\n\n A label that has another value already is only changed with --overwrite.",
    examples: "# Set one\nkubectl label pods web unhealthy=true\n\n# Change it\nkubectl label --overwrite pods web unhealthy=false\n\n# Take it away\nkubectl label pods web unhealthy-",
    flags: &[
        FLAGS,
        spec::ALL,
        spec::ALL_NAMESPACES,
        spec::SELECTOR,
        spec::FIELDS,
        spec::FILES,
        spec::LOCAL,
        spec::DRY_RUN,
        spec::PRINT,
    ],
    run: run!(label),
    ..Spec::EMPTY
};

/// `kubectl annotate`
pub const ANNOTATE: Spec = Spec {
    name: "annotate",
    usage: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version] [options]",
    short: "Update the annotations on a resource",
    long: "Set annotations of objects, or take them away: KEY- removes one.\n\n An annotation that has another value already is only changed with --overwrite.",
    examples: "# Set one\nkubectl annotate pods web description='my frontend'\n\n# Take it away\nkubectl annotate pods web description-",
    flags: &[
        FLAGS,
        spec::ALL,
        spec::ALL_NAMESPACES,
        spec::SELECTOR,
        spec::FIELDS,
        spec::FILES,
        spec::LOCAL,
        spec::DRY_RUN,
        spec::PRINT,
    ],
    run: run!(annotate),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("field-manager", "", "Who is noted as the manager of the fields."),
    Flag::switch("list", "Show what is set."),
    Flag::switch("overwrite", "Change what has another value."),
    Flag::switch("record", "Note the command in an annotation (deprecated)."),
    Flag::text("resource-version", "", "Change only where the object has this version."),
];

async fn label(k: &Kubectl) -> Outcome {
    change(k, &LABELS).await
}

async fn annotate(k: &Kubectl) -> Outcome {
    change(k, &ANNOTATIONS).await
}

/// What sets the two commands apart.
struct Words {
    field: &'static str,
    one: &'static str,
    manager: &'static str,
}

const LABELS: Words = Words { field: "labels", one: "label", manager: "kubectl-label" };
const ANNOTATIONS: Words = Words { field: "annotations", one: "annotation", manager: "kubectl-annotate" };

async fn change(k: &Kubectl, words: &Words) -> Outcome {
    let (resources, set, unset) = pairs(k, words)?;
    let no_files = k.flags.list("filename").is_empty() && k.flags.text("kustomize").is_empty();
    if resources.is_empty() && no_files {
        return Err(Fail::plain("one or more resources must be specified as <resource> <name> or <resource>/<name>"));
    }
    let listing = k.flags.is("list");
    if set.is_empty() && unset.is_empty() && !listing {
        return Err(Fail::plain(format!("at least one {} update is required", words.one)));
    }
    let dry_run = k.dry_run().await?;
    let local = k.flags.is("local");
    let found = Builder::new(k).args(&resources).local(local).objects().await?;
    let mut fails = found.fails;
    for info in &found.infos {
        if listing {
            list(k, info, words).await;
            continue;
        }
        if let Err(fail) = change_one(k, info, words, &set, &unset, dry_run, local).await {
            fails.push(fail);
        }
    }
    Fail::join(fails)
}

type Pairs = Vec<(String, String)>;

/// The arguments before the first pair, what is to be set and what is to go.
fn pairs(k: &Kubectl, words: &Words) -> Result<(Vec<String>, Pairs, Vec<String>), Fail> {
    let is_pair = |arg: &String| arg.contains('=') || arg.ends_with('-');
    let args = &k.flags.args;
    let first = args.iter().position(is_pair).unwrap_or(args.len());
    let (mut set, mut unset) = (Vec::new(), Vec::new());
    for arg in &args[first..] {
        if let Some((key, value)) = arg.split_once('=').filter(|(key, _)| !key.is_empty()) {
            if words.one == "label"
                && let Some(fault) = label_value_faults(value).first()
            {
                return Err(Fail::plain(format!("invalid label value: \"{arg}\": {fault}")));
            }
            set.push((key.to_owned(), value.to_owned()));
        } else if let Some(key) = arg.strip_suffix('-').filter(|key| !key.is_empty()) {
            unset.push(key.to_owned());
        } else if is_pair(arg) {
            return Err(Fail::plain(format!("unknown {} spec: {arg}", words.one)));
        } else {
            return Err(Fail::plain(format!("all resources must be specified before {} changes: {arg}", words.one)));
        }
    }
    if set.iter().any(|(key, _)| unset.contains(key)) {
        let article = if words.one == "label" { "a" } else { "an" };
        return Err(Fail::plain(format!("can not both modify and remove {article} {} in the same command", words.one)));
    }
    Ok((args[..first].to_vec(), set, unset))
}

async fn list(k: &Kubectl, info: &Info, words: &Words) {
    for (key, value) in info.object["metadata"][words.field].as_object().into_iter().flatten() {
        k.out(&format!("{key}={}\n", value.as_str().unwrap_or_default())).await;
    }
}

async fn change_one(
    k: &Kubectl,
    info: &Info,
    words: &Words,
    set: &[(String, String)],
    unset: &[String],
    dry_run: DryRun,
    local: bool,
) -> Outcome {
    let old = info.object["metadata"][words.field].as_object().cloned().unwrap_or_default();
    if !k.flags.is("overwrite") {
        refuse_overwriting(&old, set, words)?;
    }
    let mut patch = Map::new();
    let mut new = old.clone();
    for (key, value) in set {
        new.insert(key.clone(), json!(value));
        if old.get(key) != Some(&json!(value)) {
            patch.insert(key.clone(), json!(value));
        }
    }
    for key in unset {
        if new.remove(key).is_some() {
            patch.insert(key.clone(), Value::Null);
        } else if words.one == "label" {
            k.out(&format!("label \"{key}\" not found.\n")).await;
        }
    }
    let message = match words.one {
        "label" if new == old => "not labeled",
        "label" if !k.flags.is("overwrite") && new.len() < old.len() => "unlabeled",
        "label" => "labeled",
        _ => "annotated",
    };
    let mut metadata = json!({words.field: patch});
    let version = k.flags.text("resource-version");
    if !version.is_empty() {
        metadata["resourceVersion"] = json!(version);
    }
    if local || dry_run == DryRun::Client {
        let mut object = (*info.object).clone();
        object["metadata"][words.field] = Value::Object(new);
        return tell(k, &object, message, dry_run, local).await;
    }
    if patch.is_empty() && version.is_empty() {
        return tell(k, &info.object, message, dry_run, local).await;
    }
    let mut query = dry_run.query();
    query.push(("fieldManager", manager(k, words.manager)));
    let body = json!({"metadata": metadata});
    let object = k.client().await?.patch(&info.path(), &query, MERGE_PATCH, body).await?;
    tell(k, &object, message, dry_run, local).await
}

async fn tell(k: &Kubectl, object: &Value, message: &str, dry_run: DryRun, local: bool) -> Outcome {
    if local && Printer::of(k, false).await?.is_none() {
        k.out(&format!("{} {message}\n", name_line(object))).await;
        return Ok(());
    }
    report(k, object, message, dry_run).await
}

fn refuse_overwriting(old: &Map<String, Value>, set: &[(String, String)], words: &Words) -> Outcome {
    let taken: Vec<String> = set
        .iter()
        .filter_map(|(key, value)| {
            let has = old.get(key)?.as_str().unwrap_or_default();
            // Why something was changed is told anew with every change.
            if key == "kubernetes.io/change-cause" {
                return None;
            }
            (has != value).then(|| format!("'{key}' already has a value ({has})"))
        })
        .collect();
    if taken.is_empty() {
        return Ok(());
    }
    if words.one == "label" {
        let each = taken.iter().map(|one| Fail::plain(format!("{one}, and --overwrite is false")));
        return Fail::join(each.collect());
    }
    Err(Fail::plain(format!(
        "--overwrite is false but found the following declared annotation(s): {}",
        taken.join("; ")
    )))
}
