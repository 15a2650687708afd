//! Destructuring: `. as [$a, {b: $c}] | …`, and alternatives by `?//`.
//!
//! A pattern becomes bindings in one another: the whole value gets a link without a name, and each variable
//! is bound to an index of it.

use std::rc::Rc;

use super::lex::Tok;
use super::parse::{Known, Parser, Read};
use super::program::{Id, Node};
use super::value::Value;

/// What a key of an object's pattern is.
#[derive(Clone)]
pub enum Key {
    Name(Value),
    /// An expression, which begins at this token.
    Expr(usize),
}

/// What a value is taken apart by.
pub enum Pattern {
    Var(Rc<str>),
    Array(Vec<Pattern>),
    Object(Vec<(Key, Pattern)>),
}

impl Pattern {
    /// One pattern or several, between which `?//` stands.
    pub fn read_all(parser: &mut Parser) -> Read<Vec<Pattern>> {
        let mut patterns = vec![Pattern::read(parser, 0)?];
        while parser.eat("?//") {
            patterns.push(Pattern::read(parser, 0)?);
        }
        Ok(patterns)
    }

    fn read(parser: &mut Parser, depth: usize) -> Read<Pattern> {
        if depth > 50 {
            return parser.unexpected("");
        }
        match parser.next() {
            Tok::Sign("$") => name(parser).map(Pattern::Var),
            Tok::Sign("[") => {
                let mut items = vec![Pattern::read(parser, depth + 1)?];
                while parser.eat(",") {
                    items.push(Pattern::read(parser, depth + 1)?);
                }
                if !parser.eat("]") {
                    return parser.unexpected("',' or ']'");
                }
                Ok(Pattern::Array(items))
            }
            Tok::Sign("{") => {
                let mut members = Vec::new();
                loop {
                    Pattern::member(parser, depth, &mut members)?;
                    if !parser.eat(",") {
                        break;
                    }
                }
                if !parser.eat("}") {
                    return parser.unexpected("',' or '}'");
                }
                Ok(Pattern::Object(members))
            }
            _ => {
                parser.at -= 1;
                parser.unexpected("'$' or '[' or '{'")
            }
        }
    }

    fn member(parser: &mut Parser, depth: usize, members: &mut Vec<(Key, Pattern)>) -> Read<()> {
        let begin = parser.at;
        let key = match parser.next() {
            Tok::Sign("$") => {
                let name = name(parser)?;
                let key = Key::Name(Value::String(Rc::clone(&name)));
                members.push((key.clone(), Pattern::Var(name)));
                if !parser.is(":") {
                    return Ok(());
                }
                key
            }
            Tok::Sign("(") => {
                parser.expression(0)?;
                parser.expect(")")?;
                Key::Expr(begin)
            }
            Tok::Quote => {
                parser.at -= 1;
                parser.text(None)?;
                Key::Expr(begin)
            }
            other => match other.word() {
                Some(name) => Key::Name(Value::String(name)),
                None => {
                    parser.at -= 1;
                    return parser.unexpected("");
                }
            },
        };
        parser.expect(":")?;
        members.push((key, Pattern::read(parser, depth + 1)?));
        Ok(())
    }

    /// The variables that it names.
    fn names(&self, names: &mut Vec<Rc<str>>) {
        match self {
            Pattern::Var(name) => {
                if !names.contains(name) {
                    names.push(Rc::clone(name));
                }
            }
            Pattern::Array(items) => items.iter().for_each(|item| item.names(names)),
            Pattern::Object(members) => members.iter().for_each(|(_, item)| item.names(names)),
        }
    }
}

fn name(parser: &mut Parser) -> Read<Rc<str>> {
    match parser.next().word() {
        Some(name) => Ok(name),
        None => {
            parser.at -= 1;
            parser.unexpected("")
        }
    }
}

/// A value that waits to be taken apart: what lies under a key of the link at a place in `known`.
struct Wait<'a> {
    base: usize,
    key: Option<Key>,
    pattern: &'a Pattern,
}

type Body<'a> = &'a mut dyn FnMut(&mut Parser) -> Read<Id>;

impl Parser {
    /// What is to be done with a value that gets the nearest link: it is taken apart, then comes the body,
    /// which is read once for each pattern.
    pub fn destructured(&mut self, patterns: &[Pattern], body: Body) -> Read<Id> {
        let base = self.known.len();
        if let [Pattern::Var(name)] = patterns {
            self.known.push(Known::Var(Rc::clone(name)));
            let body = body(self);
            self.known.truncate(base);
            return body;
        }
        self.known.push(Known::Var("".into()));
        let made = match patterns {
            [pattern] => self.taken_apart(&mut vec![Wait { base, key: None, pattern }], body),
            _ => self.alternatives(base, patterns, body),
        };
        self.known.truncate(base);
        made
    }

    /// The first pattern that fits and whose body does not fail counts. All variables of all are known.
    fn alternatives(&mut self, base: usize, patterns: &[Pattern], body: Body) -> Read<Id> {
        let mut names = Vec::new();
        patterns.iter().for_each(|pattern| pattern.names(&mut names));
        // What `.` was, for the patterns behind the first.
        let dot = self.known.len();
        self.known.push(Known::Var("".into()));
        let begin = self.at;
        let mut ways = Vec::new();
        for pattern in patterns {
            self.at = begin;
            let before = self.known.len();
            self.known.extend(names.iter().map(|name| Known::Var(Rc::clone(name))));
            let mut way = self.taken_apart(&mut vec![Wait { base, key: None, pattern }], body)?;
            self.known.truncate(before);
            for _ in &names {
                let null = self.literal(Value::Null);
                way = self.node(Node::Bind(null, way));
            }
            let back = self.node(Node::Var((self.known.len() - 1 - dot) as u32));
            ways.push(self.node(Node::Pipe(back, way)));
        }
        let mut made = ways.pop().unwrap_or_default();
        for way in ways.into_iter().rev() {
            made = self.node(Node::Try(way, Some(made)));
        }
        let identity = self.node(Node::Identity);
        Ok(self.node(Node::Bind(identity, made)))
    }

    fn taken_apart(&mut self, waits: &mut Vec<Wait>, body: Body) -> Read<Id> {
        let Some(Wait { base, key, pattern }) = waits.pop() else { return body(self) };
        self.enter()?;
        let whole = self.node(Node::Var((self.known.len() - 1 - base) as u32));
        let source = match key {
            None => whole,
            Some(key) => {
                let key = match key {
                    Key::Name(name) => self.literal(name),
                    Key::Expr(begin) => {
                        let back = std::mem::replace(&mut self.at, begin);
                        let key = if *self.peek() == Tok::Quote { self.text(None)? } else { self.postfix()? };
                        self.at = back;
                        key
                    }
                };
                let dot = self.node(Node::Identity);
                let index = self.node(Node::Index(dot, key, false));
                self.node(Node::Pipe(whole, index))
            }
        };
        let here = self.known.len();
        match pattern {
            Pattern::Var(name) => self.known.push(Known::Var(Rc::clone(name))),
            Pattern::Array(items) => {
                self.known.push(Known::Var("".into()));
                for (at, pattern) in items.iter().enumerate().rev() {
                    let key = Some(Key::Name(Value::number(at as f64)));
                    waits.push(Wait { base: here, key, pattern });
                }
            }
            Pattern::Object(members) => {
                self.known.push(Known::Var("".into()));
                for (key, pattern) in members.iter().rev() {
                    waits.push(Wait { base: here, key: Some(key.clone()), pattern });
                }
            }
        }
        let rest = self.taken_apart(waits, body)?;
        self.depth -= 1;
        self.known.truncate(here);
        Ok(self.node(Node::Bind(source, rest)))
    }
}
