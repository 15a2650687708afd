//! Nodes. Models describe.go NodeDescriber.

use serde_json::Value;

use super::page::Page;
use super::resources::{Amounts, of_pod, plus};
use super::{Scene, events, labels, list, shown, text};
use crate::api::Quantity;
use crate::collections::Sort;
use crate::kubectl::age::{rfc1123, since};
use crate::kubectl::fail::Fail;

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let node = scene.object;
    let (metadata, spec, status) = (&node["metadata"], &node["spec"], &node["status"]);
    let name = text(&metadata["name"]);
    page.field(0, "Name", name);
    page.field(0, "Roles", super::or_none(&roles(&metadata["labels"])));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    page.field(0, "CreationTimestamp", rfc1123(&metadata["creationTimestamp"]));
    let mut taints: Vec<String> = list(&spec["taints"]).map(labels::taint).collect();
    taints.arrange();
    page.field(0, "Taints", super::or_none(&taints.join("\n\t")));
    page.field(0, "Unschedulable", spec["unschedulable"] == true);
    lease(scene, page, name).await;
    conditions(page, status);
    page.line(0, "Addresses:");
    list(&status["addresses"]).for_each(|address| page.field(1, text(&address["type"]), text(&address["address"])));
    for (title, key) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        page.line(0, format!("{title}:"));
        let amounts = status[key].as_object().into_iter().flatten();
        amounts.for_each(|(name, amount)| page.field(1, name, shown(amount)));
    }
    page.line(0, "System Info:");
    for (title, key) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        page.field(1, title, text(&status["nodeInfo"][key]));
    }
    page.field_if(0, "PodCIDR", text(&spec["podCIDR"]));
    let cidrs: Vec<&str> = list(&spec["podCIDRs"]).map(text).collect();
    page.field_if(0, "PodCIDRs", &cidrs.join(","));
    page.field_if(0, "ProviderID", text(&spec["providerID"]));
    let fields = format!("spec.nodeName={name},status.phase!=Failed,status.phase!=Succeeded");
    let pods = scene.list("/api/v1/pods", &[("fieldSelector", fields)]).await?;
    usage(scene, page, &pods);
    if scene.show_events {
        // The kubelet names a node by its name, controllers by its uid.
        let mut found = events::of(scene, name).await?;
        found.extend(events::of(scene, text(&metadata["uid"])).await?);
        events::table(page, &found, scene.now);
    }
    Ok(())
}

fn roles(labels: &Value) -> String {
    let mut roles: Vec<&str> = labels
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) if !role.is_empty() => Some(role),
            _ => (key == "kubernetes.io/role").then(|| text(value)),
        })
        .collect();
    roles.arrange();
    roles.dedup();
    roles.join(",")
}

async fn lease(scene: &Scene<'_>, page: &mut Page, name: &str) {
    let path = format!("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{name}");
    let Ok(client) = scene.k.client().await else { return };
    let lease = match client.get(&path, &[]).await {
        Ok(lease) => lease,
        Err(fail) => {
            page.line(0, format!("Lease:\tFailed to get lease: {}", fail.message()));
            return;
        }
    };
    let time = |value: &Value| if value.is_string() { rfc1123(value) } else { "<unset>".to_owned() };
    let spec = &lease["spec"];
    page.line(0, "Lease:");
    page.field(
        1,
        "HolderIdentity",
        if spec["holderIdentity"].is_string() { text(&spec["holderIdentity"]) } else { "<unset>" },
    );
    page.field(1, "AcquireTime", time(&spec["acquireTime"]));
    page.field(1, "RenewTime", time(&spec["renewTime"]));
}

fn conditions(page: &mut Page, status: &Value) {
    if list(&status["conditions"]).next().is_none() {
        return;
    }
    page.line(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
    page.line(0, "  ----\t------\t-----------------\t------------------\t------\t-------");
    for condition in list(&status["conditions"]) {
        let field = |key: &str| text(&condition[key]);
        page.line(
            1,
            format!(
                "{} \t{} \t{} \t{} \t{} \t{}",
                field("type"),
                field("status"),
                rfc1123(&condition["lastHeartbeatTime"]),
                rfc1123(&condition["lastTransitionTime"]),
                field("reason"),
                field("message")
            ),
        );
    }
}

fn usage(scene: &Scene<'_>, page: &mut Page, pods: &[Value]) {
    let status = &scene.object["status"];
    let allocatable = if status["allocatable"].is_object() { &status["allocatable"] } else { &status["capacity"] };
    let whole = |name: &str| Quantity::parse(&shown(&allocatable[name])).unwrap_or(Quantity::from_value(0));
    let part = |amounts: &Amounts, name: &str| {
        let amount = amounts.get(name).copied().unwrap_or(Quantity::from_value(0));
        format!("{amount} ({}%)", amount.percent_of(whole(name)))
    };
    page.field(0, "Non-terminated Pods", format!("({} in total)", pods.len()));
    page.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    page.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let (mut requests, mut limits) = (Amounts::new(), Amounts::new());
    for pod in pods {
        let (asks, may) = (of_pod(pod, "requests"), of_pod(pod, "limits"));
        page.line(
            1,
            format!(
                "{}\t{}\t\t{}\t{}\t{}\t{}\t{}",
                text(&pod["metadata"]["namespace"]),
                text(&pod["metadata"]["name"]),
                part(&asks, "cpu"),
                part(&may, "cpu"),
                part(&asks, "memory"),
                part(&may, "memory"),
                since(&pod["metadata"]["creationTimestamp"], scene.now)
            ),
        );
        asks.iter().for_each(|(name, amount)| plus(&mut requests, name, *amount));
        may.iter().for_each(|(name, amount)| plus(&mut limits, name, *amount));
    }
    page.line(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
    page.line(1, "Resource\tRequests\tLimits");
    page.line(1, "--------\t--------\t------");
    let mut names = vec!["cpu".to_owned(), "memory".to_owned(), "ephemeral-storage".to_owned()];
    let others = allocatable.as_object().into_iter().flatten().map(|(name, _)| name.clone());
    names.extend(others.filter(|name| name.starts_with("hugepages-") || name.contains('/')));
    for name in names {
        page.line(1, format!("{name}\t{}\t{}", part(&requests, &name), part(&limits, &name)));
    }
}
