//! Pods. Models describe.go PodDescriber.

use super::page::Page;
use super::pod_template::{containers, spread};
use super::{Scene, controller, labels, list, text, volumes};
use crate::kubectl::age::{rfc1123, since};
use crate::kubectl::fail::Fail;

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let pod = scene.object;
    let (metadata, spec, status) = (&pod["metadata"], &pod["spec"], &pod["status"]);
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    if spec["priority"].is_i64() {
        page.field(0, "Priority", &spec["priority"]);
    }
    page.field_if(0, "Priority Class Name", text(&spec["priorityClassName"]));
    page.field_if(0, "Runtime Class Name", text(&spec["runtimeClassName"]));
    page.field_if(0, "Service Account", text(&spec["serviceAccountName"]));
    match text(&spec["nodeName"]) {
        "" => page.field(0, "Node", "<none>"),
        node => page.field(0, "Node", format!("{node}/{}", text(&status["hostIP"]))),
    }
    if status["startTime"].is_string() {
        page.field(0, "Start Time", rfc1123(&status["startTime"]));
    }
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    if metadata["deletionTimestamp"].is_string() && text(&status["reason"]) != "NodeLost" {
        page.field(0, "Status", format!("Terminating (lasts {})", since(&metadata["deletionTimestamp"], scene.now)));
        let grace = metadata["deletionGracePeriodSeconds"].as_i64().unwrap_or(0);
        page.field(0, "Termination Grace Period", format!("{grace}s"));
    } else {
        page.field(0, "Status", text(&status["phase"]));
    }
    page.field_if(0, "Reason", text(&status["reason"]));
    page.field_if(0, "Message", text(&status["message"]));
    let seccomp = &spec["securityContext"]["seccompProfile"];
    if seccomp["type"].is_string() {
        page.field(0, "SeccompProfile", text(&seccomp["type"]));
    }
    page.field(0, "IP", text(&status["podIP"]));
    page.line(0, if list(&status["podIPs"]).next().is_none() { "IPs:\t<none>" } else { "IPs:" });
    list(&status["podIPs"]).for_each(|ip| page.field(1, "IP", text(&ip["ip"])));
    if let Some(controller) = controller(pod) {
        page.field(0, "Controlled By", controller);
    }
    page.field_if(0, "NominatedNodeName", text(&status["nominatedNodeName"]));
    if list(&spec["initContainers"]).next().is_some() {
        containers(page, "Init Containers", &spec["initContainers"], &status["initContainerStatuses"], "");
    }
    containers(page, "Containers", &spec["containers"], &status["containerStatuses"], "");
    if list(&spec["ephemeralContainers"]).next().is_some() {
        containers(
            page,
            "Ephemeral Containers",
            &spec["ephemeralContainers"],
            &status["ephemeralContainerStatuses"],
            "",
        );
    }
    if list(&spec["readinessGates"]).next().is_some() {
        page.line(0, "Readiness Gates:\n  Type\tStatus");
        for gate in list(&spec["readinessGates"]) {
            let condition = list(&status["conditions"]).find(|condition| condition["type"] == gate["conditionType"]);
            let state = condition.map_or("<none>", |condition| text(&condition["status"]));
            page.line(1, format!("{} \t{state} ", text(&gate["conditionType"])));
        }
    }
    if list(&status["conditions"]).next().is_some() {
        page.line(0, "Conditions:\n  Type\tStatus");
        for condition in list(&status["conditions"]) {
            page.line(1, format!("{} \t{} ", text(&condition["type"]), text(&condition["status"])));
        }
    }
    volumes::volumes(page, &spec["volumes"], "");
    page.field(0, "QoS Class", text(&status["qosClass"]));
    labels::labels(page, "Node-Selectors", &spec["nodeSelector"]);
    labels::tolerations(page, "Tolerations", &spec["tolerations"]);
    spread(page, &spec["topologySpreadConstraints"], "");
    scene.events(page).await
}
