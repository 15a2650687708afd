//! Reading files and standard input, line by line as the input comes.

use std::rc::Rc;

use super::args::short_name;
use crate::machine::{Errno, File, OpenOptions, Process};

/// Something to read from.
pub struct Input {
    process: Process,
    file: Option<Rc<dyn File>>,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
}

/// No line is longer than this in memory.
const LINE_MAX: usize = 16 << 20;

impl Input {
    /// Opens a file; `-` is standard input.
    pub fn open(process: &Process, path: &str) -> Result<Input, Errno> {
        let file = if path == "-" { None } else { Some(process.open(path, OpenOptions::READ)?) };
        Ok(Input { process: process.clone(), file, buffer: Vec::new(), start: 0, ended: false })
    }

    /// Reads what is open already.
    pub fn from_file(process: &Process, file: Rc<dyn File>) -> Input {
        Input { process: process.clone(), file: Some(file), buffer: Vec::new(), start: 0, ended: false }
    }

    /// What comes next; nothing at the end.
    pub async fn chunk(&mut self) -> Result<Vec<u8>, Errno> {
        if self.start < self.buffer.len() {
            let rest = self.buffer.split_off(self.start);
            self.buffer.clear();
            self.start = 0;
            return Ok(rest);
        }
        match &self.file {
            Some(file) => self.process.read_file_object(file, 1 << 16).await,
            None => self.process.read(0, 1 << 16).await,
        }
    }

    /// The next line with its newline, if it has one.
    pub async fn line(&mut self) -> Result<Option<Vec<u8>>, Errno> {
        loop {
            if let Some(length) = self.buffer[self.start..].iter().position(|&byte| byte == b'\n') {
                let line = self.buffer[self.start..=self.start + length].to_vec();
                self.start += length + 1;
                return Ok(Some(line));
            }
            if self.ended || self.buffer.len() - self.start > LINE_MAX {
                let line = self.buffer.split_off(self.start);
                self.buffer.clear();
                self.start = 0;
                return Ok((!line.is_empty()).then_some(line));
            }
            self.buffer.drain(..self.start);
            self.start = 0;
            let more = match &self.file {
                Some(file) => self.process.read_file_object(file, 1 << 16).await?,
                None => self.process.read(0, 1 << 16).await?,
            };
            self.ended = more.is_empty();
            self.buffer.extend_from_slice(&more);
        }
    }
}

/// The files named, or standard input where none is.
pub fn or_stdin(operands: &[String]) -> Vec<String> {
    if operands.is_empty() { vec!["-".to_owned()] } else { operands.to_vec() }
}

/// Opens an input; where that fails, says so in the program's name.
pub async fn open(process: &Process, path: &str) -> Option<Input> {
    match Input::open(process, path) {
        Ok(input) => Some(input),
        Err(errno) => {
            complain(process, path, errno).await;
            None
        }
    }
}

/// `name: path: why`
pub async fn complain(process: &Process, path: &str, errno: Errno) {
    let name = short_name(&process.args());
    process.err(&format!("{name}: {path}: {errno}\n")).await;
}

/// All lines of several inputs, without newlines, as text; the status tells of trouble.
pub async fn all_lines(process: &Process, operands: &[String]) -> (Vec<String>, i32) {
    let (mut lines, mut status) = (Vec::new(), 0);
    for path in or_stdin(operands) {
        let Some(mut input) = open(process, &path).await else {
            status = 1;
            continue;
        };
        loop {
            match input.line().await {
                Ok(Some(line)) => lines.push(text(&line)),
                Ok(None) => break,
                Err(errno) => {
                    complain(process, &path, errno).await;
                    status = 1;
                    break;
                }
            }
        }
    }
    (lines, status)
}

/// A line as text without its newline.
pub fn text(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    String::from_utf8_lossy(line).into_owned()
}
