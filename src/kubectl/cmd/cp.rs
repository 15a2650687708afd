//! `kubectl cp`: an archive through `tar` in the container. Models kubectl/pkg/cmd/cp.

use serde_json::Value;

use super::pods;
use crate::kubectl::Kubectl;
use crate::kubectl::client::target;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::spec::{Spec, run};
use crate::machine::tar::{self, What};
use crate::machine::{Collected, HttpRequest, OpenOptions, collect, files};

/// The command.
pub const SPEC: Spec = Spec {
    name: "cp",
    usage: "<file-spec-src> <file-spec-dest> [options]",
    short: "Copy files and directories to and from containers",
    long: "Copy files and directories to and from containers. The container must have tar.",
    examples: "# A file into a Pod\nkubectl cp page.html web:/usr/share/nginx/html/index.html\n\n# A directory from a container of a Pod in another namespace\nkubectl cp team-a/web:/var/log ./log -c app",
    flags: &[FLAGS],
    run: run!(cp),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("container", "", "Container.").short('c'),
    Flag::switch("no-preserve", "Do not keep owner and mode."),
    Flag::new("retries", Kind::Int, "0", "How often to try again to copy from a container."),
];

/// One end of the copy: a path, here or in a Pod.
struct Place {
    namespace: String,
    /// Empty for this machine.
    pod: String,
    path: String,
}

fn place(word: &str) -> Result<Place, Fail> {
    let wrong = || Fail::plain("filespec must match the canonical format: [[namespace/]pod:]file/path");
    let (namespace, pod, path) = match word.split_once(':') {
        None => ("", "", word),
        Some(("", _)) => return Err(wrong()),
        Some((pod, path)) => match pod.split('/').collect::<Vec<_>>()[..] {
            [pod] => ("", pod, path),
            [namespace, pod] => (namespace, pod, path),
            _ => return Err(wrong()),
        },
    };
    Ok(Place { namespace: namespace.to_owned(), pod: pod.to_owned(), path: path.to_owned() })
}

async fn cp(k: &Kubectl) -> Outcome {
    let [from, to] = k.flags.args.as_slice() else {
        return Err(Fail::plain("source and destination are required"));
    };
    let (from, to) = (place(from)?, place(to)?);
    if !from.pod.is_empty() && !to.pod.is_empty() {
        return Err(Fail::plain("one of src or dest must be a local file specification"));
    }
    if from.path.is_empty() || to.path.is_empty() {
        return Err(Fail::plain("filepath can not be empty"));
    }
    match (from.pod.is_empty(), to.pod.is_empty()) {
        (false, _) => from_pod(k, &from, &to.path).await,
        (true, false) => to_pod(k, &from.path, &to).await,
        _ => Err(Fail::plain("one of src or dest must be a remote file specification")),
    }
}

/// The last part of a path.
fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

async fn to_pod(k: &Kubectl, from: &str, to: &Place) -> Outcome {
    let (fs, cwd) = (k.process.machine().files(), k.process.cwd());
    let from = files::normalize(&files::join(&cwd, from));
    if fs.find("/", &from).is_err() {
        return Err(Fail::plain(format!("{} doesn't exist in local filesystem", k.flags.args[0])));
    }
    let mut to_path = to.path.clone();
    let is_dir = execute(k, to, &["test", "-d", &to_path], None, true).await;
    if is_dir.is_ok_and(|output| output.status == 0) {
        to_path = format!("{}/{}", to_path.trim_end_matches('/'), base(&from));
    }
    let mut members = Vec::new();
    let fail = |errno: crate::machine::Errno| Fail::plain(format!("lstat {from}: {}", errno.text().to_lowercase()));
    tar::pack(fs, &cwd, &from, base(&to_path), &mut members).map_err(fail)?;
    // A directory goes by what is in it; only an empty one is named itself.
    let names: Vec<String> = members.iter().map(|member| member.name.clone()).collect();
    members.retain(|member| {
        member.what != What::Dir
            || !names.iter().any(|name| name.len() > member.name.len() && name.starts_with(&member.name))
    });
    let mut command = vec!["tar"];
    if k.flags.is("no-preserve") {
        command.extend(["--no-same-permissions", "--no-same-owner"]);
    }
    command.extend(["-xmf", "-"]);
    let folder = match to_path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => ".",
    };
    command.extend(["-C", folder]);
    let output = execute(k, to, &command, Some(tar::write(&members)), false).await?;
    let _ = k.process.write(1, &output.stdout).await;
    let _ = k.process.write(2, &output.stderr).await;
    ended(k, output.status).await
}

async fn from_pod(k: &Kubectl, from: &Place, to: &str) -> Outcome {
    let output = execute(k, from, &["tar", "cf", "-", &from.path], None, false).await?;
    let _ = k.process.write(1, &output.stderr).await;
    // Below this every member's name begins.
    let clean = files::normalize(&format!("/{}", from.path));
    let prefix = clean.trim_start_matches('/');
    let members = tar::read(&output.stdout).unwrap_or_default();
    let cwd = k.process.cwd();
    let (fs, mut skipped) = (k.process.machine().files(), false);
    for member in &members {
        let name = files::normalize(&format!("/{}", member.name));
        let Some(rest) = name.trim_start_matches('/').strip_prefix(prefix) else {
            return Err(Fail::plain("tar contents corrupted"));
        };
        let path = files::normalize(&files::join(&cwd, &format!("{to}/{rest}")));
        let shown = if rest.is_empty() { to.to_owned() } else { format!("{}{rest}", to.trim_end_matches('/')) };
        let fail = |errno: crate::machine::Errno| Fail::plain(format!("open {shown}: {}", errno.text().to_lowercase()));
        match &member.what {
            What::Dir => fs.mkdir_all(&path).map_err(fail)?,
            What::Link(linked) if !skipped => {
                skipped = true;
                let (namespace, pod, source) = (&from.namespace, &from.pod, &from.path);
                k.err(&format!(
                    "warning: skipping symlink: {shown:?} -> {linked:?} (consider using \"kubectl exec -n {namespace:?} {pod:?} -- tar cf - {source:?} | tar xf -\")\n"
                ))
                .await;
            }
            What::Link(_) => {}
            What::File(bytes) => {
                fs.mkdir_all(path.rsplit_once('/').map_or("", |(above, _)| above)).map_err(fail)?;
                let file = k.process.open(&path, OpenOptions::WRITE).map_err(fail)?;
                k.process.write_file_object(&file, bytes).await.map_err(fail)?;
            }
        }
    }
    ended(k, output.status).await
}

async fn ended(k: &Kubectl, status: i32) -> Outcome {
    if status == 0 {
        return Ok(());
    }
    k.err(&format!("command terminated with exit code {status}\n")).await;
    Err(Fail::Exit(status))
}

/// Runs a command in the container; of several it says which it took, unless it is `quiet`.
async fn execute(
    k: &Kubectl,
    place: &Place,
    command: &[&str],
    input: Option<Vec<u8>>,
    quiet: bool,
) -> Result<Collected, Fail> {
    let client = k.client().await?;
    let namespace = if place.namespace.is_empty() { k.namespace().await? } else { place.namespace.clone() };
    let path = format!("/api/v1/namespaces/{namespace}/pods/{}", place.pod);
    let pod: std::rc::Rc<Value> = client.get(&path, &[]).await?;
    let phase = pod["status"]["phase"].as_str().unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Fail::plain(format!("cannot exec into a container in a completed pod; current phase is {phase}")));
    }
    let container = pods::container(k, &pod, k.flags.text("container"), quiet).await?;
    let mut query: Vec<(&str, String)> = command.iter().map(|word| ("command", (*word).to_owned())).collect();
    query.extend([("container", container), ("stderr", "true".to_owned()), ("stdout", "true".to_owned())]);
    if input.is_some() {
        query.push(("stdin", "true".to_owned()));
    }
    let response = client.send(HttpRequest::new("POST", &target(&format!("{path}/exec"), &query))).await?;
    Ok(collect(response.body, input).await)
}
