//! `kubectl logs`. Models kubectl/pkg/cmd/logs and polymorphichelpers/logsforobject.go.

use serde_json::Value;

use super::pods;
use crate::api::time;
use crate::kubectl::Kubectl;
use crate::kubectl::client::target;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::resource::{Builder, items};
use crate::kubectl::spec::{self, Spec, run};
use crate::machine::{HttpRequest, HttpResponse};

/// The command.
pub const SPEC: Spec = Spec {
    name: "logs",
    usage: "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER] [options]",
    short: "Print the logs for a container in a pod",
    long: "Print what a container has written to its standard output and error.",
    examples: "# A Pod's\nkubectl logs web-5bc7474869-jrnm6\n\n# As it comes\nkubectl logs -f web-5bc7474869-jrnm6\n\n# The last lines of all Pods with a label\nkubectl logs -l app=web --tail=5",
    flags: &[FLAGS, spec::SELECTOR],
    run: run!(logs),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::switch("all-containers", "All containers of the Pods."),
    Flag::switch("all-pods", "All Pods of the object, with their names."),
    Flag::text("container", "", "Container.").short('c'),
    Flag::switch("follow", "Go on printing as lines come.").short('f'),
    Flag::switch("ignore-errors", "Go on where a container's logs cannot be read."),
    Flag::switch("insecure-skip-tls-verify-backend", "Trust any certificate of the kubelet."),
    Flag::new("limit-bytes", Kind::Int, "0", "No more than this many bytes."),
    Flag::new("max-log-requests", Kind::Int, "5", "How many logs may be followed at once."),
    Flag::new("pod-running-timeout", Kind::Duration, "20s", "How long to wait for a Pod to run."),
    Flag::switch("prefix", "Pod and container before each line."),
    Flag::switch("previous", "The container that ran before.").short('p'),
    Flag::new("since", Kind::Duration, "0s", "Only lines of this span of time."),
    Flag::text("since-time", "", "Only lines after this time."),
    Flag::new("tail", Kind::Int, "-1", "Only this many last lines."),
    Flag::switch("timestamps", "The time before each line."),
];

/// One container's logs.
struct Source {
    pod: String,
    container: String,
    namespace: String,
}

async fn logs(k: &Kubectl) -> Outcome {
    let selector = k.flags.text("selector");
    let args = &k.flags.args;
    if args.is_empty() && selector.is_empty() {
        return Err(Fail::usage(
            &k.path,
            "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
        ));
    }
    if !args.is_empty() && !selector.is_empty() {
        return Err(Fail::usage(&k.path, "only a selector (-l) or a POD name is allowed"));
    }
    if args.len() > 2 {
        return Err(Fail::usage(
            &k.path,
            "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
        ));
    }
    let time = k.flags.text("since-time");
    if !time.is_empty() && k.flags.given("since") {
        return Err(Fail::plain("at most one of `sinceTime` or `since` may be specified"));
    }
    if !time.is_empty() && time::parse(time).is_none() {
        return Err(Fail::plain(format!(
            "parsing time \"{time}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{time}\" as \"2006\""
        )));
    }
    let sources = sources(k).await?;
    let follow = k.flags.is("follow");
    let most = usize::try_from(k.flags.int("max-log-requests")).unwrap_or(5);
    if follow && sources.len() > most {
        return Err(Fail::plain(format!(
            "you are attempting to follow {} log streams, but maximum allowed concurrency is {most}, use --max-log-requests to increase the limit",
            sources.len()
        )));
    }
    let mut open = Vec::new();
    for source in sources {
        let request = HttpRequest::new(
            "GET",
            &target(&format!("/api/v1/namespaces/{}/pods/{}/log", source.namespace, source.pod), &query(k, &source)),
        );
        match k.client().await?.send(request).await {
            Ok(response) if follow => open.push((source, response)),
            Ok(response) => copy(k, &source, &response).await,
            Err(fail) if k.flags.is("ignore-errors") => k.err(&format!("error: {}\n", fail.message())).await,
            Err(fail) => return Err(fail),
        }
    }
    follow_all(k, open).await;
    Ok(())
}

fn query(k: &Kubectl, source: &Source) -> Vec<(&'static str, String)> {
    let flags = &k.flags;
    let mut query = vec![("container", source.container.clone())];
    for (flag, key) in [("follow", "follow"), ("previous", "previous"), ("timestamps", "timestamps")] {
        if flags.is(flag) {
            query.push((key, "true".to_owned()));
        }
    }
    // Of many Pods only the last lines are shown, unless all are asked for.
    let tail = if !flags.given("tail") && !flags.text("selector").is_empty() { 10 } else { flags.int("tail") };
    if tail >= 0 {
        query.push(("tailLines", tail.to_string()));
    }
    if flags.duration("since") > 0 {
        query.push(("sinceSeconds", ((flags.duration("since") + 999_999) / 1_000_000).to_string()));
    }
    if !flags.text("since-time").is_empty() {
        query.push(("sinceTime", flags.text("since-time").to_owned()));
    }
    if flags.int("limit-bytes") > 0 {
        query.push(("limitBytes", flags.int("limit-bytes").to_string()));
    }
    query
}

async fn sources(k: &Kubectl) -> Result<Vec<Source>, Fail> {
    let selector = k.flags.text("selector");
    let namespace = k.namespace().await?;
    let client = k.client().await?;
    if !selector.is_empty() {
        let query = [("labelSelector", selector.to_owned())];
        let list = client.get(&format!("/api/v1/namespaces/{namespace}/pods"), &query).await?;
        let mut all = Vec::new();
        for pod in items(&list) {
            all.extend(containers(k, &pod, true).await?);
        }
        if all.is_empty() {
            k.err(&format!("No resources found in {namespace} namespace.\n")).await;
        }
        return Ok(all);
    }
    let args = &k.flags.args;
    let mut word = args[0].clone();
    if !word.contains('/') {
        word = format!("pods/{word}");
    }
    let container = args.get(1);
    if container.is_some() && !k.flags.text("container").is_empty() {
        return Err(Fail::usage(&k.path, "only one of -c or an inline [CONTAINER] arg is allowed"));
    }
    let named = |fail: Fail| match &fail {
        Fail::Api(status) if fail.is_not_found() => Fail::plain(format!(
            "error from server (NotFound): {} in namespace \"{namespace}\"",
            status["message"].as_str().unwrap_or_default()
        )),
        _ => fail,
    };
    let info = Builder::new(k).args(&[word]).objects().await?.all().map_err(named)?.remove(0);
    if *info.kind.kind == *"Pod" {
        return containers(k, &info.object, false).await;
    }
    let pods = pods::of_object(k, &info).await?;
    if k.flags.is("all-pods") {
        let mut all = Vec::new();
        for pod in &pods {
            all.extend(containers(k, pod, true).await?);
        }
        return Ok(all);
    }
    let Some(first) = pods.first() else {
        return Err(Fail::plain("timed out waiting for the condition"));
    };
    if pods.len() > 1 {
        let name = first["metadata"]["name"].as_str().unwrap_or_default();
        k.err(&format!("Found {} pods, using pod/{name}\n", pods.len())).await;
    }
    containers(k, first, false).await
}

/// The containers of a Pod that are meant.
async fn containers(k: &Kubectl, pod: &Value, quiet: bool) -> Result<Vec<Source>, Fail> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let source = |container: String| Source {
        pod: text(&pod["metadata"]["name"]),
        namespace: text(&pod["metadata"]["namespace"]),
        container,
    };
    if k.flags.is("all-containers") {
        return Ok(pods::container_names(pod).into_iter().map(source).collect());
    }
    let given = match k.flags.args.get(1).filter(|_| k.flags.text("selector").is_empty()) {
        Some(container) => container.clone(),
        None => k.flags.text("container").to_owned(),
    };
    let container = pods::container(k, pod, &given, quiet).await?;
    Ok(vec![source(container)])
}

fn prefix(k: &Kubectl, source: &Source) -> Option<String> {
    (k.flags.is("prefix") || k.flags.is("all-pods")).then(|| format!("[pod/{}/{}] ", source.pod, source.container))
}

async fn copy(k: &Kubectl, source: &Source, response: &HttpResponse) {
    let bytes = response.body.to_bytes().await;
    print(k, source, &bytes).await;
}

async fn print(k: &Kubectl, source: &Source, bytes: &[u8]) {
    match prefix(k, source) {
        None => {
            // A pipe that closes early ends the process by itself.
            let _ = k.process.write(1, bytes).await;
        }
        Some(prefix) => {
            let text = String::from_utf8_lossy(bytes);
            let lines: String = text.split_inclusive('\n').map(|line| format!("{prefix}{line}")).collect();
            k.out(&lines).await;
        }
    }
}

/// Prints several streams as their pieces come, until all have ended.
async fn follow_all(k: &Kubectl, mut open: Vec<(Source, HttpResponse)>) {
    let mut first = vec![true; open.len()];
    while !open.is_empty() {
        let (at, piece) = {
            let mut waiting: Vec<_> = open
                .iter()
                .zip(&first)
                .map(|((_, response), first)| Box::pin(response.body.next_chunk(*first && !response.body.is_stream())))
                .collect();
            std::future::poll_fn(|cx| {
                for (at, future) in waiting.iter_mut().enumerate() {
                    if let std::task::Poll::Ready(piece) = future.as_mut().poll(cx) {
                        return std::task::Poll::Ready((at, piece));
                    }
                }
                std::task::Poll::Pending
            })
            .await
        };
        match piece {
            Some(bytes) => {
                print(k, &open[at].0, &bytes).await;
                first[at] = false;
            }
            None => {
                open.remove(at);
                first.remove(at);
            }
        }
    }
}
