//! The record and its fields, and how text is split.

use std::rc::Rc;

use super::value::{Value, regex};
use crate::shell::regex::Regex;

/// No record has more fields.
pub const MAX_FIELDS: usize = 32_767;

/// How a text is split.
#[derive(Clone)]
pub enum Separator {
    /// By runs of blanks, those at the ends left out.
    Blanks,
    /// By every occurrence of a character.
    Char(char),
    /// By what matches.
    Regex(Rc<Regex>),
    /// Into its characters.
    Chars,
}

impl Separator {
    /// What FS, or a text given to `split`, means.
    pub fn of(text: &str) -> Result<Separator, String> {
        let mut chars = text.chars();
        Ok(match (chars.next(), chars.next()) {
            (None, _) => Separator::Chars,
            (Some(' '), None) => Separator::Blanks,
            (Some(c), None) => Separator::Char(c),
            _ => Separator::Regex(regex(text)?),
        })
    }

    /// The parts of a text; a line's end parts too in `paragraphs`.
    pub fn split(&self, text: &str, paragraphs: bool) -> Vec<Rc<str>> {
        if text.is_empty() {
            return Vec::new();
        }
        let is_blank = |c: char| matches!(c, ' ' | '\t' | '\n');
        match self {
            Separator::Blanks => text.split(is_blank).filter(|part| !part.is_empty()).map(Rc::from).collect(),
            Separator::Char(c) => {
                text.split(|other| other == *c || paragraphs && other == '\n').map(Rc::from).collect()
            }
            Separator::Chars => text.chars().map(|c| Rc::from(c.encode_utf8(&mut [0; 4]) as &str)).collect(),
            Separator::Regex(_) if paragraphs => text.split('\n').flat_map(|line| self.split(line, false)).collect(),
            Separator::Regex(regex) => {
                let (mut parts, mut start) = (Vec::new(), 0);
                // Nothing separates nothing.
                for (low, high) in regex.matches(text).filter_map(|groups| groups[0]).filter(|(low, high)| low < high) {
                    parts.push(Rc::from(&text[start..low]));
                    start = high;
                }
                parts.push(Rc::from(&text[start..]));
                parts
            }
        }
    }
}

/// `$0`, `$1`, …: split when first asked for, joined when changed.
pub struct Record {
    text: Rc<str>,
    fields: Vec<Value>,
    split: bool,
    joined: bool,
    separator: Separator,
    paragraphs: bool,
}

impl Record {
    /// An empty one.
    pub fn new() -> Record {
        Record {
            text: "".into(),
            fields: Vec::new(),
            split: true,
            joined: true,
            separator: Separator::Blanks,
            paragraphs: false,
        }
    }

    /// Takes another text, which is split by what FS says now.
    pub fn set(&mut self, text: Rc<str>, separator: Separator, paragraphs: bool) {
        *self = Record { text, fields: Vec::new(), split: false, joined: true, separator, paragraphs };
    }

    fn fields(&mut self) -> &mut Vec<Value> {
        if !self.split {
            self.split = true;
            self.fields = self.separator.split(&self.text, self.paragraphs).into_iter().map(Value::Input).collect();
        }
        &mut self.fields
    }

    /// How many fields there are.
    pub fn count(&mut self) -> usize {
        self.fields().len()
    }

    /// The whole record.
    pub fn text(&mut self, ofs: &str, convfmt: &str) -> Rc<str> {
        if !self.joined {
            self.joined = true;
            let fields: Vec<Rc<str>> = self.fields.iter().map(|field| field.to_text(convfmt)).collect();
            self.text = fields.join(ofs).into();
        }
        Rc::clone(&self.text)
    }

    /// A field, counted from 1.
    pub fn field(&mut self, number: usize) -> Value {
        self.fields().get(number - 1).cloned().unwrap_or(Value::Unset)
    }

    /// Changes a field, counted from 1; those before it come to be.
    pub fn set_field(&mut self, number: usize, value: Value) {
        let fields = self.fields();
        if fields.len() < number {
            fields.resize(number, Value::Text("".into()));
        }
        fields[number - 1] = value;
        self.joined = false;
    }

    /// Leaves out the last fields, or adds empty ones.
    pub fn set_count(&mut self, count: usize) {
        self.fields().resize(count, Value::Text("".into()));
        self.joined = false;
    }
}
