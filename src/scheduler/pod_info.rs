//! What the scheduler looks at in a Pod, reckoned once. Models the PodInfo of
//! pkg/scheduler/framework/types.go.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Container;

use super::terms::Terms;
use crate::api::quantity::Quantity;
use crate::api::{Key, Object, PodSpec};

/// What a container that asks for nothing is taken to use when nodes are compared.
const DEFAULT_MILLI_CPU: i64 = 100;
const DEFAULT_MEMORY: i64 = 200 * 1024 * 1024;

/// Amounts of what nodes have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Thousandths of a CPU.
    pub milli_cpu: i64,
    /// Bytes.
    pub memory: i64,
    /// Bytes of local storage.
    pub storage: i64,
}

impl Resources {
    /// Adds `other` `times` times; −1 takes it away.
    pub fn add(&mut self, other: &Resources, times: i64) {
        self.milli_cpu += other.milli_cpu * times;
        self.memory += other.memory * times;
        self.storage += other.storage * times;
    }

    fn max(self, other: Resources) -> Resources {
        Resources {
            milli_cpu: self.milli_cpu.max(other.milli_cpu),
            memory: self.memory.max(other.memory),
            storage: self.storage.max(other.storage),
        }
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct PodInfo {
    /// The Pod's key.
    pub key: Key,
    /// Its uid.
    pub uid: Arc<str>,
    /// The Pod as it was when it was queued.
    pub pod: Arc<Object>,
    /// What it asks for.
    pub requests: Resources,
    /// The same, with a small default for containers that do not say.
    pub nonzero: Resources,
    /// Whether it asks for nothing and is limited by nothing.
    pub best_effort: bool,
    /// The host ports that it needs.
    pub host_ports: Vec<(String, i32)>,
    /// Its managing owner.
    pub owner: Option<Arc<str>>,
    /// What it says of other Pods.
    pub(super) terms: Option<Box<Terms>>,
}

fn amounts(container: &Container) -> (Resources, Resources) {
    let requests = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    let amount = |name: &str| requests.and_then(|requests| Quantity::parse(&requests.get(name)?.0));
    let (cpu, memory) = (amount("cpu"), amount("memory"));
    let asked = Resources {
        milli_cpu: cpu.map_or(0, Quantity::milli_value),
        memory: memory.map_or(0, Quantity::value),
        storage: amount("ephemeral-storage").map_or(0, Quantity::value),
    };
    let nonzero = Resources {
        milli_cpu: cpu.map_or(DEFAULT_MILLI_CPU, Quantity::milli_value),
        memory: memory.map_or(DEFAULT_MEMORY, Quantity::value),
        ..asked
    };
    (asked, nonzero)
}

impl PodInfo {
    /// Reckons it.
    pub fn of(pod: &Arc<Object>) -> Option<PodInfo> {
        let spec = pod.spec::<PodSpec>()?;
        let (mut requests, mut nonzero) = (Resources::default(), Resources::default());
        for container in &spec.containers {
            let (asked, reckoned) = amounts(container);
            requests.add(&asked, 1);
            nonzero.add(&reckoned, 1);
        }
        // Init containers run one after the other, before the others; those that stay (sidecars)
        // add to what runs beside them.
        let mut sidecars = (Resources::default(), Resources::default());
        let mut peak = (Resources::default(), Resources::default());
        for container in spec.init_containers.iter().flatten() {
            let (asked, reckoned) = amounts(container);
            if container.restart_policy.as_deref() == Some("Always") {
                requests.add(&asked, 1);
                nonzero.add(&reckoned, 1);
                sidecars.0.add(&asked, 1);
                sidecars.1.add(&reckoned, 1);
            } else {
                let (mut with, mut with_reckoned) = sidecars;
                with.add(&asked, 1);
                with_reckoned.add(&reckoned, 1);
                peak = (peak.0.max(with), peak.1.max(with_reckoned));
            }
        }
        let ports = spec.containers.iter().flat_map(|container| container.ports.iter().flatten());
        let unlimited = |container: &Container| {
            container.resources.as_ref().is_none_or(|resources| {
                resources.requests.as_ref().is_none_or(|all| all.is_empty())
                    && resources.limits.as_ref().is_none_or(|all| all.is_empty())
            })
        };
        Some(PodInfo {
            key: pod.key(),
            uid: Arc::clone(&pod.meta.uid),
            pod: Arc::clone(pod),
            requests: requests.max(peak.0),
            nonzero: nonzero.max(peak.1),
            best_effort: spec.containers.iter().all(unlimited),
            host_ports: ports
                .filter_map(|port| {
                    let number = port.host_port.filter(|&number| number != 0)?;
                    Some((port.protocol.clone().unwrap_or_else(|| "TCP".to_owned()), number))
                })
                .collect(),
            owner: pod.meta.controller().map(|owner| Arc::clone(&owner.uid)),
            terms: Terms::of(&pod.meta.namespace, spec),
        })
    }

    /// How important it is.
    pub fn priority(&self) -> i32 {
        self.spec().and_then(|spec| spec.priority).unwrap_or(0)
    }

    /// The Pod's spec.
    pub fn spec(&self) -> Option<&PodSpec> {
        self.pod.spec::<PodSpec>()
    }
}
