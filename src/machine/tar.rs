//! Archives of files: POSIX's ustar, with GNU's way to write names of more than 100 bytes.

use std::rc::Rc;

use super::errno::Errno;
use super::files::{self, Files};
use super::fs::Kind;
use crate::sim::Time;

const BLOCK: usize = 512;
/// GNU tar writes records of this many blocks.
const RECORD: usize = 20 * BLOCK;

/// What a member is.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A directory.
    Dir,
    /// A file and its contents.
    File(Rc<Vec<u8>>),
    /// A symbolic link to that path.
    Link(String),
}

/// A member of an archive.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its path; a directory's ends with a slash.
    pub name: String,
    /// What it is.
    pub what: What,
    /// Permission bits.
    pub mode: u32,
    /// When it last changed.
    pub mtime: Time,
}

/// Adds what lies at `path` to an archive under the name `name`, a directory with all that is below it.
pub fn pack(files: &Files, cwd: &str, path: &str, name: &str, members: &mut Vec<Member>) -> Result<(), Errno> {
    let mut todo = vec![(path.to_owned(), name.to_owned())];
    while let Some((path, mut name)) = todo.pop() {
        let inode = files.find_link(cwd, &path)?.get()?;
        let what = match &inode.kind {
            Kind::File(data) => What::File(Rc::clone(data)),
            Kind::Symlink(target) => What::Link(target.to_string()),
            Kind::Device(_) => continue,
            Kind::Dir(entries) => {
                name = format!("{}/", name.trim_end_matches('/'));
                let folder = path.trim_end_matches('/');
                todo.extend(entries.keys().rev().map(|entry| (format!("{folder}/{entry}"), format!("{name}{entry}"))));
                What::Dir
            }
        };
        members.push(Member { name, what, mode: inode.mode, mtime: inode.mtime });
    }
    Ok(())
}

/// Writes a member into a directory, with the directories above it.
pub fn unpack(files: &Files, folder: &str, member: &Member) -> Result<(), Errno> {
    let path = files::normalize(&format!("{folder}/{}", files::normalize(&format!("/{}", member.name))));
    let above = path.rsplit_once('/').map_or("", |(above, _)| above);
    files.mkdir_all(above)?;
    match &member.what {
        What::Dir => files.mkdir_all(&path)?,
        What::Link(target) => {
            match files.unlink("/", &path) {
                Ok(()) | Err(Errno::NotFound) => {}
                Err(errno) => return Err(errno),
            }
            files.create("/", &path, Kind::Symlink(target.as_str().into()), 0o777)?;
            return Ok(());
        }
        What::File(bytes) => files.write("/", &path, bytes)?,
    }
    files.change("/", &path, |inode| inode.mode = member.mode & 0o7777)
}

/// An archive's bytes.
pub fn write(members: &[Member]) -> Vec<u8> {
    let mut out = Vec::new();
    for member in members {
        let (kind, data, target): (u8, &[u8], &str) = match &member.what {
            What::Dir => (b'5', &[], ""),
            What::File(data) => (b'0', data, ""),
            What::Link(target) => (b'2', &[], target),
        };
        if member.name.len() > 100 {
            let name = [member.name.as_bytes(), &[0]].concat();
            put(&mut out, b'L', "././@LongLink", "", &name, 0o644, Time(0));
        }
        put(&mut out, kind, &member.name, target, data, member.mode, member.mtime);
    }
    out.resize(out.len() + 2 * BLOCK, 0);
    out.resize(out.len().div_ceil(RECORD) * RECORD, 0);
    out
}

fn put(out: &mut Vec<u8>, kind: u8, name: &str, target: &str, data: &[u8], mode: u32, mtime: Time) {
    let mut head = [0; BLOCK];
    let mut field = |at: usize, width: usize, bytes: &[u8]| {
        let length = bytes.len().min(width);
        head[at..at + length].copy_from_slice(&bytes[..length]);
    };
    field(0, 100, name.as_bytes());
    field(100, 8, format!("{:07o}", mode & 0o7777).as_bytes());
    field(108, 8, b"0000000");
    field(116, 8, b"0000000");
    field(124, 12, format!("{:011o}", data.len()).as_bytes());
    field(136, 12, format!("{:011o}", mtime.secs()).as_bytes());
    field(148, 8, b"        ");
    field(156, 1, &[kind]);
    field(157, 100, target.as_bytes());
    field(257, 8, b"ustar\x0000");
    field(265, 32, b"root");
    field(297, 32, b"root");
    let sum: u32 = head.iter().map(|&byte| u32::from(byte)).sum();
    head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    out.extend_from_slice(&head);
    out.extend_from_slice(data);
    out.resize(out.len().div_ceil(BLOCK) * BLOCK, 0);
}

/// The members of an archive; `None` for what is none, or ends too early.
pub fn read(bytes: &[u8]) -> Option<Vec<Member>> {
    let mut members = Vec::new();
    let mut rest = bytes;
    let mut long: Option<String> = None;
    while let Some((head, after)) = rest.split_at_checked(BLOCK) {
        if head.iter().all(|&byte| byte == 0) {
            return Some(members);
        }
        let text = |at: usize, width: usize| {
            let field = &head[at..at + width];
            let end = field.iter().position(|&byte| byte == 0).unwrap_or(width);
            String::from_utf8_lossy(&field[..end]).trim().to_owned()
        };
        let number = |at: usize, width: usize| u64::from_str_radix(&text(at, width), 8).ok();
        let size = usize::try_from(number(124, 12)?).ok()?;
        let data = after.get(..size)?;
        rest = after.get(size.checked_next_multiple_of(BLOCK)?..).unwrap_or_default();
        if number(148, 8)?
            != head
                .iter()
                .enumerate()
                .map(|(at, &byte)| if (148..156).contains(&at) { 32 } else { u64::from(byte) })
                .sum::<u64>()
        {
            return None;
        }
        let what = match head[156] {
            b'L' => {
                long = Some(String::from_utf8_lossy(data).trim_end_matches('\0').to_owned());
                continue;
            }
            b'0' | 0 => What::File(Rc::new(data.to_vec())),
            b'5' => What::Dir,
            b'2' => What::Link(text(157, 100)),
            // What else there is, extended headers say.
            _ => continue,
        };
        let name = long.take().unwrap_or_else(|| match text(345, 155) {
            prefix if prefix.is_empty() => text(0, 100),
            prefix => format!("{prefix}/{}", text(0, 100)),
        });
        let mode = u32::try_from(number(100, 8)?).ok()?;
        members.push(Member { name, what, mode, mtime: Time::from_secs(number(136, 12)?) });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_broken_archives_end() {
        let member =
            |name: &str, what: What| Member { name: name.to_owned(), what, mode: 0o640, mtime: Time::from_secs(7) };
        let members = vec![
            member("a/", What::Dir),
            member("a/b", What::File(Rc::new(vec![1; 600]))),
            member(&format!("a/{}", "c".repeat(150)), What::File(Rc::default())),
            member("a/d", What::Link("b".to_owned())),
        ];
        let bytes = write(&members);
        assert_eq!(bytes.len() % RECORD, 0);
        assert_eq!(read(&bytes), Some(members));
        assert_eq!(read(&bytes[..700]), None);
        assert_eq!(read(&[1; 2048]), None);
    }
}
