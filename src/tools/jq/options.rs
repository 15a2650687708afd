//! jq's command line. Models main.c.

use std::rc::Rc;

use super::json;
use super::print::{self, Style};
use super::value::{Object, Value};
use crate::machine::Process;

/// What the command line says.
pub struct Options {
    pub program: String,
    pub files: Vec<String>,
    /// What the program's variables are, the nearest last.
    pub variables: Vec<(Rc<str>, Value)>,
    pub null_input: bool,
    pub raw_input: bool,
    pub slurp: bool,
    pub stream: bool,
    pub seq: bool,
    pub unbuffered: bool,
    pub exit_status: bool,
    raw_output: bool,
    join: bool,
    zero: bool,
    style: Style,
}

const MORE: &str = "Use jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://jqlang.github.io/jq\n";

const USAGE: &str = "Usage:\tjq [OPTIONS] FILTER [FILES...]
\tjq [OPTIONS] --args FILTER [STRINGS...]
\tjq [OPTIONS] --jsonargs FILTER [JSON_TEXTS...]

A filter is applied to each JSON text of the input, and what it gives is printed as JSON:

\t$ echo '{\"kind\": \"Pod\"}' | jq .kind
\t\"Pod\"

";

const HELP: &str = "Options that are simulated here:
  -n, --null-input       the filter runs once, on null
  -R, --raw-input        each line is a text
  -s, --slurp            all inputs become one array
  -c, --compact-output   one line for each output
  -r, --raw-output       texts without quotes
  -j, --join-output      as -r, and no newline behind an output
      --raw-output0      as -r, and NUL behind an output
  -a, --ascii-output     only ASCII; the rest is escaped
  -S, --sort-keys        keys of objects in their order
  -C, --color-output     colours, also to a pipe
  -M, --monochrome-output
      --tab, --indent N  how levels are indented
      --stream           the input as paths and leaves
      --seq              a record separator before each output
  -f, --from-file        the filter is the first argument's file
  -e, --exit-status      1 when the last output is null or false, 4 when there is none
      --arg NAME TEXT, --argjson NAME JSON, --slurpfile NAME FILE, --rawfile NAME FILE
      --args, --jsonargs what follows is in $ARGS.positional
  -V, --version, -h, --help
";

/// Reads the command line; what is wrong with it, or was all that was asked, has been printed.
pub async fn read(process: &Process) -> Result<Options, i32> {
    let args = process.args();
    let mut words = args.iter().skip(1);
    let mut program: Option<String> = None;
    let (mut files, mut positional) = (Vec::new(), Vec::new());
    let mut named = Object::default();
    let (mut strings, mut jsons, mut done) = (false, false, false);
    let (mut from_file, mut color) = (false, None);
    let tty = process.is_tty(1) && process.env("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut options = Options {
        program: String::new(),
        files: Vec::new(),
        variables: Vec::new(),
        null_input: false,
        raw_input: false,
        slurp: false,
        stream: false,
        seq: false,
        unbuffered: false,
        exit_status: false,
        raw_output: false,
        join: false,
        zero: false,
        style: Style { indent: Some((' ', 2)), sorted: false, ascii: false, color: tty },
    };
    while let Some(word) = words.next() {
        let letter = word.strip_prefix('-').and_then(|rest| rest.chars().next());
        if done || !letter.is_some_and(|c| c == '-' || c.is_ascii_alphabetic()) {
            if program.is_none() {
                program = Some(word.clone());
            } else if strings {
                positional.push(Value::text(word));
            } else if jsons {
                match json::parse(word) {
                    Ok(value) => positional.push(value),
                    Err(_) => return wrong(process, "invalid JSON text passed to --jsonargs").await,
                }
            } else {
                files.push(word.clone());
            }
            continue;
        }
        if word == "--" {
            done = true;
            continue;
        }
        let flags: Vec<String> = match word.strip_prefix("--") {
            Some(long) => vec![long.to_owned()],
            None => word.chars().skip(1).map(String::from).collect(),
        };
        for flag in &flags {
            let short = !word.starts_with("--");
            match (short, flag.as_str()) {
                (true, "s") | (false, "slurp") => options.slurp = true,
                (true, "r") | (false, "raw-output") => options.raw_output = true,
                (true, "j") | (false, "join-output") => (options.raw_output, options.join) = (true, true),
                (false, "raw-output0") => (options.raw_output, options.zero) = (true, true),
                (true, "c") | (false, "compact-output") => options.style.indent = None,
                (true, "C") | (false, "color-output") => color = Some(true),
                (true, "M") | (false, "monochrome-output") => color = Some(false),
                (true, "a") | (false, "ascii-output") => options.style.ascii = true,
                (false, "unbuffered") => options.unbuffered = true,
                (true, "S") | (false, "sort-keys") => options.style.sorted = true,
                (true, "R") | (false, "raw-input") => options.raw_input = true,
                (true, "n") | (false, "null-input") => options.null_input = true,
                (true, "f") | (false, "from-file") => from_file = true,
                (true, "e") | (false, "exit-status") => options.exit_status = true,
                (false, "seq") => options.seq = true,
                (false, "stream") => options.stream = true,
                (true, "b") | (false, "binary") => {}
                (false, "tab") => options.style.indent = Some(('\t', 1)),
                (false, "indent") => {
                    let Some(width) = words.next() else {
                        return wrong(process, "--indent takes one parameter").await;
                    };
                    match width.parse::<i32>() {
                        Ok(0) => options.style.indent = None,
                        Ok(width @ 1..=7) => options.style.indent = Some((' ', width as usize)),
                        Ok(width) if width < 0 => return wrong(process, "Cannot indent less than zero").await,
                        _ => return wrong(process, "Cannot indent more than 7 characters").await,
                    }
                }
                (false, "args") => (strings, jsons) = (true, false),
                (false, "jsonargs") => (strings, jsons) = (false, true),
                (false, which @ ("arg" | "argjson" | "slurpfile" | "rawfile")) => {
                    let (Some(name), Some(value)) = (words.next(), words.next()) else {
                        let second = match which {
                            "arg" => "value",
                            "argjson" => "text",
                            _ => "filename",
                        };
                        let complaint = format!("--{which} takes two parameters (e.g. --{which} varname {second})");
                        return wrong(process, &complaint).await;
                    };
                    let value = match which {
                        "arg" => Value::text(value),
                        "argjson" => match json::parse(value) {
                            Ok(value) => value,
                            Err(_) => {
                                let complaint = format!("Invalid JSON text passed to --{which}");
                                return wrong(process, &complaint).await;
                            }
                        },
                        _ => file(process, which, name, value).await?,
                    };
                    if named.get(name).is_none() {
                        named.set(name.as_str().into(), value);
                    }
                }
                (true, "h") | (false, "help") => {
                    process.out(&format!("jq - commandline JSON processor [version 1.7.1]\n\n{USAGE}{HELP}")).await;
                    return Err(0);
                }
                (true, "V") | (false, "version") => {
                    process.out("jq-1.7.1\n").await;
                    return Err(0);
                }
                _ => {
                    let complaint = format!("Unknown arguments\n{MORE}");
                    let complaint =
                        if word.starts_with("--") { format!("Unknown option: {word}\n{MORE}") } else { complaint };
                    process.err(&format!("jq: {complaint}")).await;
                    return Err(2);
                }
            }
        }
    }
    options.style.color = color.unwrap_or(options.style.color);
    let Some(mut program) = program.or_else(|| {
        let piped = !process.is_tty(0) || !process.is_tty(1);
        (piped && !from_file).then(|| ".".to_owned())
    }) else {
        process.err(&format!("jq - commandline JSON processor [version 1.7.1]\n\n{USAGE}For listing the command options, use jq --help.\n")).await;
        return Err(2);
    };
    if from_file {
        match process.read_file(&program).await {
            Ok(bytes) => program = String::from_utf8_lossy(&bytes).into_owned(),
            Err(errno) => {
                process.err(&format!("jq: error: Could not open {program}: {errno}\n")).await;
                return Err(2);
            }
        }
    }
    options.program = program;
    options.files = files;
    options.variables = named.iter().cloned().collect();
    let mut all = Object::default();
    all.set("positional".into(), Value::array(positional));
    all.set("named".into(), Value::object(named));
    options.variables.push(("ARGS".into(), Value::object(all)));
    Ok(options)
}

async fn wrong<T>(process: &Process, complaint: &str) -> Result<T, i32> {
    process.err(&format!("jq: {complaint}\n{MORE}")).await;
    Err(2)
}

/// What `--slurpfile` and `--rawfile` read.
async fn file(process: &Process, which: &str, name: &str, path: &str) -> Result<Value, i32> {
    let read = match process.read_file(path).await {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(errno) => Err(format!("Could not open {path}: {errno}")),
    };
    let value = read.and_then(|text| {
        if which == "rawfile" {
            return Ok(Value::text(&text));
        }
        let mut values = Vec::new();
        let mut parser = json::Parser::new();
        parser.feed(text.as_bytes(), &mut |value| values.push(value))?;
        parser.finish(&mut |value| values.push(value))?;
        Ok(Value::array(values))
    });
    match value {
        Ok(value) => Ok(value),
        Err(why) => {
            process.err(&format!("jq: Bad JSON in --{which} {name} {path}: {why}\n")).await;
            Err(2)
        }
    }
}

impl Options {
    /// Prints an output; not where it may not be printed so.
    pub fn print(&self, value: &Value, out: &mut Vec<u8>) -> bool {
        match value {
            Value::String(text) if self.raw_output && !self.style.ascii => {
                if self.zero && text.contains('\0') {
                    return false;
                }
                out.extend_from_slice(text.as_bytes());
            }
            Value::String(text) if self.raw_output => {
                let mut quoted = String::new();
                print::string(text, true, &mut quoted);
                out.extend_from_slice(quoted.as_bytes());
            }
            _ => {
                if self.seq {
                    out.push(0x1e);
                }
                let mut text = String::new();
                print::print(value, self.style, &mut text);
                out.extend_from_slice(text.as_bytes());
            }
        }
        if self.zero {
            out.push(0);
        } else if !self.join {
            out.push(b'\n');
        }
        true
    }
}
