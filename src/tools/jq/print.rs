//! Printing values. Models jv_print.c of jq 1.7.

use super::value::{Object, Value, number_text};

/// How values are printed.
#[derive(Clone, Copy)]
pub struct Style {
    /// What each level is moved by; none puts everything on one line.
    pub indent: Option<(char, usize)>,
    pub sorted: bool,
    pub ascii: bool,
    pub color: bool,
}

/// Everything on one line, as `tojson` has it.
pub const COMPACT: Style = Style { indent: None, sorted: false, ascii: false, color: false };

/// The colours of null, false, true, numbers, texts, arrays, objects and keys.
const COLORS: [&str; 8] = ["1;30", "0;39", "0;39", "0;39", "0;32", "1;39", "1;39", "34;1"];
const PLAIN: &str = "\u{1b}[0m";

/// A value on one line.
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    print(value, COMPACT, &mut out);
    out
}

/// A value as a message of an error shows it: no more than 14 bytes.
pub fn short(value: &Value) -> String {
    let mut text = compact(value);
    if text.len() > 14 {
        let mut end = 11;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str("...");
    }
    text
}

/// Prints a value behind `out`.
pub fn print(value: &Value, style: Style, out: &mut String) {
    term(value, style, 0, out);
}

fn color(which: usize, style: Style, out: &mut String) {
    if style.color {
        out.push_str("\u{1b}[");
        out.push_str(COLORS[which]);
        out.push('m');
    }
}

fn plain(style: Style, out: &mut String) {
    if style.color {
        out.push_str(PLAIN);
    }
}

fn line(style: Style, level: usize, out: &mut String) {
    if let Some((c, width)) = style.indent {
        out.push('\n');
        out.extend(std::iter::repeat_n(c, width * level));
    }
}

fn term(value: &Value, style: Style, level: usize, out: &mut String) {
    let own = match value {
        Value::Null => 0,
        Value::Bool(value) => 1 + usize::from(*value),
        Value::Number(..) => 3,
        Value::String(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    };
    color(own, style, out);
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number, written) => match written {
            Some(written) => out.push_str(written),
            None => out.push_str(&number_text(*number)),
        },
        Value::String(text) => string(text, style.ascii, out),
        Value::Array(array) if array.items.is_empty() => out.push_str("[]"),
        Value::Array(array) => {
            out.push('[');
            for (at, item) in array.items.iter().enumerate() {
                if at > 0 {
                    color(own, style, out);
                    out.push(',');
                }
                line(style, level + 1, out);
                term(item, style, level + 1, out);
            }
            color(own, style, out);
            line(style, level, out);
            color(own, style, out);
            out.push(']');
        }
        Value::Object(object) if object.len() == 0 => out.push_str("{}"),
        Value::Object(object) => members(object, style, level, out),
    }
    plain(style, out);
}

fn members(object: &Object, style: Style, level: usize, out: &mut String) {
    out.push('{');
    let sorted = style.sorted.then(|| object.by_key());
    let unsorted = (!style.sorted).then(|| object.iter());
    let members = sorted.into_iter().flatten().chain(unsorted.into_iter().flatten());
    for (at, (key, value)) in members.enumerate() {
        if at > 0 {
            color(6, style, out);
            out.push(',');
        }
        line(style, level + 1, out);
        plain(style, out);
        color(7, style, out);
        string(key, style.ascii, out);
        plain(style, out);
        color(6, style, out);
        out.push(':');
        if style.indent.is_some() {
            out.push(' ');
        }
        plain(style, out);
        term(value, style, level + 1, out);
    }
    color(6, style, out);
    line(style, level, out);
    color(6, style, out);
    out.push('}');
}

/// A text in quotes.
pub fn string(text: &str, ascii: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            c if u32::from(c) < 0x20 || c == '\u{7f}' || ascii && !c.is_ascii() => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
