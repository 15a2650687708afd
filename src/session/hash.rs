//! The hash of a whole world: time, objects, files, logs, screens.

use super::terminals::Terminals;
use super::world::World;
use crate::machine::Files;
use crate::machine::fs::Kind;

/// FNV-1a over 64 bits: short, and the same on every machine.
#[derive(Clone, Copy)]
pub struct Hasher(u64);

impl Default for Hasher {
    fn default() -> Hasher {
        Hasher(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher {
    /// Adds bytes. Joined or apart makes no difference.
    pub fn bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Adds a text of its own.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        self.bytes(&[0xff]);
    }

    /// Adds a number.
    pub fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    /// The hash.
    pub fn finish(self) -> u64 {
        self.0
    }
}

/// See the module.
pub fn of(world: &World, terminals: &Terminals) -> u64 {
    let mut hasher = Hasher::default();
    hasher.number(world.sim.now().0);
    let cluster = world.cluster().borrow();
    let store = cluster.api().store();
    hasher.number(store.revision());
    for kind in cluster.api().kinds().iter() {
        for object in store.list(kind.id, None) {
            hasher.text(&object.to_value().to_string());
        }
    }
    files(world.host().files(), "/", &mut hasher);
    for (uid, pod) in world.pods.borrow().iter() {
        hasher.text(uid);
        for container in pod.containers.borrow().values() {
            hasher.text(&container.name);
            hasher.bytes(&container.log.read(&Default::default()));
            if let Some((machine, _)) = container.machine() {
                files(machine.files(), "/", &mut hasher);
            }
        }
    }
    hasher.number(world.traces.borrow().count);
    terminals.hash(&mut hasher);
    hasher.finish()
}

fn files(files: &Files, directory: &str, hasher: &mut Hasher) {
    for name in files.list("/", directory).unwrap_or_default() {
        let path = format!("{}/{name}", directory.trim_end_matches('/'));
        let Some(inode) = files.find_link("/", &path).ok().and_then(|node| node.get().ok()) else { continue };
        hasher.text(&path);
        hasher.number(u64::from(inode.mode));
        hasher.number(inode.mtime.0);
        match &inode.kind {
            Kind::Dir(_) => self::files(files, &path, hasher),
            Kind::File(content) => hasher.bytes(content),
            Kind::Symlink(target) => hasher.text(target),
            Kind::Device(_) => {}
        }
    }
}
