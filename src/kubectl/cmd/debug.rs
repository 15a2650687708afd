//! `kubectl debug`. Models kubectl/pkg/cmd/debug/{debug,profiles}.go.
//!
//! Diverges: containers of a Pod do not see one another's processes here, whatever --target and --share-processes say.

use serde_json::{Value, json};

use crate::kubectl::Kubectl;
use crate::kubectl::client::{STRATEGIC_PATCH, target};
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind, quote};
use crate::kubectl::resource::{Builder, Info};
use crate::kubectl::spec::{self, Spec, run};
use crate::machine::{HttpRequest, join};
use crate::sim::Duration;

/// The command.
pub const SPEC: Spec = Spec {
    name: "debug",
    usage: "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ] [options]",
    short: "Create debugging sessions for troubleshooting workloads and nodes",
    long: "Look at what does not work with a container made for that.\n\n  A Pod:   a further container in it, which shares its network. It stays until the Pod goes.\n  A copy:  --copy-to makes another Pod like it, with other images or a further container.\n  A node:  a Pod on it that shares its network and finds its files at /host.",
    examples: "# A shell beside the container of the Pod web\nkubectl debug -it web --image=busybox --target=web\n\n# A copy whose container runs another image\nkubectl debug web --copy-to=web-debug --set-image=*=busybox\n\n# A shell on a node\nkubectl debug node/node01 -it --image=busybox",
    flags: &[FLAGS, spec::FILES],
    run: run!(debug),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::switch("arguments-only", "What follows -- are arguments, not the command."),
    Flag::switch("attach", "Join the container; so it is with -i."),
    Flag::text("container", "", "Name of the container.").short('c'),
    Flag::text("copy-to", "", "Name of the copy to debug."),
    Flag::text("custom", "", "File with parts of a container's spec."),
    Flag::new("env", Kind::Slice, "", "Environment variables: key=value."),
    Flag::text("image", "", "Image to run."),
    Flag::text("image-pull-policy", "", "When to pull the image."),
    Flag::switch("keep-annotations", "Let the copy have the annotations."),
    Flag::new("keep-init-containers", Kind::Bool, "true", "Let the copy run the init containers."),
    Flag::switch("keep-labels", "Let the copy have the labels."),
    Flag::switch("keep-liveness", "Let the copy have the liveness probes."),
    Flag::switch("keep-readiness", "Let the copy have the readiness probes."),
    Flag::switch("keep-startup", "Let the copy have the startup probes."),
    Flag::text(
        "profile",
        "general",
        "What the container may do: general, baseline, restricted, netadmin, sysadmin, legacy.",
    ),
    Flag::switch("quiet", "Say less.").short('q'),
    Flag::switch("replace", "Delete the Pod that was copied."),
    Flag::switch("same-node", "Put the copy on the same node."),
    Flag::new("set-image", Kind::Slice, "", "container=image for the copy; * means all."),
    Flag::new("share-processes", Kind::Bool, "true", "Let the copy's containers see one another's processes."),
    Flag::switch("stdin", "Keep standard input open.").short('i'),
    Flag::text("target", "", "Container whose processes to see."),
    Flag::switch("tty", "Give the container a terminal.").short('t'),
];

const PROFILES: [&str; 6] = ["legacy", "general", "baseline", "netadmin", "restricted", "sysadmin"];

async fn debug(k: &Kubectl) -> Outcome {
    let flags = &k.flags;
    let has = |flag: &str| !flags.text(flag).is_empty();
    let (names, command) = flags.args.split_at(flags.dash.unwrap_or(flags.args.len()));
    if has("custom") {
        return Err(Fail::plain("--custom is not simulated"));
    }
    if !PROFILES.contains(&flags.text("profile")) {
        return Err(Fail::plain(format!("unknown profile: {}", flags.text("profile"))));
    }
    validate(k, names, command)?;
    let words: Vec<String> =
        names.iter().map(|name| if name.contains('/') { name.clone() } else { format!("pods/{name}") }).collect();
    for info in Builder::new(k).args(&words).objects().await?.all()? {
        let (path, container) = match &*info.kind.kind {
            "Node" => on_node(k, &info, command).await?,
            "Pod" if has("copy-to") => copy(k, &info, command).await?,
            "Pod" => ephemeral(k, &info, command).await?,
            _ => {
                let kind = &info.kind;
                let words = format!("{}/{}, Kind={}", kind.group, kind.version, kind.kind);
                return Err(Fail::plain(format!("{} not supported by debug", quote(&words))));
            }
        };
        let attach = if flags.given("attach") { flags.is("attach") } else { flags.is("stdin") };
        if attach && !container.is_empty() {
            meet(k, &path, &container).await?;
        }
    }
    Ok(())
}

fn validate(k: &Kubectl, names: &[String], command: &[String]) -> Outcome {
    let flags = &k.flags;
    let has = |flag: &str| !flags.text(flag).is_empty();
    let refuse = |words: &str| Err(Fail::plain(words));
    if flags.is("attach") && !has("image") && !has("container") {
        return refuse("you must specify --container or create a new container using --image in order to attach.");
    }
    if has("copy-to") {
        if !has("image") && !flags.given("set-image") && command.is_empty() {
            return refuse("you must specify --image, --set-image or command arguments.");
        }
        if !command.is_empty() && !has("container") && !has("image") {
            return refuse("you must specify an existing container or a new image when specifying args.");
        }
    } else {
        for flag in ["replace", "same-node", "set-image"] {
            if flags.given(flag) {
                return Err(Fail::plain(format!("--{flag} may only be used with --copy-to.")));
            }
        }
        if !has("image") {
            return refuse("you must specify --image when not using --copy-to.");
        }
    }
    let image = flags.text("image");
    if image.contains(char::is_whitespace) {
        return Err(Fail::plain(format!("invalid image name {}: invalid reference format", quote(image))));
    }
    if names.is_empty() && flags.list("filename").is_empty() {
        return refuse("NAME or filename is required for debug");
    }
    let policy = flags.text("image-pull-policy");
    if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
        return Err(Fail::plain(format!("invalid image pull policy: {policy}")));
    }
    if has("target") && has("copy-to") {
        return refuse("--target is incompatible with --copy-to. Use --share-processes instead.");
    }
    if flags.is("tty") && !flags.is("stdin") {
        return refuse("-i/--stdin is required for containers with -t/--tty=true");
    }
    Ok(())
}

/// A name as the API server would generate one.
fn suffix(k: &Kubectl) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let letter = |_| {
        let at = k.process.machine().random_below(LETTERS.len() as u64);
        char::from(LETTERS[usize::try_from(at).unwrap_or(0) % LETTERS.len()])
    };
    (0..5).map(letter).collect()
}

/// The name of the container: the one given, or one made up.
async fn name(k: &Kubectl) -> String {
    let given = k.flags.text("container");
    if !given.is_empty() {
        return given.to_owned();
    }
    let name = format!("debugger-{}", suffix(k));
    if !k.flags.is("quiet") {
        k.out(&format!("Defaulting debug container name to {name}.\n")).await;
    }
    name
}

/// Fills in what the flags say of the container.
fn fill(k: &Kubectl, container: &mut Value, command: &[String]) {
    let flags = &k.flags;
    if !command.is_empty() {
        let field = if flags.is("arguments-only") { "args" } else { "command" };
        container[field] = json!(command);
        if field == "command" && !container["args"].is_null() {
            container["args"] = Value::Null;
        }
    }
    let env = flags.list("env").into_iter().filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some(json!({"name": name, "value": value}))
    });
    let env: Vec<Value> = env.collect();
    if !env.is_empty() {
        container["env"] = json!(env);
    }
    for (field, flag) in [("image", "image"), ("imagePullPolicy", "image-pull-policy")] {
        if !flags.text(flag).is_empty() {
            container[field] = json!(flags.text(flag));
        }
    }
    for field in ["stdin", "tty"] {
        if flags.is(field) {
            container[field] = json!(true);
        } else if !container[field].is_null() {
            container[field] = json!(false);
        }
    }
}

/// What a profile lets the container do.
fn profile(k: &Kubectl, container: &mut Value, node: bool) {
    let add = |list: &[&str]| json!({"capabilities": {"add": list}});
    let context = match k.flags.text("profile") {
        "general" if !node => add(&["SYS_PTRACE"]),
        "netadmin" => add(&["NET_ADMIN", "NET_RAW"]),
        "sysadmin" => json!({"privileged": true}),
        "restricted" => json!({
            "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": true,
            "seccompProfile": {"type": "RuntimeDefault"},
        }),
        _ => return,
    };
    container["securityContext"] = context;
}

async fn ephemeral(k: &Kubectl, info: &Info, command: &[String]) -> Result<(String, String), Fail> {
    let aim = k.flags.text("target");
    if !aim.is_empty() && !k.flags.is("quiet") {
        k.out(&format!(
            "Targeting container {}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n",
            quote(aim)
        ))
        .await;
    }
    let name = name(k).await;
    let mut container = json!({"name": name, "terminationMessagePolicy": "File", "resources": {}});
    fill(k, &mut container, command);
    profile(k, &mut container, false);
    if !aim.is_empty() {
        container["targetContainerName"] = json!(aim);
    }
    // The new one comes after those that are there.
    let there = info.object["spec"]["ephemeralContainers"].as_array().into_iter().flatten();
    let mut order: Vec<Value> = there.map(|one| json!({"name": one["name"]})).collect();
    order.push(json!({"name": name}));
    let patch = json!({"spec": {"$setElementOrder/ephemeralContainers": order, "ephemeralContainers": [container]}});
    let path = info.path();
    k.client().await?.patch(&format!("{path}/ephemeralcontainers"), &[], STRATEGIC_PATCH, patch).await?;
    Ok((path, name))
}

async fn copy(k: &Kubectl, info: &Info, command: &[String]) -> Result<(String, String), Fail> {
    let flags = &k.flags;
    let mut spec = info.object["spec"].clone();
    let mut metadata = json!({"name": flags.text("copy-to"), "namespace": info.namespace});
    for (flag, field) in [("keep-labels", "labels"), ("keep-annotations", "annotations")] {
        if flags.is(flag) {
            metadata[field] = info.object["metadata"][field].clone();
        }
    }
    let mut gone = vec!["ephemeralContainers"];
    if !flags.is("same-node") {
        gone.push("nodeName");
    }
    if !flags.is("keep-init-containers") {
        gone.push("initContainers");
    }
    if let Some(spec) = spec.as_object_mut() {
        gone.iter().for_each(|field| drop(spec.remove(*field)));
    }
    if flags.given("share-processes") || flags.text("profile") == "general" {
        spec["shareProcessNamespace"] = json!(flags.is("share-processes"));
    }
    let images = flags.list("set-image");
    let image = |name: &str| images.iter().rev().find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    for container in spec["containers"].as_array_mut().into_iter().flatten() {
        let name = container["name"].as_str().unwrap_or_default().to_owned();
        if let Some(image) = image(&name).or_else(|| image("*")) {
            container["image"] = json!(image);
        }
        for probe in ["liveness", "readiness", "startup"] {
            if let (false, Some(map)) = (flags.is(&format!("keep-{probe}")), container.as_object_mut()) {
                map.remove(&format!("{probe}Probe"));
            }
        }
    }
    let given = flags.text("container");
    let known = |one: &Value| !given.is_empty() && one["name"] == given;
    let mut debugged = String::new();
    let there = spec["containers"].as_array().into_iter().flatten().any(known);
    if there {
        given.clone_into(&mut debugged);
        for container in spec["containers"].as_array_mut().into_iter().flatten().filter(|one| known(one)) {
            fill(k, container, command);
            profile(k, container, false);
        }
    } else if !flags.text("image").is_empty() {
        debugged = name(k).await;
        let mut container = json!({"name": debugged, "terminationMessagePolicy": "File"});
        fill(k, &mut container, command);
        profile(k, &mut container, false);
        if let Some(containers) = spec["containers"].as_array_mut() {
            containers.push(container);
        }
    } else if images.is_empty() {
        return Err(Fail::plain("you must specify image when creating new container"));
    }
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec});
    let client = k.client().await?;
    client.post(&info.collection(), &[], pod).await?;
    if flags.is("replace") {
        let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0});
        client.delete(&info.path(), &[], options).await?;
    }
    Ok((format!("{}/{}", info.collection(), flags.text("copy-to")), debugged))
}

async fn on_node(k: &Kubectl, info: &Info, command: &[String]) -> Result<(String, String), Fail> {
    let given = k.flags.text("container");
    let container_name = if given.is_empty() { "debugger" } else { given };
    let pod_name = format!("node-debugger-{}-{}", info.name, suffix(k));
    if !k.flags.is("quiet") {
        k.out(&format!("Creating debugging pod {pod_name} with container {container_name} on node {}.\n", info.name))
            .await;
    }
    let mut container = json!({"name": container_name, "terminationMessagePolicy": "File"});
    fill(k, &mut container, command);
    profile(k, &mut container, true);
    let mut spec = json!({
        "nodeName": info.name, "restartPolicy": "Never", "tolerations": [{"operator": "Exists"}],
    });
    if !matches!(k.flags.text("profile"), "baseline" | "restricted") {
        container["volumeMounts"] = json!([{"mountPath": "/host", "name": "host-root"}]);
        spec["volumes"] = json!([{"name": "host-root", "hostPath": {"path": "/"}}]);
        for field in ["hostIPC", "hostNetwork", "hostPID"] {
            spec[field] = json!(true);
        }
    }
    spec["containers"] = json!([container]);
    let namespace = k.namespace().await?;
    let path = format!("/api/v1/namespaces/{namespace}/pods");
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "spec": spec, "metadata":
        {"name": pod_name, "namespace": namespace, "labels": {"app.kubernetes.io/managed-by": "kubectl-debug"}}});
    k.client().await?.post(&path, &[], pod).await?;
    Ok((format!("{path}/{pod_name}"), container_name.to_owned()))
}

/// Waits for the container and joins it; of one that has ended already its log is shown.
async fn meet(k: &Kubectl, path: &str, container: &str) -> Outcome {
    let client = k.client().await?;
    let mut told = String::new();
    loop {
        let pod = client.get(path, &[]).await?;
        let lists = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"];
        let mut all = lists.iter().flat_map(|list| pod["status"][*list].as_array().into_iter().flatten());
        let state = all.find(|status| status["name"] == container).map(|status| &status["state"]);
        if state.is_some_and(|state| !state["terminated"].is_null()) {
            let query = [("container", container.to_owned())];
            let log = client.send(HttpRequest::new("GET", &target(&format!("{path}/log"), &query))).await?;
            let _ = k.process.write(1, &log.body.to_bytes().await).await;
            return Ok(());
        }
        if state.is_some_and(|state| !state["running"].is_null()) {
            break;
        }
        let waits = state.and_then(|state| state["waiting"]["message"].as_str()).unwrap_or_default();
        if !waits.is_empty() && waits != told && !k.flags.is("quiet") {
            k.warn(&format!("container {container}: {waits}")).await;
            waits.clone_into(&mut told);
        }
        k.process.sleep(Duration::from_millis(200)).await;
    }
    let (stdin, tty) = (k.flags.is("stdin"), k.flags.is("tty") && k.process.is_tty(0));
    if stdin && !k.flags.is("quiet") {
        k.err("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n").await;
    }
    let query = [
        ("container", container.to_owned()),
        ("stdin", stdin.to_string()),
        ("stdout", "true".to_owned()),
        ("stderr", (!tty).to_string()),
        ("tty", tty.to_string()),
    ];
    let response = client.send(HttpRequest::new("POST", &target(&format!("{path}/attach"), &query))).await?;
    join(&k.process, response.body, stdin, tty).await;
    Ok(())
}
