//! The tree of files that a machine sees: a root file system, others mounted into it, and the
//! walk along a path.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::Errno;
use super::fs::{Fs, Ino, Inode, Kind, ROOT};
use crate::sim::{Sim, Time};

/// One inode in one file system.
#[derive(Clone)]
pub struct Node {
    /// Where it lies.
    pub fs: Fs,
    /// Its number there.
    pub ino: Ino,
}

impl Node {
    /// The inode's present state.
    pub fn get(&self) -> Result<Inode, Errno> {
        self.fs.get(self.ino).ok_or(Errno::NotFound)
    }

    /// Whether both are the same inode.
    pub fn same(&self, other: &Node) -> bool {
        self.ino == other.ino && self.fs.same(&other.fs)
    }
}

struct Mount {
    at: Node,
    /// What appears there.
    root: Node,
    path: String,
    read_only: bool,
}

struct Inner {
    sim: Sim,
    root: Fs,
    mounts: RefCell<Vec<Mount>>,
}

/// A machine's files. Cloning gives another handle on the same ones.
#[derive(Clone)]
pub struct Files(Rc<Inner>);

/// Where a walk along a path ended.
pub struct Walk {
    /// The directory in which the last name was looked up.
    pub parent: Node,
    /// The last name; empty for the root directory.
    pub name: String,
    /// What was found, if anything.
    pub node: Option<Node>,
    /// The path without links, `.` and `..`.
    pub path: String,
}

/// Joins a path to the directory it is relative to, without touching the files.
pub fn join(cwd: &str, path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", cwd.trim_end_matches('/')) }
}

/// Takes `.`, `..` and doubled slashes out of an absolute path, by its text alone.
pub fn normalize(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

impl Files {
    /// Files with `root` at their root.
    pub fn new(sim: Sim, root: Fs) -> Files {
        Files(Rc::new(Inner { sim, root, mounts: RefCell::default() }))
    }

    fn now(&self) -> Time {
        self.0.sim.now()
    }

    /// The root file system.
    pub fn root(&self) -> &Fs {
        &self.0.root
    }

    /// Makes `fs` appear at the directory `path`, which is made if need be.
    pub fn mount(&self, path: &str, fs: Fs, read_only: bool) -> Result<(), Errno> {
        self.bind(path, Node { fs, ino: ROOT }, read_only)
    }

    /// Makes a directory or a file of some file system appear at `path`, which is made if need be. It stays what it
    /// is there even if it loses its name.
    pub fn bind(&self, path: &str, root: Node, read_only: bool) -> Result<(), Errno> {
        if root.get()?.is_dir() {
            self.mkdir_all(path)?;
        } else {
            self.mkdir_all(path.rsplit_once('/').map_or("/", |(above, _)| above))?;
            if self.find("/", path).is_err() {
                self.create("/", path, Kind::File(Rc::default()), 0o644)?;
            }
        }
        let walk = self.walk("/", path, true)?;
        let at = walk.node.ok_or(Errno::NotFound)?;
        if at.get()?.is_dir() != root.get()?.is_dir() {
            return Err(Errno::NotDir);
        }
        if root.ino != ROOT {
            root.fs.hold(root.ino);
        }
        self.0.mounts.borrow_mut().push(Mount { at, root, path: walk.path, read_only });
        Ok(())
    }

    /// Takes a mounted file system away again.
    pub fn unmount(&self, path: &str) -> Result<(), Errno> {
        let path = normalize(path);
        let mut mounts = self.0.mounts.borrow_mut();
        let place = mounts.iter().rposition(|mount| mount.path == path).ok_or(Errno::Invalid)?;
        mounts.remove(place);
        Ok(())
    }

    /// Where file systems are mounted.
    pub fn mounts(&self) -> Vec<String> {
        self.0.mounts.borrow().iter().map(|mount| mount.path.clone()).collect()
    }

    fn through_mounts(&self, node: Node) -> Node {
        let mounts = self.0.mounts.borrow();
        match mounts.iter().rev().find(|mount| mount.at.same(&node)) {
            Some(mount) => mount.root.clone(),
            None => node,
        }
    }

    fn writable(&self, node: &Node) -> Result<(), Errno> {
        let mounts = self.0.mounts.borrow();
        match mounts.iter().any(|mount| mount.read_only && mount.root.fs.same(&node.fs)) {
            true => Err(Errno::ReadOnly),
            false => Ok(()),
        }
    }

    /// Walks along `path` from `cwd`. Only the last name may be missing. A link in last place
    /// is followed where `follow` says so.
    pub fn walk(&self, cwd: &str, path: &str, follow: bool) -> Result<Walk, Errno> {
        if path.is_empty() {
            return Err(Errno::NotFound);
        }
        if path.len() > 4095 {
            return Err(Errno::NameTooLong);
        }
        let joined = join(cwd, path);
        let root = self.through_mounts(Node { fs: self.0.root.clone(), ino: ROOT });
        let mut todo: VecDeque<String> = joined.split('/').map(str::to_owned).collect();
        let mut stack: Vec<(String, Node)> = Vec::new();
        let mut hops = 0;
        while let Some(part) = todo.pop_front() {
            let here = stack.last().map_or(&root, |(_, node)| node).clone();
            let inode = here.get()?;
            let Kind::Dir(entries) = &inode.kind else { return Err(Errno::NotDir) };
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    stack.pop();
                    continue;
                }
                _ => {}
            }
            let last = todo.iter().all(|part| part.is_empty());
            let Some(&ino) = entries.get(&part) else {
                if !last {
                    return Err(Errno::NotFound);
                }
                let mut path = path_of(&stack);
                if path != "/" {
                    path.push('/');
                }
                path.push_str(&part);
                return Ok(Walk { parent: here, name: part, node: None, path });
            };
            let node = Node { fs: here.fs.clone(), ino };
            if let Kind::Symlink(target) = node.get()?.kind
                && (!last || follow || !todo.is_empty())
            {
                hops += 1;
                if hops > 40 {
                    return Err(Errno::Loop);
                }
                if target.starts_with('/') {
                    stack.clear();
                }
                for part in target.split('/').rev() {
                    todo.push_front(part.to_owned());
                }
                continue;
            }
            stack.push((part, self.through_mounts(node)));
        }
        let path = path_of(&stack);
        let (name, node) = stack.pop().unwrap_or((String::new(), root.clone()));
        let parent = stack.pop().map_or(root, |(_, node)| node);
        Ok(Walk { parent, name, node: Some(node), path })
    }

    /// The inode at `path`, links followed.
    pub fn find(&self, cwd: &str, path: &str) -> Result<Node, Errno> {
        self.walk(cwd, path, true)?.node.ok_or(Errno::NotFound)
    }

    /// The inode at `path`; a link in last place is itself what is asked for.
    pub fn find_link(&self, cwd: &str, path: &str) -> Result<Node, Errno> {
        self.walk(cwd, path, false)?.node.ok_or(Errno::NotFound)
    }

    /// Makes an inode at `path`, which must not exist.
    pub fn create(&self, cwd: &str, path: &str, kind: Kind, mode: u32) -> Result<Node, Errno> {
        let walk = self.walk(cwd, path, false)?;
        if walk.node.is_some() {
            return Err(Errno::Exists);
        }
        self.create_at(&walk, kind, mode)
    }

    /// Makes an inode where a walk found nothing.
    pub fn create_at(&self, walk: &Walk, kind: Kind, mode: u32) -> Result<Node, Errno> {
        self.writable(&walk.parent)?;
        // Names cost room too, or a loop of `mkdir` would fill the tab's memory.
        if !walk.parent.fs.has_room(256) {
            return Err(Errno::NoSpace);
        }
        let ino = walk.parent.fs.add(Inode::new(kind, mode, self.now()));
        walk.parent.fs.link(walk.parent.ino, &walk.name, ino, self.now())?;
        Ok(Node { fs: walk.parent.fs.clone(), ino })
    }

    /// The whole contents of a regular or generated file.
    pub fn read(&self, cwd: &str, path: &str) -> Result<Rc<Vec<u8>>, Errno> {
        match self.find(cwd, path)?.get()?.kind {
            Kind::File(data) => Ok(data),
            Kind::Dir(_) => Err(Errno::IsDir),
            _ => Ok(Rc::default()),
        }
    }

    /// Writes a whole file, which is made if need be (with mode 0644).
    pub fn write(&self, cwd: &str, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        let walk = self.walk(cwd, path, true)?;
        let node = match walk.node.clone() {
            Some(node) => node,
            None => self.create_at(&walk, Kind::File(Rc::default()), 0o644)?,
        };
        self.writable(&node)?;
        if node.get()?.is_dir() {
            return Err(Errno::IsDir);
        }
        if !node.fs.has_room(bytes.len()) {
            return Err(Errno::NoSpace);
        }
        node.fs.edit(node.ino, self.now(), |data| {
            data.clear();
            data.extend_from_slice(bytes);
        })
    }

    /// Makes a directory and those above it; what exists already is fine.
    pub fn mkdir_all(&self, path: &str) -> Result<(), Errno> {
        let mut done = String::new();
        for part in normalize(path).split('/').filter(|part| !part.is_empty()) {
            done.push('/');
            done.push_str(part);
            let walk = self.walk("/", &done, true)?;
            match walk.node.clone() {
                Some(node) if node.get()?.is_dir() => {}
                Some(_) => return Err(Errno::NotDir),
                None => {
                    self.create_at(&walk, Kind::Dir(Rc::default()), 0o755)?;
                }
            }
        }
        Ok(())
    }

    /// Removes a name that is not a directory's.
    pub fn unlink(&self, cwd: &str, path: &str) -> Result<(), Errno> {
        let walk = self.walk(cwd, path, false)?;
        let node = walk.node.ok_or(Errno::NotFound)?;
        if node.get()?.is_dir() {
            return Err(Errno::IsDir);
        }
        if !node.fs.same(&walk.parent.fs) {
            return Err(Errno::Busy);
        }
        self.writable(&walk.parent)?;
        walk.parent.fs.unlink(walk.parent.ino, &walk.name, self.now())
    }

    /// Removes an empty directory.
    pub fn rmdir(&self, cwd: &str, path: &str) -> Result<(), Errno> {
        let walk = self.walk(cwd, path, false)?;
        let node = walk.node.ok_or(Errno::NotFound)?;
        let Kind::Dir(entries) = node.get()?.kind else { return Err(Errno::NotDir) };
        if !entries.is_empty() {
            return Err(Errno::NotEmpty);
        }
        if walk.name.is_empty() || !node.fs.same(&walk.parent.fs) {
            return Err(Errno::Busy);
        }
        self.writable(&walk.parent)?;
        walk.parent.fs.unlink(walk.parent.ino, &walk.name, self.now())
    }

    /// Gives a file another path, replacing what is there.
    pub fn rename(&self, cwd: &str, from: &str, to: &str) -> Result<(), Errno> {
        let source = self.walk(cwd, from, false)?;
        let target = self.walk(cwd, to, false)?;
        let node = source.node.ok_or(Errno::NotFound)?;
        if !source.parent.fs.same(&target.parent.fs) || !node.fs.same(&source.parent.fs) {
            return Err(Errno::CrossDevice);
        }
        self.writable(&source.parent)?;
        if node.get()?.is_dir() && format!("{}/", target.path).starts_with(&format!("{}/", source.path)) {
            return if target.path == source.path { Ok(()) } else { Err(Errno::Invalid) };
        }
        if let Some(old) = &target.node {
            if old.same(&node) {
                return Ok(());
            }
            match (node.get()?.is_dir(), old.get()?.kind) {
                (true, Kind::Dir(entries)) if !entries.is_empty() => return Err(Errno::NotEmpty),
                (true, Kind::Dir(_)) => self.rmdir(cwd, to)?,
                (true, _) => return Err(Errno::NotDir),
                (false, Kind::Dir(_)) => return Err(Errno::IsDir),
                (false, _) => self.unlink(cwd, to)?,
            }
        }
        let fs = &source.parent.fs;
        let ino = fs.detach(source.parent.ino, &source.name, self.now())?;
        fs.link(target.parent.ino, &target.name, ino, self.now())
    }

    /// Gives a file a second name.
    pub fn hard_link(&self, cwd: &str, from: &str, to: &str) -> Result<(), Errno> {
        let node = self.find_link(cwd, from)?;
        let target = self.walk(cwd, to, false)?;
        if target.node.is_some() {
            return Err(Errno::Exists);
        }
        if node.get()?.is_dir() {
            return Err(Errno::NotPermitted);
        }
        if !node.fs.same(&target.parent.fs) {
            return Err(Errno::CrossDevice);
        }
        self.writable(&node)?;
        node.fs.update(node.ino, |inode| inode.links += 1)?;
        node.fs.link(target.parent.ino, &target.name, node.ino, self.now())
    }

    /// The names in a directory, sorted by byte.
    pub fn list(&self, cwd: &str, path: &str) -> Result<Vec<String>, Errno> {
        match self.find(cwd, path)?.get()?.kind {
            Kind::Dir(entries) => Ok(entries.keys().cloned().collect()),
            _ => Err(Errno::NotDir),
        }
    }

    /// Changes an inode's mode, owner or time.
    pub fn change(&self, cwd: &str, path: &str, change: impl FnOnce(&mut Inode)) -> Result<(), Errno> {
        let node = self.find(cwd, path)?;
        self.writable(&node)?;
        node.fs.update(node.ino, change)
    }

    /// Opens a regular file's node for writing: an error where its file system is read-only.
    pub(super) fn check_writable(&self, node: &Node) -> Result<(), Errno> {
        self.writable(node)
    }
}

fn path_of(stack: &[(String, Node)]) -> String {
    if stack.is_empty() {
        return "/".to_owned();
    }
    stack.iter().fold(String::new(), |mut path, (name, _)| {
        path.push('/');
        path.push_str(name);
        path
    })
}
