//! The learner's terminals: each a login shell on the host.

use std::cell::Cell;
use std::rc::Rc;

use super::hash::Hasher;
use super::world::World;
use crate::collections::SortedMap;
use crate::machine::{Size, SpawnSpec, Tty};

/// How many terminals may be opened.
const MAX: usize = 16;

#[derive(Default)]
pub struct Terminals(SortedMap<u32, Terminal>);

struct Terminal {
    tty: Tty,
    /// Of everything that was ever shown.
    shown: Cell<Hasher>,
}

impl Terminals {
    /// Sizes a terminal; the first time opens it.
    pub fn resize(&mut self, world: &Rc<World>, id: u32, columns: u16, rows: u16) {
        let size = Size { cols: columns.max(1), rows: rows.max(1) };
        if let Some(terminal) = self.0.get(&id) {
            terminal.tty.resize(size);
        } else if self.0.len() < MAX {
            let tty = Tty::new(size);
            log_in(world, &tty);
            self.0.insert(id, Terminal { tty, shown: Cell::default() });
        }
    }

    /// Types into a terminal. Keys for one that is not open are lost.
    pub fn keys(&self, id: u32, bytes: &[u8]) {
        if let Some(terminal) = self.0.get(&id) {
            terminal.tty.input(bytes);
        }
    }

    /// Whether a command runs in the foreground of one of them.
    pub fn busy(&self) -> bool {
        self.0.values().any(|terminal| !terminal.tty.is_prompting())
    }

    /// One of them, if it is open.
    pub fn get(&self, id: u32) -> Option<&Tty> {
        self.0.get(&id).map(|terminal| &terminal.tty)
    }

    /// Moves what is to be shown into `outputs`.
    pub fn take_output(&self, outputs: &mut SortedMap<u32, Vec<u8>>) {
        for (&id, terminal) in &self.0 {
            let bytes = terminal.tty.take_output();
            if !bytes.is_empty() {
                let mut shown = terminal.shown.get();
                shown.bytes(&bytes);
                terminal.shown.set(shown);
                outputs.entry(id).or_default().extend(bytes);
            }
        }
    }

    /// Adds what was shown to a hash. What waits to be taken counts as shown.
    pub fn hash(&self, hasher: &mut Hasher) {
        for (&id, terminal) in &self.0 {
            let mut shown = terminal.shown.get();
            shown.bytes(&terminal.tty.peek_output());
            hasher.number(u64::from(id));
            hasher.number(shown.finish());
        }
    }
}

/// A login shell; when it ends, another follows.
fn log_in(world: &Rc<World>, tty: &Tty) {
    let (weak, tty) = (Rc::downgrade(world), tty.clone());
    world.sim.spawn(async move {
        loop {
            let Some(world) = weak.upgrade() else { return };
            let spec = SpawnSpec { cwd: Some("/root".into()), ..SpawnSpec::new(["bash", "--login"]) };
            let Ok(child) = world.host().run(spec, Some(tty.clone())) else { return };
            let sim = world.sim.clone();
            drop(world);
            child.wait().await;
            // No loop in zero time, whatever the profile files do.
            sim.sleep(crate::sim::Duration::from_millis(50)).await;
        }
    });
}
