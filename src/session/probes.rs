//! The kubelet's probes, carried out. Texts as pkg/probe words them.

use std::rc::Rc;

use super::boot;
use super::containers::Container;
use super::network;
use super::streams;
use super::world::World;
use crate::kubelet::runtime::{ProbeAction, ProbeResult};
use crate::machine::{HttpRequest, NetError, Signal, SpawnSpec};
use crate::sim::{Duration, Either, race};

/// Probes a container. The answer is given at once where nothing has to happen for it.
pub fn run(
    world: &Rc<World>,
    uid: &str,
    container: &Rc<Container>,
    action: &ProbeAction,
    timeout: Duration,
    id: u32,
) -> Option<ProbeResult> {
    if let ProbeAction::Tcp { host, port } = action {
        let listens = host.parse().is_ok_and(|ip| super::network::listener_at(world, ip, *port).is_some());
        return Some(match listens {
            true => ProbeResult::Success,
            false => ProbeResult::Failure(format!("dial tcp {host}:{port}: connect: connection refused")),
        });
    }
    let (weak, uid, container, action) = (Rc::downgrade(world), uid.to_owned(), Rc::clone(container), action.clone());
    let sim = world.sim.clone();
    world.sim.spawn(async move {
        let work = answer(weak.clone(), uid.clone(), Rc::clone(&container), action);
        // A probe that takes too long is the kubelet's to notice.
        let Either::First(Some(result)) = race(work, sim.sleep(timeout)).await else { return };
        if let Some(world) = weak.upgrade() {
            let now = world.sim.now();
            world.cluster().borrow_mut().probe_answered(&uid, &container.name, id, result, now);
        }
    });
    None
}

async fn answer(
    world: super::world::WeakWorld,
    uid: String,
    container: Rc<Container>,
    action: ProbeAction,
) -> Option<ProbeResult> {
    match action {
        ProbeAction::Tcp { .. } => None,
        ProbeAction::Http { scheme, host, port, path, headers } => {
            let url = format!("{scheme}://{host}:{port}{path}");
            let Some(listener) = network::listener_at(&*world.upgrade()?, host.parse().ok()?, port) else {
                let why = NetError::Refused;
                return Some(ProbeResult::Failure(format!("Get \"{url}\": dial tcp {host}:{port}: connect: {why}")));
            };
            let mut request = HttpRequest::new("GET", &path).with_header("User-Agent", "kube-probe/1.36");
            request.headers.extend(headers);
            let from = network::probe_source(&*world.upgrade()?, &uid)?;
            let response = listener.handle(request, from).await;
            Some(match response.status {
                200..=399 => ProbeResult::Success,
                status => ProbeResult::Failure(format!("HTTP probe failed with statuscode: {status}")),
            })
        }
        ProbeAction::Exec(argv) => {
            let world = world.upgrade()?;
            let machine = boot::machine_of(&world, &uid, &container)?;
            let (out, received) = streams::output();
            let null: Rc<dyn crate::machine::File> = Rc::new(crate::machine::file::Null);
            let fds = [(0, null), (1, Rc::clone(&out)), (2, out)].into();
            drop(world);
            let child = match machine.run(SpawnSpec { fds: Some(fds), ..SpawnSpec::new(argv) }, None) {
                Ok(child) => child,
                Err(errno) => return Some(ProbeResult::Failure(errno.text().to_lowercase())),
            };
            let guard = KillOnDrop(child.process().clone());
            let status = child.wait().await;
            drop(guard);
            let mut said = Vec::new();
            while let Some(bytes) = received.try_recv() {
                said.extend(bytes);
            }
            Some(match status.code() {
                0 => ProbeResult::Success,
                _ => ProbeResult::Failure(String::from_utf8_lossy(&said).into_owned()),
            })
        }
    }
}

/// A probe that ran out of time leaves no process behind.
struct KillOnDrop(crate::machine::Process);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        self.0.signal(Signal::KILL);
    }
}
