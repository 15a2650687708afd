//! `kubectl diff`. Models kubectl/pkg/cmd/diff: two directories, what is and what would be, and a
//! program that compares them.

use std::rc::Rc;

use serde_json::{Value, json};

use super::apply::server_side;
use super::create::manager;
use crate::kubectl::apply::{configuration, last_applied, three_way};
use crate::kubectl::client::{MERGE_PATCH, STRATEGIC_PATCH};
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, quote};
use crate::kubectl::printers::without_managed_fields;
use crate::kubectl::resource::{Info, manifests};
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{Kubectl, yaml};
use crate::machine::{Errno, SpawnSpec};

/// The command.
pub const SPEC: Spec = Spec {
    name: "diff",
    usage: "-f FILENAME [options]",
    short: "Diff the live version against a would-be applied version",
    long: "Show in what objects would differ if a file were applied.\n\n KUBECTL_EXTERNAL_DIFF names another program than diff -u -N. The exit status is 0 if nothing would change, 1 if something would, and greater if something went wrong.",
    examples: "# What applying a file would change\nkubectl diff -f app.yaml\n\n# What applying standard input would change\ncat app.yaml | kubectl diff -f -",
    flags: &[FLAGS, spec::FILES, spec::SELECTOR],
    run: run!(diff),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("field-manager", "", "Who is noted as the manager of the fields."),
    Flag::switch("force-conflicts", "Take over fields of other managers."),
    Flag::switch("prune", "Count objects that are in no file as gone."),
    Flag::switch("server-side", "Let the server merge."),
    Flag::switch("show-managed-fields", "Keep managedFields."),
];

async fn diff(k: &Kubectl) -> Outcome {
    match compare(k).await {
        Ok(0) => Ok(()),
        Ok(status) => Err(Fail::Exit(status)),
        Err(fail) => {
            // 1 would mean that there are differences.
            k.err(&fail.told().0).await;
            Err(Fail::Exit(2))
        }
    }
}

/// One side: a directory with a file for each object.
struct Version(String);

impl Version {
    fn new(k: &Kubectl, name: &str) -> Result<Version, Fail> {
        let machine = k.process.machine();
        let path = format!("/tmp/{name}-{}", machine.random_below(1 << 32));
        machine.files().mkdir_all(&path).map_err(|errno| Fail::plain(format!("mkdir {path}: {errno}")))?;
        Ok(Version(path))
    }

    /// Writes an object; one that is not there becomes an empty file.
    fn print(&self, k: &Kubectl, name: &str, object: &Value) -> Outcome {
        let shown = match (object.is_null(), k.flags.is("show-managed-fields")) {
            (true, _) => String::new(),
            (false, true) => yaml::emit(object),
            (false, false) => yaml::emit(&without_managed_fields(object)),
        };
        let path = format!("{}/{name}", self.0);
        let written = k.process.machine().files().write("/", &path, shown.as_bytes());
        written.map_err(|errno| Fail::plain(format!("open {path}: {errno}")))
    }

    fn remove(&self, k: &Kubectl) {
        let files = k.process.machine().files();
        for name in files.list("/", &self.0).unwrap_or_default() {
            let _ = files.unlink(&self.0, &name);
        }
        let _ = files.rmdir("/", &self.0);
    }
}

/// The status of the program that compares.
async fn compare(k: &Kubectl) -> Result<i32, Fail> {
    if !k.flags.args.is_empty() {
        return Err(Fail::usage(&k.path, format!("Unexpected args: [{}]", k.flags.args.join(" "))));
    }
    if k.flags.list("filename").is_empty() && k.flags.text("kustomize").is_empty() {
        return Err(Fail::plain("must specify one of -f and -k"));
    }
    if k.flags.is("force-conflicts") && !k.flags.is("server-side") {
        return Err(Fail::plain("--force-conflicts only works with --server-side"));
    }
    if k.flags.is("prune") {
        return Err(Fail::plain("diff --prune is not simulated; kubectl diff without it compares what the files hold"));
    }
    let found = k.infos_of(manifests(k).await?).await?.all()?;
    let (live, merged) = (Version::new(k, "LIVE")?, Version::new(k, "MERGED")?);
    let outcome = write(k, &found, &live, &merged).await;
    let status = match outcome {
        Ok(()) => launch(k, &live, &merged).await,
        Err(fail) => Err(fail),
    };
    live.remove(k);
    merged.remove(k);
    status
}

async fn write(k: &Kubectl, infos: &[Info], live: &Version, merged: &Version) -> Outcome {
    for info in infos {
        let is = match k.client().await?.get(&info.path(), &[]).await {
            Ok(object) => object,
            Err(fail) if fail.is_not_found() => Rc::new(Value::Null),
            Err(fail) => return Err(fail),
        };
        let would_be = would_be(k, info, &is).await?;
        let (mut is, mut would_be) = ((*is).clone(), (*would_be).clone());
        if &*info.kind.kind == "Secret" {
            mask(&mut is, &mut would_be);
        }
        let kind = &info.kind;
        let group = if kind.group.is_empty() { String::new() } else { format!("{}.", kind.group) };
        let name = format!("{group}{}.{}.{}.{}", kind.version, kind.kind, info.namespace, info.name);
        live.print(k, &name, &is)?;
        merged.print(k, &name, &would_be)?;
    }
    Ok(())
}

/// What the object would be if the file were applied.
async fn would_be(k: &Kubectl, info: &Info, live: &Value) -> Result<Rc<Value>, Fail> {
    let dry = ("dryRun", "All".to_owned());
    if k.flags.is("server-side") {
        return server_side::send(k, info, &[dry]).await;
    }
    let client = k.client().await?;
    let query = [dry, ("fieldManager", manager(k, "kubectl-client-side-apply"))];
    if live.is_null() {
        return client.post(&info.collection(), &query, (*info.object).clone()).await;
    }
    let original = last_applied(live).unwrap_or(Value::Null);
    let (patch, strategic) = three_way(&info.kind, &original, &configuration(&info.object), live);
    if patch == json!({}) {
        return Ok(Rc::new(live.clone()));
    }
    let kind = if strategic { STRATEGIC_PATCH } else { MERGE_PATCH };
    client.patch(&info.path(), &query, kind, patch).await
}

/// A Secret's values are not shown; only that one changes is.
fn mask(live: &mut Value, merged: &mut Value) {
    let keys = |object: &Value| -> Vec<String> {
        object["data"].as_object().into_iter().flat_map(|data| data.keys().cloned()).collect()
    };
    for key in keys(live).into_iter().chain(keys(merged)) {
        let (was, is) = (live["data"][&key].clone(), merged["data"][&key].clone());
        let differ = was != is && !was.is_null() && !is.is_null();
        for (object, value, word) in [(&mut *live, was, "before"), (&mut *merged, is, "after")] {
            if value.is_string() && !value.as_str().unwrap_or_default().starts_with("***") {
                let shown = if differ { format!("*** ({word})") } else { "***".to_owned() };
                object["data"][&key] = Value::String(shown);
            }
        }
    }
}

/// Runs the program that compares, and gives its status.
async fn launch(k: &Kubectl, live: &Version, merged: &Version) -> Result<i32, Fail> {
    let given = k.process.env("KUBECTL_EXTERNAL_DIFF").filter(|given| !given.trim().is_empty());
    let program = given.unwrap_or_else(|| "diff -u -N".to_owned());
    let mut argv: Vec<String> = program.split_whitespace().map(str::to_owned).collect();
    argv.extend([live.0.clone(), merged.0.clone()]);
    let name = argv[0].clone();
    match k.process.spawn(SpawnSpec::new(argv)) {
        Ok(child) => Ok(child.wait().await.code()),
        Err(Errno::NotFound) => Err(Fail::plain(format!(
            "failed to run {}: exec: {}: executable file not found in $PATH",
            quote(&name),
            quote(&name)
        ))),
        Err(errno) => Err(Fail::plain(format!("failed to run {}: fork/exec {name}: {errno}", quote(&name)))),
    }
}
