//! From tokens to nodes, names resolved on the way. Models parser.y; complaints are bison's.
//!
//! Diverges: of several syntax errors only the first is told; what bison would have expected instead is told
//! where it is one thing.

use std::rc::Rc;

use super::lex::{Tok, Token, tokens};
use super::native;
use super::patterns::Pattern;
use super::prelude::PRELUDE;
use super::program::{Function, Id, Node, Part, Program, SPECIALS};
use super::value::{Object, Value, number_of};

/// So deep may expressions stand in one another.
pub const MAX_DEPTH: usize = 200;
/// So long may a program become.
const MAX_NODES: usize = 200_000;

/// A name that is known.
pub enum Known {
    Var(Rc<str>),
    Function(Rc<str>, usize),
    Param(Rc<str>),
    Label(Rc<str>),
}

/// What is wrong with a program, and where.
pub struct Fault {
    pub message: String,
    pub at: usize,
}

pub type Read<T> = Result<T, Fault>;

pub struct Parser {
    pub tokens: Vec<Token>,
    pub at: usize,
    pub known: Vec<Known>,
    program: Program,
    pub depth: usize,
    /// How many functions come with jq.
    globals: usize,
    yq: bool,
    /// Names that are not defined.
    missing: Vec<Fault>,
    /// Where the lines of the text end, for `$__loc__`.
    lines: Vec<usize>,
}

/// Reads a program in which `variables` are known, the last one nearest. What is wrong is told as jq prints it.
pub fn parse(source: &str, variables: &[Rc<str>]) -> Result<Program, String> {
    read(&[PRELUDE], tokens(source, false), source, variables, false).map_err(|faults| {
        let mut out = String::new();
        for fault in &faults {
            let before = &source[..fault.at.min(source.len())];
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let number = before.matches('\n').count() + 1;
            let line = source[start..].lines().next().unwrap_or("");
            let place = " ".repeat(fault.at - start);
            out.push_str(&format!("jq: error: {} at <top-level>, line {number}:\n{line}{place}\n", fault.message));
        }
        let plural = if faults.len() == 1 { "" } else { "s" };
        out.push_str(&format!("jq: {} compile error{plural}\n", faults.len()));
        out
    })
}

/// Reads a program behind the functions that come with it.
pub fn read(
    preludes: &[&str],
    program: Vec<Token>,
    source: &str,
    variables: &[Rc<str>],
    yq: bool,
) -> Result<Program, Vec<Fault>> {
    let mut parser = Parser {
        tokens: Vec::new(),
        at: 0,
        known: Vec::new(),
        program: Program::default(),
        depth: 0,
        globals: usize::MAX,
        yq,
        missing: Vec::new(),
        lines: Vec::new(),
    };
    for prelude in preludes {
        parser.tokens = tokens(prelude, false);
        parser.at = 0;
        parser.definitions().map_err(|fault| vec![fault])?;
    }
    parser.globals = parser.program.functions.len();
    parser.tokens = program;
    parser.lines = source.match_indices('\n').map(|(at, _)| at).collect();
    parser.at = 0;
    parser.known = variables.iter().map(|name| Known::Var(Rc::clone(name))).collect();
    let main = parser.whole().map_err(|fault| vec![fault])?;
    if !parser.missing.is_empty() {
        return Err(parser.missing);
    }
    parser.program.main = main;
    Ok(parser.program)
}

/// How tightly an operator binds, whether what stands right of it binds as tightly, and its function.
fn operator(tok: &Tok) -> Option<(u8, u8, &'static str)> {
    let Tok::Sign(sign) = tok else { return None };
    Some(match *sign {
        "|" => (1, 2, ""),
        "," => (2, 3, ""),
        "//" => (3, 3, ""),
        "=" => (4, 5, "_assign"),
        "|=" => (4, 5, "_modify"),
        "+=" => (4, 5, "_modify_plus"),
        "-=" => (4, 5, "_modify_minus"),
        "*=" => (4, 5, "_modify_times"),
        "/=" => (4, 5, "_modify_div"),
        "%=" => (4, 5, "_modify_mod"),
        "//=" => (4, 5, "_modify_either"),
        "or" => (6, 7, ""),
        "and" => (7, 8, ""),
        "==" => (8, 9, "_equal"),
        "!=" => (8, 9, "_notequal"),
        "<" => (8, 9, "_less"),
        "<=" => (8, 9, "_lesseq"),
        ">" => (8, 9, "_greater"),
        ">=" => (8, 9, "_greatereq"),
        "+" => (10, 11, "_plus"),
        "-" => (10, 11, "_minus"),
        "*" => (12, 13, "_times"),
        "/" => (12, 13, "_div"),
        "%" => (12, 13, "_mod"),
        _ => return None,
    })
}

impl Parser {
    pub fn node(&mut self, node: Node) -> Id {
        self.program.nodes.push(node);
        (self.program.nodes.len() - 1) as Id
    }

    pub fn literal(&mut self, value: Value) -> Id {
        self.node(Node::Literal(value))
    }

    pub fn peek(&self) -> &Tok {
        &self.tokens[self.at.min(self.tokens.len() - 1)].tok
    }

    pub fn next(&mut self) -> Tok {
        let tok = self.peek().clone();
        self.at += 1;
        tok
    }

    pub fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Tok::Sign(other) if *other == sign)
    }

    pub fn eat(&mut self, sign: &str) -> bool {
        let eaten = self.is(sign);
        self.at += usize::from(eaten);
        eaten
    }

    pub fn expect(&mut self, sign: &'static str) -> Read<()> {
        if self.eat(sign) { Ok(()) } else { self.unexpected("") }
    }

    /// The complaint about the token that stands here.
    pub fn unexpected<T>(&self, expecting: &str) -> Read<T> {
        let token = &self.tokens[self.at.min(self.tokens.len() - 1)];
        let expecting = if expecting.is_empty() { String::new() } else { format!(", expecting {expecting}") };
        let message = format!("syntax error, unexpected {}{expecting} (Unix shell quoting issues?)", token.tok.name());
        Err(Fault { message, at: token.at })
    }

    fn whole(&mut self) -> Read<Id> {
        if matches!(self.peek(), Tok::Sign("import" | "include" | "module")) {
            let at = self.tokens[self.at].at;
            return Err(Fault { message: "modules are not simulated here".to_owned(), at });
        }
        // A file may have definitions only.
        let expr = if *self.peek() == Tok::End { self.node(Node::Identity) } else { self.expression(0)? };
        if *self.peek() == Tok::End { Ok(expr) } else { self.unexpected("end of file") }
    }

    /// The functions that come with jq.
    fn definitions(&mut self) -> Read<()> {
        while *self.peek() != Tok::End {
            self.expect("def")?;
            self.definition(true)?;
        }
        Ok(())
    }

    /// A definition behind its `def`, of a function that comes with jq or of the program's; its number.
    fn definition(&mut self, global: bool) -> Read<u32> {
        let Some(name) = self.next().word() else {
            self.at -= 1;
            return self.unexpected("IDENT");
        };
        let mut params: Vec<(Rc<str>, bool)> = Vec::new();
        if self.eat("(") {
            loop {
                let variable = self.eat("$");
                let Some(param) = self.next().word() else {
                    self.at -= 1;
                    return self.unexpected("");
                };
                params.push((param, variable));
                if !self.eat(";") {
                    break;
                }
            }
            self.expect(")")?;
        }
        self.expect(":")?;
        let number = self.program.functions.len();
        self.program.functions.push(Function { name: Rc::clone(&name), arity: params.len(), body: 0 });
        if !global {
            self.known.push(Known::Function(name, params.len()));
        }
        let outer = self.known.len();
        for (param, _) in &params {
            self.known.push(Known::Param(Rc::clone(param)));
        }
        let mut sources = Vec::new();
        for (at, (param, _)) in params.iter().enumerate().filter(|(_, (_, variable))| *variable) {
            let hops = self.known.len() - 1 - (outer + at);
            sources.push(self.node(Node::Param(hops as u32)));
            self.known.push(Known::Var(Rc::clone(param)));
        }
        let mut body = self.expression(0)?;
        for source in sources.into_iter().rev() {
            body = self.node(Node::Bind(source, body));
        }
        self.known.truncate(outer);
        self.expect(";")?;
        self.program.functions[number].body = body;
        Ok(number as u32)
    }

    /// One level deeper; a fault ends the whole reading, so that nobody need come back from one.
    pub fn enter(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH || self.program.nodes.len() > MAX_NODES || self.known.len() > MAX_DEPTH {
            let at = self.tokens[self.at.min(self.tokens.len() - 1)].at;
            return Err(Fault { message: "the program nests too deep or is too long".to_owned(), at });
        }
        Ok(())
    }

    /// An expression whose operators bind at least so tightly.
    pub fn expression(&mut self, least: u8) -> Read<Id> {
        self.enter()?;
        let mut left = self.prefix()?;
        let mut once = 0;
        while let Some((binds, right, function)) = operator(self.peek()) {
            if binds < least {
                break;
            }
            // Comparisons and assignments do not stand in a row.
            if binds == once && matches!(binds, 4 | 8) {
                return self.unexpected("");
            }
            once = binds;
            let Tok::Sign(sign) = self.next() else { break };
            let operand = self.expression(right)?;
            left = match sign {
                "|" => self.node(Node::Pipe(left, operand)),
                "," => self.node(Node::Comma(left, operand)),
                "//" => self.node(Node::Either(left, operand)),
                "or" => self.node(Node::Or(left, operand)),
                "and" => self.node(Node::And(left, operand)),
                _ => self.function(function, vec![left, operand], 0),
            };
        }
        self.depth -= 1;
        Ok(left)
    }

    /// What an expression begins with.
    fn prefix(&mut self) -> Read<Id> {
        if self.eat("def") {
            let before = self.known.len();
            let number = self.definition(false)?;
            let rest = self.expression(0)?;
            self.known.truncate(before);
            return Ok(self.node(Node::Def(number, rest)));
        }
        if self.eat("-") {
            let operand = self.expression(12)?;
            return Ok(self.function("_negate", vec![operand], 0));
        }
        if self.eat("label") {
            self.expect("$")?;
            let Some(name) = self.next().word() else {
                self.at -= 1;
                return self.unexpected("");
            };
            self.expect("|")?;
            self.known.push(Known::Label(name));
            let body = self.expression(0)?;
            self.known.pop();
            return Ok(self.node(Node::Label(body)));
        }
        let term = self.postfix()?;
        if self.eat("as") {
            return self.binding(term);
        }
        Ok(term)
    }

    /// A term with everything that stands behind it.
    pub fn postfix(&mut self) -> Read<Id> {
        self.enter()?;
        let mut term = self.term()?;
        self.depth -= 1;
        loop {
            match self.peek().clone() {
                Tok::Field(name) => {
                    self.at += 1;
                    term = self.field(term, Value::String(name));
                }
                Tok::Sign(".") => {
                    self.at += 1;
                    match self.peek() {
                        Tok::Quote => {
                            let key = self.text(None)?;
                            let optional = self.optional();
                            term = self.node(Node::Index(term, key, optional));
                        }
                        Tok::Sign("[") => {}
                        _ => return self.unexpected(""),
                    }
                }
                Tok::Sign("[") => {
                    self.at += 1;
                    term = self.brackets(term)?;
                }
                Tok::Sign("?") => {
                    self.at += 1;
                    term = self.node(Node::Try(term, None));
                }
                _ => return Ok(term),
            }
        }
    }

    fn field(&mut self, term: Id, name: Value) -> Id {
        let key = self.literal(name);
        let optional = self.optional();
        self.node(Node::Index(term, key, optional))
    }

    /// Whether an index that does not fit gives nothing: behind a `?`, and always in yq.
    fn optional(&mut self) -> bool {
        self.eat("?") || self.yq
    }

    /// What stands behind `[` of an index, a slice or all.
    fn brackets(&mut self, term: Id) -> Read<Id> {
        if self.eat("]") {
            let optional = self.optional();
            return Ok(self.node(Node::Each(term, optional)));
        }
        let from = if self.is(":") { None } else { Some(self.expression(0)?) };
        let key = if self.eat(":") {
            let to = if self.is("]") { None } else { Some(self.expression(0)?) };
            let mut members = Vec::new();
            for (name, value) in [("start", from), ("end", to)] {
                let key = self.literal(Value::text(name));
                let value = value.unwrap_or_else(|| self.literal(Value::Null));
                members.push((key, value));
            }
            self.node(Node::Object(members))
        } else {
            from.unwrap_or_default()
        };
        self.expect("]")?;
        let optional = self.optional();
        Ok(self.node(Node::Index(term, key, optional)))
    }

    fn term(&mut self) -> Read<Id> {
        match self.next() {
            Tok::Number(text) => {
                let value = number_of(&text).unwrap_or(Value::Null);
                Ok(self.literal(value))
            }
            Tok::Field(name) => {
                let dot = self.node(Node::Identity);
                Ok(self.field(dot, Value::String(name)))
            }
            Tok::Quote => {
                self.at -= 1;
                self.text(None)
            }
            Tok::Format(name) => match self.peek() {
                Tok::Quote => self.text(Some(name)),
                _ => Ok(self.node(Node::Format(name))),
            },
            Tok::Name(name) => self.call(name),
            Tok::Sign(".") => {
                let dot = self.node(Node::Identity);
                if *self.peek() == Tok::Quote {
                    let key = self.text(None)?;
                    let optional = self.optional();
                    return Ok(self.node(Node::Index(dot, key, optional)));
                }
                Ok(dot)
            }
            Tok::Sign("..") => Ok(self.function("recurse", Vec::new(), 0)),
            Tok::Sign("(") => {
                let inner = self.expression(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            Tok::Sign("[") => {
                if self.eat("]") {
                    return Ok(self.node(Node::Array(None)));
                }
                let inner = self.expression(0)?;
                self.expect("]")?;
                Ok(self.node(Node::Array(Some(inner))))
            }
            Tok::Sign("{") => self.object(),
            Tok::Sign("$") => self.variable(),
            Tok::Sign("if") => self.condition(),
            Tok::Sign("reduce") => self.fold(false),
            Tok::Sign("foreach") => self.fold(true),
            Tok::Sign("try") => {
                let body = self.postfix_or_minus()?;
                let handler = if self.eat("catch") { Some(self.postfix_or_minus()?) } else { None };
                Ok(self.node(Node::Try(body, handler)))
            }
            Tok::Sign("break") => {
                self.expect("$")?;
                let at = self.tokens[self.at - 2].at;
                let Some(name) = self.next().word() else {
                    self.at -= 1;
                    return self.unexpected("");
                };
                let hops =
                    self.known.iter().rev().position(|known| matches!(known, Known::Label(label) if *label == name));
                match hops {
                    Some(hops) => Ok(self.node(Node::Break(hops as u32))),
                    None => Ok(self.miss(format!("$*label-{name} is not defined"), at)),
                }
            }
            _ => {
                self.at -= 1;
                let first = self.at == 0;
                self.unexpected(if first { "end of file" } else { "" })
            }
        }
    }

    fn postfix_or_minus(&mut self) -> Read<Id> {
        if self.is("-") || self.is("def") || self.is("label") { self.prefix() } else { self.postfix() }
    }

    fn condition(&mut self) -> Read<Id> {
        self.enter()?;
        let test = self.expression(0)?;
        self.expect("then")?;
        let then = self.expression(0)?;
        let otherwise = match self.next() {
            Tok::Sign("elif") => self.condition()?,
            Tok::Sign("else") => {
                let otherwise = self.expression(0)?;
                self.expect("end")?;
                otherwise
            }
            Tok::Sign("end") => self.node(Node::Identity),
            _ => {
                self.at -= 1;
                return self.unexpected("");
            }
        };
        self.depth -= 1;
        Ok(self.node(Node::If(test, then, otherwise)))
    }

    /// A text from its first quote on.
    pub fn text(&mut self, format: Option<Rc<str>>) -> Read<Id> {
        self.at += 1;
        let mut parts = Vec::new();
        loop {
            match self.next() {
                Tok::Text(text) => parts.push(Part::Text(text)),
                Tok::Open => {
                    parts.push(Part::Expr(self.expression(0)?));
                    if self.next() != Tok::Close {
                        self.at -= 1;
                        return self.unexpected("");
                    }
                }
                Tok::Unquote => break,
                _ => {
                    self.at -= 1;
                    return self.unexpected("QQSTRING_TEXT or QQSTRING_INTERP_START or QQSTRING_END");
                }
            }
        }
        Ok(match parts.as_slice() {
            [] => self.literal(Value::text("")),
            [Part::Text(text)] => {
                let text = Value::String(Rc::clone(text));
                self.literal(text)
            }
            _ => self.node(Node::Text(format, parts)),
        })
    }

    fn object(&mut self) -> Read<Id> {
        let mut members = Vec::new();
        while !self.eat("}") {
            if !members.is_empty() {
                if !self.eat(",") {
                    return self.unexpected("'}'");
                }
                // A comma may not stand before the end.
                if self.is("}") {
                    return self.unexpected("");
                }
            }
            members.push(self.member()?);
        }
        Ok(self.node(Node::Object(members)))
    }

    fn member(&mut self) -> Read<(Id, Id)> {
        let dot = self.node(Node::Identity);
        let tok = self.next();
        let (key, short) = match tok {
            Tok::Sign("$") => {
                let Some(name) = self.peek().word() else { return self.unexpected("") };
                (self.literal(Value::String(name)), Some(self.variable()?))
            }
            Tok::Sign("(") => {
                let key = self.expression(0)?;
                self.expect(")")?;
                (key, None)
            }
            Tok::Quote => {
                self.at -= 1;
                let key = self.text(None)?;
                (key, Some(self.node(Node::Index(dot, key, false))))
            }
            Tok::Format(name) => {
                let key = if *self.peek() == Tok::Quote {
                    self.text(Some(Rc::clone(&name)))?
                } else {
                    self.node(Node::Format(name))
                };
                (key, Some(self.node(Node::Index(dot, key, false))))
            }
            Tok::Number(text) => {
                let value = number_of(&text).unwrap_or(Value::Null);
                (self.literal(value), None)
            }
            other => match other.word() {
                Some(name) => {
                    let key = self.literal(Value::String(name));
                    (key, Some(self.node(Node::Index(dot, key, false))))
                }
                None => {
                    self.at -= 1;
                    return self.unexpected("");
                }
            },
        };
        if !self.eat(":") {
            return match short {
                Some(short) if self.is("}") || self.is(",") => Ok((key, short)),
                Some(_) => self.unexpected("'}'"),
                None => self.unexpected("':'"),
            };
        }
        // Values are joined by `|` without parentheses only, and not by `,`.
        let mut value = if self.eat("-") {
            let operand = self.postfix()?;
            self.function("_negate", vec![operand], 0)
        } else {
            self.postfix()?
        };
        while self.eat("|") {
            let next = self.postfix()?;
            value = self.node(Node::Pipe(value, next));
        }
        if self.is("}") || self.is(",") { Ok((key, value)) } else { self.unexpected("'}'") }
    }

    /// A variable behind its `$`.
    fn variable(&mut self) -> Read<Id> {
        let at = self.tokens[self.at - 1].at;
        let Some(name) = self.next().word() else {
            self.at -= 1;
            return self.unexpected("");
        };
        if &*name == "__loc__" {
            let line = self.lines.iter().filter(|end| **end < at).count() + 1;
            let mut object = Object::default();
            object.set("file".into(), Value::text("<top-level>"));
            object.set("line".into(), Value::number(line as f64));
            return Ok(self.literal(Value::object(object)));
        }
        let hops = self.known.iter().rev().position(|known| matches!(known, Known::Var(var) if *var == name));
        match hops {
            Some(hops) => Ok(self.node(Node::Var(hops as u32))),
            None if &*name == "ENV" => Ok(self.node(Node::Env)),
            None => Ok(self.miss(format!("${name} is not defined"), at)),
        }
    }

    fn call(&mut self, name: Rc<str>) -> Read<Id> {
        let at = self.tokens[self.at - 1].at;
        let mut args = Vec::new();
        if self.eat("(") {
            loop {
                args.push(self.expression(0)?);
                if !self.eat(";") {
                    break;
                }
            }
            self.expect(")")?;
        }
        Ok(self.function(&name, args, at))
    }

    /// A call of a function: one of the program's, one of jq's, or what the machine itself does.
    fn function(&mut self, name: &str, args: Vec<Id>, at: usize) -> Id {
        let hops = self.known.iter().rev().position(|known| match known {
            Known::Function(other, arity) => **other == *name && *arity == args.len(),
            Known::Param(other) => **other == *name && args.is_empty(),
            _ => false,
        });
        if let Some(hops) = hops {
            return match &self.known[self.known.len() - 1 - hops] {
                Known::Param(_) => self.node(Node::Param(hops as u32)),
                _ => self.node(Node::Call(hops as u32, args)),
            };
        }
        if args.is_empty() {
            let constant = match name {
                "null" => Some(Value::Null),
                "true" => Some(Value::Bool(true)),
                "false" => Some(Value::Bool(false)),
                _ => None,
            };
            if let Some(constant) = constant {
                return self.literal(constant);
            }
            if name == "env" {
                return self.node(Node::Env);
            }
        }
        let functions = &self.program.functions;
        let globals = &functions[..self.globals.min(functions.len())];
        let global = globals.iter().rposition(|function| *function.name == *name && function.arity == args.len());
        if let Some(global) = global {
            return self.node(Node::Global(global as u32, args));
        }
        if let Some(native) = native::find(name, args.len(), self.yq) {
            return self.node(Node::Native(native, args));
        }
        if let Some((.., special)) = SPECIALS.iter().find(|(other, arity, _)| *other == name && *arity == args.len()) {
            return self.node(Node::Special(*special, args));
        }
        self.miss(format!("{name}/{} is not defined", args.len()), at)
    }

    fn miss(&mut self, message: String, at: usize) -> Id {
        if !self.missing.iter().any(|fault| fault.at == at) {
            self.missing.push(Fault { message, at });
        }
        self.node(Node::Identity)
    }

    /// `T as P | …` behind `as`.
    fn binding(&mut self, source: Id) -> Read<Id> {
        let patterns = Pattern::read_all(self)?;
        if self.yq && matches!(self.peek(), Tok::Name(name) if &**name == "ireduce") {
            self.at += 1;
            self.expect("(")?;
            let begin = self.expression(0)?;
            self.expect(";")?;
            let update = self.destructured(&patterns, &mut |parser| parser.expression(0))?;
            self.expect(")")?;
            return Ok(self.node(Node::Reduce(source, begin, update)));
        }
        self.expect("|")?;
        let body = self.destructured(&patterns, &mut |parser| parser.expression(0))?;
        Ok(self.node(Node::Bind(source, body)))
    }

    /// `reduce` and `foreach` behind their word.
    fn fold(&mut self, each: bool) -> Read<Id> {
        let source = self.postfix()?;
        self.expect("as")?;
        let patterns = Pattern::read_all(self)?;
        self.expect("(")?;
        let begin = self.expression(0)?;
        self.expect(";")?;
        let update = self.destructured(&patterns, &mut |parser| parser.expression(0))?;
        if !each {
            self.expect(")")?;
            return Ok(self.node(Node::Reduce(source, begin, update)));
        }
        let extract = if self.eat(";") {
            self.destructured(&patterns, &mut |parser| parser.expression(0))?
        } else {
            self.node(Node::Identity)
        };
        self.expect(")")?;
        Ok(self.node(Node::Foreach(source, begin, update, extract)))
    }
}
