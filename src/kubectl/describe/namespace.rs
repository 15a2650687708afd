//! Namespaces. Models describe.go NamespaceDescriber.

use super::page::Page;
use super::{Scene, labels, list, shown, text};
use crate::collections::Sort;
use crate::kubectl::fail::Fail;

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let (metadata, status) = (&scene.object["metadata"], &scene.object["status"]);
    page.field(0, "Name", text(&metadata["name"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    page.field(0, "Status", text(&status["phase"]));
    if list(&status["conditions"]).next().is_some() {
        page.line(0, "Conditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage");
        page.line(0, "  ----\t------\t------------------\t------\t-------");
        for condition in list(&status["conditions"]) {
            let field = |key: &str| text(&condition[key]);
            let when = crate::kubectl::age::rfc1123(&condition["lastTransitionTime"]);
            page.line(
                1,
                format!("{}\t{}\t{when}\t{}\t{}", field("type"), field("status"), field("reason"), field("message")),
            );
        }
    }
    let path = |plural: &str| format!("/api/v1/namespaces/{}/{plural}", scene.info.name);
    let quotas = scene.list(&path("resourcequotas"), &[]).await.unwrap_or_default();
    page.line(0, if quotas.is_empty() { "\nNo resource quota." } else { "\nResource Quotas" });
    for quota in &quotas {
        page.line(1, format!("Name:\t{}", text(&quota["metadata"]["name"])));
        page.line(1, "Resource\tUsed\tHard\n  --------\t---\t---");
        for (name, hard) in quota["status"]["hard"].as_object().into_iter().flatten() {
            page.line(1, format!("{name}\t{}\t{}", shown(&quota["status"]["used"][name]), shown(hard)));
        }
    }
    let ranges = scene.list(&path("limitranges"), &[]).await.unwrap_or_default();
    page.line(0, if ranges.is_empty() { "\nNo LimitRange resource." } else { "\nResource Limits" });
    if !ranges.is_empty() {
        page.line(0, " Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
        page.line(0, " ----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
    }
    for limit in ranges.iter().flat_map(|range| list(&range["spec"]["limits"])) {
        let kinds = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
        let mut names: Vec<&String> =
            kinds.iter().filter_map(|kind| limit[*kind].as_object()).flat_map(|map| map.keys()).collect();
        names.arrange();
        names.dedup();
        for name in names {
            let cells: Vec<String> = kinds
                .iter()
                .map(|kind| if limit[*kind][name].is_null() { "-".to_owned() } else { shown(&limit[*kind][name]) })
                .collect();
            page.line(0, format!(" {}\t{name}\t{}", text(&limit["type"]), cells.join("\t")));
        }
    }
    Ok(())
}

/// A ResourceQuota. Models ResourceQuotaDescriber (DescribeResourceQuotas).
pub async fn describe_quota(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let (spec, status) = (&scene.object["spec"], &scene.object["status"]);
    page.field(0, "Name", text(&scene.object["metadata"]["name"]));
    page.field(0, "Namespace", text(&scene.object["metadata"]["namespace"]));
    let mut scopes: Vec<&str> = list(&spec["scopes"]).map(text).collect();
    if !scopes.is_empty() {
        scopes.arrange();
        page.field(0, "Scopes", scopes.join(", "));
        for scope in scopes {
            page.line(0, format!(" * {}", about_scope(scope)));
        }
    }
    page.line(0, "Resource\tUsed\tHard\n--------\t----\t----");
    for (name, hard) in status["hard"].as_object().into_iter().flatten() {
        let used = &status["used"][name];
        let used = if used.is_null() { "0".to_owned() } else { shown(used) };
        page.line(0, format!("{name}\t{used}\t{}", shown(hard)));
    }
    Ok(())
}

fn about_scope(scope: &str) -> &'static str {
    match scope {
        "Terminating" => {
            "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system."
        }
        "NotTerminating" => {
            "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate."
        }
        "BestEffort" => {
            "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
        }
        "NotBestEffort" => {
            "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."
        }
        _ => "",
    }
}
