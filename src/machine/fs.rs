//! One file system: inodes over a shared, read-only base layer.
//!
//! A container image's files are one [`Layer`] that all its containers share; what a machine
//! changes lies in a layer of its own, so ten thousand containers cost nothing until they
//! write. Inodes are plain values, so a file system can be cloned whole.
//!
//! Diverges: owners and modes are kept and shown; only the execute bit is enforced, since
//! everyone here is root.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::{Errno, Machine};
use crate::collections::SortedMap;
use crate::sim::Time;

/// Numbers an inode within its file system.
pub type Ino = u64;

/// The root directory's number.
pub const ROOT: Ino = 1;

/// A special file.
#[derive(Clone, Copy)]
pub enum Device {
    /// /dev/null
    Null,
    /// /dev/zero
    Zero,
    /// /dev/full
    Full,
    /// /dev/urandom
    Random,
    /// /dev/tty: the terminal of whoever opens it
    Tty,
    /// /dev/stdin and the like: what the opener has open under this number
    Fd(i32),
    /// A file whose text is made when it is opened, as in /proc
    Generated(fn(&Machine) -> String),
}

/// What an inode is.
#[derive(Clone)]
pub enum Kind {
    /// A directory.
    Dir(Rc<SortedMap<String, Ino>>),
    /// A regular file.
    File(Rc<Vec<u8>>),
    /// A symbolic link.
    Symlink(Rc<str>),
    /// A special file.
    Device(Device),
}

/// A file, directory, link or device.
#[derive(Clone)]
pub struct Inode {
    /// What it is, with its contents.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// When the contents last changed.
    pub mtime: Time,
    /// Names it has.
    pub links: u32,
}

impl Inode {
    /// A new inode of this kind, owned by root.
    pub fn new(kind: Kind, mode: u32, mtime: Time) -> Inode {
        Inode { kind, mode, uid: 0, gid: 0, mtime, links: 1 }
    }

    /// Size in bytes as `stat` tells it.
    pub fn size(&self) -> usize {
        match &self.kind {
            Kind::Dir(_) => 4096,
            Kind::File(data) => data.len(),
            Kind::Symlink(target) => target.len(),
            Kind::Device(_) => 0,
        }
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        matches!(self.kind, Kind::Dir(_))
    }

    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        matches!(self.kind, Kind::File(_))
    }

    /// Whether it is a symbolic link.
    pub fn is_symlink(&self) -> bool {
        matches!(self.kind, Kind::Symlink(_))
    }
}

/// A read-only set of inodes.
pub type Layer = Rc<SortedMap<Ino, Inode>>;

struct Inner {
    base: Layer,
    /// What differs from the base; `None`: removed.
    upper: RefCell<SortedMap<Ino, Option<Inode>>>,
    /// How many open files hold an inode that may have lost its last name.
    open: RefCell<SortedMap<Ino, u32>>,
    next: Cell<Ino>,
    used: Cell<usize>,
    quota: usize,
}

/// A file system. Cloning gives another handle on the same one.
#[derive(Clone)]
pub struct Fs(Rc<Inner>);

/// How many bytes may be written to one file system, the base layer not counted.
pub const QUOTA: usize = 64 << 20;

impl Fs {
    /// An empty file system.
    pub fn new(now: Time) -> Fs {
        let root = Inode::new(Kind::Dir(Rc::default()), 0o755, now);
        Fs::over(Rc::new(SortedMap::from([(ROOT, root)])))
    }

    /// A file system that begins as `base`.
    pub fn over(base: Layer) -> Fs {
        let next = base.last_key_value().map_or(ROOT, |(&ino, _)| ino) + 1;
        Fs(Rc::new(Inner {
            base,
            upper: RefCell::default(),
            open: RefCell::default(),
            next: Cell::new(next),
            used: Cell::new(0),
            quota: QUOTA,
        }))
    }

    /// Its present state as a layer for others to begin with.
    pub fn layer(&self) -> Layer {
        let mut all = SortedMap::clone(&self.0.base);
        for (&ino, inode) in self.0.upper.borrow().iter() {
            match inode {
                Some(inode) => all.insert(ino, inode.clone()),
                None => all.remove(&ino),
            };
        }
        Rc::new(all)
    }

    /// Whether both are handles on one file system.
    pub fn same(&self, other: &Fs) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// A copy of an inode (contents are shared, so this is cheap).
    pub fn get(&self, ino: Ino) -> Option<Inode> {
        match self.0.upper.borrow().get(&ino) {
            Some(inode) => inode.clone(),
            None => self.0.base.get(&ino).cloned(),
        }
    }

    /// Bytes written and still there.
    pub fn used(&self) -> usize {
        self.0.used.get()
    }

    /// Changes an inode.
    pub fn update<T>(&self, ino: Ino, change: impl FnOnce(&mut Inode) -> T) -> Result<T, Errno> {
        let mut upper = self.0.upper.borrow_mut();
        if !upper.contains_key(&ino) {
            upper.insert(ino, Some(self.0.base.get(&ino).cloned().ok_or(Errno::NotFound)?));
        }
        upper.get_mut(&ino).and_then(Option::as_mut).map(change).ok_or(Errno::NotFound)
    }

    /// Adds an inode that has no name yet.
    pub fn add(&self, inode: Inode) -> Ino {
        let ino = self.0.next.get();
        self.0.next.set(ino + 1);
        self.0.upper.borrow_mut().insert(ino, Some(inode));
        ino
    }

    /// Gives an inode a name.
    pub fn link(&self, dir: Ino, name: &str, ino: Ino, now: Time) -> Result<(), Errno> {
        if name.len() > 255 {
            return Err(Errno::NameTooLong);
        }
        self.update(dir, |dir| {
            dir.mtime = now;
            let Kind::Dir(entries) = &mut dir.kind else { return Err(Errno::NotDir) };
            Rc::make_mut(entries).insert(name.to_owned(), ino);
            Ok(())
        })?
    }

    /// Takes a name away; the inode goes with its last name, once nobody has it open.
    pub fn unlink(&self, dir: Ino, name: &str, now: Time) -> Result<(), Errno> {
        let ino = self.detach(dir, name, now)?;
        let links = self.update(ino, |inode| {
            inode.links = inode.links.saturating_sub(1);
            inode.links
        })?;
        if links == 0 && !self.0.open.borrow().contains_key(&ino) {
            self.forget(ino);
        }
        Ok(())
    }

    /// Takes a name away and leaves the inode alone: half of a rename.
    pub fn detach(&self, dir: Ino, name: &str, now: Time) -> Result<Ino, Errno> {
        self.update(dir, |dir| {
            dir.mtime = now;
            let Kind::Dir(entries) = &mut dir.kind else { return Err(Errno::NotDir) };
            Rc::make_mut(entries).remove(name).ok_or(Errno::NotFound)
        })?
    }

    fn forget(&self, ino: Ino) {
        if let Some(Inode { kind: Kind::File(data), .. }) = self.get(ino) {
            self.0.used.set(self.0.used.get().saturating_sub(data.len()));
        }
        let in_base = self.0.base.contains_key(&ino);
        let mut upper = self.0.upper.borrow_mut();
        if in_base {
            upper.insert(ino, None)
        } else {
            upper.remove(&ino)
        };
    }

    /// Notes that an open file holds the inode.
    pub(super) fn hold(&self, ino: Ino) {
        *self.0.open.borrow_mut().entry(ino).or_insert(0) += 1;
    }

    /// Notes that an open file was closed.
    pub(super) fn release(&self, ino: Ino) {
        let mut open = self.0.open.borrow_mut();
        let Some(count) = open.get_mut(&ino) else { return };
        *count -= 1;
        if *count > 0 {
            return;
        }
        open.remove(&ino);
        drop(open);
        if self.get(ino).is_some_and(|inode| inode.links == 0) {
            self.forget(ino);
        }
    }

    /// Changes a regular file's contents, within the quota.
    pub fn edit(&self, ino: Ino, now: Time, change: impl FnOnce(&mut Vec<u8>)) -> Result<(), Errno> {
        let (before, after) = self.update(ino, |inode| {
            let Kind::File(data) = &mut inode.kind else { return Err(Errno::Invalid) };
            let before = data.len();
            change(Rc::make_mut(data));
            inode.mtime = now;
            Ok((before, data.len()))
        })??;
        let used = (self.0.used.get() + after).saturating_sub(before);
        self.0.used.set(used);
        Ok(())
    }

    /// Whether `more` bytes still fit.
    pub fn has_room(&self, more: usize) -> bool {
        self.0.used.get().saturating_add(more) <= self.0.quota
    }
}
