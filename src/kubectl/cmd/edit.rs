//! `kubectl edit`. Models kubectl/pkg/cmd/util/editor: objects go to a file, an editor changes it,
//! and the difference goes to the server as a patch.

use std::rc::Rc;

use serde_json::{Value, json};

use super::create::{manager, validation};
use crate::kubectl::apply::three_way;
use crate::kubectl::client::{MERGE_PATCH, STRATEGIC_PATCH};
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, quote};
use crate::kubectl::printers::{json as json_text, name_line, unknown_output, without_managed_fields};
use crate::kubectl::resource::{Builder, Info, ONE_OR_MORE, items};
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{Kubectl, yaml};
use crate::machine::{Errno, SpawnSpec};

/// The command.
pub const SPEC: Spec = Spec {
    name: "edit",
    usage: "(RESOURCE/NAME | -f FILENAME) [options]",
    short: "Edit a resource on the server",
    long: "Edit objects in an editor: what KUBE_EDITOR or EDITOR names, or vi.\n\n The changed fields are sent when the editor ends; a file without changes, or an empty one, changes nothing.",
    examples: "# A Deployment in another editor\nKUBE_EDITOR=\"sed -i s/replicas:.*/replicas:\\ 3/\" kubectl edit deployment/web",
    flags: &[FLAGS, spec::FILES, spec::WRITE, spec::PRINT],
    run: run!(edit),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::switch("output-patch", "Print the patch."),
    Flag::text("subresource", "", "Subresource to edit instead of the object."),
    Flag::switch("windows-line-endings", "End lines as Windows does."),
];

const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n# and an empty file will abort the edit. If an error occurs while saving this file will be\n# reopened with the relevant failures.\n#\n";

/// What became of the edited objects.
#[derive(Default)]
struct Results {
    /// Why the file is opened again, and details.
    reasons: Vec<(String, Vec<String>)>,
    retryable: usize,
    not_found: usize,
}

async fn edit(k: &Kubectl) -> Outcome {
    if k.flags.args.is_empty() && k.flags.list("filename").is_empty() && k.flags.text("kustomize").is_empty() {
        return Err(Fail::plain(ONE_OR_MORE));
    }
    let output = k.flags.text("output");
    if !matches!(output, "" | "json" | "yaml" | "kyaml") {
        return Err(unknown_output(output, &["json", "kyaml", "yaml"]));
    }
    if !k.flags.text("subresource").is_empty() || k.flags.is("windows-line-endings") {
        return Err(Fail::plain("edit: --subresource and --windows-line-endings are not simulated"));
    }
    let infos = live(k, Builder::new(k).objects().await?.all()?).await?;
    let original = match infos.as_slice() {
        [] => return Err(Fail::plain("edit cancelled, no objects found")),
        [one] => text(output, &one.object),
        many => {
            let each: Vec<&Value> = many.iter().map(|info| &*info.object).collect();
            text(output, &json!({"apiVersion": "v1", "items": each, "kind": "List", "metadata": {}}))
        }
    };
    let mut content = format!("{HEADER}{original}");
    // The file of the turn before, if something was wrong with it.
    let mut kept: Option<String> = None;
    loop {
        let name = format!("/tmp/kubectl-edit-{}.{}", k.process.machine().random_below(1 << 32), extension(output));
        let before = content.clone();
        let edited = match launch(k, &name, content).await {
            Ok(edited) => edited,
            Err(fail) => return preserved(k, fail, kept.as_deref()).await,
        };
        if kept.is_some() && without_comments(&before) == without_comments(&edited) {
            let fail = Fail::plain("Edit cancelled, no valid changes were saved.");
            return preserved(k, fail, Some(&name)).await;
        }
        if let Some(old) = kept.take() {
            remove(k, &old);
        }
        if without_comments(&original) == without_comments(&edited) {
            remove(k, &name);
            k.err("Edit cancelled, no changes made.\n").await;
            return Ok(());
        }
        if without_comments(&edited).trim().is_empty() {
            remove(k, &name);
            k.err("Edit cancelled, saved file was empty.\n").await;
            return Ok(());
        }
        let mut results = Results::default();
        match parse(&edited) {
            Err(why) => results.reasons.push((format!("The edited file had a syntax error: {why}"), Vec::new())),
            Ok(objects) => {
                if let Err(fail) = send(k, &infos, &objects, &mut results).await {
                    return preserved(k, fail, Some(&name)).await;
                }
            }
        }
        if results.retryable > 0 {
            k.err(&format!("You can run `kubectl replace -f {name}` to try this update again.\n")).await;
            return Err(Fail::Exit(1));
        }
        if results.not_found > 0 {
            k.err(&format!("The edits you made on deleted resources have been saved to {}\n", quote(&name))).await;
            return Err(Fail::Exit(1));
        }
        if results.reasons.is_empty() {
            remove(k, &name);
            return Ok(());
        }
        content = format!("{HEADER}{}{}", told(&results.reasons), without_header(&edited));
        kept = Some(name);
    }
}

/// The objects as they are on the server; files name them only.
async fn live(k: &Kubectl, infos: Vec<Info>) -> Result<Vec<Info>, Fail> {
    let mut found = Vec::new();
    for info in infos {
        let object = k.client().await?.get(&info.path(), &[]).await?;
        found.push(Info { object: Rc::new(without_managed_fields(&object)), ..info });
    }
    Ok(found)
}

fn extension(output: &str) -> &str {
    if output == "json" { "json" } else { "yaml" }
}

fn text(output: &str, object: &Value) -> String {
    match output {
        "json" => json_text(object),
        "kyaml" => yaml::kyaml(object),
        _ => yaml::emit(object),
    }
}

/// The lines that are no comments (cmdutil.StripComments).
fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with('#')).map(|line| format!("{line}\n")).collect()
}

/// What follows the comments at the top.
fn without_header(text: &str) -> String {
    text.lines().skip_while(|line| line.trim_start().starts_with('#')).map(|line| format!("{line}\n")).collect()
}

fn told(reasons: &[(String, Vec<String>)]) -> String {
    let commented = |text: &str| text.replace('\n', "\n# ");
    let each = reasons.iter().map(|(head, details)| {
        let details: String = details.iter().map(|detail| format!("# * {}\n", commented(detail))).collect();
        let colon = if details.is_empty() { "" } else { ":" };
        format!("# {}{colon}\n{details}#\n", commented(head))
    });
    each.collect()
}

fn remove(k: &Kubectl, path: &str) {
    let _ = k.process.machine().files().unlink("/", path);
}

/// A failure that leaves the edited file for the one who edited it.
async fn preserved(k: &Kubectl, fail: Fail, path: Option<&str>) -> Outcome {
    if let Some(path) = path {
        k.err(&format!("A copy of your changes has been stored to {}\n", quote(path))).await;
    }
    Err(fail)
}

/// Lets the editor change a file, and reads it.
async fn launch(k: &Kubectl, path: &str, content: String) -> Result<String, Fail> {
    let written = k.process.machine().files().write("/", path, content.as_bytes());
    written.map_err(|errno| Fail::plain(format!("open {path}: {errno}")))?;
    let named = ["KUBE_EDITOR", "EDITOR"].into_iter().find_map(|name| k.process.env(name).filter(|it| !it.is_empty()));
    let editor = named.unwrap_or_else(|| "vi".to_owned());
    let argv = if editor.contains(['"', '\'', '\\']) {
        let shell = k.process.env("SHELL").filter(|shell| !shell.is_empty()).unwrap_or_else(|| "/bin/bash".to_owned());
        vec![shell, "-c".to_owned(), format!("{editor} {}", quote(path))]
    } else {
        editor.split(' ').filter(|word| !word.is_empty()).chain([path]).map(str::to_owned).collect()
    };
    match k.process.spawn(SpawnSpec::new(argv)) {
        Ok(child) if child.wait().await.code() == 0 => {}
        Ok(_) => return Err(Fail::plain(format!("there was a problem with the editor {}", quote(&editor)))),
        Err(Errno::NotFound) => return Err(Fail::plain(format!("unable to launch the editor {}", quote(&editor)))),
        Err(errno) => return Err(Fail::plain(format!("fork/exec {editor}: {errno}"))),
    }
    k.read_file(path).await.map_err(|errno| Fail::plain(format!("open {path}: {errno}")))
}

/// The objects of the edited file.
fn parse(edited: &str) -> Result<Vec<Value>, String> {
    let mut objects = Vec::new();
    for document in yaml::documents(edited) {
        let object = yaml::parse(&document)
            .map_err(|error| format!("error parsing edited-file: error converting YAML to JSON: {error}"))?;
        match object["items"].is_array() && object["kind"] == "List" {
            true => objects.extend(items(&object)),
            false if object.is_null() => {}
            false => objects.push(object),
        }
    }
    for (field, name) in [("kind", "Kind"), ("apiVersion", "apiVersion")] {
        if let Some(object) = objects.iter().find(|object| object[field].as_str().unwrap_or_default().is_empty()) {
            return Err(format!("unable to decode \"edited-file\": Object '{name}' is missing in '{object}'"));
        }
    }
    Ok(objects)
}

/// Sends what was changed of each object.
async fn send(k: &Kubectl, infos: &[Info], edited: &[Value], results: &mut Results) -> Outcome {
    for object in edited {
        let same = |info: &&Info| {
            ["apiVersion", "kind"].into_iter().all(|key| info.object[key] == object[key])
                && ["name", "namespace"].into_iter().all(|key| info.object["metadata"][key] == object["metadata"][key])
        };
        let Some(info) = infos.iter().find(same) else {
            return Err(Fail::plain("At least one of apiVersion, kind and name was changed"));
        };
        let (patch, strategic) = three_way(&info.kind, &info.object, object, &info.object);
        if patch == json!({}) {
            k.out(&format!("{} skipped\n", name_line(object))).await;
            continue;
        }
        if k.flags.is("output-patch") {
            k.out(&format!("Patch: {patch}\n")).await;
        }
        let query = [("fieldManager", manager(k, "kubectl-edit")), ("fieldValidation", validation(k))];
        let kind = if strategic { STRATEGIC_PATCH } else { MERGE_PATCH };
        match k.client().await?.patch(&info.path(), &query, kind, patch).await {
            Ok(object) => k.out(&format!("{} edited\n", name_line(&object))).await,
            Err(fail) => {
                let line = failed(info, &fail, results);
                k.err(&format!("{line}\n")).await;
            }
        }
    }
    Ok(())
}

/// Notes a failure (editResults.addError), and words it.
fn failed(info: &Info, fail: &Fail, results: &mut Results) -> String {
    let object = info.resource_quoted();
    match (fail, fail.reason()) {
        (Fail::Api(status), "Invalid") => {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let causes = status["details"]["causes"].as_array().into_iter().flatten();
            let causes =
                causes.map(|cause| format!("{}: {}", text(&cause["field"]), text(&cause["message"]))).collect();
            results.reasons.push((format!("{object} was not valid"), causes));
            format!("error: {object} is invalid")
        }
        (_, "NotFound") => {
            results.not_found += 1;
            format!("error: {object} could not be found on the server")
        }
        _ => {
            results.retryable += 1;
            format!("error: {object} could not be patched: {}", fail.message())
        }
    }
}
