//! `awk`, as mawk does it: POSIX's language, texts counted in bytes.
//!
//! `lex` and `parse` read a program, `eval` and `exec` carry it out, `functions` has what comes with awk.
//! Every statement takes virtual time, so an endless loop can be interrupted.
//!
//! Diverges: functions whose last digit depends on the machine (`sin`, `cos`, `atan2`, `exp`, `log`) are refused;
//! the order of `for (k in a)` is that of the subscripts, numbers first.

mod ast;
mod eval;
mod exec;
mod functions;
mod io;
mod lex;
mod parse;
mod record;
mod value;

use std::cell::RefCell;
use std::rc::Rc;

use self::ast::{Program, Variable};
use self::exec::Stop;
use self::io::{Reader, Streams};
use self::record::{Record, Separator};
use self::value::Value;
use crate::collections::SortedMap;
use crate::machine::Process;
use crate::shell::regex::Regex;

/// The variables that awk itself knows; their numbers are their places here.
const SPECIAL: [&str; 16] = [
    "NF", "NR", "FNR", "FS", "OFS", "ORS", "RS", "FILENAME", "SUBSEP", "CONVFMT", "OFMT", "RSTART", "RLENGTH",
    "ENVIRON", "ARGC", "ARGV",
];
const NF: usize = 0;
const NR: usize = 1;
const FNR: usize = 2;
const FS: usize = 3;
const OFS: usize = 4;
const ORS: usize = 5;
const RS: usize = 6;
const FILENAME: usize = 7;
const SUBSEP: usize = 8;
const CONVFMT: usize = 9;
const OFMT: usize = 10;
const RSTART: usize = 11;
const RLENGTH: usize = 12;
const ENVIRON: usize = 13;
const ARGC: usize = 14;
const ARGV: usize = 15;

/// What a variable holds.
enum Held {
    Untouched,
    Scalar(Value),
    Array(Array),
}

type Array = SortedMap<Rc<str>, Value>;
type Slot = Rc<RefCell<Held>>;

fn slot(held: Held) -> Slot {
    Rc::new(RefCell::new(held))
}

/// A program that runs.
struct Awk {
    process: Process,
    program: Rc<Program>,
    globals: Vec<Slot>,
    /// The parameters of the function that runs.
    locals: Vec<Slot>,
    /// How deep statements, expressions and calls stand in one another.
    depth: usize,
    record: Record,
    streams: Streams,
    /// The input that is being read, and which argument comes after it.
    reader: Option<Reader>,
    argument: usize,
    /// Whether any argument named an input.
    named: bool,
    /// Which ranges have begun, by the number of their rule.
    open: Vec<bool>,
    regexes: SortedMap<Rc<str>, Rc<Regex>>,
    /// The number that `srand` was last given, and where `rand` stands.
    seed: f64,
    state: u64,
    status: i32,
}

/// What the options said.
#[derive(Default)]
struct Options {
    separator: Option<String>,
    assignments: Vec<String>,
    files: Vec<String>,
    operands: Vec<String>,
}

const USAGE: &str = "Usage: awk [-F value] [-v var=value] [--] 'program text' [file ...]\n       awk [-F value] [-v var=value] -f program-file [--] [file ...]\n";

fn options(args: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut words = args.iter().skip(1);
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix('-').filter(|option| !option.is_empty()) else {
            options.operands.push(word.clone());
            break;
        };
        if option == "-" {
            break;
        }
        let letter: String = option.chars().take(1).collect();
        if !matches!(letter.as_str(), "F" | "v" | "f") {
            return Err(format!("not an option: {word}"));
        }
        let joined = &option[letter.len()..];
        let value = if joined.is_empty() { words.next().cloned() } else { Some(joined.to_owned()) };
        let value = value.ok_or_else(|| format!("option -{letter} lacks argument"))?;
        match letter.as_str() {
            "F" => options.separator = Some(value),
            "v" => options.assignments.push(value),
            _ => options.files.push(value),
        }
    }
    options.operands.extend(words.cloned());
    Ok(options)
}

/// awk -F -v -f
pub async fn run(process: Process) -> i32 {
    let mut options = match options(&process.args()) {
        Ok(options) => options,
        Err(fault) => {
            process.err(&format!("awk: {fault}\n")).await;
            return 2;
        }
    };
    let mut source = String::new();
    if options.files.is_empty() {
        if options.operands.is_empty() {
            process.err(USAGE).await;
            return 0;
        }
        source = options.operands.remove(0);
    }
    for path in &options.files {
        let bytes = if path == "-" { process.read_to_end(0).await } else { process.read_file(path).await };
        match bytes {
            Ok(bytes) => source.push_str(&String::from_utf8_lossy(&bytes)),
            Err(errno) => {
                process.err(&format!("awk: cannot open {path} ({errno})\n")).await;
                return 2;
            }
        }
    }
    let program = match parse::parse(&source) {
        Ok(program) => program,
        Err(fault) => {
            process.err(&format!("awk: {}\n", fault.0)).await;
            return 2;
        }
    };
    let mut awk = Awk::new(process, program, &options);
    awk.run(&options.assignments).await
}

impl Awk {
    fn new(process: Process, program: Program, options: &Options) -> Awk {
        let globals = program.globals.iter().map(|_| slot(Held::Untouched)).collect();
        let streams = Streams::new(&process);
        let rules = program.rules.len();
        let mut awk = Awk {
            program: Rc::new(program),
            globals,
            locals: Vec::new(),
            depth: 0,
            record: Record::new(),
            streams,
            reader: None,
            argument: 1,
            named: false,
            open: vec![false; rules],
            regexes: SortedMap::default(),
            seed: 0.0,
            state: process.machine().random_below(u64::MAX),
            status: 0,
            process,
        };
        let separator = options.separator.as_deref().map_or_else(|| " ".to_owned(), unescaped);
        for (variable, text) in [
            (FS, separator.as_str()),
            (OFS, " "),
            (ORS, "\n"),
            (RS, "\n"),
            (SUBSEP, "\u{1c}"),
            (CONVFMT, "%.6g"),
            (OFMT, "%.6g"),
        ] {
            awk.put(variable, Value::text(text));
        }
        for variable in [NR, FNR] {
            awk.put(variable, Value::Number(0.0));
        }
        awk.put(ARGC, Value::Number(options.operands.len() as f64 + 1.0));
        let words = std::iter::once("awk").chain(options.operands.iter().map(String::as_str));
        let arguments =
            words.enumerate().map(|(at, word)| (at.to_string().into(), Value::Input(word.into()))).collect();
        *awk.globals[ARGV].borrow_mut() = Held::Array(arguments);
        let environment = awk.process.environ();
        let environment =
            environment.iter().map(|(name, value)| (name.as_str().into(), Value::Input(value.as_str().into())));
        *awk.globals[ENVIRON].borrow_mut() = Held::Array(environment.collect());
        awk
    }

    /// A variable of awk's own gets a value.
    fn put(&mut self, special: usize, value: Value) {
        *self.globals[special].borrow_mut() = Held::Scalar(value);
    }

    /// The text of a variable of awk's own.
    fn special(&self, special: usize) -> Rc<str> {
        match &*self.globals[special].borrow() {
            Held::Scalar(value) => value.to_text("%.6g"),
            _ => "".into(),
        }
    }

    fn number_of(&self, special: usize) -> f64 {
        match &*self.globals[special].borrow() {
            Held::Scalar(value) => value.number(),
            _ => 0.0,
        }
    }

    async fn run(&mut self, assignments: &[String]) -> i32 {
        for assignment in assignments {
            if !self.assign(assignment) {
                self.process.err(&format!("awk: improper assignment: -v {assignment}\n")).await;
                return 2;
            }
        }
        let ended = self.whole().await;
        if let Err(Stop::Fault(fault)) = &ended {
            // What was printed before comes first.
            let _ = self.streams.flush().await;
            let (file, fnr, nr) = (self.special(FILENAME), self.number_of(FNR), self.number_of(NR));
            self.process.err(&format!("awk: run time error: {fault}\n\tFILENAME=\"{file}\" FNR={fnr} NR={nr}\n")).await;
            return 2;
        }
        if let Err(Stop::Closed(fault)) = &ended {
            let _ = self.streams.flush().await;
            self.process.err(&format!("awk: {fault}\n")).await;
            return 2;
        }
        // Who does not want the rest has closed the pipe; there is nobody to tell.
        let _ = self.streams.finish().await;
        self.status
    }

    /// BEGIN, the records, END.
    async fn whole(&mut self) -> Result<(), Stop> {
        let program = Rc::clone(&self.program);
        let mut over = false;
        for action in &program.begin {
            match self.block(action).await {
                Err(Stop::Exit) => {
                    over = true;
                    break;
                }
                other => other?,
            }
        }
        let reads = !program.rules.is_empty() || !program.end.is_empty();
        while reads && !over {
            let Some(text) = self.next_record().await? else { break };
            self.take_record(text)?;
            match self.rules(&program).await {
                Ok(()) | Err(Stop::Next) => {}
                Err(Stop::NextFile) => self.reader = None,
                Err(Stop::Exit) => over = true,
                Err(other) => return Err(other),
            }
        }
        for action in &program.end {
            match self.block(action).await {
                Err(Stop::Exit) => break,
                other => other?,
            }
        }
        Ok(())
    }

    /// The next record of the program's input.
    async fn next_record(&mut self) -> Result<Option<Rc<str>>, Stop> {
        loop {
            if self.reader.is_none() && !self.next_input()? {
                return Ok(None);
            }
            let separator = self.special(RS);
            let Some(reader) = &mut self.reader else { return Ok(None) };
            match reader.next(&separator).await {
                Ok(Some(text)) => {
                    for variable in [NR, FNR] {
                        let number = self.number_of(variable) + 1.0;
                        self.put(variable, Value::Number(number));
                    }
                    return Ok(Some(text));
                }
                Ok(None) => self.reader = None,
                Err(errno) => {
                    return Err(Stop::Closed(format!("cannot read {} ({errno})", self.special(FILENAME))));
                }
            }
        }
    }

    /// Opens the next input that the arguments name; assignments among them are done on the way.
    fn next_input(&mut self) -> Result<bool, Stop> {
        loop {
            let count = self.number_of(ARGC);
            if self.argument as f64 >= count {
                if self.named {
                    return Ok(false);
                }
                self.named = true;
                return self.open_input("-");
            }
            let word = match &*self.globals[ARGV].borrow() {
                Held::Array(words) => words.get(self.argument.to_string().as_str()).map(|word| word.to_text("%.6g")),
                _ => None,
            };
            self.argument += 1;
            let Some(word) = word.filter(|word| !word.is_empty()) else { continue };
            if !self.assign(&word) {
                self.named = true;
                return self.open_input(&word);
            }
        }
    }

    fn open_input(&mut self, path: &str) -> Result<bool, Stop> {
        let opened = Reader::open(&self.process, path);
        let reader = opened.map_err(|errno| Stop::Closed(format!("cannot open {path} ({errno})")))?;
        self.reader = Some(reader);
        let name = if path == "-" && !self.named { "" } else { path };
        self.put(FILENAME, Value::text(name));
        self.put(FNR, Value::Number(0.0));
        Ok(true)
    }

    /// `name=value` of the command line; false where it is none.
    fn assign(&mut self, word: &str) -> bool {
        let Some((name, value)) = word.split_once('=') else { return false };
        let mut chars = name.chars();
        let good = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !good {
            return false;
        }
        // A variable that the program never looks at needs no place.
        if let Some(at) = self.program.globals.iter().position(|global| **global == *name) {
            let value = Value::Input(unescaped(value).into());
            // An array is not overwritten.
            let _ = self.set(Variable::Global(at), value);
        }
        true
    }

    /// A text becomes the record.
    fn take_record(&mut self, text: Rc<str>) -> Result<(), Stop> {
        let separator = Separator::of(&self.special(FS)).map_err(Stop::Fault)?;
        let paragraphs = self.special(RS).is_empty();
        self.record.set(text, separator, paragraphs);
        Ok(())
    }
}

/// A value of the command line: its escapes undone.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next().and_then(lex::escape)) {
            ('\\', Some(meant)) => {
                chars.next();
                out.push(meant);
            }
            _ => out.push(c),
        }
    }
    out
}
