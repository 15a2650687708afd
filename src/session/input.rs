//! What goes into a world and what comes out.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::network::Traced;
use super::world::World;
use crate::collections::SortedMap;
use crate::machine::{Capture, Child, File, SpawnSpec, file::Null};
use crate::sim::Time;

/// What a world is made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// `kubeadm`, `minikube`, …
    pub profile: String,
    /// What its chance is made from.
    pub seed: u64,
    /// When it begins.
    pub start: Time,
}

/// Something done to a world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// Keys were pressed.
    Keys {
        /// In which terminal, from 0.
        terminal: u32,
        /// What the terminal sends for them.
        text: String,
    },
    /// A terminal has a new size; the first time opens it.
    Resize {
        /// Which.
        terminal: u32,
        /// Characters across.
        columns: u16,
        /// Lines.
        rows: u16,
    },
    /// A script runs unseen; its end comes back in [`Outputs::checks`].
    Check {
        /// Comes back with the answer.
        id: u64,
        /// What bash is given.
        script: String,
    },
    /// A script is started unseen.
    Background {
        /// What bash is given.
        script: String,
    },
    /// A file is put on the learner's machine.
    Write {
        /// Its path.
        path: String,
        /// What it holds.
        content: String,
        /// `chmod +x`.
        executable: bool,
    },
}

/// An [`Input`] with its instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Time,
    /// What.
    pub input: Input,
}

/// What a world has shown.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    /// Bytes for each terminal.
    pub terminals: SortedMap<u32, Vec<u8>>,
    /// Checks that have ended.
    pub checks: Vec<Checked>,
    /// Connections that were made.
    pub traffic: Vec<Rc<Traced>>,
}

/// The end of an [`Input::Check`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Of [`Input::Check`].
    pub id: u64,
    /// Its exit status.
    pub exit: i32,
    /// What it printed.
    pub output: String,
}

/// A check that was started.
pub(super) struct RunningCheck {
    id: u64,
    output: Capture,
    /// `None` where bash itself could not be started.
    child: Option<Child>,
}

fn bash(world: &World, script: &str, output: Rc<dyn File>) -> Option<Child> {
    let null: Rc<dyn File> = Rc::new(Null);
    let fds = [(0, null), (1, Rc::clone(&output)), (2, output)].into();
    let spec = SpawnSpec { fds: Some(fds), cwd: Some("/root".into()), ..SpawnSpec::new(["bash", "-c", script]) };
    world.host().run(spec, None).ok()
}

impl RunningCheck {
    pub(super) fn start(world: &World, id: u64, script: &str) -> RunningCheck {
        let output = Capture::default();
        let child = bash(world, script, Rc::new(output.clone()));
        RunningCheck { id, output, child }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.child.as_ref().is_none_or(|child| child.process().ended().is_some())
    }

    pub(super) fn result(self) -> Checked {
        let status = self.child.and_then(|child| child.process().ended());
        Checked { id: self.id, exit: status.map_or(127, |status| status.code()), output: self.output.text() }
    }
}

/// Starts a script of which nobody asks the end.
pub(super) fn background(world: &World, script: &str) {
    let _ = bash(world, script, Rc::new(Null));
}

/// Puts a file on the learner's machine.
pub(super) fn write(world: &World, path: &str, content: &str, executable: bool) {
    let files = world.host().files();
    let path = crate::machine::files::normalize(path);
    if let Some((directory, _)) = path.rsplit_once('/') {
        let _ = files.mkdir_all(directory);
    }
    let _ = files.write("/", &path, content.as_bytes());
    if executable {
        let _ = files.change("/", &path, |inode| inode.mode |= 0o111);
    }
}
