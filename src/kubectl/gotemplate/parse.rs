//! The tree of a template. Models text/template/parse/parse.go.

use super::funcs;
use super::lex::{Item, Token, lex, line};
use crate::collections::SortedMap;

/// Templates and parentheses nest no deeper than this.
const DEPTH_MAX: usize = 100;

/// The templates that a source defines; the main one has an empty name.
#[derive(Clone, Debug)]
pub(super) struct Parsed {
    pub(super) main: Vec<Node>,
    pub(super) named: SortedMap<String, Vec<Node>>,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    Text(String),
    Action(Pipe),
    If(Pipe, Vec<Node>, Vec<Node>),
    With(Pipe, Vec<Node>, Vec<Node>),
    Range(Pipe, Vec<Node>, Vec<Node>),
    Template(String, Option<Pipe>, usize),
    Break,
    Continue,
}

/// Commands, each fed to the next, and the variables that take the result.
#[derive(Clone, Debug)]
pub(super) struct Pipe {
    pub(super) variables: Vec<String>,
    pub(super) declares: bool,
    pub(super) commands: Vec<Command>,
}

/// An operand and its arguments, and where it stands in the source.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) words: Vec<Operand>,
    pub(super) at: usize,
    pub(super) source: String,
}

#[derive(Clone, Debug)]
pub(super) enum Operand {
    Dot,
    Nil,
    Bool(bool),
    Text(String),
    Number(String),
    Char(char),
    Function(String),
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Pipe(Box<Pipe>, Vec<String>),
}

pub(super) fn parse(source: &str) -> Result<Parsed, String> {
    let named = |(line, text): (usize, String)| format!("template: output:{line}: {text}");
    let items = lex(source).map_err(named)?;
    let mut parser =
        Parser { source, items, at: 0, depth: 0, variables: vec!["$".to_owned()], named: SortedMap::new(), loops: 0 };
    let (main, end) = parser.list().map_err(named)?;
    if let Some(word) = end {
        return Err(format!("template: output:{}: unexpected {{{{{word}}}}}", parser.line()));
    }
    Ok(Parsed { main, named: parser.named })
}

type Fault = (usize, String);

struct Parser<'a> {
    source: &'a str,
    items: Vec<Item>,
    at: usize,
    depth: usize,
    variables: Vec<String>,
    named: SortedMap<String, Vec<Node>>,
    loops: usize,
}

impl Parser<'_> {
    fn line(&self) -> usize {
        let at = self.items.get(self.at.min(self.items.len().saturating_sub(1))).map_or(0, |item| item.at);
        line(self.source, if self.at >= self.items.len() { self.source.len() } else { at })
    }

    fn fault<T>(&self, text: impl Into<String>) -> Result<T, Fault> {
        Err((self.line(), text.into()))
    }

    fn peek(&self) -> Option<&Token> {
        self.items.get(self.at).map(|item| &item.token)
    }

    fn next(&mut self) -> Option<Item> {
        self.at += 1;
        self.items.get(self.at - 1).cloned()
    }

    fn skip_space(&mut self) {
        while self.peek() == Some(&Token::Space) {
            self.at += 1;
        }
    }

    /// Nodes up to the end, or to `end` or `else`, which is told and passed.
    fn list(&mut self) -> Result<(Vec<Node>, Option<String>), Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.fault("template nests too deep");
        }
        let mut nodes = Vec::new();
        let ended = loop {
            match self.next().map(|item| item.token) {
                None => break None,
                Some(Token::Text(text)) => nodes.push(Node::Text(text)),
                Some(_) => {
                    if let Some(word) = self.action(&mut nodes)? {
                        break Some(word);
                    }
                }
            }
        };
        self.depth -= 1;
        Ok((nodes, ended))
    }

    fn action(&mut self, nodes: &mut Vec<Node>) -> Result<Option<String>, Fault> {
        self.skip_space();
        let word = match self.peek() {
            Some(Token::Word(word)) => word.clone(),
            _ => String::new(),
        };
        match word.as_str() {
            "end" | "else" => {
                self.at += 1;
                if word == "end" {
                    self.close("end")?;
                }
                return Ok(Some(word));
            }
            "if" | "with" | "range" => {
                self.at += 1;
                nodes.push(self.control(&word)?);
            }
            "break" | "continue" => {
                self.at += 1;
                if self.loops == 0 {
                    return self.fault(format!("{{{{{word}}}}} outside {{{{range}}}}"));
                }
                self.close(&word)?;
                nodes.push(if word == "break" { Node::Break } else { Node::Continue });
            }
            "define" => {
                self.at += 1;
                let name = self.name("define")?;
                self.close("define clause")?;
                let body = self.body("define")?;
                self.named.insert(name, body);
            }
            "template" | "block" => {
                let at = self.items.get(self.at).map_or(0, |item| item.at);
                self.at += 1;
                let name = self.name(&word)?;
                self.skip_space();
                let pipe = if self.peek() == Some(&Token::Right) {
                    self.close("template clause")?;
                    None
                } else {
                    Some(self.pipeline(&word)?)
                };
                if word == "block" {
                    let body = self.body("block")?;
                    self.named.insert(name.clone(), body);
                }
                nodes.push(Node::Template(name, pipe, at));
            }
            _ => nodes.push(Node::Action(self.pipeline("command")?)),
        }
        Ok(None)
    }

    fn name(&mut self, context: &str) -> Result<String, Fault> {
        self.skip_space();
        match self.next().map(|item| item.token) {
            Some(Token::Text2(name)) => Ok(name),
            _ => self.fault(format!("unexpected token in {context} clause")),
        }
    }

    fn close(&mut self, context: &str) -> Result<(), Fault> {
        self.skip_space();
        match self.next().map(|item| item.token) {
            Some(Token::Right) => Ok(()),
            _ => self.fault(format!("unexpected token in {context}")),
        }
    }

    fn body(&mut self, context: &str) -> Result<Vec<Node>, Fault> {
        let kept = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let (body, ended) = self.list()?;
        self.variables = kept;
        match ended.as_deref() {
            Some("end") => Ok(body),
            Some(word) => self.fault(format!("unexpected {{{{{word}}}}} in {context}")),
            None => self.fault("unexpected EOF"),
        }
    }

    fn control(&mut self, word: &str) -> Result<Node, Fault> {
        let kept = self.variables.len();
        let pipe = self.pipeline(word)?;
        self.loops += usize::from(word == "range");
        let (then, ended) = self.list()?;
        self.loops -= usize::from(word == "range");
        let mut otherwise = Vec::new();
        match ended.as_deref() {
            Some("end") => {}
            Some(_) => {
                self.skip_space();
                match self.peek() {
                    // `else if` is an `if` in the else branch that shares its end.
                    Some(Token::Word(next)) if next == word && word != "range" => {
                        self.at += 1;
                        self.depth += 1;
                        if self.depth > DEPTH_MAX {
                            return self.fault("template nests too deep");
                        }
                        otherwise.push(self.control(word)?);
                        self.depth -= 1;
                    }
                    _ => {
                        self.close("else")?;
                        let (body, ended) = self.list()?;
                        otherwise = body;
                        match ended.as_deref() {
                            Some("end") => {}
                            Some(_) => return self.fault("expected end; found {{else}}"),
                            None => return self.fault("unexpected EOF"),
                        }
                    }
                }
            }
            None => return self.fault("unexpected EOF"),
        }
        self.variables.truncate(kept);
        Ok(match word {
            "if" => Node::If(pipe, then, otherwise),
            "with" => Node::With(pipe, then, otherwise),
            _ => Node::Range(pipe, then, otherwise),
        })
    }

    /// A pipeline up to and past the closing delimiter.
    fn pipeline(&mut self, context: &str) -> Result<Pipe, Fault> {
        let pipe = self.pipe(context, &Token::Right)?;
        self.at += 1;
        Ok(pipe)
    }

    fn pipe(&mut self, context: &str, end: &Token) -> Result<Pipe, Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.fault("template nests too deep");
        }
        self.skip_space();
        let (variables, declares) = self.declaration(context)?;
        let mut commands = Vec::new();
        loop {
            self.skip_space();
            if self.peek() == Some(end) {
                if commands.is_empty() {
                    return self.fault(format!("missing value for {context}"));
                }
                break;
            }
            commands.push(self.command(end)?);
            if self.peek() == Some(&Token::Sign("|")) {
                self.at += 1;
                self.skip_space();
                if self.peek() == Some(end) {
                    return self.fault(format!("missing value for {context}"));
                }
            }
        }
        if declares {
            self.variables.extend(variables.iter().cloned());
        }
        self.depth -= 1;
        Ok(Pipe { variables, declares, commands })
    }

    /// `$x :=`, `$x =`, `$i, $x :=`, or nothing.
    fn declaration(&mut self, context: &str) -> Result<(Vec<String>, bool), Fault> {
        let start = self.at;
        let mut names = Vec::new();
        loop {
            self.skip_space();
            let Some(Token::Variable(name)) = self.peek().cloned() else { break };
            self.at += 1;
            names.push(name);
            self.skip_space();
            match self.peek() {
                Some(Token::Sign(":=")) => {
                    self.at += 1;
                    return Ok((names, true));
                }
                Some(Token::Sign("=")) => {
                    self.at += 1;
                    for name in &names {
                        self.known(name)?;
                    }
                    return Ok((names, false));
                }
                Some(Token::Sign(",")) if context == "range" && names.len() < 2 => self.at += 1,
                Some(Token::Sign(",")) => return self.fault(format!("too many declarations in {context}")),
                _ => break,
            }
        }
        self.at = start;
        Ok((Vec::new(), false))
    }

    fn known(&self, name: &String) -> Result<(), Fault> {
        if self.variables.contains(name) { Ok(()) } else { self.fault(format!("undefined variable \"{name}\"")) }
    }

    fn command(&mut self, end: &Token) -> Result<Command, Fault> {
        let start = self.items.get(self.at).map_or(0, |item| item.at);
        let mut words = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None => return self.fault("unclosed action"),
                Some(token) if token == end || *token == Token::Sign("|") => break,
                Some(_) => words.push(self.operand()?),
            }
        }
        let stop = self.items.get(self.at).map_or(self.source.len(), |item| item.at);
        if words.is_empty() {
            return self.fault("empty command");
        }
        Ok(Command { words, at: start, source: self.source[start..stop].trim_end().to_owned() })
    }

    fn operand(&mut self) -> Result<Operand, Fault> {
        let Some(item) = self.next() else { return self.fault("unclosed action") };
        Ok(match item.token {
            Token::Dot => Operand::Dot,
            Token::Text2(text) => Operand::Text(text),
            Token::Number(text) => Operand::Number(text),
            Token::Char(c) => Operand::Char(c),
            Token::Field(name) => {
                let mut names = vec![name];
                names.extend(self.fields());
                Operand::Field(names)
            }
            Token::Variable(name) => {
                self.known(&name)?;
                Operand::Variable(name, self.fields())
            }
            Token::Word(word) => match word.as_str() {
                "true" | "false" => Operand::Bool(word == "true"),
                "nil" => Operand::Nil,
                _ if funcs::NAMES.contains(&word.as_str()) => Operand::Function(word),
                _ => return self.fault(format!("function \"{word}\" not defined")),
            },
            Token::Sign("(") => {
                let pipe = self.pipe("parenthesized pipeline", &Token::Sign(")"))?;
                self.at += 1;
                Operand::Pipe(Box::new(pipe), self.fields())
            }
            Token::Sign(sign) => return self.fault(format!("unexpected \"{sign}\" in operand")),
            Token::Right | Token::Left | Token::Space | Token::Text(_) => {
                return self.fault("unexpected token in operand");
            }
        })
    }

    fn fields(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        while let Some(Token::Field(name)) = self.peek().cloned() {
            self.at += 1;
            names.push(name);
        }
        names
    }
}
