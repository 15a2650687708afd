//! What a program is run on: the JSON texts, or the lines, of files or of standard input.

use std::collections::VecDeque;

use super::json::Parser;
use super::options::Options;
use super::stream::events;
use super::value::Value;
use crate::machine::Process;
use crate::tools::input::Input;

/// What comes next.
pub enum Next {
    Value(Value),
    End,
    /// What is wrong with it.
    Fault(String),
}

/// The inputs that are still to come.
pub struct Inputs {
    process: Process,
    files: VecDeque<String>,
    open: Option<Input>,
    /// The name of what is open, and how many lines were read of it.
    current: Option<String>,
    lines: usize,
    parser: Parser,
    ready: VecDeque<Value>,
    /// A line that has no end yet, for -R.
    rest: Vec<u8>,
    fault: Option<String>,
    /// All of it was read; -s has given its one value.
    over: bool,
    /// Whether a file could not be read.
    pub failed: bool,
}

impl Inputs {
    pub fn new(process: &Process, options: &Options) -> Inputs {
        let files = if options.files.is_empty() { vec!["-".to_owned()] } else { options.files.clone() };
        Inputs {
            process: process.clone(),
            files: files.into(),
            open: None,
            current: None,
            lines: 0,
            parser: Parser::new(),
            ready: VecDeque::new(),
            rest: Vec::new(),
            fault: None,
            over: false,
            failed: false,
        }
    }

    /// How many lines of the present file were read.
    pub fn line(&self) -> usize {
        self.lines
    }

    /// The name of the present file; null for standard input.
    pub fn name(&self) -> Value {
        self.current.as_deref().filter(|name| *name != "-").map_or(Value::Null, Value::text)
    }

    /// Whether more must be read before the next value.
    pub fn waits(&self) -> bool {
        self.ready.is_empty() && !self.over
    }

    /// Where it is, for complaints.
    pub fn place(&self) -> String {
        match self.current.as_deref() {
            None => "<unknown>".to_owned(),
            Some("-") => format!("<stdin>:{}", self.lines),
            Some(name) => format!("{name}:{}", self.lines),
        }
    }

    /// The next input.
    pub async fn next(&mut self, options: &Options) -> Next {
        if options.slurp {
            return self.slurped(options).await;
        }
        loop {
            if let Some(value) = self.ready.pop_front() {
                return Next::Value(value);
            }
            if let Some(why) = self.fault.take() {
                self.over = true;
                return Next::Fault(why);
            }
            if self.over {
                return Next::End;
            }
            self.more(options).await;
        }
    }

    async fn slurped(&mut self, options: &Options) -> Next {
        if self.over {
            return Next::End;
        }
        let mut text = Vec::new();
        while !self.over && self.fault.is_none() {
            self.more(options).await;
            if options.raw_input {
                text.append(&mut self.rest);
            }
        }
        self.over = true;
        if let Some(why) = self.fault.take() {
            return Next::Fault(why);
        }
        if options.raw_input {
            return Next::Value(Value::text(&String::from_utf8_lossy(&text)));
        }
        Next::Value(Value::array(self.ready.drain(..).collect()))
    }

    /// Reads a piece.
    async fn more(&mut self, options: &Options) {
        let Some(input) = &mut self.open else {
            let Some(name) = self.files.pop_front() else {
                self.finish(options);
                return;
            };
            match Input::open(&self.process, &name) {
                Ok(input) => {
                    self.open = Some(input);
                    self.current = Some(name);
                    self.lines = 0;
                }
                Err(errno) => {
                    self.failed = true;
                    self.process.err(&format!("jq: error: Could not open file {name}: {errno}\n")).await;
                }
            }
            return;
        };
        // Line by line, so that a complaint can tell the line.
        match input.line().await {
            Ok(Some(line)) => self.take(&line, options),
            Ok(None) => self.open = None,
            Err(errno) => {
                self.failed = true;
                self.open = None;
                let name = self.current.clone().unwrap_or_default();
                self.process.err(&format!("jq: error: Could not open file {name}: {errno}\n")).await;
            }
        }
    }

    fn take(&mut self, line: &[u8], options: &Options) {
        self.lines += usize::from(line.ends_with(b"\n"));
        if options.raw_input {
            self.rest.extend_from_slice(line);
            if !options.slurp && line.ends_with(b"\n") {
                self.rest.pop();
                let text = String::from_utf8_lossy(&std::mem::take(&mut self.rest)).into_owned();
                self.ready.push_back(Value::text(&text));
            }
            return;
        }
        let line: Vec<u8> = line.iter().map(|byte| if options.seq && *byte == 0x1e { b' ' } else { *byte }).collect();
        let ready = &mut self.ready;
        let fed = self.parser.feed(&line, &mut |value| give(value, options, ready));
        self.fault = fed.err();
    }

    fn finish(&mut self, options: &Options) {
        self.over = true;
        if options.raw_input {
            if !options.slurp && !self.rest.is_empty() {
                let text = String::from_utf8_lossy(&std::mem::take(&mut self.rest)).into_owned();
                self.ready.push_back(Value::text(&text));
            }
            return;
        }
        let ready = &mut self.ready;
        let ended = self.parser.finish(&mut |value| give(value, options, ready));
        if let Err(why) = ended {
            self.fault = Some(why);
            self.over = false;
        }
    }
}

fn give(value: Value, options: &Options, ready: &mut VecDeque<Value>) {
    if options.stream {
        events(&value, &mut |event| ready.push_back(event));
    } else {
        ready.push_back(value);
    }
}
