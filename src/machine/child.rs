//! Children: what to start, how it ended, waiting for it.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use super::file::File;
use super::process::{Pid, Process};
use super::signal::Signal;
use crate::collections::SortedMap;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// It returned this.
    Exited(i32),
    /// A signal took it down.
    Signaled(Signal),
}

impl ExitStatus {
    /// As a shell's `$?`: 128 and the signal's number for a process that a signal took down.
    pub fn code(self) -> i32 {
        match self {
            ExitStatus::Exited(code) => code & 0xff,
            ExitStatus::Signaled(signal) => 128 + signal.0,
        }
    }
}

/// What may happen to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It ended.
    Ended(ExitStatus),
    /// It was stopped.
    Stopped(Signal),
}

/// What a process does with a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// What the signal does by default.
    Default,
    /// Nothing.
    Ignore,
    /// It waits until the program asks for it.
    Catch,
}

/// The group that a new process joins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Group {
    /// Its parent's.
    #[default]
    Inherit,
    /// One of its own.
    New,
    /// This one.
    Join(Pid),
}

/// Open files by descriptor.
pub type Fds = SortedMap<i32, Rc<dyn File>>;

/// What to start, and with what.
#[derive(Clone, Default)]
pub struct SpawnSpec {
    /// Name and arguments.
    pub argv: Vec<String>,
    /// The file to run where it is not what `argv[0]` finds along PATH.
    pub path: Option<String>,
    /// The environment; the parent's where not given.
    pub env: Option<SortedMap<String, String>>,
    /// The working directory; the parent's where not given.
    pub cwd: Option<String>,
    /// The open files; the parent's where not given.
    pub fds: Option<Fds>,
    /// The process group.
    pub group: Group,
}

impl SpawnSpec {
    /// Runs `argv` with all that the parent has.
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> SpawnSpec {
        SpawnSpec { argv: argv.into_iter().map(Into::into).collect(), ..SpawnSpec::default() }
    }
}

/// A child, to be waited for.
#[derive(Clone)]
pub struct Child(pub(super) Process);

impl Child {
    /// The child's number.
    pub fn pid(&self) -> Pid {
        self.0.pid()
    }

    /// The child itself.
    pub fn process(&self) -> &Process {
        &self.0
    }

    /// Waits for its end.
    pub async fn wait(&self) -> ExitStatus {
        poll_fn(|cx| match self.0.ended() {
            Some(status) => Poll::Ready(status),
            None => {
                self.0.note_waiter(cx.waker());
                Poll::Pending
            }
        })
        .await
    }

    /// Waits until it ends or is stopped.
    pub async fn wait_change(&self) -> Change {
        poll_fn(|cx| {
            if let Some(change) = self.try_change() {
                return Poll::Ready(change);
            }
            self.0.note_waiter(cx.waker());
            Poll::Pending
        })
        .await
    }

    /// Its end, or a stop that was not told of yet.
    pub fn try_change(&self) -> Option<Change> {
        if let Some(status) = self.0.ended() {
            return Some(Change::Ended(status));
        }
        let signal = self.0.stopped()?;
        (!self.0.stop_was_told()).then_some(Change::Stopped(signal))
    }
}

impl From<Process> for Child {
    fn from(process: Process) -> Child {
        Child(process)
    }
}
