//! What containers printed: the files that `kubectl logs` reads.
//!
//! Diverges: the newest mebibyte of a container is kept, where a kubelet rotates files of ten.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::api::time;
use crate::machine::{Errno, File};
use crate::sim::{Receiver, Sender, Sim, Time, channel};

/// How much of one container's output is kept.
const KEPT: usize = 1 << 20;

/// One line with its newline, if it ended in one.
#[derive(Clone, Debug)]
pub struct Line {
    /// When it was written.
    pub at: Time,
    /// What it says.
    pub text: Rc<[u8]>,
}

/// What was written at once, and the stream that it was written to: 0 for standard output.
pub type Piece = (usize, Vec<u8>);

#[derive(Default)]
struct Inner {
    lines: RefCell<VecDeque<Line>>,
    bytes: Cell<usize>,
    /// What standard output and standard error wrote since their last newline.
    partial: RefCell<[Vec<u8>; 2]>,
    followers: RefCell<Vec<Sender<Line>>>,
    /// Who sees everything as it is written, with the stream that it was written to.
    attached: RefCell<Vec<Sender<Piece>>>,
}

/// One container's log. Cloning gives another handle on the same one.
#[derive(Clone, Default)]
pub struct Log(Rc<Inner>);

/// What part of a log is asked for, as PodLogOptions has it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part {
    /// Only the last so many lines.
    pub tail: Option<usize>,
    /// Only what was written from then on.
    pub since: Option<Time>,
    /// Each line begins with its time.
    pub timestamps: bool,
    /// At most so many bytes.
    pub limit: Option<usize>,
}

impl Log {
    /// The file that a container has open as its standard output (or error).
    pub fn stream(&self, sim: &Sim, error: bool) -> Rc<dyn File> {
        Rc::new(Stream { log: self.clone(), sim: sim.clone(), error })
    }

    fn write(&self, at: Time, stream: usize, bytes: &[u8]) {
        self.0.attached.borrow_mut().retain(|attached| attached.send((stream, bytes.to_vec())).is_ok());
        let mut partial = self.0.partial.borrow_mut();
        let rest = &mut partial[stream];
        rest.extend_from_slice(bytes);
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            self.push(Line { at, text: line.into() });
        }
        // A line without an end would never be seen.
        if rest.len() > 16 << 10 {
            let line = std::mem::take(rest);
            self.push(Line { at, text: line.into() });
        }
    }

    fn push(&self, line: Line) {
        self.0.followers.borrow_mut().retain(|follower| follower.send(line.clone()).is_ok());
        let mut lines = self.0.lines.borrow_mut();
        self.0.bytes.set(self.0.bytes.get() + line.text.len());
        lines.push_back(line);
        while self.0.bytes.get() > KEPT {
            let Some(oldest) = lines.pop_front() else { break };
            self.0.bytes.set(self.0.bytes.get() - oldest.text.len());
        }
    }

    /// The container ended: an unfinished line is written out and followers see the end.
    pub fn close(&self, at: Time) {
        for stream in 0..2 {
            let rest = std::mem::take(&mut self.0.partial.borrow_mut()[stream]);
            if !rest.is_empty() {
                self.push(Line { at, text: rest.into() });
            }
        }
        self.0.followers.borrow_mut().clear();
        self.0.attached.borrow_mut().clear();
    }

    /// What is there, as bytes.
    pub fn read(&self, part: &Part) -> Vec<u8> {
        let lines = self.0.lines.borrow();
        let first = part.since.map_or(0, |since| lines.partition_point(|line| line.at < since));
        let first = part.tail.map_or(first, |tail| first.max(lines.len().saturating_sub(tail)));
        let mut bytes: Vec<u8> = lines.range(first..).flat_map(|line| line.show(part).into_owned()).collect();
        // What has not ended in a newline yet is there to read, too.
        if part.tail != Some(0) {
            self.0.partial.borrow().iter().for_each(|rest| bytes.extend_from_slice(rest));
        }
        bytes.truncate(part.limit.unwrap_or(usize::MAX));
        bytes
    }

    /// Lines to come. The channel ends when the container does.
    pub fn follow(&self) -> Receiver<Line> {
        let (sender, receiver) = channel();
        self.0.followers.borrow_mut().push(sender);
        receiver
    }
}

impl Log {
    /// What will be written, as it is written, and to which stream. The channel ends when the container does.
    pub fn attach(&self) -> Receiver<Piece> {
        let (sender, receiver) = channel();
        self.0.attached.borrow_mut().push(sender);
        receiver
    }
}

impl Line {
    /// The line as it is asked for.
    pub fn show(&self, part: &Part) -> Cow<'_, [u8]> {
        if !part.timestamps {
            return Cow::Borrowed(&self.text);
        }
        // Nanoseconds, as a runtime writes them; virtual time has microseconds.
        let micro = time::rfc3339_micro(self.at);
        let stamp = format!("{}000Z ", micro.trim_end_matches('Z'));
        Cow::Owned([stamp.as_bytes(), &self.text].concat())
    }
}

struct Stream {
    log: Log,
    sim: Sim,
    error: bool,
}

impl File for Stream {
    fn poll_read(&self, _: &mut Context<'_>, _: usize) -> Poll<Result<Vec<u8>, Errno>> {
        Poll::Ready(Err(Errno::BadFd))
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        self.log.write(self.sim.now(), usize::from(self.error), bytes);
        Poll::Ready(Ok(bytes.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_lines_with_their_times() {
        let log = Log::default();
        log.write(Time::from_secs(1), 0, b"one\ntw");
        log.write(Time::from_secs(2), 1, b"err\n");
        log.write(Time::from_secs(3), 0, b"o\nrest");
        let read = |part| String::from_utf8(log.read(&part)).unwrap();
        assert_eq!(read(Part::default()), "one\nerr\ntwo\nrest");
        assert_eq!(read(Part { tail: Some(1), ..Part::default() }), "two\nrest");
        assert_eq!(read(Part { since: Some(Time::from_secs(2)), limit: Some(5), ..Part::default() }), "err\nt");
        let stamped = read(Part { timestamps: true, ..Part::default() });
        assert!(stamped.starts_with("1970-01-01T00:00:01.000000000Z one\n"), "{stamped}");
    }

    #[test]
    fn forgets_the_oldest_and_tells_followers_the_end() {
        let log = Log::default();
        let follower = log.follow();
        for _ in 0..300 {
            log.write(Time(0), 0, &[b'x'; 10_000]);
            log.write(Time(0), 0, b"\n");
        }
        assert!(log.0.bytes.get() <= KEPT && log.0.bytes.get() > KEPT - 20_000);
        log.close(Time(0));
        let mut seen = 0;
        while follower.try_recv().is_some() {
            seen += 1;
        }
        assert_eq!(seen, 300);
    }
}
