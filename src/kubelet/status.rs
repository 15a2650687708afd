//! A Pod's status, from what its worker knows. Models pkg/kubelet/kubelet_pods.go
//! generateAPIPodStatus and pkg/kubelet/status/generate.go.

use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus,
    ContainerUser, HostIP, LinuxContainerUser, PodCondition, PodIP, PodStatus, ResourceRequirements, VolumeMountStatus,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Amount;
use std::collections::BTreeMap;

use super::node::Node;
use super::worker::{ContainerWork, Stage, State, Terminated, Worker};
use crate::api::pod::token_mount;
use crate::api::quantity::Quantity;
use crate::api::{PodSpec, time};
use crate::collections::{Sort, SortedMap};
use crate::sim::Time;

/// The status as it is now. `old` gives the times of conditions that stay.
pub(super) fn status(worker: &Worker, node: &Node, old: &PodStatus, now: Time) -> PodStatus {
    let Some(spec) = worker.spec() else { return old.clone() };
    let generation = Some(worker.pod.meta.generation).filter(|&generation| generation != 0);
    let phase = phase(worker);
    let mut containers: Vec<ContainerStatus> = statuses(worker, spec, ContainerWork::is_app);
    containers.arrange_by(|a, b| a.name.cmp(&b.name));
    let inits = statuses(worker, spec, |one| one.init);
    let ephemeral = statuses(worker, spec, |one| one.ephemeral.is_some());
    let (resources, allocated) = pod_resources(spec);
    let failed = worker.failed.filter(|_| phase == "Failed");
    PodStatus {
        allocated_resources: allocated,
        conditions: Some(conditions(worker, phase, old, generation, now)),
        container_statuses: Some(containers),
        ephemeral_container_statuses: (!ephemeral.is_empty()).then_some(ephemeral),
        host_ip: Some(node.ip.to_string()),
        host_ips: Some(vec![HostIP { ip: node.ip.to_string() }]),
        init_container_statuses: (!inits.is_empty()).then_some(inits),
        message: failed.map(|(_, message)| message.to_owned()),
        observed_generation: generation,
        phase: Some(phase.to_owned()),
        pod_ip: worker.ip.as_ref().map(|ip| ip.to_string()),
        pod_ips: worker.ip.as_ref().map(|ip| vec![PodIP { ip: ip.to_string() }]),
        qos_class: old.qos_class.clone(),
        reason: failed.map(|(reason, _)| reason.to_owned()),
        resources: Some(resources),
        start_time: Some(time::to_meta(worker.started_at)),
        ..PodStatus::default()
    }
}

/// Models getPhase.
fn phase(worker: &Worker) -> &'static str {
    let apps = || worker.containers.iter().filter(|one| one.is_app());
    let over = |one: &ContainerWork| one.terminated().is_some_and(|ended| !worker.restarts(one, ended.code));
    let failed = |one: &ContainerWork| one.terminated().is_some_and(|ended| ended.code != 0);
    if worker.containers.iter().any(|one| one.init && over(one) && failed(one)) {
        return "Failed";
    }
    if worker.stage == Stage::Ended && worker.failed.is_some() {
        return "Failed";
    }
    if worker.stage == Stage::Ended && apps().any(|one| one.terminated().is_none()) {
        // It was stopped before all of it ran.
        return "Failed";
    }
    if apps().all(over) {
        return if apps().any(failed) { "Failed" } else { "Succeeded" };
    }
    let tried = |one: &ContainerWork| one.attempt > 0;
    if worker.initialized() && apps().all(tried) { "Running" } else { "Pending" }
}

fn conditions(worker: &Worker, phase: &str, old: &PodStatus, generation: Option<i64>, now: Time) -> Vec<PodCondition> {
    let condition = |type_: &str, truth: bool, reason: Option<&str>, message: Option<String>| {
        let status = if truth { "True" } else { "False" };
        let before = old.conditions.iter().flatten().find(|one| one.type_ == type_ && one.status == status);
        PodCondition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
            message,
            last_transition_time: before
                .and_then(|before| before.last_transition_time.clone())
                .or_else(|| Some(time::to_meta(now))),
            observed_generation: generation,
            ..PodCondition::default()
        }
    };
    let names = |list: Vec<&str>| format!("[{}]", list.join(" "));
    let unready: Vec<&str> = {
        let counts = |one: &&ContainerWork| one.is_app() || worker.is_sidecar(one);
        worker.containers.iter().filter(counts).filter(|one| !one.ready).map(ContainerWork::name).collect()
    };
    let incomplete: Vec<&str> = {
        let inits = worker.containers.iter().filter(|one| one.init && !worker.init_done(one));
        inits.map(ContainerWork::name).collect()
    };
    let completed = phase == "Succeeded";
    let initialized = if completed {
        condition("Initialized", true, Some("PodCompleted"), None)
    } else if incomplete.is_empty() || worker.containers.iter().any(|one| !one.init && one.attempt > 0) {
        condition("Initialized", true, None, None)
    } else {
        let message = format!("containers with incomplete status: {}", names(incomplete));
        condition("Initialized", false, Some("ContainersNotInitialized"), Some(message))
    };
    let ready = |type_: &str| match phase {
        "Succeeded" => condition(type_, false, Some("PodCompleted"), None),
        "Failed" => condition(type_, false, Some("PodFailed"), None),
        _ if unready.is_empty() => condition(type_, true, None, None),
        _ => {
            let message = format!("containers with unready status: {}", names(unready.clone()));
            condition(type_, false, Some("ContainersNotReady"), Some(message))
        }
    };
    let sandbox = worker.sandbox && !matches!(phase, "Succeeded" | "Failed");
    let own = [
        condition("PodReadyToStartContainers", sandbox, None, None),
        initialized,
        ready("Ready"),
        ready("ContainersReady"),
        condition("PodScheduled", true, None, None),
    ];
    // What others say of the Pod stays (mergePodStatus).
    let foreign = |one: &&PodCondition| own.iter().all(|own| own.type_ != one.type_);
    let mut all: Vec<PodCondition> = old.conditions.iter().flatten().filter(foreign).cloned().collect();
    all.extend(own);
    all
}

fn statuses(worker: &Worker, spec: &PodSpec, which: fn(&ContainerWork) -> bool) -> Vec<ContainerStatus> {
    let work = worker.containers.iter().filter(|one| which(one));
    let mut all: Vec<ContainerStatus> =
        work.filter_map(|one| Some(container(worker, one, one.container(spec)?, spec.token.as_deref()))).collect();
    // Each is large, and the store keeps every version.
    all.shrink_to_fit();
    all
}

fn container(worker: &Worker, work: &ContainerWork, spec: &Container, token: Option<&str>) -> ContainerStatus {
    let image = work.image.as_ref().filter(|_| !work.id.is_empty());
    let resources = spec.resources.clone().unwrap_or_default();
    let token = token.filter(|_| work.ephemeral.is_none()).map(token_mount);
    let mounts = spec.volume_mounts.as_deref().unwrap_or_default().iter().chain(&token);
    let mounts: Vec<VolumeMountStatus> = mounts
        .map(|mount| VolumeMountStatus {
            mount_path: mount.mount_path.clone(),
            name: mount.name.clone(),
            read_only: mount.read_only.filter(|&read_only| read_only),
            recursive_read_only: mount.read_only.filter(|&read_only| read_only).map(|_| "Disabled".to_owned()),
            volume_status: None,
        })
        .collect();
    let ran = image.is_some();
    let done = work.init && !worker.is_sidecar(work) && work.terminated().is_some_and(|ended| ended.code == 0);
    ContainerStatus {
        allocated_resources: resources.requests.clone().filter(|requests| ran && !requests.is_empty()),
        container_id: ran.then(|| format!("containerd://{}", work.id)),
        image: image.map_or_else(|| spec.image.clone().unwrap_or_default(), |facts| facts.name.to_string()),
        image_id: image.map(|facts| facts.id.to_string()).unwrap_or_default(),
        last_state: Some(ContainerState {
            terminated: work.last.as_ref().map(terminated),
            ..ContainerState::default()
        }),
        name: work.name().to_owned(),
        // One that is to end is ready once it has ended well.
        ready: if work.init && !worker.is_sidecar(work) { done } else { work.ready },
        resources: ran.then_some(ResourceRequirements { claims: None, ..resources }),
        restart_count: i32::try_from(work.restarts).unwrap_or(i32::MAX),
        started: Some(work.started),
        state: Some(state(&work.state)),
        user: image.map(|facts| ContainerUser {
            linux: Some(LinuxContainerUser {
                gid: facts.uid,
                supplemental_groups: Some(vec![facts.uid]),
                uid: facts.uid,
            }),
        }),
        volume_mounts: (!mounts.is_empty()).then_some(mounts),
        ..ContainerStatus::default()
    }
}

fn state(state: &State) -> ContainerState {
    match state {
        State::Waiting { reason, message } => {
            let waiting = ContainerStateWaiting { message: message.clone(), reason: Some((*reason).to_owned()) };
            ContainerState { waiting: Some(waiting), ..ContainerState::default() }
        }
        State::Running { since } => {
            let running = ContainerStateRunning { started_at: Some(time::to_meta(*since)) };
            ContainerState { running: Some(running), ..ContainerState::default() }
        }
        State::Terminated(ended) => ContainerState { terminated: Some(terminated(ended)), ..ContainerState::default() },
    }
}

fn terminated(ended: &Terminated) -> ContainerStateTerminated {
    ContainerStateTerminated {
        container_id: Some(format!("containerd://{}", ended.id)),
        exit_code: ended.code,
        finished_at: Some(time::to_meta(ended.finished)),
        message: ended.message.clone(),
        reason: Some(ended.reason.to_owned()),
        signal: None,
        // What never ran started at the beginning of time.
        started_at: Some(time::to_meta(ended.started.unwrap_or(Time(0)))),
    }
}

/// The sums over the containers: what they ask for and are limited to, and what was given.
fn pod_resources(spec: &PodSpec) -> (ResourceRequirements, Option<BTreeMap<String, Amount>>) {
    let sum = |limits: bool| -> Option<BTreeMap<String, Amount>> {
        let mut sums: SortedMap<String, Quantity> = SortedMap::new();
        for container in &spec.containers {
            let Some(resources) = &container.resources else { continue };
            let amounts = if limits { &resources.limits } else { &resources.requests };
            for (name, amount) in amounts.iter().flatten() {
                let amount = Quantity::parse(&amount.0).unwrap_or(Quantity::ZERO);
                let sum = sums.entry(name.clone()).or_insert(Quantity::ZERO);
                *sum += amount;
            }
        }
        let sums: BTreeMap<String, Amount> =
            sums.into_iter().map(|(name, sum)| (name, Amount(sum.to_string()))).collect();
        (!sums.is_empty()).then_some(sums)
    };
    let requests = sum(false);
    (ResourceRequirements { claims: None, limits: sum(true), requests: requests.clone() }, requests)
}
