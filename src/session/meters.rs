//! What containers use, as a kubelet reads it from their cgroups.

use super::world::WeakWorld;
use crate::apiserver::usage::{self, Usage};
use crate::images;
use crate::machine::WINDOW;
use crate::sim::Time;

/// The image that answers metrics.k8s.io.
const METRICS_SERVER: &str = "registry.k8s.io/metrics-server/metrics-server";

/// See the module.
pub struct Meters {
    world: WeakWorld,
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meters")
    }
}

impl Meters {
    /// The meters of a world.
    pub fn new(world: WeakWorld) -> Meters {
        Meters { world }
    }
}

impl usage::Meters for Meters {
    fn serves(&self, pod_uid: &str) -> bool {
        let Some(world) = self.world.upgrade() else { return false };
        let Some(pod) = world.pods.borrow().get(pod_uid) else { return false };
        let containers = pod.containers.borrow();
        containers
            .values()
            .any(|container| container.image.image.repository == METRICS_SERVER && container.is_running())
    }

    fn container(&self, pod_uid: &str, name: &str, now: Time) -> Option<Usage> {
        let world = self.world.upgrade()?;
        let pod = world.pods.borrow().get(pod_uid)?;
        let container = pod.containers.borrow().get(name).cloned()?;
        if !container.is_running() || container.started + WINDOW > now {
            return None;
        }
        let figures = images::figures(container.image.image.repository);
        // A server's figures are those of its process; what runs beside it or instead is counted.
        let served = container.image.image.server.is_some();
        let idle = if served { figures.idle } else { 0 };
        let cpu = (idle + container.cpu.average(now)).min(container.cpu.limit());
        let held = container.machine().map_or(0, |(machine, _)| machine.memory().held());
        Some(Usage { cpu, memory: figures.memory + held })
    }
}
