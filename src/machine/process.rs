//! Processes: what a program sees of the machine it runs on.
//!
//! A process is a task of the simulation. It ends when its program returns or when a signal
//! takes it down, which drops the program's future where it stands. Reading and writing follow
//! POSIX: the end of a pipe, SIGPIPE, SIGTTIN.
//!
//! Diverges: no zombies, no sessions; a child's status is kept by whoever holds its [`Child`].

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::child::{Child, Disposition, ExitStatus, Fds, Group, SpawnSpec};
use super::errno::Errno;
use super::file::{self, File, OpenOptions};
use super::files;
use super::fs::{Device, Kind};
use super::signal::{self, Signal};
use super::tty::{Size, Tty};
use super::{LocalBoxFuture, Machine, ProgramFn, program};
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

/// How many descriptors a process may have.
const FD_MAX: usize = 1024;

impl Process {
    pub(super) fn first(machine: &Machine, tty: Option<Tty>, spec: &SpawnSpec) -> Process {
        let pid = machine.next_pid();
        Process(Rc::new(Inner {
            pid,
            parent: Pid(0),
            group: Cell::new(pid),
            machine: machine.clone(),
            started: machine.sim().now(),
            args: RefCell::new(spec.argv.clone()),
            env: RefCell::new(spec.env.clone().unwrap_or_else(|| machine.default_env())),
            cwd: RefCell::new(spec.cwd.clone().unwrap_or_else(|| "/".to_owned())),
            fds: RefCell::new(spec.fds.clone().unwrap_or_default()),
            tty: RefCell::new(tty),
            ahead: RefCell::default(),
            dispositions: RefCell::default(),
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

    fn child(&self, spec: &SpawnSpec) -> Process {
        let parent = &self.0;
        let pid = parent.machine.next_pid();
        let group = match spec.group {
            Group::Inherit => parent.group.get(),
            Group::New => pid,
            Group::Join(group) => group,
        };
        let ignored = parent
            .dispositions
            .borrow()
            .iter()
            .filter(|(_, what)| **what == Disposition::Ignore)
            .map(|(k, v)| (*k, *v))
            .collect();
        Process(Rc::new(Inner {
            pid,
            parent: parent.pid,
            group: Cell::new(group),
            machine: parent.machine.clone(),
            started: parent.machine.sim().now(),
            args: RefCell::new(spec.argv.clone()),
            env: RefCell::new(spec.env.clone().unwrap_or_else(|| parent.env.borrow().clone())),
            cwd: RefCell::new(spec.cwd.clone().unwrap_or_else(|| parent.cwd.borrow().clone())),
            fds: RefCell::new(spec.fds.clone().unwrap_or_else(|| parent.fds.borrow().clone())),
            tty: RefCell::new(parent.tty.borrow().clone()),
            ahead: RefCell::default(),
            dispositions: RefCell::new(ignored),
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

    /// Lets about this much virtual time pass (a seventh more or less).
    pub async fn spend(&self, span: Duration) {
        let jittered = self.0.machine.jitter(span + self.0.debt.take());
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

    /// The open file behind a descriptor.
    pub fn fd(&self, fd: i32) -> Result<Rc<dyn File>, Errno> {
        self.0.fds.borrow().get(&fd).cloned().ok_or(Errno::BadFd)
    }

    /// All its open files.
    pub fn fds(&self) -> Fds {
        self.0.fds.borrow().clone()
    }

    /// Replaces all its open files.
    pub fn set_fds(&self, fds: Fds) {
        let old = self.0.fds.replace(fds);
        drop(old);
    }

    /// Opens `file` under the number `fd`.
    pub fn set_fd(&self, fd: i32, file: Rc<dyn File>) {
        let old = self.0.fds.borrow_mut().insert(fd, file);
        drop(old);
    }

    /// Closes a descriptor.
    pub fn close(&self, fd: i32) -> Result<(), Errno> {
        let old = self.0.fds.borrow_mut().remove(&fd);
        old.map(drop).ok_or(Errno::BadFd)
    }

    /// Opens `file` under the lowest free number from `from` on.
    pub fn add_fd(&self, file: Rc<dyn File>, from: i32) -> Result<i32, Errno> {
        let mut fds = self.0.fds.borrow_mut();
        if fds.len() >= FD_MAX {
            return Err(Errno::TooManyFiles);
        }
        let fd = (from..).find(|fd| !fds.contains_key(fd)).unwrap_or(i32::MAX);
        fds.insert(fd, file);
        Ok(fd)
    }

    /// Whether a descriptor is a terminal.
    pub fn is_tty(&self, fd: i32) -> bool {
        self.fd(fd).is_ok_and(|file| file.tty().is_some())
    }

    /// The size of the terminal on its output, or of its controlling terminal.
    pub fn tty_size(&self) -> Option<Size> {
        let on_output = self.fd(1).ok().and_then(|file| file.tty().map(Tty::size));
        on_output.or_else(|| self.tty().map(|tty| tty.size()))
    }

    /// Reads up to `max` bytes; none at the end.
    pub async fn read(&self, fd: i32, max: usize) -> Result<Vec<u8>, Errno> {
        if let Some(bytes) = self.0.ahead.borrow_mut().remove(&fd) {
            let mut bytes = bytes;
            if bytes.len() > max {
                let rest = bytes.split_off(max);
                self.0.ahead.borrow_mut().insert(fd, rest);
            }
            return Ok(bytes);
        }
        let file = self.fd(fd)?;
        self.read_file_object(&file, max).await
    }

    /// Reads from an open file that need not have a descriptor.
    pub async fn read_file_object(&self, file: &Rc<dyn File>, max: usize) -> Result<Vec<u8>, Errno> {
        if let Some(tty) = file.tty() {
            // A background process that reads from its terminal is stopped.
            while tty.foreground() != self.group() && tty.foreground() != Pid(0) && self.tty().is_some() {
                if self.disposition(Signal::TTIN) != Disposition::Default {
                    return Err(Errno::Io);
                }
                self.0.machine.kill_group(self.group(), Signal::TTIN);
                crate::sim::yield_now().await;
            }
        }
        poll_fn(|cx| file.poll_read(cx, max)).await
    }

    /// Reads everything to the end.
    pub async fn read_to_end(&self, fd: i32) -> Result<Vec<u8>, Errno> {
        let mut all = Vec::new();
        loop {
            let bytes = self.read(fd, 1 << 16).await?;
            if bytes.is_empty() {
                return Ok(all);
            }
            if all.len() + bytes.len() > READ_MAX {
                return Err(Errno::NoMemory);
            }
            all.extend_from_slice(&bytes);
        }
    }

    /// Reads a line with its newline, if it has one; none at the end. What was read beyond it
    /// is kept for the next call in this process.
    pub async fn read_line(&self, fd: i32) -> Result<Option<Vec<u8>>, Errno> {
        let mut line = Vec::new();
        loop {
            let mut bytes = self.read(fd, 1 << 16).await?;
            if bytes.is_empty() {
                return Ok((!line.is_empty()).then_some(line));
            }
            if line.len() + bytes.len() > READ_MAX {
                return Err(Errno::NoMemory);
            }
            if let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
                let rest = bytes.split_off(end + 1);
                if !rest.is_empty() {
                    self.0.ahead.borrow_mut().insert(fd, rest);
                }
                line.extend_from_slice(&bytes);
                return Ok(Some(line));
            }
            line.extend_from_slice(&bytes);
        }
    }

    /// Writes all of `bytes`. Writing to a pipe that nobody reads ends the process by SIGPIPE
    /// unless it ignores or traps that.
    pub async fn write(&self, fd: i32, bytes: &[u8]) -> Result<(), Errno> {
        let file = self.fd(fd)?;
        self.write_file_object(&file, bytes).await
    }

    /// Writes to an open file that need not have a descriptor.
    pub async fn write_file_object(&self, file: &Rc<dyn File>, bytes: &[u8]) -> Result<(), Errno> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match poll_fn(|cx| file.poll_write(cx, rest)).await {
                Ok(n) => rest = &rest[n.min(rest.len())..],
                Err(Errno::Pipe) => {
                    self.signal(Signal::PIPE);
                    if self.0.ended.get().is_some() {
                        // The future is dropped as soon as it yields.
                        std::future::pending::<()>().await;
                    }
                    return Err(Errno::Pipe);
                }
                Err(errno) => return Err(errno),
            }
        }
        // Output takes time, or `yes >/dev/null` would never let go.
        self.charge(Duration::from_nanos(1000 + bytes.len() as u64 * 2)).await;
        Ok(())
    }

    /// Prints to standard output; errors are dropped, as programs that do not check do.
    pub async fn out(&self, text: &str) {
        let _ = self.write(1, text.as_bytes()).await;
    }

    /// Prints to standard error.
    pub async fn err(&self, text: &str) {
        let _ = self.write(2, text.as_bytes()).await;
    }

    // -- files --------------------------------------------------------------------------------

    /// Opens a file, relative to the working directory.
    pub fn open(&self, path: &str, options: OpenOptions) -> Result<Rc<dyn File>, Errno> {
        self.open_with_mode(path, options, 0o644)
    }

    /// Opens a file; `mode` is for one that is made.
    pub fn open_with_mode(&self, path: &str, options: OpenOptions, mode: u32) -> Result<Rc<dyn File>, Errno> {
        let own = path.strip_prefix("/dev/fd/").or_else(|| path.strip_prefix("/proc/self/fd/"));
        if let Some(fd) = own.and_then(|fd| fd.parse().ok()) {
            return self.fd(fd).map_err(|_| Errno::NotFound);
        }
        let files = self.0.machine.files();
        let walk = files.walk(&self.cwd(), path, true)?;
        let node = match walk.node.clone() {
            Some(_) if options.exclusive => return Err(Errno::Exists),
            Some(node) => node,
            None if options.create && !path.ends_with('/') => {
                files.create_at(&walk, Kind::File(Rc::default()), mode)?
            }
            None if options.create => return Err(Errno::IsDir),
            None => return Err(Errno::NotFound),
        };
        let writing = options.write || options.append;
        match node.get()?.kind {
            Kind::Dir(_) if writing => return Err(Errno::IsDir),
            Kind::Device(device) => return self.open_device(device),
            Kind::File(_) if writing => {
                files.check_writable(&node)?;
                if options.truncate {
                    node.fs.edit(node.ino, self.sim().now(), Vec::clear)?;
                }
            }
            _ => {}
        }
        Ok(Rc::new(file::Regular::new(self.sim().clone(), node, options)))
    }

    fn open_device(&self, device: Device) -> Result<Rc<dyn File>, Errno> {
        Ok(match device {
            Device::Null => Rc::new(file::Null),
            Device::Zero => Rc::new(file::Zero { full: false }),
            Device::Full => Rc::new(file::Zero { full: true }),
            Device::Random => Rc::new(file::Random(RefCell::new(self.0.machine.split_rng()))),
            Device::Tty => Rc::new(self.tty().ok_or(Errno::NotFound)?),
            Device::Fd(fd) => self.fd(fd).map_err(|_| Errno::NotFound)?,
            Device::Generated(make) => Rc::new(file::Text::new(make(&self.0.machine))),
        })
    }

    /// The whole contents of a file.
    pub async fn read_file(&self, path: &str) -> Result<Vec<u8>, Errno> {
        let file = self.open(path, OpenOptions::READ)?;
        let mut all = Vec::new();
        loop {
            let bytes = self.read_file_object(&file, 1 << 16).await?;
            if bytes.is_empty() {
                return Ok(all);
            }
            if all.len() + bytes.len() > READ_MAX {
                return Err(Errno::NoMemory);
            }
            all.extend_from_slice(&bytes);
        }
    }

    /// Writes a whole file.
    pub async fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        let file = self.open(path, OpenOptions::WRITE)?;
        self.write_file_object(&file, bytes).await
    }

    // -- other processes ----------------------------------------------------------------------

    /// The file that running `name` would run: a path, or a name to look for along `PATH`.
    pub fn find_program(&self, name: &str) -> Result<String, Errno> {
        self.find_program_in(name, &self.env("PATH").unwrap_or_default())
    }

    /// As [`Process::find_program`], along a search path of the caller's.
    pub fn find_program_in(&self, name: &str, search: &str) -> Result<String, Errno> {
        if name.contains('/') {
            self.check_executable(name)?;
            return Ok(name.to_owned());
        }
        let mut found = Errno::NotFound;
        for dir in search.split(':') {
            let path = files::join(if dir.is_empty() { "." } else { dir }, name);
            match self.check_executable(&path) {
                Ok(()) => return Ok(path),
                Err(Errno::Access) => found = Errno::Access,
                Err(_) => {}
            }
        }
        Err(found)
    }

    fn check_executable(&self, path: &str) -> Result<(), Errno> {
        let inode = self.0.machine.files().find(&self.cwd(), path)?.get()?;
        if !inode.is_file() || inode.mode & 0o111 == 0 {
            return Err(Errno::Access);
        }
        Ok(())
    }

    /// The program in a file and the arguments it is to be run with: those given, or an
    /// interpreter's before them.
    pub fn load(&self, path: &str, argv: &[String]) -> Result<(ProgramFn, Vec<String>), Errno> {
        let (mut path, mut argv) = (path.to_owned(), argv.to_vec());
        // A script's interpreter may be a script; Linux stops after four.
        for _ in 0..5 {
            self.check_executable(&path)?;
            let contents = self.0.machine.files().read(&self.cwd(), &path)?;
            if let Some(name) = program::named_by(&contents)? {
                let program = self.0.machine.programs().get(name).ok_or(Errno::ExecFormat)?;
                return Ok((program.run, argv));
            }
            let Some(line) = contents.strip_prefix(b"#!") else { return Err(Errno::ExecFormat) };
            let line =
                String::from_utf8_lossy(line.split(|&byte| byte == b'\n').next().unwrap_or_default()).into_owned();
            let (interpreter, option) = match line.trim().split_once([' ', '\t']) {
                Some((interpreter, option)) => (interpreter.to_owned(), Some(option.trim().to_owned())),
                None => (line.trim().to_owned(), None),
            };
            let rest = argv.split_off(argv.len().min(1));
            argv = [interpreter.clone()].into_iter().chain(option).chain([path]).chain(rest).collect();
            path = interpreter;
        }
        Err(Errno::Loop)
    }

    /// Starts a program in a child process.
    pub fn spawn(&self, spec: SpawnSpec) -> Result<Child, Errno> {
        let name = spec.path.clone().or_else(|| spec.argv.first().cloned()).ok_or(Errno::Invalid)?;
        let path = self.find_program(&name)?;
        let (run, argv) = self.load(&path, &spec.argv)?;
        self.spawn_with(SpawnSpec { argv, ..spec }, move |process| async move {
            process.spend(Duration::from_micros(900)).await;
            run(process).await
        })
    }

    /// Starts a child process that runs `program`, which need not be in the registry: a
    /// subshell, a background list.
    pub fn spawn_with<F: Future<Output = i32> + 'static>(
        &self,
        spec: SpawnSpec,
        program: impl FnOnce(Process) -> F,
    ) -> Result<Child, Errno> {
        if self.0.machine.is_crowded() {
            return Err(Errno::Again);
        }
        let child = self.child(&spec);
        child.start(Box::pin(program(child.clone())));
        Ok(Child(child))
    }

    /// Starts a child process with the same arguments and files.
    pub fn fork_with<F: Future<Output = i32> + 'static>(
        &self,
        program: impl FnOnce(Process) -> F,
    ) -> Result<Child, Errno> {
        self.spawn_with(SpawnSpec { argv: self.args(), ..SpawnSpec::default() }, program)
    }

    /// Sends a signal to the process `pid` of this machine.
    pub fn kill(&self, pid: Pid, signal: Signal) -> Result<(), Errno> {
        self.0.machine.kill(pid, signal)
    }

    // -- signals ------------------------------------------------------------------------------

    /// What the process does with a signal.
    pub fn disposition(&self, signal: Signal) -> Disposition {
        self.0.dispositions.borrow().get(&signal).copied().unwrap_or(Disposition::Default)
    }

    /// Says what the process does with a signal from now on. SIGKILL and SIGSTOP cannot be
    /// caught.
    pub fn trap(&self, signal: Signal, disposition: Disposition) {
        self.0.dispositions.borrow_mut().insert(signal, disposition);
    }

    /// The next signal that was caught; waits for one.
    pub async fn next_signal(&self) -> Signal {
        poll_fn(|cx| {
            let mut pending = self.0.pending.borrow_mut();
            if pending.is_empty() {
                self.0.own_waiters.borrow_mut().push(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(pending.remove(0))
        })
        .await
    }

    /// A signal that was caught and not asked for yet.
    pub fn take_signal(&self) -> Option<Signal> {
        let mut pending = self.0.pending.borrow_mut();
        (!pending.is_empty()).then(|| pending.remove(0))
    }

    /// Whether this signal was caught and not asked for yet.
    pub fn has_pending(&self, signal: Signal) -> bool {
        self.0.pending.borrow().contains(&signal)
    }

    /// Waits until some caught signal is there, and leaves it there.
    pub async fn signal_pending(&self) {
        poll_fn(|cx| {
            if self.0.pending.borrow().is_empty() {
                self.0.own_waiters.borrow_mut().push(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Delivers a signal.
    pub fn signal(&self, signal: Signal) {
        if self.0.ended.get().is_some() {
            return;
        }
        if matches!(signal, Signal::CONT | Signal::KILL) && self.0.stopped.take().is_some() {
            self.wake_own();
        }
        let unstoppable = matches!(signal, Signal::KILL | Signal::STOP);
        match self.disposition(signal) {
            Disposition::Catch if !unstoppable => {
                let mut pending = self.0.pending.borrow_mut();
                if !pending.contains(&signal) {
                    pending.push(signal);
                }
                drop(pending);
                self.wake_own();
            }
            Disposition::Ignore if !unstoppable => {}
            _ => match signal.default() {
                signal::Default::Terminate => self.end(ExitStatus::Signaled(signal)),
                signal::Default::Stop => {
                    self.0.stopped.set(Some(signal));
                    self.0.stop_told.set(false);
                    self.wake_waiters();
                }
                signal::Default::Ignore | signal::Default::Continue => {}
            },
        }
    }

    fn wake_own(&self) {
        for waker in self.0.own_waiters.take() {
            waker.wake();
        }
    }

    fn wake_waiters(&self) {
        for waker in self.0.waiters.take() {
            waker.wake();
        }
    }

    /// Ends the process: its files are closed, its future dropped, those who wait told.
    fn end(&self, status: ExitStatus) {
        if self.0.ended.get().is_some() {
            return;
        }
        self.0.ended.set(Some(status));
        self.set_fds(Fds::new());
        self.0.machine.leave(self.0.pid);
        if let Some(task) = self.0.task.take() {
            self.sim().abort(task);
        }
        self.wake_own();
        self.wake_waiters();
        if let Ok(parent) = self.0.machine.process(self.0.parent) {
            parent.signal(Signal::CHLD);
        }
    }

    /// Wakes `waker` when it ends or stops.
    pub(super) fn note_waiter(&self, waker: &Waker) {
        self.0.waiters.borrow_mut().push(waker.clone());
    }

    /// Whether somebody was told of its stop; from now on somebody was.
    pub(super) fn stop_was_told(&self) -> bool {
        self.0.stop_told.replace(true)
    }

    /// How it ended, if it did.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.0.ended.get()
    }

    /// The signal that stopped it, while it is stopped.
    pub fn stopped(&self) -> Option<Signal> {
        self.0.stopped.get()
    }
}

/// How much a program takes into memory of one input.
const READ_MAX: usize = 64 << 20;
