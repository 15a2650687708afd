//! `kubectl top` and what is below it. Models kubectl/pkg/cmd/top and kubectl/pkg/metricsutil.
//!
//! Diverges: swap is not simulated, so there is no `--show-swap`.

use std::rc::Rc;

use serde_json::Value;

use crate::api::{Quantity, time};
use crate::collections::{Sort, SortedMap};
use crate::kubectl::Kubectl;
use crate::kubectl::client::Query;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::tabwriter::{self, align};
use crate::kubectl::spec::{self, Spec, run};
use crate::sim::Duration;

/// The command.
pub const SPEC: Spec = Spec {
    name: "top",
    usage: "[flags] [options]",
    short: "Display resource (CPU/memory) usage",
    long: "Display resource (CPU/memory) usage.\n\n The numbers come from the Metrics Server, which must be installed in the cluster.",
    subs: &[&NODE, &POD],
    ..Spec::EMPTY
};

const NODE: Spec = Spec {
    name: "node",
    aliases: &["nodes", "no"],
    usage: "[NAME | -l label] [options]",
    short: "Display resource (CPU/memory) usage of nodes",
    long: "Show how much CPU and memory nodes use.",
    flags: &[COMMON, NODE_FLAGS, spec::SELECTOR],
    run: run!(nodes),
    ..Spec::EMPTY
};

const POD: Spec = Spec {
    name: "pod",
    aliases: &["pods", "po"],
    usage: "[NAME | -l label] [options]",
    short: "Display resource (CPU/memory) usage of pods",
    long: "Show how much CPU and memory Pods use.",
    flags: &[COMMON, POD_FLAGS, spec::SELECTOR, spec::FIELDS, spec::ALL_NAMESPACES],
    run: run!(pods),
    ..Spec::EMPTY
};

const COMMON: &[Flag] = &[
    Flag::switch("no-headers", "No line of titles."),
    Flag::text("sort-by", "", "cpu or memory."),
    Flag::switch("use-protocol-buffers", "How to ask for the numbers; they are the same either way."),
];
const NODE_FLAGS: &[Flag] =
    &[Flag::switch("show-capacity", "Shares of all that the nodes have, not of what is left for Pods.")];
const POD_FLAGS: &[Flag] =
    &[Flag::switch("containers", "Show containers."), Flag::switch("sum", "Show the sum as well.")];

const API: &str = "/apis/metrics.k8s.io/v1beta1";
/// For how long after its creation a Pod may well have no numbers.
const DELAY: Duration = Duration::from_secs(120);

/// CPU and memory.
#[derive(Clone, Copy, Default)]
struct Usage {
    cpu: Quantity,
    memory: Quantity,
}

impl Usage {
    fn of(value: &Value) -> Usage {
        let quantity = |name: &str| value[name].as_str().and_then(Quantity::parse).unwrap_or(Quantity::ZERO);
        Usage { cpu: quantity("cpu"), memory: quantity("memory") }
    }

    fn add(&mut self, other: Usage) {
        self.cpu += other.cpu;
        self.memory += other.memory;
    }

    /// What `--sort-by` goes by, the largest first.
    fn rank(&self, by: &str) -> i64 {
        if by == "cpu" { -self.cpu.milli_value() } else { -self.memory.value() }
    }

    fn cells(&self) -> [String; 2] {
        [format!("{}m", self.cpu.milli_value()), format!("{}Mi", self.memory.value() / (1024 * 1024))]
    }
}

/// What both commands look at first.
fn check(k: &Kubectl) -> Outcome {
    if k.flags.args.len() > 1 {
        let usage = k.path.rsplit(' ').next().unwrap_or_default();
        return Err(Fail::usage(&k.path, format!("{usage} [NAME | -l label]")));
    }
    if !matches!(k.flags.text("sort-by"), "" | "cpu" | "memory") {
        return Err(Fail::plain("--sort-by accepts only cpu or memory"));
    }
    let selects = ["selector", "field-selector"].iter().any(|name| !k.flags.text(name).is_empty());
    if !k.flags.args.is_empty() && selects {
        return Err(Fail::plain("only one of NAME or selector can be provided"));
    }
    Ok(())
}

/// Whether the metrics API is there at all.
async fn available(k: &Kubectl) -> Outcome {
    let groups = k.client().await?.get("/apis", &[]).await?;
    let mut groups = groups["groups"].as_array().into_iter().flatten();
    match groups.any(|group| group["name"] == "metrics.k8s.io") {
        true => Ok(()),
        false => Err(Fail::plain("Metrics API not available")),
    }
}

/// One object, or those of a list.
async fn items(k: &Kubectl, collection: &str, query: &Query<'_>) -> Result<Vec<Value>, Fail> {
    let client = k.client().await?;
    if let Some(name) = k.flags.args.first() {
        let one: Rc<Value> = client.get(&format!("{collection}/{name}"), &[]).await?;
        return Ok(vec![(*one).clone()]);
    }
    let list = client.get(collection, query).await?;
    Ok(list["items"].as_array().cloned().unwrap_or_default())
}

fn selection(k: &Kubectl) -> Vec<(&'static str, String)> {
    let flags = [("labelSelector", "selector"), ("fieldSelector", "field-selector")];
    let given = flags.iter().map(|(parameter, flag)| (*parameter, k.flags.text(flag).to_owned()));
    given.filter(|(_, text)| !text.is_empty()).collect()
}

async fn nodes(k: &Kubectl) -> Outcome {
    check(k)?;
    available(k).await?;
    let query = selection(k);
    let mut metrics = items(k, &format!("{API}/nodes"), &query).await?;
    if metrics.is_empty() {
        return Err(Fail::plain("metrics not available yet"));
    }
    let field = if k.flags.is("show-capacity") { "capacity" } else { "allocatable" };
    let mut rooms = SortedMap::new();
    for node in items(k, "/api/v1/nodes", &query).await? {
        rooms.insert(name(&node, "name"), Usage::of(&node["status"][field]));
    }
    let by = k.flags.text("sort-by");
    metrics.arrange_by_key(|node| {
        (if by.is_empty() { 0 } else { Usage::of(&node["usage"]).rank(by) }, name(node, "name"))
    });
    let mut text = String::new();
    if !k.flags.is("no-headers") {
        text += "NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)\t\n";
    }
    for node in &metrics {
        let (name, usage) = (name(node, "name"), Usage::of(&node["usage"]));
        let [cpu, memory] = usage.cells();
        text += &match rooms.remove(&name) {
            Some(room) => {
                let (of_cpu, of_memory) = (share(usage.cpu, room.cpu), share(usage.memory, room.memory));
                format!("{name}\t{cpu}\t{of_cpu}\t{memory}\t{of_memory}\t\n")
            }
            None => format!("{name}\t{cpu}\t{memory}\t\n"),
        };
    }
    for name in rooms.keys() {
        text += &format!("{name}\t{}\n", "<unknown>\t\t<unknown>\t\t".repeat(2));
    }
    k.out(&align(&text, tabwriter::GET)).await;
    Ok(())
}

/// Whole percent.
fn share(part: Quantity, whole: Quantity) -> String {
    format!("{}%", part.percent_of(whole))
}

fn name(object: &Value, field: &str) -> String {
    object["metadata"][field].as_str().unwrap_or_default().to_owned()
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    pod["containers"].as_array().into_iter().flatten()
}

fn sum(pod: &Value) -> Usage {
    let mut sum = Usage::default();
    containers(pod).for_each(|container| sum.add(Usage::of(&container["usage"])));
    sum
}

async fn pods(k: &Kubectl) -> Outcome {
    check(k)?;
    available(k).await?;
    let all = k.flags.is("all-namespaces");
    let namespace = k.namespace().await?;
    // A name is looked for in the namespace, whatever else is said.
    let within = if all && k.flags.args.is_empty() { String::new() } else { format!("/namespaces/{namespace}") };
    let query = selection(k);
    let mut metrics = items(k, &format!("{API}{within}/pods"), &query).await?;
    if metrics.is_empty() {
        why_none(k, &format!("/api/v1{within}/pods"), &query).await?;
        let place = if all { String::new() } else { format!(" in {namespace} namespace.") };
        k.err(&format!("No resources found{place}\n")).await;
        return Ok(());
    }
    let (by, apart) = (k.flags.text("sort-by"), k.flags.is("containers"));
    metrics.arrange_by_key(|pod| {
        let place = if all { name(pod, "namespace") } else { String::new() };
        (if by.is_empty() { 0 } else { sum(pod).rank(by) }, place, name(pod, "name"))
    });
    let mut titles = Vec::new();
    titles.extend(all.then_some("NAMESPACE"));
    titles.extend(apart.then_some("POD"));
    titles.extend(["NAME", "CPU(cores)", "MEMORY(bytes)"]);
    let mut rows: Vec<Vec<String>> = Vec::new();
    if !k.flags.is("no-headers") {
        rows.push(titles.iter().map(|&title| title.to_owned()).collect());
    }
    let mut total = Usage::default();
    for pod in &metrics {
        total.add(sum(pod));
        let mut head = Vec::new();
        head.extend(all.then(|| name(pod, "namespace")));
        head.push(name(pod, "name"));
        if !apart {
            head.extend(sum(pod).cells());
            rows.push(head);
            continue;
        }
        let mut each: Vec<(String, Usage)> = containers(pod)
            .map(|container| {
                (container["name"].as_str().unwrap_or_default().to_owned(), Usage::of(&container["usage"]))
            })
            .collect();
        each.arrange_by_key(|(name, usage)| (if by.is_empty() { 0 } else { usage.rank(by) }, name.clone()));
        for (name, usage) in each {
            let mut row = head.clone();
            row.push(name);
            row.extend(usage.cells());
            rows.push(row);
        }
    }
    if k.flags.is("sum") {
        // Without titles upstream forgets the columns before the name.
        let before = if k.flags.is("no-headers") { 1 } else { titles.len() - 2 };
        let empty = vec![String::new(); before];
        rows.push(empty.iter().cloned().chain(["________".to_owned(), "________".to_owned()]).collect());
        rows.push(empty.into_iter().chain(total.cells()).collect());
    }
    let lines: String = rows.iter().map(|row| format!("{}\t\n", row.join("\t"))).collect();
    k.out(&align(&lines, tabwriter::GET)).await;
    Ok(())
}

/// Why there are no numbers: there are no Pods, which is no error, or they are too new. Models
/// verifyEmptyMetrics.
async fn why_none(k: &Kubectl, collection: &str, query: &Query<'_>) -> Outcome {
    let pods = items(k, collection, query).await?;
    if pods.is_empty() {
        return Ok(());
    }
    let now = k.process.sim().now();
    for pod in &pods {
        let created = pod["metadata"]["creationTimestamp"].as_str().and_then(time::parse);
        let age = now.since(created.unwrap_or(now));
        if age > DELAY {
            let (namespace, name) = (name(pod, "namespace"), name(pod, "name"));
            let age = super::evict::go_duration(u64::try_from(age.as_micros()).unwrap_or(u64::MAX));
            return Err(Fail::plain(format!("Metrics not available for pod {namespace}/{name}, age: {age}")));
        }
    }
    Err(Fail::plain("metrics not available yet"))
}
