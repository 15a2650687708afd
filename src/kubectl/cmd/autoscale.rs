//! `kubectl autoscale`. Models kubectl/pkg/cmd/autoscale.

use serde_json::json;

use super::create::manager;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::printers::report;
use crate::kubectl::resource::Builder;
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl};

/// The command.
pub const SPEC: Spec = Spec {
    name: "autoscale",
    usage: "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY] [options]",
    short: "Auto-scale a deployment, replica set, stateful set, or replication controller",
    long: "Let the number of Pods follow their load, by a HorizontalPodAutoscaler.",
    examples: "# Between two and ten, at 80 % of the CPU asked for\nkubectl autoscale deployment web --min=2 --max=10 --cpu=80%",
    flags: &[FLAGS, spec::FILES, spec::DRY_RUN, spec::PRINT],
    run: run!(autoscale),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("cpu", "", "CPU to aim at: 80% of what is asked for, or 500m for each Pod."),
    Flag::new("cpu-percent", Kind::Int32, "-1", "CPU to aim at, in percent of what is asked for."),
    Flag::text("field-manager", "", "Who is noted as the manager of the fields."),
    Flag::new("max", Kind::Int32, "-1", "Most Pods.").required(),
    Flag::text("memory", "", "Memory to aim at, as --cpu."),
    Flag::new("min", Kind::Int32, "-1", "Fewest Pods."),
    Flag::text("name", "", "Name of the autoscaler."),
];

async fn autoscale(k: &Kubectl) -> Outcome {
    let (min, max) = (k.flags.int("min"), k.flags.int("max"));
    if max < 1 {
        return Err(Fail::plain(format!("--max=MAXPODS is required and must be at least 1, max: {max}")));
    }
    if max < min {
        return Err(Fail::plain(format!(
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"
        )));
    }
    let dry_run = k.dry_run().await?;
    let percent = k.flags.int("cpu-percent");
    if k.flags.given("cpu-percent") {
        k.err("Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).\n").await;
    }
    let mut metrics = Vec::new();
    let cpu = if percent >= 0 { format!("{percent}%") } else { k.flags.text("cpu").to_owned() };
    for (name, aim) in [("cpu", cpu.as_str()), ("memory", k.flags.text("memory"))] {
        if aim.is_empty() {
            continue;
        }
        let target = match aim.strip_suffix('%').and_then(|number| number.parse::<i64>().ok()) {
            Some(number) => json!({"averageUtilization": number, "type": "Utilization"}),
            None if crate::api::Quantity::parse(aim).is_none() => {
                return Err(Fail::plain(format!("invalid resource {name} value: {aim}")));
            }
            None => json!({"averageValue": aim, "type": "AverageValue"}),
        };
        metrics.push(json!({"resource": {"name": name, "target": target}, "type": "Resource"}));
    }
    let found = Builder::new(k).objects().await?;
    let mut fails = found.fails;
    for info in &found.infos {
        if !info.kind.subresources.iter().any(|name| name == "scale") {
            let kind = &info.kind;
            fails.push(Fail::plain(format!(
                "cannot autoscale a {}: could not find scale subresource for {}/{}, Resource={} in discovery information",
                kind.kind, kind.group, kind.version, kind.plural
            )));
            continue;
        }
        let name = if k.flags.text("name").is_empty() { &info.name } else { k.flags.text("name") };
        let mut spec = json!({"maxReplicas": max, "scaleTargetRef":
            {"apiVersion": info.kind.api_version(), "kind": *info.kind.kind, "name": info.name}});
        if min > 0 {
            spec["minReplicas"] = json!(min);
        }
        if !metrics.is_empty() {
            spec["metrics"] = json!(metrics);
        }
        let object = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": name}, "spec": spec, "status": {"currentMetrics": null, "desiredReplicas": 0}});
        if dry_run == DryRun::Client {
            report(k, &object, "autoscaled", dry_run).await?;
            continue;
        }
        let mut query = dry_run.query();
        query.push(("fieldManager", manager(k, "kubectl-autoscale")));
        let path = format!("/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers", info.namespace);
        match k.client().await?.post(&path, &query, object).await {
            Ok(made) => report(k, &made, "autoscaled", dry_run).await?,
            // Upstream then tries the older version, which cannot say what is asked.
            Err(_) => fails.push(Fail::plain(
                "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: empty input",
            )),
        }
    }
    Fail::join(fails)
}
