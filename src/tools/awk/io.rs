//! What awk reads and writes: records, files and commands by their names.

use std::rc::Rc;

use super::value::regex;
use crate::collections::SortedMap;
use crate::machine::{Child, Errno, File, OpenOptions, Process, SpawnSpec, pipe};
use crate::tools::awk::ast::Target;
use crate::tools::input::Input;

/// Records of one input.
pub struct Reader {
    input: Input,
    buffer: Vec<u8>,
    ended: bool,
}

/// No record is longer.
const MAX_RECORD: usize = 16 << 20;

impl Reader {
    /// Reads a file; `-` is standard input.
    pub fn open(process: &Process, path: &str) -> Result<Reader, Errno> {
        let path = if path == "/dev/stdin" { "-" } else { path };
        Ok(Reader { input: Input::open(process, path)?, buffer: Vec::new(), ended: false })
    }

    /// The next record, as RS separates them.
    pub async fn next(&mut self, separator: &str) -> Result<Option<Rc<str>>, Errno> {
        if separator.is_empty() {
            self.skip_newlines().await?;
        }
        loop {
            let whole = self.ended || self.buffer.len() > MAX_RECORD;
            if let Some((end, next)) = self.end_of_record(separator, whole) {
                let record = String::from_utf8_lossy(&self.buffer[..end]).into();
                self.buffer.drain(..next);
                return Ok(Some(record));
            }
            if whole {
                if separator.is_empty() {
                    while self.buffer.last() == Some(&b'\n') {
                        self.buffer.pop();
                    }
                }
                let rest = std::mem::take(&mut self.buffer);
                return Ok((!rest.is_empty()).then(|| String::from_utf8_lossy(&rest).into()));
            }
            let more = self.input.chunk().await?;
            self.ended = more.is_empty();
            self.buffer.extend(more);
        }
    }

    async fn skip_newlines(&mut self) -> Result<(), Errno> {
        loop {
            let newlines = self.buffer.iter().take_while(|byte| **byte == b'\n').count();
            self.buffer.drain(..newlines);
            if self.ended || !self.buffer.is_empty() {
                return Ok(());
            }
            let more = self.input.chunk().await?;
            self.ended = more.is_empty();
            self.buffer.extend(more);
        }
    }

    /// Where the record ends and where the next begins; `whole` when nothing more will come.
    fn end_of_record(&self, separator: &str, whole: bool) -> Option<(usize, usize)> {
        match separator.as_bytes() {
            [] => {
                let end = self.buffer.windows(2).position(|pair| pair == b"\n\n")?;
                let newlines = self.buffer[end..].iter().take_while(|byte| **byte == b'\n').count();
                Some((end, end + newlines))
            }
            [byte] => self.buffer.iter().position(|other| other == byte).map(|end| (end, end + 1)),
            // A longer match may still come, so everything is read first.
            _ if !whole => None,
            _ => {
                let text = String::from_utf8_lossy(&self.buffer);
                let (low, high) = regex(separator).ok()?.find(&text, 0)?[0]?;
                (high > low && text.len() == self.buffer.len()).then_some((low, high))
            }
        }
    }
}

/// Somewhere to write.
struct Sink {
    file: Rc<dyn File>,
    child: Option<Child>,
}

/// Somewhere to read.
struct Fount {
    reader: Reader,
    child: Option<Child>,
}

/// The open files and commands of a program.
pub struct Streams {
    process: Process,
    sinks: SortedMap<String, Sink>,
    founts: SortedMap<String, Fount>,
    /// What goes to standard output, not yet written.
    pending: Vec<u8>,
    /// Whether somebody watches.
    eager: bool,
}

/// So much is collected before it is written.
const BUFFER: usize = 4096;
/// No program has more open.
const MAX_OPEN: usize = 250;

impl Streams {
    /// Those of a program that has just begun.
    pub fn new(process: &Process) -> Streams {
        let eager = process.is_tty(1);
        Streams {
            process: process.clone(),
            sinks: SortedMap::default(),
            founts: SortedMap::default(),
            pending: Vec::new(),
            eager,
        }
    }

    /// Writes what was collected.
    pub async fn flush(&mut self) -> Result<(), Errno> {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() { Ok(()) } else { self.process.write(1, &pending).await }
    }

    /// Writes to standard output.
    pub async fn print(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        self.pending.extend_from_slice(bytes);
        if self.eager || self.pending.len() >= BUFFER { self.flush().await } else { Ok(()) }
    }

    /// Writes to a file or a command, which is opened at the first time.
    pub async fn write(&mut self, target: Target, name: &str, bytes: &[u8]) -> Result<(), Errno> {
        match name {
            "/dev/stdout" | "-" if target != Target::Command => return self.print(bytes).await,
            "/dev/stderr" if target != Target::Command => return self.process.write(2, bytes).await,
            _ => {}
        }
        if self.sinks.get(name).is_none() {
            if self.sinks.len() + self.founts.len() >= MAX_OPEN {
                return Err(Errno::TooManyFiles);
            }
            let sink = match target {
                Target::File => Sink { file: self.process.open(name, OpenOptions::WRITE)?, child: None },
                Target::Append => Sink { file: self.process.open(name, OpenOptions::APPEND)?, child: None },
                Target::Command => {
                    self.flush().await?;
                    let (read, file) = pipe();
                    let child = self.start(name, 0, read)?;
                    Sink { file, child: Some(child) }
                }
            };
            self.sinks.insert(name.to_owned(), sink);
        }
        let Some(sink) = self.sinks.get(name) else { return Ok(()) };
        self.process.write_file_object(&sink.file, bytes).await
    }

    /// The next record of a file or of what a command prints, which is opened at the first time.
    pub async fn read(&mut self, command: bool, name: &str, separator: &str) -> Result<Option<Rc<str>>, Errno> {
        if self.founts.get(name).is_none() {
            if self.sinks.len() + self.founts.len() >= MAX_OPEN {
                return Err(Errno::TooManyFiles);
            }
            let fount = if command {
                self.flush().await?;
                let (read, write) = pipe();
                let child = self.start(name, 1, write)?;
                let input = Input::from_file(&self.process, read);
                Fount { reader: Reader { input, buffer: Vec::new(), ended: false }, child: Some(child) }
            } else {
                Fount { reader: Reader::open(&self.process, name)?, child: None }
            };
            self.founts.insert(name.to_owned(), fount);
        }
        match self.founts.get_mut(name) {
            Some(fount) => fount.reader.next(separator).await,
            None => Ok(None),
        }
    }

    /// Starts `sh -c command` with one of its streams elsewhere.
    fn start(&self, command: &str, fd: i32, file: Rc<dyn File>) -> Result<Child, Errno> {
        let mut fds = self.process.fds();
        fds.insert(fd, file);
        self.process.spawn(SpawnSpec { fds: Some(fds), ..SpawnSpec::new(["sh", "-c", command]) })
    }

    /// `system(command)`: its exit status.
    pub async fn system(&mut self, command: &str) -> Result<i32, Errno> {
        self.flush().await?;
        let child = self.process.spawn(SpawnSpec::new(["sh", "-c", command]))?;
        Ok(child.wait().await.code())
    }

    /// `close(name)`: the status of a command, 0 for a file, -1 for what is not open.
    pub async fn close(&mut self, name: &str) -> i32 {
        let sink = self.sinks.remove(name).map(|sink| sink.child);
        let fount = self.founts.remove(name).map(|fount| fount.child);
        match sink.or(fount) {
            None => -1,
            Some(None) => 0,
            Some(Some(child)) => child.wait().await.code(),
        }
    }

    /// Everything is written and every command has ended.
    pub async fn finish(&mut self) -> Result<(), Errno> {
        let flushed = self.flush().await;
        for (_, sink) in std::mem::take(&mut self.sinks) {
            drop(sink.file);
            if let Some(child) = sink.child {
                child.wait().await;
            }
        }
        self.founts = SortedMap::default();
        flushed
    }
}
