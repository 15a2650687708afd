//! The Pods behind an object, and their containers: for `logs`, `exec`, `attach`.
//!
//! Models kubectl/pkg/polymorphichelpers and kubectl/pkg/cmd/util/podcmd.

use serde_json::Value;

use crate::collections::Sort;
use crate::kubectl::Kubectl;
use crate::kubectl::describe::selector_query;
use crate::kubectl::fail::Fail;
use crate::kubectl::resource::{Info, items};

/// The Pods that an object selects, those most worth looking at first.
pub async fn of_object(k: &Kubectl, info: &Info) -> Result<Vec<Value>, Fail> {
    let spec = &info.object["spec"];
    let selector = match &*info.kind.kind {
        "Pod" => return Ok(vec![(*info.object).clone()]),
        "Service" | "ReplicationController" if spec["selector"].as_object().is_none_or(|map| map.is_empty()) => {
            return Err(Fail::plain(format!("invalid service '{}': Service is defined without a selector", info.name)));
        }
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" | "Job" | "Service" | "ReplicationController" => {
            selector_query(&spec["selector"])
        }
        other => return Err(Fail::plain(format!("selector for {other} not implemented"))),
    };
    let path = format!("/api/v1/namespaces/{}/pods", info.namespace);
    let list = k.client().await?.get(&path, &[("labelSelector", selector)]).await?;
    let mut pods = items(&list);
    pods.arrange_by_key(rank);
    Ok(pods)
}

/// Pods on a node, running, ready the longest come first. Models podutils.ByLogging.
fn rank(pod: &Value) -> (bool, u8, bool, String, i64, String) {
    let status = &pod["status"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let phase = match status["phase"].as_str() {
        Some("Running") => 0,
        Some("Unknown") => 1,
        _ => 2,
    };
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let ready = conditions.into_iter().find(|condition| condition["type"] == "Ready" && condition["status"] == "True");
    let since = ready.map(|condition| text(&condition["lastTransitionTime"])).unwrap_or_default();
    let restarts = status["containerStatuses"].as_array().into_iter().flatten();
    let restarts: i64 = restarts.filter_map(|status| status["restartCount"].as_i64()).max().unwrap_or(0);
    let unassigned = text(&pod["spec"]["nodeName"]).is_empty();
    (unassigned, phase, ready.is_none(), since, -restarts, text(&pod["metadata"]["creationTimestamp"]))
}

/// The names of a Pod's containers, init containers first.
pub fn container_names(pod: &Value) -> Vec<String> {
    let of = |key: &str| -> Vec<String> {
        let containers = pod["spec"][key].as_array().into_iter().flatten();
        containers.filter_map(|container| container["name"].as_str().map(str::to_owned)).collect()
    };
    [of("initContainers"), of("containers"), of("ephemeralContainers")].concat()
}

/// The container that is meant: the one named, the Pod's default, or its first, which is said.
pub async fn container(k: &Kubectl, pod: &Value, given: &str, quiet: bool) -> Result<String, Fail> {
    let names = container_names(pod);
    let pod_name = pod["metadata"]["name"].as_str().unwrap_or_default();
    if !given.is_empty() {
        if names.iter().any(|name| name == given) {
            return Ok(given.to_owned());
        }
        return Err(Fail::plain(format!(
            "container {given} is not valid for pod {pod_name} out of: {}",
            described(pod)
        )));
    }
    let marked = pod["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"].as_str();
    if let Some(marked) = marked.filter(|marked| names.iter().any(|name| name == marked)) {
        return Ok(marked.to_owned());
    }
    let first = pod["spec"]["containers"][0]["name"].as_str().unwrap_or_default().to_owned();
    if names.len() > 1 && !quiet {
        k.err(&format!("Defaulted container \"{first}\" out of: {}\n", described(pod))).await;
    }
    Ok(first)
}

/// The containers' names, init and ephemeral ones marked.
fn described(pod: &Value) -> String {
    let mut words = Vec::new();
    for (key, mark) in [("containers", ""), ("initContainers", " (init)"), ("ephemeralContainers", " (ephem)")] {
        for container in pod["spec"][key].as_array().into_iter().flatten() {
            words.push(format!("{}{mark}", container["name"].as_str().unwrap_or_default()));
        }
    }
    words.join(", ")
}
