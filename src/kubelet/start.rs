//! From a bound Pod to running containers. Models pkg/kubelet/kuberuntime SyncPod and
//! startContainer.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{KeyToPath, Volume};

use super::hooks::Hook;
use super::runtime::{ProbeResult, Start};
use super::worker::{Job, Stage, State, Terminated};
use super::{Kubelets, Tools, env, images};
use crate::api::{Key, PodSpec, WellKnown, storage};
use crate::apiserver::ApiServer;
use crate::sim::{Duration, Time};

/// How long a kubelet waits for volumes before it says so.
const MOUNT_TIMEOUT: Duration = Duration::from_secs(123);
/// How long a container whose configuration is wrong waits for the next look.
const NEXT_SYNC: (u64, u64) = (10_000_000, 14_000_000);

impl Kubelets {
    pub(super) fn admit(&mut self, uid: &Arc<str>, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get_mut(uid).filter(|worker| worker.stage == Stage::New) else { return };
        worker.stage = Stage::Preparing;
        worker.started_at = now;
        let deadline = worker.spec().and_then(|spec| u64::try_from(spec.active_deadline_seconds?).ok());
        if let Some(seconds) = deadline {
            self.after(uid, now, Duration::from_secs(seconds), Job::Deadline);
        }
        self.write_status(uid, now, tools);
        self.mount(uid, 0, now, tools);
    }

    /// Mounts the volumes, then makes the sandbox. What is missing is looked for again after
    /// half a second, doubling.
    pub(super) fn mount(&mut self, uid: &Arc<str>, tries: u32, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get(uid).filter(|worker| worker.stage == Stage::Preparing) else { return };
        let namespace = &worker.pod.meta.namespace;
        let claims =
            worker.spec().map(|spec| storage::claims_of(namespace, &worker.pod.meta.name, spec)).unwrap_or_default();
        if !claims.iter().all(|claim| is_at_hand(claim, &worker.node, tools.api, &self.kinds)) {
            let (waited, started) = (now.since(worker.started_at), worker.started_at);
            // Told once for each time that it would have been given up.
            let told = started + MOUNT_TIMEOUT.saturating_mul(tries.saturating_add(1));
            let given_up = now >= told;
            if given_up {
                let names = worker.spec().into_iter().flat_map(|spec| spec.volumes.iter().flatten());
                let names =
                    names.filter(|volume| volume.persistent_volume_claim.is_some() || volume.ephemeral.is_some());
                let names: Vec<&str> = names.map(|volume| &*volume.name).collect();
                let message = format!(
                    "Unable to attach or mount volumes: unmounted volumes=[{}], unattached volumes=[], failed to \
                     process volumes=[]: timed out waiting for the condition",
                    names.join(" ")
                );
                self.tell(uid, None, "Warning", "FailedMount", message, now, tools);
            }
            let pause = if waited < Duration::from_secs(5) { 300_000 } else { 2_000_000 };
            let delay = self.jitter(pause / 3, pause);
            return self.after(uid, now, delay, Job::Mount(tries + u32::from(given_up)));
        }
        let volumes = worker.spec().into_iter().flat_map(|spec| spec.volumes.iter().flatten());
        let missing = volumes.filter_map(|volume| {
            let what = missing_source(volume, namespace, tools.api, &self.kinds)?;
            Some(format!("MountVolume.SetUp failed for volume \"{}\" : {what}", volume.name))
        });
        if let Some(message) = missing.collect::<Vec<_>>().into_iter().next() {
            self.tell(uid, None, "Warning", "FailedMount", message, now, tools);
            let delay = Duration::from_millis(500).saturating_mul(1 << tries.min(8)).min(Duration::from_secs(122));
            self.after(uid, now, delay, Job::Mount(tries + 1));
            return;
        }
        let delay = self.jitter(520_000, 820_000);
        self.after(uid, now, delay, Job::Sandbox);
    }

    pub(super) fn sandbox_ready(&mut self, uid: &Arc<str>, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get_mut(uid).filter(|worker| worker.stage == Stage::Preparing) else { return };
        let Some(node) = self.nodes.get_mut(&worker.node) else { return };
        let host_network = worker.spec().is_some_and(|spec| spec.host_network == Some(true));
        let ip =
            if host_network { Some(Arc::clone(&node.ip)) } else { node.ipam.take().map(|ip| ip.to_string().into()) };
        if ip.is_none() {
            let message = "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for \
                           sandbox: plugin type=\"flannel\" failed (add): failed to allocate for range 0: no IP \
                           addresses available in range set";
            self.tell(uid, None, "Warning", "FailedCreatePodSandBox", message, now, tools);
            self.after(uid, now, Duration::from_secs(12), Job::Sandbox);
            return;
        }
        (worker.ip, worker.sandbox, worker.stage) = (ip, true, Stage::Running);
        self.write_status(uid, now, tools);
        let delay = self.jitter(2_500, 4_500);
        self.after(uid, now, delay, Job::Proceed);
    }

    /// Starts the next container whose turn it is: init containers in their order, then the
    /// others, one after the other.
    pub(super) fn proceed(&mut self, uid: &Arc<str>, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get(uid).filter(|worker| worker.stage == Stage::Running) else { return };
        if worker.containers.iter().any(|one| one.busy) {
            return;
        }
        let initialized = worker.initialized();
        let mut next = None;
        for (at, one) in worker.containers.iter().enumerate() {
            if one.init && worker.init_done(one) && (!worker.is_sidecar(one) || one.is_running()) {
                continue;
            }
            if !one.init && !initialized {
                break;
            }
            let startable = !one.is_running() && !one.held && (one.terminated().is_none() || one.restarting);
            if startable {
                next = Some(at);
                break;
            }
            if one.init && !worker.init_done(one) {
                break;
            }
        }
        if let Some(at) = next {
            self.begin(uid, at, now, tools);
        }
    }

    /// Sees to the image, first of all.
    fn begin(&mut self, uid: &Arc<str>, at: usize, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get(uid) else { return };
        let Some(container) = worker.spec().and_then(|spec| worker.containers[at].container(spec)) else { return };
        let reference = container.image.clone().unwrap_or_default();
        let policy = images::policy(container);
        let present = self.nodes.get(&worker.node).is_some_and(|node| node.images.contains(&reference));
        if !tools.runtime.names_image(&reference) {
            let message = format!(
                "Failed to apply default image tag \"{reference}\": couldn't parse image name \"{reference}\": \
                 invalid reference format"
            );
            self.tell(uid, Some(at), "Warning", "InspectFailed", message.clone(), now, tools);
            self.tell(uid, Some(at), "Warning", "Failed", "Error: InvalidImageName", now, tools);
            self.hold(uid, at, "InvalidImageName", message, now);
            let delay = self.jitter(NEXT_SYNC.0, NEXT_SYNC.1);
            return self.after(uid, now, delay, Job::Retry(at));
        }
        match (policy, present) {
            ("Never", false) => {
                let message = format!("Container image \"{reference}\" is not present with pull policy of Never");
                self.tell(uid, Some(at), "Warning", "ErrImageNeverPull", message.clone(), now, tools);
                self.tell(uid, Some(at), "Warning", "Failed", "Error: ErrImageNeverPull", now, tools);
                self.hold(uid, at, "ErrImageNeverPull", message, now);
                let delay = self.jitter(NEXT_SYNC.0, NEXT_SYNC.1);
                self.after(uid, now, delay, Job::Retry(at));
            }
            ("IfNotPresent" | "Never", true) => {
                let message = format!(
                    "Container image \"{reference}\" already present on machine and can be accessed by the pod"
                );
                self.tell(uid, Some(at), "Normal", "Pulled", message, now, tools);
                let facts = tools.runtime.image(&reference).ok();
                let delay = self.jitter(1_000, 3_000);
                if let Some(worker) = self.workers.get_mut(uid) {
                    (worker.containers[at].busy, worker.containers[at].image) = (true, facts);
                }
                self.after(uid, now, delay, Job::Create(at));
            }
            (_, present) => self.pull(uid, at, &reference, present, now, tools),
        }
    }

    /// The container waits for a reason, until something is tried again.
    pub(super) fn hold(&mut self, uid: &Arc<str>, at: usize, reason: &'static str, message: String, now: Time) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let container = &mut worker.containers[at];
        if let State::Terminated(ended) = &container.state {
            container.last = Some(ended.clone());
        }
        container.state = State::Waiting { reason, message: Some(message) };
        (container.busy, container.held) = (false, true);
        let delay = self.jitter(2_000, 5_000);
        self.after(uid, now, delay, Job::Sync);
    }

    pub(super) fn retry(&mut self, uid: &Arc<str>, at: usize, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get_mut(uid).filter(|worker| worker.stage == Stage::Running) else { return };
        let container = &mut worker.containers[at];
        let ended = match &container.state {
            State::Terminated(ended) => Some(ended.clone()),
            _ => None,
        };
        if let Some(ended) = ended {
            let wait = container.back_off.wait(ended.finished);
            if let Some(left) = Some((ended.finished + wait).since(now)).filter(|left| !left.is_zero()) {
                let (name, delay) = (container.name().to_owned(), container.back_off.delay().as_secs());
                let delay =
                    if delay >= 60 && delay % 60 == 0 { format!("{}m0s", delay / 60) } else { go_seconds(delay) };
                let pod = format!("{}_{}({uid})", worker.pod.meta.name, worker.pod.meta.namespace);
                let told = format!("Back-off restarting failed container {name} in pod {pod}");
                self.tell(uid, Some(at), "Warning", "BackOff", told, now, tools);
                let shown = format!("back-off {delay} restarting failed container={name} pod={pod}");
                self.hold(uid, at, "CrashLoopBackOff", shown, now);
                self.after(uid, now, left, Job::Retry(at));
                return;
            }
        }
        (container.held, container.restarting) = (false, true);
        self.proceed(uid, now, tools);
    }

    pub(super) fn create(&mut self, uid: &Arc<str>, at: usize, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get_mut(uid).filter(|worker| worker.stage == Stage::Running) else { return };
        let Some(container) = worker.spec().and_then(|spec| worker.containers[at].container(spec)) else { return };
        let host_ip = self.nodes.get(&worker.node).map(|node| Arc::clone(&node.ip)).unwrap_or_default();
        if let Err(message) = env::resolve(worker, container, &host_ip, tools.api, &self.kinds) {
            self.tell(uid, Some(at), "Warning", "Failed", format!("Error: {message}"), now, tools);
            self.hold(uid, at, "CreateContainerConfigError", message, now);
            let delay = self.jitter(NEXT_SYNC.0, NEXT_SYNC.1);
            self.after(uid, now, delay, Job::Retry(at));
            return self.after(uid, now, Duration::ZERO, Job::Proceed);
        }
        worker.containers[at].id = self.rng.text("0123456789abcdef", 64);
        self.tell(uid, Some(at), "Normal", "Created", "Container created", now, tools);
        let delay = self.jitter(38_000, 62_000);
        self.after(uid, now, delay, Job::Start(at));
    }

    pub(super) fn start(&mut self, uid: &Arc<str>, at: usize, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get_mut(uid).filter(|worker| worker.stage == Stage::Running) else { return };
        let pod = Arc::clone(&worker.pod);
        let Some(spec) = pod.spec::<PodSpec>() else { return };
        let Some(container) = worker.containers[at].container(spec) else { return };
        let Some(image) = worker.containers[at].image.clone() else { return };
        let host_ip = self.nodes.get(&worker.node).map(|node| Arc::clone(&node.ip)).unwrap_or_default();
        // The configuration was looked at a moment ago; what has gone since counts as empty.
        let env = env::resolve(worker, container, &host_ip, tools.api, &self.kinds).unwrap_or_default();
        let expand = |texts: &Option<Vec<String>>| -> Vec<String> {
            texts.iter().flatten().map(|text| env::expand(text, &env)).collect()
        };
        let hostname = spec.hostname.clone().unwrap_or_else(|| pod.meta.name.to_string());
        let host_network = spec.host_network == Some(true);
        let (ip, node) = (worker.ip.clone().unwrap_or_default(), Arc::clone(&worker.node));
        let result = tools.runtime.start(Start {
            pod_uid: uid,
            namespace: &pod.meta.namespace,
            pod: &pod.meta.name,
            spec,
            container,
            command: expand(&container.command),
            args: expand(&container.args),
            image: &image,
            node: &node,
            ip: &ip,
            hostname: if host_network { &node } else { &hostname },
            container_id: &worker.containers[at].id,
            restarts: worker.containers[at].restarts,
            now,
            env,
        });
        let work = &mut worker.containers[at];
        if let State::Terminated(ended) = &work.state {
            work.last = Some(ended.clone());
        }
        if work.attempt > 0 {
            work.restarts += 1;
            work.back_off.again(now);
        }
        work.attempt += 1;
        (work.busy, work.restarting, work.killed) = (false, false, false);
        match result {
            Ok(exit) => {
                work.state = State::Running { since: now };
                let attempt = work.attempt;
                self.tell(uid, Some(at), "Normal", "Started", "Container started", now, tools);
                if let Some(exit) = exit {
                    let job = Job::Exit { container: at, attempt, code: exit.code };
                    self.after(uid, now, exit.at.since(now), job);
                }
                if let Some(worker) = self.workers.get_mut(uid) {
                    worker.containers[at].busy = true;
                }
                if !self.run_hook(uid, at, Hook::PostStart, now, tools) {
                    self.hook_done(uid, at, Hook::PostStart, &ProbeResult::Success, now, tools);
                }
                let delay = self.jitter(2_500, 5_000);
                self.after(uid, now, delay, Job::Sync);
            }
            Err(error) => {
                let ended = Terminated {
                    code: error.code,
                    reason: error.reason,
                    message: Some(error.message.clone()),
                    started: None,
                    finished: now,
                    id: work.id.clone(),
                };
                self.tell(uid, Some(at), "Warning", "Failed", format!("Error: {}", error.message), now, tools);
                self.ended(uid, at, ended, now);
            }
        }
        self.after(uid, now, Duration::from_millis(1), Job::Proceed);
    }
}

/// Whether a claim's volume can be mounted on the node: it is bound, and attached where that is needed.
fn is_at_hand(claim: &Key, node: &str, api: &ApiServer, kinds: &WellKnown) -> bool {
    let store = api.store();
    let claim = store.get(kinds.persistent_volume_claim.id, claim).filter(|claim| storage::is_bound(claim));
    let volume = claim
        .and_then(|claim| store.get(kinds.persistent_volume.id, &Key::new("", storage::text(claim, "/volumeName"))));
    volume.is_some_and(|volume| {
        let key = || Key::new("", &storage::attachment_name(volume, node));
        let attached = || store.get(kinds.volume_attachment.id, &key()).is_some_and(|one| storage::is_attached(one));
        !storage::is_attachable(volume) || attached()
    })
}

/// A delay as Go prints it: `10s`, `2m40s`.
fn go_seconds(seconds: u64) -> String {
    if seconds < 60 { format!("{seconds}s") } else { format!("{}m{}s", seconds / 60, seconds % 60) }
}

/// What a volume is made from, if that is missing: a ConfigMap, a Secret, or a key of one.
fn missing_source(volume: &Volume, namespace: &Arc<str>, api: &ApiServer, kinds: &WellKnown) -> Option<String> {
    let missing = |secret: bool, name: &str, optional: Option<bool>, items: &Option<Vec<KeyToPath>>| {
        let (kind, word, short) = match secret {
            true => (&kinds.secret, "secret", "secret"),
            false => (&kinds.config_map, "configmap", "config"),
        };
        if optional == Some(true) {
            return None;
        }
        let key = Key { namespace: Arc::clone(namespace), name: name.into() };
        let Some(object) = api.store().get(kind.id, &key) else { return Some(format!("{word} \"{name}\" not found")) };
        let has = |key: &str| {
            let data = object.rest.json();
            ["data", "binaryData"].iter().any(|field| data.is_some_and(|data| !data[field][key].is_null()))
        };
        let item = items.iter().flatten().find(|item| !has(&item.key))?;
        Some(format!("references non-existent {short} key: {}", item.key))
    };
    if let Some(source) = &volume.config_map {
        return missing(false, &source.name, source.optional, &source.items);
    }
    if let Some(source) = &volume.secret {
        return missing(true, source.secret_name.as_deref().unwrap_or_default(), source.optional, &source.items);
    }
    let mut sources = volume.projected.as_ref()?.sources.iter().flatten();
    sources.find_map(|source| {
        let map = source.config_map.as_ref().and_then(|one| missing(false, &one.name, one.optional, &one.items));
        map.or_else(|| source.secret.as_ref().and_then(|one| missing(true, &one.name, one.optional, &one.items)))
    })
}
