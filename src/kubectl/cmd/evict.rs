//! How `kubectl drain` empties a node: all Pods are evicted at the same time, each again every five
//! seconds while a disruption budget forbids it, and waited for. Models kubectl/pkg/drain/drain.go
//! evictPods and deletePods.

use serde_json::{Value, json};

use crate::collections::Sort;
use crate::kubectl::Kubectl;
use crate::kubectl::fail::Fail;
use crate::sim::{Duration, Time};

const RETRY: Duration = Duration::from_secs(5);
/// How often a Pod that is on its way is looked at.
const POLL: Duration = Duration::from_secs(1);

/// A Pod that is to leave.
struct Leaving<'a> {
    namespace: &'a str,
    name: &'a str,
    uid: &'a str,
    /// It has been evicted, and is waited for.
    going: bool,
    due: Time,
}

/// Evicts the Pods, and gives back what went wrong. `patience` is in microseconds.
pub(super) async fn all(k: &Kubectl, pods: &[&Value], patience: Option<u64>) -> Result<Vec<String>, Fail> {
    let text = |value: &str, pod: &Value| -> String { pod["metadata"][value].as_str().unwrap_or_default().to_owned() };
    let names: Vec<[String; 3]> =
        pods.iter().map(|pod| [text("namespace", pod), text("name", pod), text("uid", pod)]).collect();
    let now = || k.process.sim().now();
    let until = patience.map(|micros| now() + Duration::from_micros(micros));
    let timeout = || go_duration(patience.unwrap_or(0));
    let mut left: Vec<Leaving<'_>> = Vec::new();
    for [namespace, name, uid] in &names {
        left.push(Leaving { namespace, name, uid, going: false, due: now() });
    }
    let by_eviction = !k.flags.is("disable-eviction");
    let mut faults = Vec::new();
    while !left.is_empty() {
        left.arrange_by_key(|one| one.due);
        let mut one = left.remove(0);
        let (namespace, name) = (one.namespace, one.name);
        k.process.sleep(one.due.since(now())).await;
        let late = until.is_some_and(|until| now() >= until);
        if one.going {
            if gone(k, &one).await? {
                let done = if by_eviction { "evicted" } else { "deleted" };
                k.out(&format!("pod/{name} {done}\n")).await;
            } else if late {
                faults.push(format!(
                    "error when waiting for pod \"{name}\" in namespace \"{namespace}\" to terminate: global timeout \
                     reached: {}",
                    timeout()
                ));
            } else {
                one.due = now() + POLL;
                left.push(one);
            }
            continue;
        }
        if by_eviction {
            k.out(&format!("evicting pod {namespace}/{name}\n")).await;
        }
        let what = format!("error when evicting pods/\"{name}\" -n \"{namespace}\"");
        if late {
            faults.push(format!("{what}: global timeout reached: {}", timeout()));
            continue;
        }
        match send(k, &one, by_eviction).await {
            Ok(()) => {
                one.going = true;
                left.push(one);
            }
            Err(fail) if fail.is_not_found() => {}
            Err(fail) if fail.reason() == "TooManyRequests" => {
                k.err(&format!("{what} (will retry after 5s): {}\n", fail.message())).await;
                one.due = now() + RETRY;
                left.push(one);
            }
            Err(fail) => faults.push(format!("{what}: {}", fail.message())),
        }
    }
    Ok(faults)
}

async fn send(k: &Kubectl, pod: &Leaving<'_>, by_eviction: bool) -> Result<(), Fail> {
    let path = format!("/api/v1/namespaces/{}/pods/{}", pod.namespace, pod.name);
    let mut options = json!({});
    if k.flags.int("grace-period") >= 0 {
        options["gracePeriodSeconds"] = json!(k.flags.int("grace-period"));
    }
    let client = k.client().await?;
    if by_eviction {
        let eviction = json!({"apiVersion": "policy/v1", "kind": "Eviction", "deleteOptions": options,
            "metadata": {"name": pod.name, "namespace": pod.namespace}});
        client.post(&format!("{path}/eviction"), &[], eviction).await.map(drop)
    } else {
        client.delete(&path, &[], options).await.map(drop)
    }
}

async fn gone(k: &Kubectl, pod: &Leaving<'_>) -> Result<bool, Fail> {
    let path = format!("/api/v1/namespaces/{}/pods/{}", pod.namespace, pod.name);
    match k.client().await?.get(&path, &[]).await {
        Ok(object) => Ok(object["metadata"]["uid"] != *pod.uid),
        Err(fail) if fail.is_not_found() => Ok(true),
        Err(fail) => Err(fail),
    }
}

/// `3s`, `1m30s`: as Go prints a duration of whole seconds.
pub(super) fn go_duration(micros: u64) -> String {
    let seconds = micros / 1_000_000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes}m{seconds}s"),
    }
}
