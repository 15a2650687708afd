//! `diff`: normal and unified output of files and directories, as GNU diffutils print them.

mod lines;

use lines::{Change, changes};

use super::args::{self, No, Parsed, Value};
use super::files::{inode, join};
use crate::collections::Sort;
use crate::machine::{Process, date};

/// One side of a comparison.
struct Side {
    name: String,
    /// When it was written, for the header.
    time: u64,
    bytes: Vec<u8>,
}

/// diff -u -U -N -r -q -s -i -b -w
pub async fn diff(process: Process) -> i32 {
    let flags = [
        ('u', "unified", No),
        ('U', "«", Value),
        ('N', "new-file", No),
        ('r', "recursive", No),
        ('q', "brief", No),
        ('s', "report-identical-files", No),
        ('i', "ignore-case", No),
        ('b', "ignore-space-change", No),
        ('w', "ignore-all-space", No),
    ];
    let parsed = match args::parse(&process, &flags, args::GNU_2).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let wrong = match parsed.operands.as_slice() {
        [_, _] => None,
        [] => Some(format!("missing operand after '{}'", args::short_name(&process.args()))),
        [one] => Some(format!("missing operand after '{one}'")),
        [_, _, extra, ..] => Some(format!("extra operand '{extra}'")),
    };
    if let Some(wrong) = wrong {
        process.err(&format!("diff: {wrong}\ndiff: Try 'diff --help' for more information.\n")).await;
        return 2;
    }
    let context = match parsed.value('U').map(str::parse::<usize>) {
        Some(Err(_)) => {
            let given = parsed.value('U').unwrap_or_default();
            process.err(&format!("diff: invalid context length '{given}'\n")).await;
            return 2;
        }
        Some(Ok(lines)) => Some(lines),
        None => parsed.has('u').then_some(3),
    };
    let (mut old, mut new) = (parsed.operands[0].clone(), parsed.operands[1].clone());
    // A file beside a directory is compared with the directory's file of that name.
    let is_dir = |path: &str| path != "-" && inode(&process, path, true).is_ok_and(|inode| inode.is_dir());
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    match (is_dir(&old), is_dir(&new)) {
        (true, false) => old = join(&old, &last(&new)),
        (false, true) => new = join(&new, &last(&old)),
        _ => {}
    }
    let differ = Differ { process, parsed, context };
    differ.places(&old, &new).await
}

struct Differ {
    process: Process,
    parsed: Parsed,
    context: Option<usize>,
}

impl Differ {
    /// Compares two files, or all that is in two directories; the worst status counts.
    async fn places(&self, old: &str, new: &str) -> i32 {
        let mut status = 0;
        let mut waiting = vec![(old.to_owned(), new.to_owned(), false)];
        while let Some((old, new, below)) = waiting.pop() {
            if !(self.is_dir(&old) && self.is_dir(&new)) {
                status = status.max(self.files(&old, &new, below).await);
                continue;
            }
            if below && !self.parsed.has('r') {
                self.process.out(&format!("Common subdirectories: {old} and {new}\n")).await;
                continue;
            }
            let list = |dir: &str| self.process.machine().files().list(&self.process.cwd(), dir).unwrap_or_default();
            let (mine, theirs) = (list(&old), list(&new));
            let mut names: Vec<&String> = mine.iter().chain(&theirs).collect();
            names.arrange();
            names.dedup();
            // The last that is put aside is looked at first.
            let mut next = Vec::new();
            for name in names {
                let (in_old, in_new) = (mine.contains(name), theirs.contains(name));
                if (in_old && in_new) || self.parsed.has('N') {
                    next.push((join(&old, name), join(&new, name), true));
                    continue;
                }
                let dir = if in_old { &old } else { &new };
                self.process.out(&format!("Only in {dir}: {name}\n")).await;
                status = status.max(1);
            }
            waiting.extend(next.into_iter().rev());
        }
        status
    }

    fn is_dir(&self, path: &str) -> bool {
        path != "-" && inode(&self.process, path, true).is_ok_and(|inode| inode.is_dir())
    }

    async fn side(&self, path: &str, below: bool) -> Result<Side, i32> {
        let name = path.to_owned();
        if path == "-" {
            let bytes = self.process.read_to_end(0).await.unwrap_or_default();
            return Ok(Side { name, time: self.process.sim().now().0, bytes });
        }
        let absent = || Side { name: path.to_owned(), time: 0, bytes: Vec::new() };
        match (inode(&self.process, path, true), self.process.read_file(path).await) {
            (Ok(inode), Ok(bytes)) => Ok(Side { name, time: inode.mtime.0, bytes }),
            // An open descriptor of its own: `<(…)`.
            (Err(_), Ok(bytes)) => Ok(Side { name, time: self.process.sim().now().0, bytes }),
            (Err(_), _) if self.parsed.has('N') && below => Ok(absent()),
            (_, Err(crate::machine::Errno::NotFound)) if self.parsed.has('N') => Ok(absent()),
            (Err(errno), _) | (_, Err(errno)) => {
                self.process.err(&format!("diff: {path}: {errno}\n")).await;
                Err(2)
            }
        }
    }

    async fn files(&self, old: &str, new: &str, below: bool) -> i32 {
        let (old, new) = match (self.side(old, below).await, self.side(new, below).await) {
            (Ok(old), Ok(new)) => (old, new),
            _ => return 2,
        };
        let has = |letter| self.parsed.has(letter);
        let split = |side: &Side| -> Vec<Vec<u8>> {
            side.bytes.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
        };
        let (was, is) = (split(&old), split(&new));
        let seen = |lines: &[Vec<u8>]| -> Vec<Vec<u8>> { lines.iter().map(|line| self.seen(line)).collect() };
        let changes = changes(&seen(&was), &seen(&is));
        if changes.is_empty() {
            if has('s') {
                self.process.out(&format!("Files {} and {} are identical\n", old.name, new.name)).await;
            }
            return 0;
        }
        if has('q') {
            self.process.out(&format!("Files {} and {} differ\n", old.name, new.name)).await;
            return 1;
        }
        let mut out = Vec::new();
        if below {
            // Which command would say the same of these two alone.
            let words = self.process.args();
            let options = words.iter().skip(1).filter(|word| word.starts_with('-') && word.len() > 1);
            let options: String = options.map(|word| format!("{word} ")).collect();
            out.extend(format!("diff {options}{} {}\n", old.name, new.name).bytes());
        }
        match self.context {
            None => normal(&changes, &was, &is, &mut out),
            Some(context) => {
                for (mark, side) in [("---", &old), ("+++", &new)] {
                    let time = date::format("%Y-%m-%d %H:%M:%S.%N %z", side.time);
                    out.extend(format!("{mark} {}\t{time}\n", side.name).bytes());
                }
                unified(&changes, &was, &is, context, &mut out);
            }
        }
        let _ = self.process.write(1, &out).await;
        1
    }

    /// The line as the options let it be seen.
    fn seen(&self, line: &[u8]) -> Vec<u8> {
        let has = |letter| self.parsed.has(letter);
        let mut seen = Vec::new();
        for &byte in line {
            let blank = byte.is_ascii_whitespace() && byte != b'\n';
            if blank && has('w') {
                continue;
            }
            if blank && has('b') && seen.last() == Some(&b' ') {
                continue;
            }
            if has('b') && byte == b'\n' && seen.last() == Some(&b' ') {
                seen.pop();
            }
            let byte = if has('i') { byte.to_ascii_lowercase() } else { byte };
            seen.push(if blank && has('b') { b' ' } else { byte });
        }
        seen
    }
}

fn put(out: &mut Vec<u8>, mark: &str, line: &[u8]) {
    out.extend(mark.bytes());
    out.extend(line);
    if !line.ends_with(b"\n") {
        out.extend(b"\n\\ No newline at end of file\n");
    }
}

/// `2,3c2`, `< …`, `---`, `> …`.
fn normal(changes: &[Change], was: &[Vec<u8>], is: &[Vec<u8>], out: &mut Vec<u8>) {
    for Change { old, new } in changes {
        let span = |range: &std::ops::Range<usize>| match range.len() {
            0 => range.start.to_string(),
            1 => (range.start + 1).to_string(),
            _ => format!("{},{}", range.start + 1, range.end),
        };
        let letter = match (old.is_empty(), new.is_empty()) {
            (true, _) => 'a',
            (_, true) => 'd',
            _ => 'c',
        };
        out.extend(format!("{}{letter}{}\n", span(old), span(new)).bytes());
        was[old.clone()].iter().for_each(|line| put(out, "< ", line));
        if letter == 'c' {
            out.extend(b"---\n");
        }
        is[new.clone()].iter().for_each(|line| put(out, "> ", line));
    }
}

/// `@@ -1,4 +1,5 @@` and the lines around the changes.
fn unified(changes: &[Change], was: &[Vec<u8>], is: &[Vec<u8>], context: usize, out: &mut Vec<u8>) {
    let near = |a: &Change, b: &Change| b.old.start - a.old.end <= context.saturating_mul(2);
    for group in changes.chunk_by(near) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let before = first.old.start.min(context);
        let after = (was.len() - last.old.end).min(context);
        let (from, to) = (first.old.start - before, last.old.end + after);
        let span = |start: usize, end: usize| match end - start {
            0 => format!("{start},0"),
            1 => (start + 1).to_string(),
            count => format!("{},{count}", start + 1),
        };
        let (new_from, new_to) = (first.new.start - before, last.new.end + after);
        out.extend(format!("@@ -{} +{} @@\n", span(from, to), span(new_from, new_to)).bytes());
        let mut at = from;
        for Change { old, new } in group {
            was[at..old.start].iter().for_each(|line| put(out, " ", line));
            was[old.clone()].iter().for_each(|line| put(out, "-", line));
            is[new.clone()].iter().for_each(|line| put(out, "+", line));
            at = old.end;
        }
        was[at..to].iter().for_each(|line| put(out, " ", line));
    }
}
