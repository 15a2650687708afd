//! awk's grammar, by descent. Models POSIX awk; errors are worded as mawk words them.

mod expressions;
mod statements;

use std::rc::Rc;

use super::ast::{Function, Pattern, Program, Rule, Stmt, Variable};
use super::lex::{Fault, Token, tokens};
use super::value;

/// Brackets, blocks and operators may stand in one another so deeply.
const MAX_DEPTH: usize = 60;
/// So many operators of one rank may follow one another: `a + b + c` is a tree as deep as it is long.
const MAX_CHAIN: usize = 80;

type Parsed<T> = Result<T, Fault>;

/// Reads a program.
pub fn parse(source: &str) -> Parsed<Program> {
    let tokens = tokens(source)?;
    // Functions may be called before they are written.
    let mut names: Vec<Rc<str>> = Vec::new();
    for pair in tokens.windows(2) {
        if let [(Token::Word("function"), _), (Token::Name(name) | Token::Call(name), _)] = pair {
            names.push(Rc::clone(name));
        }
    }
    let mut parser =
        Parser { tokens, at: 0, depth: 0, program: Program::default(), names, unknown: None, locals: Vec::new() };
    for name in super::SPECIAL {
        parser.global(name);
    }
    parser.program()?;
    match &parser.unknown {
        Some(name) => Err(parser.say(&format!("function {name} never defined"))),
        None => Ok(parser.program),
    }
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    depth: usize,
    program: Program,
    names: Vec<Rc<str>>,
    /// A function that is called and nowhere written.
    unknown: Option<Rc<str>>,
    locals: Vec<Rc<str>>,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn take(&mut self) -> Token {
        let token = self.tokens[self.at].0.clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(other) if *other == sign)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        if found {
            self.take();
        }
        found
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Word(other) if *other == word);
        if found {
            self.take();
        }
        found
    }

    fn need(&mut self, sign: &str) -> Parsed<()> {
        if self.eat(sign) { Ok(()) } else { Err(self.fault()) }
    }

    fn fault(&self) -> Fault {
        let near = match self.peek() {
            Token::Number(number) => value::plain(*number),
            Token::Text(text) => format!("\"{text}\""),
            Token::Regex(text) => format!("/{text}/"),
            Token::Name(name) | Token::Call(name) => name.to_string(),
            Token::Builtin(name) | Token::Word(name) | Token::Sign(name) => (*name).to_owned(),
            Token::Newline => "end of line".to_owned(),
            Token::End => return self.say("missing } near end of file"),
        };
        self.say(&format!("syntax error at or near {near}"))
    }

    fn say(&self, text: &str) -> Fault {
        Fault::on(self.tokens[self.at].1, text)
    }

    fn deeper<T>(&mut self, part: impl FnOnce(&mut Parser) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            return Err(self.say("program limit exceeded: too many levels"));
        }
        self.depth += 1;
        let done = part(self);
        self.depth -= 1;
        done
    }

    /// One operator more of a chain.
    fn link(&self, count: &mut usize) -> Parsed<()> {
        *count += 1;
        if *count > MAX_CHAIN { Err(self.say("program limit exceeded: too long an expression")) } else { Ok(()) }
    }

    fn newlines(&mut self) {
        while *self.peek() == Token::Newline {
            self.take();
        }
    }

    /// Ends of statements that mean nothing here.
    fn blanks(&mut self) {
        while *self.peek() == Token::Newline || self.is(";") {
            self.take();
        }
    }

    fn global(&mut self, name: &str) -> usize {
        let globals = &mut self.program.globals;
        globals.iter().position(|known| **known == *name).unwrap_or_else(|| {
            globals.push(name.into());
            globals.len() - 1
        })
    }

    fn variable(&mut self, name: &str) -> Variable {
        match self.locals.iter().position(|local| **local == *name) {
            Some(at) => Variable::Local(at),
            None => Variable::Global(self.global(name)),
        }
    }

    // -- items ------------------------------------------------------------------------------------

    fn program(&mut self) -> Parsed<()> {
        loop {
            self.blanks();
            match self.peek().clone() {
                Token::End => return Ok(()),
                Token::Word("BEGIN") => {
                    self.take();
                    let action = self.block()?;
                    self.program.begin.push(action);
                }
                Token::Word("END") => {
                    self.take();
                    let action = self.block()?;
                    self.program.end.push(action);
                }
                Token::Word("function") => self.function()?,
                _ => {
                    let rule = self.rule()?;
                    self.program.rules.push(rule);
                }
            }
        }
    }

    fn function(&mut self) -> Parsed<()> {
        self.take();
        let (Token::Name(name) | Token::Call(name)) = self.peek().clone() else { return Err(self.fault()) };
        self.take();
        self.need("(")?;
        while let Token::Name(parameter) = self.peek().clone() {
            self.take();
            self.locals.push(parameter);
            if !self.eat(",") {
                break;
            }
            self.newlines();
        }
        self.need(")")?;
        self.newlines();
        let body = self.block()?;
        let parameters = std::mem::take(&mut self.locals).len();
        self.program.functions.push(Function { name, parameters, body });
        Ok(())
    }

    fn rule(&mut self) -> Parsed<Rule> {
        if self.is("{") {
            return Ok(Rule { pattern: Pattern::Always, action: self.block()? });
        }
        let first = self.expr(true)?;
        let pattern = if self.eat(",") {
            self.newlines();
            Pattern::Range(first, self.expr(true)?)
        } else {
            Pattern::When(first)
        };
        let action = if self.is("{") { self.block()? } else { vec![Stmt::Print(Vec::new(), None)] };
        Ok(Rule { pattern, action })
    }

    fn block(&mut self) -> Parsed<Vec<Stmt>> {
        self.need("{")?;
        let mut stmts = Vec::new();
        loop {
            self.blanks();
            if self.eat("}") {
                return Ok(stmts);
            }
            stmts.push(self.stmt()?);
        }
    }
}
