//! Horizontal autoscalers. Models describe.go HorizontalPodAutoscalerDescriber.

use serde_json::Value;

use super::page::Page;
use super::{Scene, labels, list, shown, text};
use crate::kubectl::age::rfc1123;
use crate::kubectl::fail::Fail;

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let autoscaler = scene.object;
    let (metadata, spec, status) = (&autoscaler["metadata"], &autoscaler["spec"], &autoscaler["status"]);
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    page.field(0, "CreationTimestamp", rfc1123(&metadata["creationTimestamp"]));
    let target = &spec["scaleTargetRef"];
    page.field(0, "Reference", format!("{}/{}", text(&target["kind"]), text(&target["name"])));
    page.line(0, "Metrics:\t( current / target )");
    for (at, metric) in list(&spec["metrics"]).enumerate() {
        page.line(1, self::metric(metric, &status["currentMetrics"][at]));
    }
    page.field(
        0,
        "Min replicas",
        if spec["minReplicas"].is_null() { "<unset>".to_owned() } else { shown(&spec["minReplicas"]) },
    );
    page.field(0, "Max replicas", shown(&spec["maxReplicas"]));
    if spec["behavior"].is_object() {
        page.line(0, "Behavior:");
        direction(page, "Scale Up", &spec["behavior"]["scaleUp"]);
        direction(page, "Scale Down", &spec["behavior"]["scaleDown"]);
    }
    let count = |key: &str| status[key].as_i64().unwrap_or(0);
    let pods = format!("{} current / {} desired", count("currentReplicas"), count("desiredReplicas"));
    page.field(0, &format!("{} pods", text(&target["kind"])), pods);
    if list(&status["conditions"]).next().is_some() {
        page.line(0, "Conditions:\n  Type\tStatus\tReason\tMessage\n  ----\t------\t------\t-------");
        for condition in list(&status["conditions"]) {
            let field = |key: &str| text(&condition[key]);
            page.line(1, format!("{}\t{}\t{}\t{}", field("type"), field("status"), field("reason"), field("message")));
        }
    }
    scene.events(page).await
}

/// `resource cpu on pods  (as a percentage of request):` and the numbers.
fn metric(metric: &Value, current: &Value) -> String {
    let or_unknown = |value: &Value| if value.is_null() { "<unknown>".to_owned() } else { shown(value) };
    match text(&metric["type"]) {
        kind @ ("Resource" | "ContainerResource") => {
            let key = if kind == "Resource" { "resource" } else { "containerResource" };
            let (wanted, is) = (&metric[key], &current[key]["current"]);
            let name = text(&wanted["name"]);
            let of = match kind {
                "Resource" => "on pods ".to_owned(),
                _ => format!("of container \"{}\" on pods ", text(&wanted["container"])),
            };
            if !wanted["target"]["averageValue"].is_null() {
                let (is, aim) = (or_unknown(&is["averageValue"]), shown(&wanted["target"]["averageValue"]));
                return format!("resource {name} {}:\t{is} / {aim}", of.trim_end());
            }
            let is = match is["averageUtilization"].is_null() {
                true => "<unknown>".to_owned(),
                false => format!("{}% ({})", is["averageUtilization"], shown(&is["averageValue"])),
            };
            let aim = match wanted["target"]["averageUtilization"].is_null() {
                true => "<auto>".to_owned(),
                false => format!("{}%", wanted["target"]["averageUtilization"]),
            };
            format!("resource {name} {of} (as a percentage of request):\t{is} / {aim}")
        }
        "Pods" => {
            let (is, aim) = (&current["pods"]["current"]["averageValue"], &metric["pods"]["target"]["averageValue"]);
            format!("\"{}\" on pods:\t{} / {}", text(&metric["pods"]["metric"]["name"]), or_unknown(is), shown(aim))
        }
        "Object" => {
            let (wanted, is) = (&metric["object"], &current["object"]["current"]);
            let what = &wanted["describedObject"];
            let (is, aim) = (or_unknown(&is["value"]), shown(&wanted["target"]["value"]));
            let name = text(&wanted["metric"]["name"]);
            format!("\"{name}\" on {}/{} (target value):\t{is} / {aim}", text(&what["kind"]), text(&what["name"]))
        }
        "External" => {
            let (wanted, is) = (&metric["external"], &current["external"]["current"]);
            let average = !wanted["target"]["averageValue"].is_null();
            let (key, word) = if average { ("averageValue", "average value") } else { ("value", "value") };
            let name = text(&wanted["metric"]["name"]);
            format!("\"{name}\" (target {word}):\t{} / {}", or_unknown(&is[key]), shown(&wanted["target"][key]))
        }
        other => format!("<unknown metric type {other}>"),
    }
}

fn direction(page: &mut Page, title: &str, rules: &Value) {
    if !rules.is_object() {
        return;
    }
    page.line(1, format!("{title}:"));
    if !rules["stabilizationWindowSeconds"].is_null() {
        page.line(2, format!("Stabilization Window: {} seconds", rules["stabilizationWindowSeconds"]));
    }
    if list(&rules["policies"]).next().is_some() {
        let select = if rules["selectPolicy"].is_string() { text(&rules["selectPolicy"]) } else { "Max" };
        page.line(2, format!("Select Policy: {select}\n    Policies:"));
        for policy in list(&rules["policies"]) {
            page.line(
                3,
                format!(
                    "- Type: {}\tValue: {}\tPeriod: {} seconds",
                    text(&policy["type"]),
                    policy["value"],
                    policy["periodSeconds"]
                ),
            );
        }
    }
}
