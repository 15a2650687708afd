//! `kubectl cordon`, `uncordon`, `drain` and `taint`. Models kubectl/pkg/cmd/drain and taint.

use serde_json::{Value, json};

use crate::kubectl::DryRun;
use crate::kubectl::Kubectl;
use crate::kubectl::client::STRATEGIC_PATCH;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::printers::report;
use crate::kubectl::resource::{Builder, Info, items};
use crate::kubectl::spec::{self, Spec, run};

/// `kubectl cordon`
pub const CORDON: Spec = Spec {
    name: "cordon",
    usage: "NODE [options]",
    short: "Mark node as unschedulable",
    long: "Keep new Pods off a node.",
    examples: "# A node\nkubectl cordon node01",
    flags: &[spec::SELECTOR, spec::DRY_RUN],
    run: run!(cordon),
    ..Spec::EMPTY
};

/// `kubectl uncordon`
pub const UNCORDON: Spec = Spec {
    name: "uncordon",
    usage: "NODE [options]",
    short: "Mark node as schedulable",
    long: "Let new Pods run on a node again.",
    examples: "# A node\nkubectl uncordon node01",
    flags: &[spec::SELECTOR, spec::DRY_RUN],
    run: run!(uncordon),
    ..Spec::EMPTY
};

/// `kubectl drain`
pub const DRAIN: Spec = Spec {
    name: "drain",
    usage: "NODE [options]",
    short: "Drain node in preparation for maintenance",
    long: "Keep new Pods off a node and evict those that run there.",
    examples: "# But for those of DaemonSets\nkubectl drain node01 --ignore-daemonsets",
    flags: &[DRAIN_FLAGS, spec::SELECTOR, spec::DRY_RUN],
    run: run!(drain),
    ..Spec::EMPTY
};

/// `kubectl taint`
pub const TAINT: Spec = Spec {
    name: "taint",
    usage: "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N [options]",
    short: "Update the taints on one or more nodes",
    long: "Set taints of nodes, or take them away: KEY- removes one.",
    examples: "# Keep Pods off that do not tolerate it\nkubectl taint nodes node01 dedicated=web:NoSchedule\n\n# Take it away\nkubectl taint nodes node01 dedicated-",
    flags: &[TAINT_FLAGS, spec::ALL, spec::SELECTOR, spec::DRY_RUN, spec::PRINT],
    run: run!(taint),
    ..Spec::EMPTY
};

const DRAIN_FLAGS: &[Flag] = &[
    Flag::new("chunk-size", Kind::Int, "500", "Fetch lists in pieces of this many objects."),
    Flag::switch("delete-emptydir-data", "Evict Pods with emptyDir volumes too; their data is lost."),
    Flag::switch("disable-eviction", "Delete instead of evicting."),
    Flag::switch("force", "Evict Pods that nobody would start again too."),
    Flag::new("grace-period", Kind::Int, "-1", "Seconds that Pods get to end."),
    Flag::switch("ignore-daemonsets", "Leave Pods of DaemonSets alone."),
    Flag::text("pod-selector", "", "Only Pods with these labels."),
    Flag::new("skip-wait-for-delete-timeout", Kind::Int, "0", "Do not wait for Pods that end for longer than this."),
    Flag::new("timeout", Kind::Duration, "0s", "How long to try."),
];
const TAINT_FLAGS: &[Flag] = &[Flag::switch("overwrite", "Change taints that are set.")];

async fn cordon(k: &Kubectl) -> Outcome {
    mark(k, true).await
}

async fn uncordon(k: &Kubectl) -> Outcome {
    mark(k, false).await
}

async fn nodes(k: &Kubectl) -> Result<Vec<Info>, Fail> {
    if k.flags.args.is_empty() && k.flags.text("selector").is_empty() {
        let usage = k.path.rsplit(' ').next().unwrap_or_default();
        return Err(Fail::usage(&k.path, format!("USAGE: {usage} NODE [flags]")));
    }
    let mut args = vec!["nodes".to_owned()];
    args.extend(k.flags.args.iter().cloned());
    Builder::new(k).args(&args).objects().await?.all()
}

async fn mark(k: &Kubectl, unschedulable: bool) -> Outcome {
    let dry_run = k.dry_run().await?;
    for node in nodes(k).await? {
        mark_one(k, &node, unschedulable, dry_run).await?;
    }
    Ok(())
}

async fn mark_one(k: &Kubectl, node: &Info, unschedulable: bool, dry_run: DryRun) -> Outcome {
    let done = if unschedulable { "cordoned" } else { "uncordoned" };
    if (node.object["spec"]["unschedulable"] == true) == unschedulable {
        k.out(&format!("node/{} already {done}{}\n", node.name, dry_run.note())).await;
        return Ok(());
    }
    if dry_run != DryRun::Client {
        let value = if unschedulable { json!(true) } else { Value::Null };
        let patch = json!({"spec": {"unschedulable": value}});
        k.client().await?.patch(&node.path(), &dry_run.query(), STRATEGIC_PATCH, patch).await?;
    }
    k.out(&format!("node/{} {done}{}\n", node.name, dry_run.note())).await;
    Ok(())
}

async fn drain(k: &Kubectl) -> Outcome {
    let dry_run = k.dry_run().await?;
    let nodes = nodes(k).await?;
    for node in &nodes {
        mark_one(k, node, true, dry_run).await?;
    }
    let mut fails = Vec::new();
    for node in &nodes {
        if let Err(fail) = drain_one(k, node, dry_run).await {
            fails.push(fail);
            continue;
        }
        k.out(&format!("node/{} drained{}\n", node.name, dry_run.note())).await;
    }
    Fail::join(fails)
}

async fn drain_one(k: &Kubectl, node: &Info, dry_run: DryRun) -> Outcome {
    let client = k.client().await?;
    let mut query = vec![("fieldSelector", format!("spec.nodeName={}", node.name))];
    if !k.flags.text("pod-selector").is_empty() {
        query.push(("labelSelector", k.flags.text("pod-selector").to_owned()));
    }
    let pods = items(&*client.get("/api/v1/pods", &query).await?);
    let (leave, warnings, faults) = sort_out(k, &pods);
    if !faults.is_empty() {
        return Err(pending(node, &faults));
    }
    if !warnings.is_empty() {
        k.err(&format!("Warning: {}\n", warnings.join("; "))).await;
    }
    let patience = u64::try_from(k.flags.duration("timeout")).ok().filter(|micros| *micros > 0);
    if dry_run == DryRun::Client {
        for pod in leave {
            let metadata = &pod["metadata"];
            let (namespace, name) = (text(&metadata["namespace"]), text(&metadata["name"]));
            k.out(&format!("evicting pod {namespace}/{name}{}\n", dry_run.note())).await;
        }
        return Ok(());
    }
    let faults = super::evict::all(k, &leave, patience).await?;
    if faults.is_empty() {
        return Ok(());
    }
    let all = if faults.len() == 1 { faults.concat() } else { format!("[{}]", faults.join(", ")) };
    let pods = items(&*client.get("/api/v1/pods", &query).await?);
    let (leave, _, _) = sort_out(k, &pods);
    if !leave.is_empty() {
        let mut message = format!("There are pending pods in node \"{}\" when an error occurred: {all}\n", node.name);
        leave.iter().for_each(|pod| message.push_str(&format!("pod/{}\n", text(&pod["metadata"]["name"]))));
        k.err(&message).await;
    }
    Err(pending(node, &faults))
}

/// What is said of a node that could not be emptied.
fn pending(node: &Info, faults: &[String]) -> Fail {
    let all = if faults.len() == 1 { faults.concat() } else { format!("[{}]", faults.join(", ")) };
    Fail::plain(format!(
        "unable to drain node \"{}\" due to error: {all}, continuing command...\nThere are pending nodes to be drained:\n {}\n{}",
        node.name,
        node.name,
        faults.join("\n")
    ))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The Pods to evict, what to warn of, and why it cannot be done.
fn sort_out<'a>(k: &Kubectl, pods: &'a [Value]) -> (Vec<&'a Value>, Vec<String>, Vec<String>) {
    let (mut leave, mut ignored) = (Vec::new(), Vec::new());
    let (mut daemons, mut alone, mut local) = (Vec::new(), Vec::new(), Vec::new());
    for pod in pods {
        let metadata = &pod["metadata"];
        let name = format!("{}/{}", text(&metadata["namespace"]), text(&metadata["name"]));
        let over = matches!(text(&pod["status"]["phase"]), "Succeeded" | "Failed");
        if metadata["annotations"]["kubernetes.io/config.mirror"].is_string() {
            continue;
        }
        let mut owners = metadata["ownerReferences"].as_array().into_iter().flatten();
        let owner = owners.find(|owner| owner["controller"] == true);
        if owner.is_some_and(|owner| owner["kind"] == "DaemonSet") && !over {
            if k.flags.is("ignore-daemonsets") {
                ignored.push(name)
            } else {
                daemons.push(name)
            }
            continue;
        }
        let mut volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
        if volumes.any(|volume| volume["emptyDir"].is_object()) && !over && !k.flags.is("delete-emptydir-data") {
            local.push(name);
            continue;
        }
        if owner.is_none() && !over {
            alone.push(name);
            if !k.flags.is("force") {
                continue;
            }
        }
        leave.push(pod);
    }
    let forced = if k.flags.is("force") { std::mem::take(&mut alone) } else { Vec::new() };
    let mut faults = Vec::new();
    for (names, what) in [
        (daemons, "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"),
        (local, "cannot delete Pods with local storage (use --delete-emptydir-data to override)"),
        (alone, "cannot delete Pods that declare no controller (use --force to override)"),
    ] {
        if !names.is_empty() {
            faults.push(format!("{what}: {}", names.join(", ")));
        }
    }
    let mut warnings = Vec::new();
    for (names, what) in
        [(forced, "deleting Pods that declare no controller"), (ignored, "ignoring DaemonSet-managed Pods")]
    {
        if !names.is_empty() {
            warnings.push(format!("{what}: {}", names.join(", ")));
        }
    }
    (leave, warnings, faults)
}

async fn taint(k: &Kubectl) -> Outcome {
    let args = &k.flags.args;
    let is_change = |arg: &String| arg.contains('=') || arg.ends_with('-') || arg.contains(':');
    let first = args.iter().position(is_change).unwrap_or(args.len());
    let (resources, changes) = args.split_at(first);
    if resources.is_empty() {
        return Err(Fail::plain("one or more resources must be specified as <resource> <name> or <resource>/<name>"));
    }
    if changes.is_empty() {
        return Err(Fail::plain("at least one taint update is required"));
    }
    let dry_run = k.dry_run().await?;
    let found = Builder::new(k).args(resources).objects().await?;
    let mut fails = found.fails;
    for node in &found.infos {
        if *node.kind.kind != *"Node" {
            return Err(Fail::plain(format!("invalid resource type {}, only node(s) is supported", node.kind.plural)));
        }
        if let Err(fail) = taint_one(k, node, changes, dry_run).await {
            fails.push(fail);
        }
    }
    Fail::join(fails)
}

async fn taint_one(k: &Kubectl, node: &Info, changes: &[String], dry_run: DryRun) -> Outcome {
    let mut taints: Vec<Value> = node.object["spec"]["taints"].as_array().cloned().unwrap_or_default();
    let (mut added, mut removed) = (false, false);
    for change in changes {
        if let Some(gone) = change.strip_suffix('-') {
            let (key, effect) = gone.split_once(':').unwrap_or((gone, ""));
            let key = key.split('=').next().unwrap_or(key);
            let before = taints.len();
            taints.retain(|taint| taint["key"] != *key || (!effect.is_empty() && taint["effect"] != *effect));
            if taints.len() == before {
                return Err(Fail::plain(format!("taint \"{gone}\" not found")));
            }
            removed = true;
            continue;
        }
        let invalid = || Fail::plain(format!("invalid taint spec: {change}"));
        let (head, effect) = change.rsplit_once(':').ok_or_else(invalid)?;
        let (key, value) = head.split_once('=').unwrap_or((head, ""));
        if !matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
            return Err(Fail::usage(&k.path, format!("invalid taint effect: {effect}, unsupported taint effect")));
        }
        let mut entry = json!({"effect": effect, "key": key});
        if !value.is_empty() {
            entry["value"] = json!(value);
        }
        let same = |taint: &Value| taint["key"] == *key && taint["effect"] == *effect;
        if taints.iter().any(same) {
            if !k.flags.is("overwrite") {
                return Err(Fail::plain(format!(
                    "node {} already has {key} taint(s) with same effect(s) and --overwrite is false",
                    node.name
                )));
            }
            taints.retain(|taint| !same(taint));
        }
        taints.push(entry);
        added = true;
    }
    let done = match (added, removed) {
        (true, true) => "modified",
        (false, true) => "untainted",
        _ => "tainted",
    };
    if dry_run == DryRun::Client {
        return report(k, &node.object, done, dry_run).await;
    }
    let patch = json!({"spec": {"taints": if taints.is_empty() { Value::Null } else { Value::Array(taints) }}});
    let object =
        k.client().await?.patch(&node.path(), &dry_run.query(), crate::kubectl::client::MERGE_PATCH, patch).await?;
    report(k, &object, done, dry_run).await
}
