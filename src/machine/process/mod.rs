//! Processes: what a program sees of the machine it runs on.
//!
//! A process is a task of the simulation. It ends when its program returns or when a signal
//! takes it down, which drops the program's future where it stands. Reading and writing follow
//! POSIX: the end of a pipe, SIGPIPE, SIGTTIN.
//!
//! Diverges: no zombies, no sessions; a child's status is kept by whoever holds its [`Child`].

mod io;
mod signals;
mod spawn;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::child::{Disposition, ExitStatus, Fds, Group, SpawnSpec};
use super::errno::Errno;
use super::signal::Signal;
use super::tty::Tty;
use super::{LocalBoxFuture, Machine, files};
use crate::collections::SortedMap;
use crate::sim::{Duration, Sim, TaskId, Time};

/// Numbers a process, or a process group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pid(pub u32);

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

struct Inner {
    pid: Pid,
    parent: Pid,
    group: Cell<Pid>,
    machine: Machine,
    started: Time,
    args: RefCell<Vec<String>>,
    env: RefCell<SortedMap<String, String>>,
    cwd: RefCell<String>,
    fds: RefCell<Fds>,
    tty: RefCell<Option<Tty>>,
    /// Input that was read from a descriptor ahead of what was asked for.
    ahead: RefCell<SortedMap<i32, Vec<u8>>>,
    dispositions: RefCell<SortedMap<Signal, Disposition>>,
    pending: RefCell<Vec<Signal>>,
    debt: Cell<Duration>,
    task: Cell<Option<TaskId>>,
    stopped: Cell<Option<Signal>>,
    stop_told: Cell<bool>,
    ended: Cell<Option<ExitStatus>>,
    own_waiters: RefCell<Vec<Waker>>,
    waiters: RefCell<Vec<Waker>>,
}

/// What a process has from whoever started it.
struct Inherited {
    parent: Pid,
    /// None: a group of its own.
    group: Option<Pid>,
    env: SortedMap<String, String>,
    cwd: String,
    fds: Fds,
    tty: Option<Tty>,
    dispositions: SortedMap<Signal, Disposition>,
}

/// A handle on a process. Cloning is cheap.
#[derive(Clone)]
pub struct Process(Rc<Inner>);

/// Runs a program's future only while its process is neither stopped nor over.
struct Guarded {
    process: Process,
    program: LocalBoxFuture<'static, i32>,
}

impl Future for Guarded {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let inner = Rc::clone(&self.process.0);
        if inner.ended.get().is_some() {
            return Poll::Ready(());
        }
        if inner.stopped.get().is_some() {
            inner.own_waiters.borrow_mut().push(cx.waker().clone());
            return Poll::Pending;
        }
        match self.program.as_mut().poll(cx) {
            Poll::Ready(code) => {
                self.process.end(ExitStatus::Exited(code & 0xff));
                Poll::Ready(())
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

/// How much charged time may add up before it is spent.
const QUANTUM: Duration = Duration::from_micros(200);

impl Process {
    /// A process that nobody on this machine started.
    pub(super) fn first(machine: &Machine, tty: Option<Tty>, spec: &SpawnSpec) -> Process {
        let env = spec.env.clone().unwrap_or_else(|| machine.default_env());
        let cwd = spec.cwd.clone().unwrap_or_else(|| "/".to_owned());
        let fds = spec.fds.clone().unwrap_or_default();
        let inherited =
            Inherited { parent: Pid(0), group: None, env, cwd, fds, tty, dispositions: SortedMap::default() };
        Process::with(machine, spec, inherited)
    }

    fn child(&self, spec: &SpawnSpec) -> Process {
        let parent = &self.0;
        let dispositions = parent.dispositions.borrow();
        let ignored = dispositions.iter().filter(|(_, what)| **what == Disposition::Ignore);
        let inherited = Inherited {
            parent: parent.pid,
            group: match spec.group {
                Group::Inherit => Some(parent.group.get()),
                Group::New => None,
                Group::Join(group) => Some(group),
            },
            env: spec.env.clone().unwrap_or_else(|| parent.env.borrow().clone()),
            cwd: spec.cwd.clone().unwrap_or_else(|| parent.cwd.borrow().clone()),
            fds: spec.fds.clone().unwrap_or_else(|| parent.fds.borrow().clone()),
            tty: parent.tty.borrow().clone(),
            dispositions: ignored.map(|(signal, what)| (*signal, *what)).collect(),
        };
        Process::with(&parent.machine, spec, inherited)
    }

    fn with(machine: &Machine, spec: &SpawnSpec, inherited: Inherited) -> Process {
        let pid = machine.next_pid();
        Process(Rc::new(Inner {
            pid,
            parent: inherited.parent,
            group: Cell::new(inherited.group.unwrap_or(pid)),
            machine: machine.clone(),
            started: machine.sim().now(),
            args: RefCell::new(spec.argv.clone()),
            env: RefCell::new(inherited.env),
            cwd: RefCell::new(inherited.cwd),
            fds: RefCell::new(inherited.fds),
            tty: RefCell::new(inherited.tty),
            ahead: RefCell::default(),
            dispositions: RefCell::new(inherited.dispositions),
            pending: RefCell::default(),
            debt: Cell::default(),
            task: Cell::new(None),
            stopped: Cell::new(None),
            stop_told: Cell::new(false),
            ended: Cell::new(None),
            own_waiters: RefCell::default(),
            waiters: RefCell::default(),
        }))
    }

    pub(super) fn start(&self, program: LocalBoxFuture<'static, i32>) {
        self.0.machine.enter(self.clone());
        let guarded = Guarded { process: self.clone(), program };
        self.0.task.set(Some(self.sim().spawn(guarded)));
    }

    // -- who and where ------------------------------------------------------------------------

    /// Its number.
    pub fn pid(&self) -> Pid {
        self.0.pid
    }

    /// Its parent's number.
    pub fn parent(&self) -> Pid {
        self.0.parent
    }

    /// Its process group.
    pub fn group(&self) -> Pid {
        self.0.group.get()
    }

    /// Moves it to another process group.
    pub fn set_group(&self, group: Pid) {
        self.0.group.set(group);
    }

    /// When it started.
    pub fn started(&self) -> Time {
        self.0.started
    }

    /// The machine it runs on.
    pub fn machine(&self) -> &Machine {
        &self.0.machine
    }

    /// The simulation it lives in.
    pub fn sim(&self) -> &Sim {
        self.0.machine.sim()
    }

    /// Its name and arguments.
    pub fn args(&self) -> Vec<String> {
        self.0.args.borrow().clone()
    }

    /// Changes its name and arguments, as `exec` does.
    pub fn set_args(&self, args: Vec<String>) {
        *self.0.args.borrow_mut() = args;
    }

    /// A variable of its environment.
    pub fn env(&self, name: &str) -> Option<String> {
        self.0.env.borrow().get(name).cloned()
    }

    /// Its whole environment.
    pub fn environ(&self) -> SortedMap<String, String> {
        self.0.env.borrow().clone()
    }

    /// Replaces its environment.
    pub fn set_environ(&self, env: SortedMap<String, String>) {
        *self.0.env.borrow_mut() = env;
    }

    /// Its working directory.
    pub fn cwd(&self) -> String {
        self.0.cwd.borrow().clone()
    }

    /// Changes its working directory, which must be one.
    pub fn chdir(&self, path: &str) -> Result<(), Errno> {
        let files = self.0.machine.files();
        if !files.find(&self.cwd(), path)?.get()?.is_dir() {
            return Err(Errno::NotDir);
        }
        let cwd = files::normalize(&files::join(&self.cwd(), path));
        *self.0.cwd.borrow_mut() = cwd;
        Ok(())
    }

    /// Its terminal.
    pub fn tty(&self) -> Option<Tty> {
        self.0.tty.borrow().clone()
    }

    // -- time ---------------------------------------------------------------------------------

    /// Works for about this much virtual time (a seventh more or less).
    pub async fn spend(&self, span: Duration) {
        let jittered = self.0.machine.jitter(span + self.0.debt.take());
        self.0.machine.cpu().count(self.sim().now(), jittered);
        self.sim().sleep(jittered).await;
    }

    /// Charges for a small step. Small charges add up and are spent together, so that a
    /// builtin does not cost a timer; no endless loop of them takes no time.
    pub async fn charge(&self, span: Duration) {
        let debt = self.0.debt.get() + span;
        self.0.debt.set(debt);
        if debt >= QUANTUM {
            self.spend(Duration::ZERO).await;
        }
    }

    /// Runs a part of the program as a task of its own, so that deep recursion does not deepen
    /// the stack. It stands still and ends with the process.
    pub async fn detached<T: 'static>(&self, part: impl Future<Output = T> + 'static) -> T {
        struct AbortOnDrop(Sim, TaskId);
        impl Drop for AbortOnDrop {
            fn drop(&mut self) {
                self.0.abort(self.1);
            }
        }
        let done = Rc::new((RefCell::new(None), RefCell::new(None::<Waker>)));
        let (process, told) = (self.clone(), Rc::clone(&done));
        let mut part = Box::pin(part);
        let task = self.sim().spawn(async move {
            let value = poll_fn(|cx| {
                if process.stopped().is_some() {
                    process.0.own_waiters.borrow_mut().push(cx.waker().clone());
                    return Poll::Pending;
                }
                part.as_mut().poll(cx)
            })
            .await;
            *told.0.borrow_mut() = Some(value);
            if let Some(waker) = told.1.take() {
                waker.wake();
            }
        });
        let _abort = AbortOnDrop(self.sim().clone(), task);
        poll_fn(|cx| match done.0.take() {
            Some(value) => Poll::Ready(value),
            None => {
                *done.1.borrow_mut() = Some(cx.waker().clone());
                Poll::Pending
            }
        })
        .await
    }

    /// Sleeps, exactly.
    pub async fn sleep(&self, span: Duration) {
        self.sim().sleep(span).await;
    }

    // -- reading and writing ------------------------------------------------------------------

    // -- files --------------------------------------------------------------------------------

    // -- other processes ----------------------------------------------------------------------

    // -- signals ------------------------------------------------------------------------------
}
