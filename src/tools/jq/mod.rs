//! `jq` 1.7: a language of filters over JSON.
//!
//! `lex` and `parse` read a program, `machine` carries it out step by step, `native` and `prelude` have what
//! comes with jq, `json` and `print` read and write values; `yq` and `yaml` are another program over the same machine.
//!
//! The interpreter is our own and not the crate jaq: that one runs until its filter has no more to give, and a filter
//! without an end would hang the tab; here every step is counted, takes virtual time, and can be the last. Its complaints
//! are not jq's either, and scripts and learners read those.
//!
//! Diverges: modules (`import`, `include`), `--stream` of texts that are not complete, and functions whose last
//! digit depends on the machine (`log`, `sin` …) are refused.

mod clock;
mod dialect;
mod frames;
mod inputs;
mod json;
mod lex;
mod machine;
mod matching;
mod native;
mod options;
mod parse;
mod paths;
mod patterns;
mod prelude;
mod print;
mod program;
mod stream;
mod text;
mod value;
mod yaml;
pub mod yq;

use std::rc::Rc;

use self::inputs::{Inputs, Next};
use self::machine::{Event, Machine};
use self::native::World;
use self::options::Options;
use self::value::{Object, Value};
use crate::machine::Process;
use crate::sim::Duration;

/// How long a step takes, in nanoseconds, and how many are done at once.
const STEP: u64 = 400;
const STEPS: u64 = 5_000;
/// So much output is kept before it is written.
const BUFFER: usize = 1 << 14;

/// jq
pub async fn run(process: Process) -> i32 {
    let options = match options::read(&process).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let names: Vec<Rc<str>> = options.variables.iter().map(|(name, _)| Rc::clone(name)).collect();
    let program = match parse::parse(&options.program, &names) {
        Ok(program) => program,
        Err(complaint) => {
            process.err(&complaint).await;
            return 3;
        }
    };
    let mut env = Object::default();
    for (name, value) in process.environ().iter() {
        env.set(name.as_str().into(), Value::text(value));
    }
    let now = process.sim().now().0 as f64 / 1e6;
    let world = World {
        now,
        env: Value::object(env),
        input_line: 0,
        input_file: Value::Null,
        documents: Vec::new(),
        document: 0,
    };
    let values = options.variables.iter().map(|(_, value)| value.clone()).collect();
    let machine = Machine::new(program, values, world);
    let inputs = Inputs::new(&process, &options);
    let mut jq = Jq { process, options, machine, inputs, out: Vec::new(), last: None, status: 0 };
    jq.whole().await;
    jq.flush().await;
    if jq.inputs.failed && jq.status == 0 {
        jq.status = 2;
    }
    match (jq.options.exit_status, jq.status, &jq.last) {
        (true, 0, None) => 4,
        (true, 0, Some(false)) => 1,
        (_, status, _) => status,
    }
}

/// A jq that runs.
struct Jq {
    process: Process,
    options: Options,
    machine: Machine,
    inputs: Inputs,
    out: Vec<u8>,
    /// Whether the last output was neither null nor false.
    last: Option<bool>,
    status: i32,
}

impl Jq {
    async fn whole(&mut self) {
        if self.options.null_input {
            self.one(Value::Null).await;
            return;
        }
        loop {
            let next = self.next().await;
            match next {
                Some(value) => {
                    if self.one(value).await {
                        return;
                    }
                }
                None => return,
            }
        }
    }

    /// The next input; a complaint about it is told here.
    async fn next(&mut self) -> Option<Value> {
        match self.inputs.next(&self.options).await {
            Next::Value(value) => {
                self.machine.world.input_line = self.inputs.line();
                self.machine.world.input_file = self.inputs.name();
                Some(value)
            }
            Next::End => None,
            Next::Fault(why) => {
                self.flush().await;
                self.process.err(&format!("jq: parse error: {why}\n")).await;
                self.status = 2;
                None
            }
        }
    }

    /// Runs the program on an input; whether it stops everything.
    async fn one(&mut self, value: Value) -> bool {
        self.machine.start(value);
        self.status = 0;
        loop {
            let event = self.machine.run(STEPS);
            if matches!(event, Event::Tired) {
                let spent = self.machine.spent();
                self.process.charge(Duration::from_micros(spent * STEP / 1_000)).await;
                continue;
            }
            match event {
                Event::Output(value) => {
                    if self.options.print(&value, &mut self.out) {
                        self.last = Some(value.truth());
                    } else {
                        self.complain("Cannot dump a string containing NUL with --raw-output0 option", true).await;
                        return false;
                    }
                    if self.out.len() > BUFFER || self.options.unbuffered {
                        self.flush().await;
                    }
                }
                Event::Input => {
                    let next = self.next().await;
                    if next.is_none() && self.status != 0 {
                        return true;
                    }
                    self.machine.give(next);
                }
                Event::Debug(value) => {
                    let pair = Value::array(vec![Value::text("DEBUG:"), value]);
                    self.flush().await;
                    self.process.err(&format!("{}\n", print::compact(&pair))).await;
                }
                Event::Stderr(value) => {
                    self.flush().await;
                    self.process.err(&text::to_text(&value)).await;
                }
                Event::Error(Value::String(why)) => {
                    self.complain(&why, true).await;
                    return false;
                }
                Event::Error(other) => {
                    self.complain(&print::compact(&other), false).await;
                    return false;
                }
                Event::Halt(status, said) => {
                    self.flush().await;
                    match said {
                        Some(Value::String(text)) => self.process.err(&text).await,
                        Some(other) => self.process.err(&format!("{}\n", print::compact(&other))).await,
                        None => {}
                    }
                    self.status = status & 0xff;
                    self.last = Some(true);
                    return true;
                }
                Event::Done => {
                    let spent = self.machine.spent();
                    self.process.charge(Duration::from_micros(1 + spent * STEP / 1_000)).await;
                    // Who waits for lines of a stream gets them as they come.
                    if self.inputs.waits() {
                        self.flush().await;
                    }
                    return false;
                }
                Event::Tired => {}
            }
        }
    }

    async fn complain(&mut self, why: &str, text: bool) {
        self.flush().await;
        let place = self.inputs.place();
        let kind = if text { "" } else { " (not a string)" };
        self.process.err(&format!("jq: error (at {place}){kind}: {why}\n")).await;
        self.status = 5;
    }

    async fn flush(&mut self) {
        let out = std::mem::take(&mut self.out);
        if !out.is_empty() {
            // Who does not want the rest has closed the pipe; there is nobody to tell.
            let _ = self.process.write(1, &out).await;
        }
    }
}
