//! `kubectl run`. Models kubectl/pkg/cmd/run.
//!
//! Diverges: `--attach`, `-i` and `-t` attach once the Pod runs, by what it has printed.

use serde_json::{Map, Value, json};

use super::create::manager;
use crate::api::patch::merge_patch;
use crate::kubectl::client::target;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind, quote};
use crate::kubectl::printers::report;
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl};
use crate::machine::{self, HttpRequest};
use crate::sim::Duration;

/// The command.
pub const SPEC: Spec = Spec {
    name: "run",
    usage: "NAME --image=image [--env=\"key=value\"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...] [options]",
    short: "Run a particular image on the cluster",
    long: "Create a Pod that runs an image.",
    examples: "# A web server\nkubectl run web --image=nginx\n\n# A shell that goes away when it ends\nkubectl run -it --rm box --image=busybox --restart=Never -- sh",
    flags: &[FLAGS, spec::DRY_RUN, spec::PRINT],
    run: run!(run_pod),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::new("annotations", Kind::Array, "", "Annotations of the Pod: key=value."),
    Flag::switch("attach", "Attach to the Pod once it runs."),
    Flag::switch("command", "What is behind -- is the command, not its arguments."),
    Flag::new("env", Kind::Array, "", "Environment variables: key=value."),
    Flag::switch("expose", "Make a Service for the Pod; --port is needed."),
    Flag::text("field-manager", "", "Who is noted as the manager of the fields."),
    Flag::text("image", "", "Image to run.").required(),
    Flag::text("image-pull-policy", "", "Always, IfNotPresent or Never."),
    Flag::text("labels", "", "Labels of the Pod.").short('l'),
    Flag::switch("leave-stdin-open", "Keep standard input open after the first attachment."),
    Flag::text("overrides", "", "JSON that changes the Pod before it is made."),
    Flag::new("pod-running-timeout", Kind::Duration, "1m0s", "How long to wait for the Pod to run."),
    Flag::text("port", "", "Port that the container listens on."),
    Flag::switch("privileged", "Run the container privileged."),
    Flag::switch("quiet", "Print only what the container prints.").short('q'),
    Flag::text("restart", "Always", "Always, OnFailure or Never."),
    Flag::switch("rm", "Delete the Pod after it ends; for attached containers."),
    Flag::switch("save-config", "Keep the configuration in an annotation for apply."),
    Flag::switch("stdin", "Keep standard input open.").short('i'),
    Flag::switch("tty", "Give the container a terminal.").short('t'),
];

async fn run_pod(k: &Kubectl) -> Outcome {
    let flags = &k.flags;
    let dash = flags.dash.unwrap_or(flags.args.len());
    let Some(name) = flags.args.first().filter(|_| dash > 0) else {
        return Err(Fail::usage(&k.path, "NAME is required for run"));
    };
    let image = flags.text("image");
    if image.contains(char::is_whitespace) || image.chars().any(|c| c.is_ascii_uppercase() && !image.contains(':')) {
        return Err(Fail::plain(format!("Invalid image name {}: invalid reference format", quote(image))));
    }
    let attach = flags.is("attach") || ((flags.is("stdin") || flags.is("tty")) && !flags.given("attach"));
    if flags.is("rm") && !attach {
        return Err(Fail::usage(&k.path, "--rm should only be used for attached containers"));
    }
    if attach && flags.text("dry-run") != "none" {
        return Err(Fail::usage(
            &k.path,
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        ));
    }
    let dry_run = k.dry_run().await?;
    let object = pod(k, name, &flags.args[1..], attach)?;
    let namespace = k.namespace().await?;
    if dry_run == DryRun::Client {
        return report(k, &object, "created", dry_run).await;
    }
    let mut query = dry_run.query();
    query.push(("fieldManager", manager(k, "kubectl-run")));
    let path = format!("/api/v1/namespaces/{namespace}/pods");
    let client = k.client().await?;
    let made = client.post(&path, &query, object).await?;
    if flags.is("expose") {
        let port: i64 =
            flags.text("port").parse().map_err(|_| Fail::plain("--port must be set when exposing a service"))?;
        let labels = &made["metadata"]["labels"];
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"ports": [{"port": port, "protocol": "TCP", "targetPort": port}], "selector": labels}});
        let service = client.post(&format!("/api/v1/namespaces/{namespace}/services"), &query, service).await?;
        report(k, &service, "created", dry_run).await?;
    }
    if !attach {
        return report(k, &made, "created", dry_run).await;
    }
    let status = join(k, &format!("{path}/{name}"), name).await?;
    if flags.is("rm") {
        let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"});
        client.delete(&format!("{path}/{name}"), &[], options).await?;
        k.out(&format!("pod \"{name}\" deleted from {namespace} namespace\n")).await;
    }
    if status == 0 { Ok(()) } else { Err(Fail::Exit(status)) }
}

fn pod(k: &Kubectl, name: &str, words: &[String], attach: bool) -> Result<Value, Fail> {
    let flags = &k.flags;
    let restart = match flags.text("restart") {
        policy @ ("Always" | "OnFailure" | "Never") => policy,
        other => return Err(Fail::usage(&k.path, format!("invalid restart policy: {other}"))),
    };
    let policy = flags.text("image-pull-policy");
    if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
        return Err(Fail::usage(&k.path, format!("invalid image pull policy: {policy}")));
    }
    let mut labels = Map::new();
    match flags.text("labels") {
        "" => {
            labels.insert("run".to_owned(), json!(name));
        }
        given => {
            for pair in given.split(',') {
                let (key, value) =
                    pair.split_once('=').ok_or_else(|| Fail::plain(format!("unexpected label spec: {pair}")))?;
                labels.insert(key.to_owned(), json!(value));
            }
        }
    }
    let mut container = json!({"image": flags.text("image"), "name": name, "resources": {}});
    if !words.is_empty() {
        container[if flags.is("command") { "command" } else { "args" }] = json!(words);
    }
    let mut env = Vec::new();
    for pair in flags.list("env") {
        let (key, value) = pair
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| Fail::plain(format!("invalid env: {pair}")))?;
        env.push(json!({"name": key, "value": value}));
    }
    if !env.is_empty() {
        container["env"] = Value::Array(env);
    }
    if !flags.text("port").is_empty() {
        let text = flags.text("port");
        let port: i64 = text
            .parse()
            .map_err(|_| Fail::plain(format!("strconv.ParseInt: parsing {}: invalid syntax", quote(text))))?;
        container["ports"] = json!([{"containerPort": port}]);
    }
    if !policy.is_empty() {
        container["imagePullPolicy"] = json!(policy);
    }
    if flags.is("privileged") {
        container["securityContext"] = json!({"privileged": true});
    }
    if flags.is("stdin") {
        container["stdin"] = json!(true);
        if attach {
            container["stdinOnce"] = json!(true);
        }
    }
    if flags.is("tty") {
        container["tty"] = json!(true);
    }
    let mut metadata = json!({"labels": labels, "name": name});
    for pair in flags.list("annotations") {
        let (key, value) =
            pair.split_once('=').ok_or_else(|| Fail::plain(format!("unexpected annotation spec: {pair}")))?;
        metadata["annotations"][key] = json!(value);
    }
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart}, "status": {},
    });
    if !flags.text("overrides").is_empty() {
        let patch: Value =
            serde_json::from_str(flags.text("overrides")).map_err(|_| Fail::plain("Invalid JSON Patch"))?;
        merge_patch(&mut pod, &patch);
    }
    Ok(pod)
}

/// Waits for the Pod to run, joins its terminal, and tells how it ended.
async fn join(k: &Kubectl, path: &str, name: &str) -> Result<i32, Fail> {
    let client = k.client().await?;
    let patience = u64::try_from(k.flags.duration("pod-running-timeout")).unwrap_or(0);
    let until = k.process.sim().now() + Duration::from_micros(patience);
    let phase = loop {
        let pod = client.get(path, &[]).await?;
        let phase = pod["status"]["phase"].as_str().unwrap_or_default().to_owned();
        if phase != "Pending" && !phase.is_empty() {
            break phase;
        }
        if k.process.sim().now() >= until {
            return Err(Fail::plain("timed out waiting for the condition"));
        }
        k.process.sleep(Duration::from_millis(200)).await;
    };
    let (stdin, tty) = (k.flags.is("stdin"), k.flags.is("tty"));
    if phase == "Running" {
        if stdin && !k.flags.is("quiet") {
            k.err("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n").await;
        }
        let query = [
            ("container", name.to_owned()),
            ("stdin", stdin.to_string()),
            ("stdout", "true".to_owned()),
            ("tty", tty.to_string()),
        ];
        let response = client.send(HttpRequest::new("POST", &target(&format!("{path}/attach"), &query))).await?;
        machine::join(&k.process, response.body, stdin, tty && k.process.is_tty(0)).await;
    } else {
        let response = client.send(HttpRequest::new("GET", &format!("{path}/log"))).await?;
        let bytes = response.body.to_bytes().await;
        k.out(&String::from_utf8_lossy(&bytes)).await;
    }
    let pod = client.get(path, &[]).await?;
    let ended = &pod["status"]["containerStatuses"][0]["state"]["terminated"];
    Ok(ended["exitCode"].as_i64().and_then(|code| i32::try_from(code).ok()).unwrap_or(0))
}
