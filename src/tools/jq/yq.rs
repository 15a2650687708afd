//! `yq`, mikefarah's version 4: jq's machine over YAML documents, with what yq's language has besides.
//!
//! Diverges: `style`, `anchor`, `alias` and comments as operators, `load`, `eval`, the merge flags of `*`
//! and other formats than YAML, JSON and properties are refused.

use std::rc::Rc;

use super::dialect;
use super::json;
use super::machine::{Event, Machine};
use super::native::World;
use super::print::{self, Style};
use super::value::{Object, Value};
use super::yaml::{self, Source};
use super::{STEP, STEPS, text};
use crate::machine::Process;
use crate::sim::Duration;
use crate::tools::args::{self, Flag, GNU, Maybe, No, Parsed, Value as WithValue};

const FLAGS: [Flag; 14] = [
    ('i', "inplace", No),
    ('o', "output-format", WithValue),
    ('p', "input-format", WithValue),
    ('P', "prettyPrint", No),
    ('r', "unwrapScalar", Maybe),
    ('j', "tojson", No),
    ('I', "indent", WithValue),
    ('N', "no-doc", No),
    ('n', "null-input", No),
    ('e', "exit-status", No),
    ('C', "colors", No),
    ('M', "no-colors", No),
    ('V', "version", No),
    ('h', "help", No),
];

const HELP: &str = "yq reads YAML or JSON and prints what an expression finds or makes of it.

Usage:
  yq [flags] EXPRESSION [FILE]...
  yq eval-all [flags] EXPRESSION [FILE]...

Flags that are simulated here:
  -i, --inplace              the first file becomes what is printed
  -o, --output-format FORMAT yaml, json or props
  -p, --input-format FORMAT  yaml or json
  -P, --prettyPrint          no quotes where none are needed
  -r, --unwrapScalar         texts as they are (the default for YAML)
  -I, --indent N             how far levels are indented
  -N, --no-doc               no --- between documents
  -n, --null-input           no file is read
  -e, --exit-status          1 where nothing, null or false comes
  -V, --version
";

/// yq
pub async fn run(process: Process) -> i32 {
    let parsed = match args::parse(&process, &FLAGS, GNU).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    if parsed.has('V') {
        process.out("yq (https://github.com/mikefarah/yq/) version v4.44.3\n").await;
        return 0;
    }
    if parsed.has('h') {
        process.out(HELP).await;
        return 0;
    }
    match work(&process, &parsed).await {
        Ok(status) => status,
        Err(why) => {
            process.err(&format!("Error: {why}\n")).await;
            1
        }
    }
}

/// A result, and the document that it comes from.
type Found = (Value, usize);

async fn work(process: &Process, parsed: &Parsed) -> Result<i32, String> {
    let mut operands = parsed.operands.clone();
    let mut all = false;
    if let Some(word) = operands.first().filter(|word| ["e", "eval", "ea", "eval-all"].contains(&word.as_str())) {
        all = word.starts_with("ea") || word == "eval-all";
        operands.remove(0);
    }
    // A single word that is a file is no expression.
    let file = operands.len() == 1 && process.read_file(&operands[0]).await.is_ok();
    let expression = if operands.is_empty() || file { ".".to_owned() } else { operands.remove(0) };
    let input = format(parsed.value('p'), &operands, "yaml")?;
    let output = match (parsed.has('j'), parsed.value('o')) {
        (true, _) => "json".to_owned(),
        (_, Some(named)) => format(Some(named), &[], "yaml")?,
        _ => format(None, &operands, "yaml")?,
    };
    let mut source = Source::default();
    // Of each document, which file it is from, and its place in it.
    let mut places: Vec<(usize, usize)> = Vec::new();
    if parsed.has('n') {
        source.documents.push(Value::Null);
        places.push((0, 0));
    } else {
        let files = if operands.is_empty() { vec!["-".to_owned()] } else { operands.clone() };
        for (number, file) in files.iter().enumerate() {
            let bytes = match file.as_str() {
                "-" => process.read_to_end(0).await,
                file => process.read_file(file).await,
            };
            let bytes = bytes.map_err(|errno| format!("open {file}: {}", errno.to_string().to_ascii_lowercase()))?;
            let text = String::from_utf8_lossy(&bytes);
            let read = if input == "json" { from_json(&text) } else { yaml::load(&text) };
            let read = read.map_err(|why| format!("bad file '{file}': {why}"))?;
            places.extend((0..read.documents.len()).map(|at| (number, at)));
            source.join(read);
        }
    }
    let found = evaluate(process, &expression, all, &source.documents, &places).await?;
    if parsed.has('P') {
        source.forget_styles();
    }
    let out = printed(&source, &found, &output, parsed)?;
    match (parsed.has('i'), operands.first()) {
        (true, Some(file)) => {
            let written = process.write_file(file, out.as_bytes()).await;
            written.map_err(|errno| format!("open {file}: {}", errno.to_string().to_ascii_lowercase()))?;
        }
        (true, None) => {
            return Err(
                "write in place flag only applicable when giving an expression and at least one file".to_owned()
            );
        }
        _ => process.out(&out).await,
    }
    if parsed.has('e') && !found.iter().any(|(value, _)| value.truth()) {
        return Err("no matches found".to_owned());
    }
    Ok(0)
}

fn format(named: Option<&str>, files: &[String], otherwise: &str) -> Result<String, String> {
    let by_name =
        files.first().and_then(|file| file.rsplit_once('.')).filter(|(_, end)| *end == "json").map(|_| "json");
    // `-o=json` as well as `-o json`.
    match named.map(|named| named.trim_start_matches('=')).or(by_name).unwrap_or(otherwise) {
        "y" | "yaml" | "yml" | "a" | "auto" => Ok("yaml".to_owned()),
        "j" | "json" => Ok("json".to_owned()),
        "p" | "props" => Ok("props".to_owned()),
        other => Err(format!("unknown format '{other}' please use [yaml|json|props], others are not simulated here")),
    }
}

fn from_json(text: &str) -> Result<Source, String> {
    let mut source = Source::default();
    let mut parser = json::Parser::new();
    parser.feed(text.as_bytes(), &mut |value| source.documents.push(value))?;
    parser.finish(&mut |value| source.documents.push(value))?;
    Ok(source)
}

async fn evaluate(
    process: &Process,
    expression: &str,
    all: bool,
    documents: &[Value],
    places: &[(usize, usize)],
) -> Result<Vec<Found>, String> {
    let names: Vec<Rc<str>> = vec!["ENV".into(), "documents".into()];
    let program = dialect::parse(expression, &names, all).map_err(|fault| {
        let rest = expression.get(fault.at..).unwrap_or("");
        format!("1:{}: invalid input text \"{rest}\" ({})", fault.at + 1, fault.message)
    })?;
    let mut env = Object::default();
    for (name, value) in process.environ().iter() {
        env.set(name.as_str().into(), Value::text(value));
    }
    let env = Value::object(env);
    let known = documents.iter().zip(places).map(|(value, (file, at))| (value.clone(), *file, *at)).collect();
    let world = World {
        now: process.sim().now().0 as f64 / 1e6,
        env: env.clone(),
        input_line: 0,
        input_file: Value::Null,
        documents: known,
        document: 0,
    };
    let values = vec![env, Value::array(documents.to_vec())];
    let mut machine = Machine::new(program, values, world);
    let mut found = Vec::new();
    let inputs = if all { &documents[..documents.len().min(1)] } else { documents };
    for (at, document) in inputs.iter().enumerate() {
        machine.world.document = at;
        machine.start(document.clone());
        loop {
            match machine.run(STEPS) {
                Event::Output(value) => found.push((value, at)),
                Event::Done => break,
                Event::Error(why) => return Err(text::to_text(&why)),
                Event::Tired => {
                    let spent = machine.spent();
                    process.charge(Duration::from_micros(spent * STEP / 1_000)).await;
                }
                Event::Halt(..) | Event::Input | Event::Debug(_) | Event::Stderr(_) => {
                    return Err("that is no operator of yq".to_owned());
                }
            }
        }
        let spent = machine.spent();
        process.charge(Duration::from_micros(1 + spent * STEP / 1_000)).await;
    }
    Ok(found)
}

fn printed(source: &Source, found: &[Found], output: &str, parsed: &Parsed) -> Result<String, String> {
    let indent = match parsed.value('I').map(|text| text.trim_start_matches('=').parse::<usize>()) {
        None => 2,
        Some(Ok(indent)) if indent <= 16 => indent,
        Some(_) => return Err("invalid argument for \"-I, --indent\" flag".to_owned()),
    };
    let unwrap = parsed.has('r') || output != "json";
    let mut out = String::new();
    for (at, (value, document)) in found.iter().enumerate() {
        let apart = at > 0 && found[at - 1].1 != *document;
        match output {
            "json" => match value {
                Value::String(text) if unwrap => out.push_str(text),
                value => {
                    let style = Style { indent: (indent > 0).then_some((' ', indent)), ..print::COMPACT };
                    print::print(value, style, &mut out);
                }
            },
            "props" => properties(value, "", &mut out),
            _ => {
                if apart && !parsed.has('N') {
                    out.push_str("---\n");
                }
                match value {
                    Value::String(text) if parsed.value('r') != Some("false") => out.push_str(text),
                    value => {
                        let last = at + 1 == found.len();
                        let text = source.emit(value, indent.max(2), last);
                        out.push_str(text.trim_end_matches('\n'));
                    }
                }
            }
        }
        // Properties bring their newlines along.
        if output != "props" && !out.is_empty() {
            out.push('\n');
        }
    }
    Ok(out)
}

fn properties(value: &Value, path: &str, out: &mut String) {
    let under = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| properties(value, &under(key), out)),
        Value::Array(array) => {
            array.items.iter().enumerate().for_each(|(at, item)| properties(item, &under(&at.to_string()), out));
        }
        other => out.push_str(&format!("{path} = {}\n", text::to_text(other))),
    }
}
