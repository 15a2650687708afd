//! `kubectl attach`. Models kubectl/pkg/cmd/attach.

use serde_json::Value;

use super::exec::pod_of;
use super::pods;
use crate::kubectl::Kubectl;
use crate::kubectl::client::target;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::spec::{Spec, run};
use crate::machine::{HttpRequest, join};

/// The command.
pub const SPEC: Spec = Spec {
    name: "attach",
    usage: "(POD | TYPE/NAME) -c CONTAINER [options]",
    short: "Attach to a running container",
    long: "Join the process that a container runs.",
    examples: "# Its output\nkubectl attach web\n\n# Its terminal\nkubectl attach web -it",
    flags: &[FLAGS],
    run: run!(attach),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("container", "", "Container.").short('c'),
    Flag::new("pod-running-timeout", Kind::Duration, "1m0s", "How long to wait for a Pod to run."),
    Flag::switch("quiet", "Print only what the container prints.").short('q'),
    Flag::switch("stdin", "Pass standard input to the container.").short('i'),
    Flag::switch("tty", "Standard input is a terminal.").short('t'),
];

async fn attach(k: &Kubectl) -> Outcome {
    let Some(word) = k.flags.args.first() else {
        return Err(Fail::plain("at least 1 argument is required for attach"));
    };
    let pod = pod_of(k, word).await?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let container = pods::container(k, &pod, k.flags.text("container"), k.flags.is("quiet")).await?;
    let (stdin, tty) = (k.flags.is("stdin"), k.flags.is("tty") && k.process.is_tty(0));
    if stdin && !k.flags.is("quiet") {
        k.err("If you don't see a command prompt, try pressing enter.\n").await;
    }
    let query = [
        ("container", container),
        ("stdin", stdin.to_string()),
        ("stdout", "true".to_owned()),
        ("stderr", (!tty).to_string()),
        ("tty", tty.to_string()),
    ];
    let path = format!(
        "/api/v1/namespaces/{}/pods/{}/attach",
        text(&pod["metadata"]["namespace"]),
        text(&pod["metadata"]["name"])
    );
    let response = k.client().await?.send(HttpRequest::new("POST", &target(&path, &query))).await?;
    join(&k.process, response.body, stdin, tty).await;
    Ok(())
}
