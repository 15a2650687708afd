//! YAML for yq: values in, values out, with what a value does not have itself: comments, and how its texts were
//! quoted. Both are found again by the very key or text that they belong to, so they stay with it while it stays.
//!
//! Models go-yaml v3 as yq uses it. Diverges: anchors and aliases are followed and not kept; comments stay
//! above, behind and below keys and texts only.

use std::rc::Rc;

use libyaml_safer::{Error, Event, EventData, MappingStyle, Parser, ScalarStyle, SequenceStyle};

use super::print;
use super::value::{MAX_DEPTH, Object, Value, number_of};
use crate::collections::SortedMap;

/// Aliases may not make more values than this.
const VALUES_MAX: usize = 100_000;
/// Collections nest no deeper.
const DEPTH_MAX: usize = 200;

/// What belongs to one key or one text.
#[derive(Clone, Default)]
struct Trim {
    /// The comment lines above, without indentation.
    above: Vec<String>,
    /// The comment on the same line.
    behind: String,
    /// How it was quoted.
    quote: Option<char>,
    /// It is the first key of a collection in flow style, or the key of one.
    flow: bool,
}

/// The documents of a text, and what is kept for printing them again.
#[derive(Default)]
pub struct Source {
    pub documents: Vec<Value>,
    trims: SortedMap<usize, (Rc<str>, Trim)>,
    /// Comments below everything.
    below: Vec<String>,
}

fn place(text: &Rc<str>) -> usize {
    Rc::as_ptr(text).cast::<u8>() as usize
}

/// Reads all documents of a text.
pub fn load(text: &str) -> Result<Source, String> {
    let mut input = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut input);
    let lines: Vec<&str> = text.lines().collect();
    let mut loader = Loader { parser, lines, anchors: SortedMap::new(), values: 0, source: Source::default(), told: 0 };
    loop {
        let event = loader.next()?;
        match event.data {
            EventData::StreamStart { .. } | EventData::DocumentStart { .. } | EventData::DocumentEnd { .. } => {}
            EventData::StreamEnd => break,
            _ => {
                let value = loader.value(event, 0)?;
                loader.source.documents.push(value);
            }
        }
    }
    let rest = loader.lines.iter().skip(loader.told);
    loader.source.below =
        rest.filter(|line| line.trim_start().starts_with('#')).map(|line| line.trim().to_owned()).collect();
    Ok(loader.source)
}

struct Loader<'a> {
    parser: Parser<&'a mut &'a [u8]>,
    lines: Vec<&'a str>,
    anchors: SortedMap<String, Value>,
    values: usize,
    source: Source,
    /// The lines before this one are done with.
    told: usize,
}

impl Loader<'_> {
    fn next(&mut self) -> Result<Event, String> {
        self.parser.parse().map_err(|error| words(&error))
    }

    /// Notes the comments around a key or a text that stands on a line.
    fn note(&mut self, text: &Rc<str>, line: usize, quote: Option<char>) {
        let mut trim = Trim { quote, ..Trim::default() };
        if line >= self.told {
            let above = self.lines.get(self.told..line).unwrap_or_default();
            let comments = above.iter().filter(|line| line.trim_start().starts_with('#'));
            trim.above = comments.map(|line| line.trim().to_owned()).collect();
            trim.behind = self.lines.get(line).and_then(|line| comment(line)).unwrap_or_default();
            self.told = line + 1;
        }
        if quote.is_some() || !trim.above.is_empty() || !trim.behind.is_empty() {
            self.source.trims.insert(place(text), (Rc::clone(text), trim));
        }
    }

    /// Notes that a collection is in flow style.
    fn flows(&mut self, key: &Rc<str>) {
        let mut trim = self.source.trim(key);
        trim.flow = true;
        self.source.trims.insert(place(key), (Rc::clone(key), trim));
    }

    fn value(&mut self, event: Event, depth: usize) -> Result<Value, String> {
        self.values += 1;
        if depth > DEPTH_MAX || self.values > VALUES_MAX {
            return Err("document contains excessive aliasing".to_owned());
        }
        let line = event.start_mark.line as usize;
        let (anchor, value) = match event.data {
            EventData::Alias { anchor } => {
                let value = self.anchors.get(&anchor).cloned();
                let value = value.ok_or_else(|| format!("unknown anchor '{anchor}' referenced"))?;
                self.values += 50;
                return Ok(value);
            }
            EventData::Scalar { anchor, tag, value, style, .. } => {
                let value = scalar(&value, tag.as_deref(), style);
                if let Value::String(text) = &value {
                    let quote = match style {
                        ScalarStyle::SingleQuoted => Some('\''),
                        ScalarStyle::DoubleQuoted => Some('"'),
                        ScalarStyle::Literal => Some('|'),
                        ScalarStyle::Folded => Some('>'),
                        _ => None,
                    };
                    self.note(text, line, quote);
                }
                (anchor, value)
            }
            EventData::SequenceStart { anchor, .. } => {
                let mut items = Vec::new();
                loop {
                    let event = self.next()?;
                    if event.data == EventData::SequenceEnd {
                        break;
                    }
                    items.push(self.value(event, depth + 1)?);
                }
                (anchor, Value::array(items))
            }
            EventData::MappingStart { anchor, style, .. } => {
                let mut object = Object::default();
                let mut flow = style == MappingStyle::Flow;
                loop {
                    let event = self.next()?;
                    if event.data == EventData::MappingEnd {
                        break;
                    }
                    let line = event.start_mark.line as usize;
                    let key: Rc<str> = match self.value(event, depth + 1)? {
                        Value::String(key) => key,
                        other => print::compact(&other).into(),
                    };
                    self.note(&key, line, None);
                    if std::mem::take(&mut flow) {
                        self.flows(&key);
                    }
                    let event = self.next()?;
                    if matches!(&event.data, EventData::SequenceStart { style: SequenceStyle::Flow, .. }) {
                        self.flows(&key);
                    }
                    let value = self.value(event, depth + 1)?;
                    match (&*key, &value) {
                        ("<<", Value::Object(base)) => {
                            for (key, value) in base.iter() {
                                if object.get(key).is_none() {
                                    object.set(Rc::clone(key), value.clone());
                                }
                            }
                        }
                        _ => object.set(key, value),
                    }
                }
                (anchor, Value::object(object))
            }
            _ => return Err("unexpected event".to_owned()),
        };
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }
}

/// The comment at the end of a line that is more than a comment.
fn comment(line: &str) -> Option<String> {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') if !before.is_alphanumeric() => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, '#') if before.is_whitespace() => return Some(line[at..].trim_end().to_owned()),
            _ => {}
        }
        before = c;
    }
    None
}

/// An error in go-yaml's words.
fn words(error: &Error) -> String {
    let line = error.problem_mark().or(error.context_mark()).map_or(0, |mark| mark.line);
    let place = if line == 0 { String::new() } else { format!("line {line}: ") };
    format!("yaml: {place}{}", error.problem())
}

fn scalar(text: &str, tag: Option<&str>, style: ScalarStyle) -> Value {
    match tag {
        Some("tag:yaml.org,2002:str" | "!") => Value::text(text),
        None if style != ScalarStyle::Plain => Value::text(text),
        _ => plain(text),
    }
}

/// What a text without quotes is, by YAML's core schema.
pub fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    for (prefix, base) in [("0x", 16), ("0o", 8)] {
        if let Some(number) = text.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, base).ok()) {
            return Value::number(number as f64);
        }
    }
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    let begins = unsigned.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit() || c == '.');
    match number_of(unsigned) {
        Some(number) if begins => number,
        _ => Value::text(text),
    }
}

/// A text as it must be written so that it is read as itself.
fn quoted(text: &str, quote: Option<char>, level: usize, out: &mut String) {
    let block = |out: &mut String, sign: char| {
        let chomp = match (text.ends_with("\n\n") || text == "\n", text.ends_with('\n')) {
            (true, _) => "+",
            (_, true) => "",
            _ => "-",
        };
        out.push(sign);
        out.push_str(chomp);
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            out.push('\n');
            if !line.is_empty() {
                out.extend(std::iter::repeat_n(' ', level * 2));
                out.push_str(line);
            }
        }
    };
    let begin = |c: char| "!&*-?:,[]{}#|>@`\"'% ".contains(c);
    let special = text.is_empty()
        || !matches!(plain(text), Value::String(_))
        || text.contains(": ")
        || text.contains(" #")
        || text.ends_with([':', ' '])
        || text.chars().any(char::is_control)
        || text.starts_with(begin)
            && !(text.len() > 1 && text.starts_with(['-', '?', ':']) && !text[1..].starts_with(' '));
    match quote {
        Some('\'') if !text.contains('\n') => {
            out.push('\'');
            out.push_str(&text.replace('\'', "''"));
            out.push('\'');
        }
        Some('"') => print::string(text, false, out),
        Some('|' | '>') => block(out, '|'),
        _ if text.contains('\n') && !text.starts_with(' ') => block(out, '|'),
        _ if special => print::string(text, false, out),
        _ => out.push_str(text),
    }
}

impl Source {
    /// Texts are quoted only where they must be, and collections are blocks.
    pub fn forget_styles(&mut self) {
        self.trims.values_mut().for_each(|(_, trim)| (trim.quote, trim.flow) = (None, false));
    }

    /// Whether an object was written in flow style.
    fn flowing(&self, object: &Object) -> bool {
        object.member(0).is_some_and(|(key, _)| self.trim(key).flow && object.len() > 0)
            && !object.member(0).is_some_and(|(_, value)| matches!(value, Value::Array(_)))
    }

    /// Takes what another file brings along.
    pub fn join(&mut self, other: Source) {
        self.documents.extend(other.documents);
        for (at, trim) in other.trims.iter() {
            self.trims.insert(*at, trim.clone());
        }
        self.below.extend(other.below);
    }

    fn trim(&self, text: &Rc<str>) -> Trim {
        self.trims.get(&place(text)).map(|(_, trim)| trim.clone()).unwrap_or_default()
    }

    /// A value as YAML, with a newline at its end; `last` lets the comments below everything follow.
    pub fn emit(&self, value: &Value, indent: usize, last: bool) -> String {
        let mut out = String::new();
        match value {
            Value::Object(object) if object.len() > 0 && !self.flowing(object) => {
                self.members(object, 0, indent, false, &mut out);
            }
            Value::Array(array) if !array.items.is_empty() => self.items(&array.items, 0, indent, &mut out),
            other => {
                self.inline(other, 1, &mut out);
                out.push('\n');
            }
        }
        if last {
            for comment in &self.below {
                out.push_str(comment);
                out.push('\n');
            }
        }
        out
    }

    fn inline(&self, value: &Value, level: usize, out: &mut String) {
        match value {
            Value::String(text) => quoted(text, self.trim(text).quote, level, out),
            Value::Array(array) => {
                out.push('[');
                for (at, item) in array.items.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    self.inline(item, level, out);
                }
                out.push(']');
            }
            Value::Object(object) => {
                out.push('{');
                for (at, (key, value)) in object.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    quoted(key, self.trim(key).quote, level, out);
                    out.push_str(": ");
                    self.inline(value, level, out);
                }
                out.push('}');
            }
            other => print::print(other, print::COMPACT, out),
        }
    }

    fn members(&self, object: &Object, column: usize, indent: usize, joined: bool, out: &mut String) {
        if column > usize::from(MAX_DEPTH) * 8 {
            return;
        }
        for (at, (key, value)) in object.iter().enumerate() {
            let trim = self.trim(key);
            let pad = " ".repeat(column);
            if !(joined && at == 0) {
                for line in &trim.above {
                    out.push_str(&format!("{pad}{line}\n"));
                }
                out.push_str(&pad);
            }
            quoted(key, trim.quote, 1, out);
            out.push(':');
            let behind = |out: &mut String| {
                if !trim.behind.is_empty() {
                    out.push(' ');
                    out.push_str(&trim.behind);
                }
                out.push('\n');
            };
            match value {
                Value::Object(inner) if inner.len() > 0 && !self.flowing(inner) => {
                    behind(out);
                    self.members(inner, column + indent, indent, false, out);
                }
                Value::Array(inner) if !inner.items.is_empty() && !trim.flow => {
                    behind(out);
                    self.items(&inner.items, column + indent, indent, out);
                }
                other => {
                    out.push(' ');
                    self.inline(other, (column + indent) / 2, out);
                    behind(out);
                }
            }
        }
    }

    fn items(&self, items: &[Value], column: usize, indent: usize, out: &mut String) {
        let pad = " ".repeat(column);
        for item in items {
            let trim = match item {
                Value::String(text) => self.trim(text),
                Value::Object(object) => object.member(0).map(|(key, _)| self.trim(key)).unwrap_or_default(),
                _ => Trim::default(),
            };
            for line in &trim.above {
                out.push_str(&format!("{pad}{line}\n"));
            }
            out.push_str(&pad);
            out.push_str("- ");
            match item {
                Value::Object(inner) if inner.len() > 0 && !self.flowing(inner) => {
                    self.members(inner, column + 2, indent, true, out);
                }
                Value::Array(inner) if !inner.items.is_empty() => {
                    let mut text = String::new();
                    self.items(&inner.items, column + 2, indent, &mut text);
                    out.push_str(text.trim_start());
                }
                other => {
                    self.inline(other, (column + 2) / 2, out);
                    if !trim.behind.is_empty() && matches!(other, Value::String(_)) {
                        out.push(' ');
                        out.push_str(&trim.behind);
                    }
                    out.push('\n');
                }
            }
        }
    }
}
