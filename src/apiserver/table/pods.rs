//! Rows of Pods: the status in one word. Models printers.go printPod.

use k8s_openapi::api::core::v1::{Container, ContainerStatus, PodStatus};
use serde_json::{Value, json};

use super::{AGE, Column, NAME, Row, text, wide};
use crate::api::{PodSpec, duration, time};
use crate::sim::Time;

pub const COLUMNS: &[Column] = &[
    NAME,
    text("Ready"),
    text("Status"),
    text("Restarts"),
    AGE,
    wide("IP"),
    wide("Node"),
    wide("Nominated Node"),
    wide("Readiness Gates"),
];

pub fn cells(row: &Row<'_>) -> Vec<Value> {
    let (Some(spec), Some(status)) = (row.object.spec::<PodSpec>(), row.object.status::<PodStatus>()) else {
        return vec![row.name()];
    };
    let told = tell(spec, status, row.object.meta.deleted.is_some());
    let restarts = match told.last_restart {
        Some(at) if told.restarts != 0 => format!("{} ({} ago)", told.restarts, duration::age(row.now, at)),
        _ => told.restarts.to_string(),
    };
    let none = |value: Option<&str>| match value {
        Some(value) if !value.is_empty() => json!(value),
        _ => json!("<none>"),
    };
    let ip = status.pod_ips.iter().flatten().next().map(|ip| ip.ip.as_str()).or(status.pod_ip.as_deref());
    vec![
        row.name(),
        json!(format!("{}/{}", told.ready, told.total)),
        json!(told.reason),
        json!(restarts),
        row.age(),
        none(ip),
        none(spec.node_name.as_deref()),
        none(status.nominated_node_name.as_deref()),
        json!(readiness_gates(spec, status)),
    ]
}

/// What a Pod's row says.
struct Told {
    reason: String,
    ready: usize,
    total: usize,
    restarts: i32,
    last_restart: Option<Time>,
}

fn tell(spec: &PodSpec, status: &PodStatus, deleted: bool) -> Told {
    let phase = status.phase.as_deref().unwrap_or_default();
    let given = status.reason.as_deref().filter(|reason| !reason.is_empty());
    let condition = |kind: &str| status.conditions.iter().flatten().find(|condition| condition.type_ == kind);
    let is_true = |kind: &str| condition(kind).is_some_and(|condition| condition.status == "True");
    let init = spec.init_containers.as_deref().unwrap_or_default();
    let mut told = Told {
        reason: given.unwrap_or(phase).to_owned(),
        ready: 0,
        total: spec.containers.len() + init.iter().filter(|container| is_sidecar(container)).count(),
        restarts: 0,
        last_restart: None,
    };
    if condition("PodScheduled").is_some_and(|condition| condition.reason.as_deref() == Some("SchedulingGated")) {
        told.reason = "SchedulingGated".to_owned();
    }
    // Restarts of sidecars count on when the Pod is initialized, those of other init containers do not.
    let (mut sidecar_restarts, mut sidecar_last) = (0, None);
    let mut initializing = false;
    for (at, container) in status.init_container_statuses.iter().flatten().enumerate() {
        let sidecar = init.iter().any(|known| known.name == container.name && is_sidecar(known));
        told.restarts += container.restart_count;
        told.last_restart = told.last_restart.max(finished_before(container));
        if sidecar {
            sidecar_restarts += container.restart_count;
            sidecar_last = sidecar_last.max(finished_before(container));
        }
        let state = container.state.clone().unwrap_or_default();
        match (state.terminated, state.waiting.and_then(|waiting| waiting.reason)) {
            (Some(terminated), _) if terminated.exit_code == 0 => continue,
            _ if sidecar && container.started == Some(true) => {
                told.ready += usize::from(container.ready);
                continue;
            }
            (Some(terminated), _) => {
                told.reason = match (terminated.reason.as_deref(), terminated.signal) {
                    (Some(reason), _) if !reason.is_empty() => format!("Init:{reason}"),
                    (_, Some(signal)) if signal != 0 => format!("Init:Signal:{signal}"),
                    _ => format!("Init:ExitCode:{}", terminated.exit_code),
                };
            }
            (None, Some(reason)) if !reason.is_empty() && reason != "PodInitializing" => {
                told.reason = format!("Init:{reason}");
            }
            _ => told.reason = format!("Init:{at}/{}", init.len()),
        }
        initializing = true;
        break;
    }
    if !initializing || is_true("Initialized") {
        (told.restarts, told.last_restart) = (sidecar_restarts, sidecar_last);
        let mut running = false;
        for container in status.container_statuses.iter().flatten().rev() {
            told.restarts += container.restart_count;
            told.last_restart = told.last_restart.max(finished_before(container));
            let state = container.state.clone().unwrap_or_default();
            let waiting = state.waiting.and_then(|waiting| waiting.reason).filter(|reason| !reason.is_empty());
            match (waiting, state.terminated) {
                (Some(reason), _) => told.reason = reason,
                (None, Some(terminated)) => {
                    told.reason = match (terminated.reason, terminated.signal) {
                        (Some(reason), _) if !reason.is_empty() => reason,
                        (_, Some(signal)) if signal != 0 => format!("Signal:{signal}"),
                        _ => format!("ExitCode:{}", terminated.exit_code),
                    };
                }
                (None, None) if container.ready && state.running.is_some() => {
                    running = true;
                    told.ready += 1;
                }
                _ => {}
            }
        }
        if told.reason == "Completed" && running {
            told.reason = if is_true("Ready") { "Running" } else { "NotReady" }.to_owned();
        }
    }
    if deleted && given == Some("NodeLost") {
        told.reason = "Unknown".to_owned();
    } else if deleted && !matches!(phase, "Succeeded" | "Failed") {
        told.reason = "Terminating".to_owned();
    }
    told
}

/// An init container that goes on running beside the others.
fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// When the container's run before this one ended.
fn finished_before(container: &ContainerStatus) -> Option<Time> {
    let terminated = container.last_state.as_ref()?.terminated.as_ref()?;
    terminated.finished_at.as_ref().map(time::from_meta)
}

fn readiness_gates(spec: &PodSpec, status: &PodStatus) -> String {
    let gates = spec.readiness_gates.as_deref().unwrap_or_default();
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let holds = |kind: &str| {
        status.conditions.iter().flatten().any(|condition| condition.type_ == kind && condition.status == "True")
    };
    format!("{}/{}", gates.iter().filter(|gate| holds(&gate.condition_type)).count(), gates.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: Value, deleted: bool) -> String {
        let spec = json!({"containers": [{"name": "a"}], "initContainers": [{"name": "i"}, {"name": "j"}]});
        let (spec, status) = (serde_json::from_value(spec).unwrap(), serde_json::from_value(status).unwrap());
        let told = tell(&spec, &status, deleted);
        format!("{}/{} {} {}", told.ready, told.total, told.reason, told.restarts)
    }

    fn container(state: Value) -> Value {
        json!({"name": "a", "ready": true, "restartCount": 2, "state": state})
    }

    #[test]
    fn in_one_word() {
        let running = json!({"running": {}});
        let waiting = |reason: &str| json!({"waiting": {"reason": reason}});
        let ended = |code: i32, reason: &str| json!({"terminated": {"exitCode": code, "reason": reason}});
        for (status, deleted, wanted) in [
            (json!({"phase": "Pending"}), false, "0/1 Pending 0"),
            (json!({"phase": "Running", "containerStatuses": [container(running.clone())]}), false, "1/1 Running 2"),
            (json!({"phase": "Running", "containerStatuses": [container(running)]}), true, "1/1 Terminating 2"),
            (
                json!({"phase": "Pending", "containerStatuses": [container(waiting("ContainerCreating"))]}),
                false,
                "0/1 ContainerCreating 2",
            ),
            (
                json!({"phase": "Running", "containerStatuses": [container(waiting("CrashLoopBackOff"))]}),
                false,
                "0/1 CrashLoopBackOff 2",
            ),
            (
                json!({"phase": "Succeeded", "containerStatuses": [container(ended(0, "Completed"))]}),
                true,
                "0/1 Completed 2",
            ),
            (json!({"phase": "Failed", "containerStatuses": [container(ended(3, ""))]}), false, "0/1 ExitCode:3 2"),
            (json!({"phase": "Failed", "reason": "Evicted"}), false, "0/1 Evicted 0"),
            (
                json!({"phase": "Pending", "initContainerStatuses": [container(ended(0, "")), container(waiting("PodInitializing"))]}),
                false,
                "0/1 Init:1/2 4",
            ),
            (
                json!({"phase": "Pending", "initContainerStatuses": [container(ended(1, "Error"))]}),
                false,
                "0/1 Init:Error 2",
            ),
        ] {
            assert_eq!(told(status, deleted), wanted);
        }
    }
}
