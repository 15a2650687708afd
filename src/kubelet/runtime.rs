//! The port through which kubelets run containers (Kubernetes' CRI).
//!
//! The kubelet decides what runs when; whoever implements [`Runtime`] runs it: the session with
//! simulated machines and programs, tests with [`super::fake::FakeRuntime`]. Both sides live in virtual
//! time, so nothing here waits: what takes time is told later through
//! `Cluster::container_exited` and `Cluster::probe_answered`.

use std::fmt::Debug;
use std::sync::Arc;

use crate::api::PodSpec;
use k8s_openapi::api::core::v1::Container;

use crate::sim::{Duration, Time};

/// What is known of an image in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFacts {
    /// The full name that the runtime reports: `docker.io/library/nginx:1.16.1`.
    pub name: Arc<str>,
    /// The name with digest that `imageID` shows.
    pub id: Arc<str>,
    /// Its size in bytes.
    pub size: u64,
    /// The user it runs as.
    pub uid: i64,
}

/// A container of a Pod, to be started.
#[derive(Debug)]
pub struct Start<'a> {
    /// The Pod's uid.
    pub pod_uid: &'a Arc<str>,
    /// The Pod's namespace.
    pub namespace: &'a str,
    /// The Pod's name.
    pub pod: &'a str,
    /// The Pod's spec: volumes, host network, DNS policy.
    pub spec: &'a PodSpec,
    /// The container as the spec has it.
    pub container: &'a Container,
    /// The container's environment, resolved: `valueFrom`, `$(NAME)` and service variables done.
    pub env: Vec<(String, String)>,
    /// `command` with `$(NAME)` replaced; empty for the image's own entry point.
    pub command: Vec<String>,
    /// `args` with `$(NAME)` replaced; empty for the image's own, unless `command` is given.
    pub args: Vec<String>,
    /// The image.
    pub image: &'a ImageFacts,
    /// The node it runs on.
    pub node: &'a str,
    /// The Pod's address.
    pub ip: &'a str,
    /// The Pod's host name.
    pub hostname: &'a str,
    /// `containerd://…` without the scheme.
    pub container_id: &'a str,
    /// How often this container was started before.
    pub restarts: u32,
    /// The present instant.
    pub now: Time,
}

/// A container that is known to end at an instant to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// When.
    pub at: Time,
    /// With which status.
    pub code: i32,
}

/// A container that could not be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartError {
    /// The reason shown in the container's state: `StartError`, `RunContainerError`.
    pub reason: &'static str,
    /// As containerd words it.
    pub message: String,
    /// The exit status that the container shows: 128 where the command cannot be executed.
    pub code: i32,
}

/// What a kubelet sends to a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The image's stop signal, usually SIGTERM: please end.
    Stop,
    /// SIGKILL: ends at once.
    Kill,
}

/// What a probe does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeAction {
    /// Runs a command in the container.
    Exec(Vec<String>),
    /// Asks over HTTP; 200 to 399 is success.
    Http {
        /// `http` or `https`.
        scheme: String,
        /// Address, the Pod's unless the probe names another.
        host: String,
        /// Port.
        port: u16,
        /// Path with query.
        path: String,
        /// Further headers.
        headers: Vec<(String, String)>,
    },
    /// Opens a connection.
    Tcp {
        /// Address.
        host: String,
        /// Port.
        port: u16,
    },
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeResult {
    /// All is well.
    Success,
    /// Not well, in the words of the event: `HTTP probe failed with statuscode: 500`.
    Failure(String),
}

/// Runs containers.
pub trait Runtime: Debug {
    /// Whether a reference to an image can be read at all.
    fn names_image(&self, reference: &str) -> bool;

    /// The facts of an image, or why it cannot be pulled, as containerd words it.
    fn image(&self, reference: &str) -> Result<ImageFacts, String>;

    /// Starts a container. An exit that is known beforehand is given back; any other is told
    /// later through `Cluster::container_exited`.
    fn start(&mut self, start: Start<'_>) -> Result<Option<Exit>, StartError>;

    /// Sends a signal. As with `start`, an exit may be given back or told later. After
    /// [`Signal::Kill`] the container is gone when this returns; its exit is given back or is
    /// taken as 137 now.
    fn signal(&mut self, pod_uid: &str, container: &str, signal: Signal, now: Time) -> Option<Exit>;

    /// Probes a container. `None`: the answer comes later, through `Cluster::probe_answered`, or
    /// not within `timeout`. `id` is given back with it.
    fn probe(
        &mut self,
        pod_uid: &str,
        container: &str,
        action: &ProbeAction,
        timeout: Duration,
        id: u32,
    ) -> Option<ProbeResult>;

    /// What the Pod's volumes show of the API may have changed.
    fn remount(&mut self, pod_uid: &str);

    /// Whether a container that has ended was killed because it used more memory than it may.
    fn was_out_of_memory(&self, pod_uid: &str, container: &str) -> bool;

    /// The Pod is gone: forgets its containers.
    fn remove(&mut self, pod_uid: &str);
}
