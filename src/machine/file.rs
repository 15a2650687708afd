//! Open files: what a file descriptor refers to.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll};

use super::Errno;
use super::files::Node;
use super::fs::Kind;
use super::tty::Tty;
use crate::sim::{Rng, Sim};

/// An open file description. Descriptors in several processes may share one, and with it the
/// position.
pub trait File {
    /// Reads up to `max` bytes; none at the end of the file.
    fn poll_read(&self, cx: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>>;

    /// Writes some of `bytes` and tells how many.
    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>>;

    /// The terminal that this is, if it is one.
    fn tty(&self) -> Option<&Tty> {
        None
    }

    /// The inode behind it, if there is one.
    fn node(&self) -> Option<&Node> {
        None
    }

    /// Moves the position; tells where it was before. Pipes and terminals cannot.
    fn seek(&self, _to: usize) -> Result<usize, Errno> {
        Err(Errno::IllegalSeek)
    }
}

/// How a file is to be opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenOptions {
    /// For reading.
    pub read: bool,
    /// For writing.
    pub write: bool,
    /// Every write goes to the end.
    pub append: bool,
    /// Made if missing.
    pub create: bool,
    /// Emptied first.
    pub truncate: bool,
    /// Fails if it exists.
    pub exclusive: bool,
}

impl OpenOptions {
    /// As `<` opens.
    pub const READ: OpenOptions =
        OpenOptions { read: true, write: false, append: false, create: false, truncate: false, exclusive: false };
    /// As `>` opens.
    pub const WRITE: OpenOptions =
        OpenOptions { read: false, write: true, append: false, create: true, truncate: true, exclusive: false };
    /// As `>>` opens.
    pub const APPEND: OpenOptions =
        OpenOptions { read: false, write: true, append: true, create: true, truncate: false, exclusive: false };
    /// As `<>` opens.
    pub const READ_WRITE: OpenOptions =
        OpenOptions { read: true, write: true, append: false, create: true, truncate: false, exclusive: false };
}

/// A regular file (or directory) that is open.
pub(super) struct Regular {
    sim: Sim,
    node: Node,
    offset: Cell<usize>,
    options: OpenOptions,
}

impl Regular {
    pub(super) fn new(sim: Sim, node: Node, options: OpenOptions) -> Regular {
        node.fs.hold(node.ino);
        Regular { sim, node, offset: Cell::new(0), options }
    }
}

impl Drop for Regular {
    fn drop(&mut self) {
        self.node.fs.release(self.node.ino);
    }
}

impl File for Regular {
    fn poll_read(&self, _: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        if !self.options.read {
            return Poll::Ready(Err(Errno::BadFd));
        }
        Poll::Ready(match self.node.get() {
            Ok(inode) => match inode.kind {
                Kind::File(data) => {
                    let start = self.offset.get().min(data.len());
                    let end = start.saturating_add(max).min(data.len());
                    self.offset.set(end);
                    Ok(data[start..end].to_vec())
                }
                _ => Err(Errno::IsDir),
            },
            Err(errno) => Err(errno),
        })
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        if !self.options.write {
            return Poll::Ready(Err(Errno::BadFd));
        }
        let fs = &self.node.fs;
        if !fs.has_room(bytes.len()) {
            return Poll::Ready(Err(Errno::NoSpace));
        }
        let offset = &self.offset;
        let append = self.options.append;
        let written = fs.edit(self.node.ino, self.sim.now(), |data| {
            let start = if append { data.len() } else { offset.get() };
            if data.len() < start {
                data.resize(start, 0);
            }
            let over = bytes.len().min(data.len() - start);
            data[start..start + over].copy_from_slice(&bytes[..over]);
            data.extend_from_slice(&bytes[over..]);
            offset.set(start + bytes.len());
        });
        Poll::Ready(written.map(|()| bytes.len()))
    }

    fn node(&self) -> Option<&Node> {
        Some(&self.node)
    }

    fn seek(&self, to: usize) -> Result<usize, Errno> {
        Ok(self.offset.replace(to))
    }
}

/// /dev/null.
pub struct Null;

impl File for Null {
    fn poll_read(&self, _: &mut Context<'_>, _: usize) -> Poll<Result<Vec<u8>, Errno>> {
        Poll::Ready(Ok(Vec::new()))
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        Poll::Ready(Ok(bytes.len()))
    }
}

/// /dev/zero and /dev/full.
pub(super) struct Zero {
    pub(super) full: bool,
}

impl File for Zero {
    fn poll_read(&self, _: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        Poll::Ready(Ok(vec![0; max.min(1 << 16)]))
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        Poll::Ready(if self.full { Err(Errno::NoSpace) } else { Ok(bytes.len()) })
    }
}

/// /dev/urandom, from the machine's seed.
pub(super) struct Random(pub(super) RefCell<Rng>);

impl File for Random {
    fn poll_read(&self, _: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        let mut rng = self.0.borrow_mut();
        Poll::Ready(Ok((0..max.min(1 << 16)).map(|_| rng.bits().to_le_bytes()[3]).collect()))
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        Poll::Ready(Ok(bytes.len()))
    }
}

/// Bytes to read, as a here-document or a generated file.
pub struct Text {
    data: Vec<u8>,
    offset: Cell<usize>,
}

impl Text {
    /// A file that holds `data`.
    pub fn new(data: impl Into<Vec<u8>>) -> Text {
        Text { data: data.into(), offset: Cell::new(0) }
    }
}

impl File for Text {
    fn poll_read(&self, _: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        let start = self.offset.get().min(self.data.len());
        let end = start.saturating_add(max).min(self.data.len());
        self.offset.set(end);
        Poll::Ready(Ok(self.data[start..end].to_vec()))
    }

    fn poll_write(&self, _: &mut Context<'_>, _: &[u8]) -> Poll<Result<usize, Errno>> {
        Poll::Ready(Err(Errno::BadFd))
    }

    fn seek(&self, to: usize) -> Result<usize, Errno> {
        Ok(self.offset.replace(to))
    }
}

/// Keeps what is written, for whoever holds the other handle: tests, checks, logs.
#[derive(Clone, Default)]
pub struct Capture(Rc<RefCell<Vec<u8>>>);

/// A capture takes this much; the rest fails as on a full disk.
const CAPTURE_MAX: usize = 64 << 20;

impl Capture {
    /// What was written since the last call.
    pub fn take(&self) -> Vec<u8> {
        self.0.take()
    }

    /// What was written, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }
}

impl File for Capture {
    fn poll_read(&self, _: &mut Context<'_>, _: usize) -> Poll<Result<Vec<u8>, Errno>> {
        Poll::Ready(Err(Errno::BadFd))
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        let mut data = self.0.borrow_mut();
        if data.len() + bytes.len() > CAPTURE_MAX {
            return Poll::Ready(Err(Errno::NoSpace));
        }
        data.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }
}
