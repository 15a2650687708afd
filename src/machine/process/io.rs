//! What a process reads and writes.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;

use super::{Pid, Process};
use crate::machine::child::{Disposition, Fds};
use crate::machine::errno::Errno;
use crate::machine::file::{self, File, OpenOptions};
use crate::machine::fs::{Device, Kind};
use crate::machine::signal::Signal;
use crate::machine::tty::{Size, Tty};
use crate::sim::Duration;

/// How many descriptors a process may have.
const FD_MAX: usize = 1024;

/// How much a program takes into memory of one input.
const READ_MAX: usize = 64 << 20;

impl Process {
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
}
