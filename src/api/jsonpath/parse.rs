//! Reading JSONPath templates. Models client-go/util/jsonpath/parser.go.

use serde_json::{Number, Value};

/// Filters nest no deeper than this.
const DEPTH_MAX: usize = 50;

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Text outside of braces.
    Text(String),
    /// What stands between one pair of braces.
    Action(Vec<Node>),
    /// `{range …}…{end}`: the list, and what is done for each of its members.
    Range(Vec<Node>, Vec<Node>),
    /// `.name`
    Field(String),
    /// `*`
    Wildcard,
    /// `..`
    Recursive,
    /// `[from:to:step]`
    Slice { from: Option<i64>, to: Option<i64>, step: Option<i64>, single: bool },
    /// `[a,b]`
    Union(Vec<Vec<Node>>),
    /// `[?(left op right)]`; no operator asks whether left exists.
    Filter(Vec<Node>, Option<(String, Vec<Node>)>),
    /// A number, text or boolean in an action.
    Literal(Value),
}

pub(super) fn parse(template: &str) -> Result<Vec<Node>, String> {
    let mut parser = Parser { chars: template.chars().collect(), at: 0, depth: 0 };
    let mut nodes = Vec::new();
    parser.block(&mut nodes, false)?;
    Ok(nodes)
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn looking_at(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(ahead, c)| self.chars.get(self.at + ahead) == Some(&c))
    }

    /// Text and actions up to the end, or to `{end}` in a range.
    fn block(&mut self, nodes: &mut Vec<Node>, in_range: bool) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("template nests too deep".to_owned());
        }
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            if c != '{' {
                text.push(c);
                continue;
            }
            if !text.is_empty() {
                nodes.push(Node::Text(std::mem::take(&mut text)));
            }
            let (word, action) = self.action()?;
            match word.as_deref() {
                Some("range") => {
                    let mut body = Vec::new();
                    self.block(&mut body, true)?;
                    nodes.push(Node::Range(action, body));
                }
                Some("end") if in_range => {
                    self.depth -= 1;
                    return Ok(());
                }
                Some("end") => return Err("not in range, nothing to end".to_owned()),
                _ => nodes.push(Node::Action(action)),
            }
        }
        if !text.is_empty() {
            nodes.push(Node::Text(text));
        }
        self.depth -= 1;
        Ok(())
    }

    /// The inside of braces, past the closing one, and the word it begins with.
    fn action(&mut self) -> Result<(Option<String>, Vec<Node>), String> {
        let mut nodes = Vec::new();
        let mut word = None;
        loop {
            if self.looking_at("}") {
                self.at += 1;
                return Ok((word, nodes));
            }
            if self.looking_at("[?(") {
                self.at += 3;
                nodes.push(self.filter()?);
                continue;
            }
            if self.looking_at("..") {
                self.at += 2;
                nodes.push(Node::Recursive);
                if self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '*') {
                    nodes.push(self.field());
                }
                continue;
            }
            let Some(c) = self.peek() else { return Err("unclosed action".to_owned()) };
            match c {
                '\r' | '\n' => return Err("unclosed action".to_owned()),
                ' ' | '@' | '$' => self.at += 1,
                '[' => nodes.push(self.array()?),
                '"' | '\'' => nodes.push(self.quoted(c)?),
                '.' => {
                    self.at += 1;
                    nodes.push(self.field());
                }
                '+' | '-' | '0'..='9' => nodes.push(self.number()?),
                c if c.is_alphanumeric() || c == '_' => match self.word().as_str() {
                    "true" => nodes.push(Node::Literal(Value::Bool(true))),
                    "false" => nodes.push(Node::Literal(Value::Bool(false))),
                    other @ ("range" | "end") => word = Some(other.to_owned()),
                    other => return Err(format!("unrecognized identifier {other}")),
                },
                c => return Err(format!("unrecognized character in action: U+{:04X} '{c}'", u32::from(c))),
            }
        }
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.peek().filter(|c| !matches!(c, ' ' | '.' | '[' | ']' | '}' | '\n' | '\r')) {
            word.push(c);
            self.at += 1;
        }
        word
    }

    fn field(&mut self) -> Node {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            if c == '\\' {
                self.at += 1;
                name.extend(self.peek());
                self.at += 1;
                continue;
            }
            if matches!(c, ' ' | '.' | '[' | ']' | '}' | '\n' | '\r') {
                break;
            }
            name.push(c);
            self.at += 1;
        }
        if name == "*" { Node::Wildcard } else { Node::Field(name) }
    }

    fn number(&mut self) -> Result<Node, String> {
        let mut text = String::new();
        if let Some(sign) = self.peek().filter(|c| matches!(c, '+' | '-')) {
            text.push(sign);
            self.at += 1;
        }
        while let Some(c) = self.peek().filter(|&c| c.is_ascii_digit() || c == '.') {
            text.push(c);
            self.at += 1;
        }
        if let Ok(number) = text.parse::<i64>() {
            return Ok(Node::Literal(Value::Number(number.into())));
        }
        let float = text.parse::<f64>().ok().and_then(Number::from_f64);
        float.map(|number| Node::Literal(Value::Number(number))).ok_or_else(|| format!("cannot parse number {text}"))
    }

    fn quoted(&mut self, quote: char) -> Result<Node, String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let c = self.peek().ok_or("unterminated quoted string")?;
            self.at += 1;
            match c {
                c if c == quote => return Ok(Node::Literal(Value::String(text))),
                '\n' => return Err("unterminated quoted string".to_owned()),
                '\\' => {
                    let c = self.peek().ok_or("unterminated quoted string")?;
                    self.at += 1;
                    match c {
                        'n' => text.push('\n'),
                        't' => text.push('\t'),
                        'r' => text.push('\r'),
                        c => text.push(c),
                    }
                }
                c => text.push(c),
            }
        }
    }

    fn array(&mut self) -> Result<Node, String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                None | Some('\n' | '\r') => return Err("unterminated array".to_owned()),
                Some(']') => break,
                Some(c) => text.push(c),
            }
            self.at += 1;
        }
        self.at += 1;
        let parts: Vec<&str> = text.split(',').collect();
        if parts.len() > 1 {
            let nodes = parts.iter().map(|part| Ok(vec![subscript(part.trim())?]));
            return Ok(Node::Union(nodes.collect::<Result<_, String>>()?));
        }
        subscript(&text)
    }

    fn filter(&mut self) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("template nests too deep".to_owned());
        }
        let mut text = String::new();
        let mut quote = None;
        let mut open = 1;
        loop {
            let Some(c) = self.peek().filter(|&c| c != '\n') else { return Err("unterminated filter".to_owned()) };
            self.at += 1;
            match (c, quote) {
                ('"' | '\'', None) => quote = Some(c),
                (c, Some(begun)) if c == begun && !text.ends_with('\\') => quote = None,
                ('(', None) => open += 1,
                (')', None) => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                }
                _ => {}
            }
            text.push(c);
        }
        if self.peek() != Some(']') {
            return Err("unclosed array expect ]".to_owned());
        }
        self.at += 1;
        let inside = |text: &str| -> Result<Vec<Node>, String> {
            let mut parser = Parser { chars: format!("{text}}}").chars().collect(), at: 0, depth: self.depth };
            Ok(parser.action()?.1)
        };
        let operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
        let node = match text.find(operator) {
            Some(start) if start > 0 => {
                let length = text[start..].find(|c| !operator(c)).unwrap_or(text.len() - start);
                let (op, right) = text[start..].split_at(length);
                Node::Filter(inside(&text[..start])?, Some((op.to_owned(), inside(right)?)))
            }
            _ => Node::Filter(inside(&text)?, None),
        };
        self.depth -= 1;
        Ok(node)
    }
}

/// What stands in one pair of brackets: a key in quotes, an index, a slice.
fn subscript(text: &str) -> Result<Node, String> {
    if text == "*" {
        return Ok(Node::Slice { from: None, to: None, step: None, single: false });
    }
    if let Some(key) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return Ok(Node::Field(key.replace('\\', "")));
    }
    let invalid = || format!("invalid array index {text}");
    let bounds: Vec<&str> = text.split(':').collect();
    if bounds.len() > 3 || text.is_empty() {
        return Err(invalid());
    }
    let mut numbers = [None; 3];
    for (slot, bound) in numbers.iter_mut().zip(&bounds) {
        if !bound.is_empty() {
            *slot = Some(bound.parse::<i64>().map_err(|_| invalid())?);
        }
    }
    let [from, to, step] = numbers;
    Ok(Node::Slice { from, to, step, single: bounds.len() == 1 })
}
