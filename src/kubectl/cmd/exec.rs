//! `kubectl exec`. Models kubectl/pkg/cmd/exec/exec.go.

use serde_json::Value;

use super::pods;
use crate::kubectl::Kubectl;
use crate::kubectl::client::target;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::resource::Builder;
use crate::kubectl::spec::{self, Spec, run};
use crate::machine::{HttpRequest, join};

/// The command.
pub const SPEC: Spec = Spec {
    name: "exec",
    usage: "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...] [options]",
    short: "Execute a command in a container",
    long: "Run a command in a container of a Pod.",
    examples: "# A command\nkubectl exec web -- date\n\n# A shell\nkubectl exec -it web -- bash\n\n# In a Pod of a Deployment\nkubectl exec deploy/web -- date",
    flags: &[FLAGS, spec::FILES],
    run: run!(exec),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("container", "", "Container.").short('c'),
    Flag::new("pod-running-timeout", Kind::Duration, "1m0s", "How long to wait for a Pod to run."),
    Flag::switch("quiet", "Print only what the command prints.").short('q'),
    Flag::switch("stdin", "Pass standard input to the command.").short('i'),
    Flag::switch("tty", "Standard input is a terminal.").short('t'),
];

async fn exec(k: &Kubectl) -> Outcome {
    let args = &k.flags.args;
    let dash = k.flags.dash;
    let pod_args = &args[..dash.unwrap_or(args.len())];
    let Some(word) = pod_args.first() else {
        return Err(Fail::plain("pod, type/name or --filename must be specified"));
    };
    let Some(dash) = dash else {
        return Err(match args.len() {
            1 => Fail::plain("you must specify at least one command for the container"),
            _ => Fail::usage(
                &k.path,
                "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
            ),
        });
    };
    let command = &args[dash..];
    if command.is_empty() {
        return Err(Fail::plain("you must specify at least one command for the container"));
    }
    let pod = pod_of(k, word).await?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (name, namespace) = (text(&pod["metadata"]["name"]), text(&pod["metadata"]["namespace"]));
    if matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed")) {
        return Err(Fail::plain(format!(
            "cannot exec into a container in a completed pod; current phase is {}",
            text(&pod["status"]["phase"])
        )));
    }
    let container = pods::container(k, &pod, k.flags.text("container"), k.flags.is("quiet")).await?;
    let (stdin, mut tty) = (k.flags.is("stdin"), k.flags.is("tty"));
    if tty && (!stdin || !k.process.is_tty(0)) {
        tty = false;
        if !k.flags.is("quiet") {
            k.err("Unable to use a TTY - input is not a terminal or the right kind of file\n").await;
        }
    }
    let mut query: Vec<(&str, String)> = command.iter().map(|word| ("command", word.clone())).collect();
    query.push(("container", container));
    for (key, on) in [("stderr", !tty), ("stdin", stdin), ("stdout", true), ("tty", tty)] {
        if on {
            query.push((key, "true".to_owned()));
        }
    }
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}/exec");
    let request = HttpRequest::new("POST", &target(&path, &query));
    let response = k.client().await?.send(request).await?;
    match join(&k.process, response.body, stdin, tty).await {
        0 => Ok(()),
        status => {
            k.err(&format!("command terminated with exit code {status}\n")).await;
            Err(Fail::Exit(status))
        }
    }
}

/// The Pod that a word means: a Pod's name, or the first Pod of an object.
pub async fn pod_of(k: &Kubectl, word: &str) -> Result<Value, Fail> {
    let word = if word.contains('/') { word.to_owned() } else { format!("pods/{word}") };
    let info = Builder::new(k).args(&[word]).objects().await?.all()?.remove(0);
    let pods = pods::of_object(k, &info).await?;
    pods.into_iter().next().ok_or_else(|| Fail::plain("timed out waiting for the condition"))
}
