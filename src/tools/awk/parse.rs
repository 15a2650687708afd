//! awk's grammar, by descent. Models POSIX awk; errors are worded as mawk words them.

use std::rc::Rc;

use super::ast::{Arith, Expr, Function, Pattern, Place, Program, Rule, Source, Stmt, Target, Variable};
use super::lex::{Fault, Token, tokens};
use super::{functions, value};

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

    // -- statements -------------------------------------------------------------------------------

    /// What `if`, `while` and `for` do: one statement or a block, after new lines.
    fn body(&mut self) -> Parsed<Vec<Stmt>> {
        self.newlines();
        if self.eat(";") {
            return Ok(Vec::new());
        }
        Ok(vec![self.stmt()?])
    }

    fn stmt(&mut self) -> Parsed<Stmt> {
        self.deeper(Parser::any_stmt)
    }

    fn any_stmt(&mut self) -> Parsed<Stmt> {
        let Token::Word(word) = *self.peek() else {
            if self.is("{") {
                return Ok(Stmt::Block(self.block()?));
            }
            let stmt = self.simple()?;
            self.end()?;
            return Ok(stmt);
        };
        match word {
            "if" => {
                self.take();
                let condition = self.condition()?;
                let then = self.body()?;
                // `else` may stand after an end of the statement before.
                let back = self.at;
                self.blanks();
                if self.eat_word("else") {
                    return Ok(Stmt::If(condition, then, self.body()?));
                }
                self.at = back;
                Ok(Stmt::If(condition, then, Vec::new()))
            }
            "while" => {
                self.take();
                let condition = self.condition()?;
                Ok(Stmt::While(condition, self.body()?, false))
            }
            "do" => {
                self.take();
                let body = self.body()?;
                self.blanks();
                if !self.eat_word("while") {
                    return Err(self.fault());
                }
                let condition = self.condition()?;
                self.end()?;
                Ok(Stmt::While(condition, body, true))
            }
            "for" => self.for_loop(),
            _ => {
                let stmt = self.simple()?;
                self.end()?;
                Ok(stmt)
            }
        }
    }

    /// `( expression )`
    fn condition(&mut self) -> Parsed<Expr> {
        self.need("(")?;
        let condition = self.expr(true)?;
        self.need(")")?;
        Ok(condition)
    }

    fn for_loop(&mut self) -> Parsed<Stmt> {
        self.take();
        self.need("(")?;
        if let [(Token::Name(name), _), (Token::Word("in"), _), (Token::Name(array), _), (Token::Sign(")"), _)] =
            &self.tokens[self.at..self.tokens.len().min(self.at + 4)]
        {
            let (name, array) = (Rc::clone(name), Rc::clone(array));
            self.at += 4;
            let (name, array) = (self.variable(&name), self.variable(&array));
            return Ok(Stmt::Each(name, array, self.body()?));
        }
        let first = if self.is(";") { None } else { Some(Box::new(self.simple()?)) };
        self.need(";")?;
        self.newlines();
        let condition = if self.is(";") { None } else { Some(self.expr(true)?) };
        self.need(";")?;
        self.newlines();
        let step = if self.is(")") { None } else { Some(Box::new(self.simple()?)) };
        self.need(")")?;
        Ok(Stmt::For(first, condition, step, self.body()?))
    }

    /// The end of a statement: `;`, a new line, or a bracket that is left for the block.
    fn end(&mut self) -> Parsed<()> {
        match self.peek() {
            Token::Newline | Token::Sign(";") => drop(self.take()),
            Token::Sign("}") | Token::End => {}
            _ => return Err(self.fault()),
        }
        Ok(())
    }

    fn simple(&mut self) -> Parsed<Stmt> {
        let Token::Word(word) = *self.peek() else { return Ok(Stmt::Do(self.expr(true)?)) };
        self.take();
        let ends = matches!(self.peek(), Token::Newline | Token::Sign(";" | "}") | Token::End);
        Ok(match word {
            "print" | "printf" => {
                let mut values = Vec::new();
                if !ends && !matches!(self.peek(), Token::Sign(">" | ">>" | "|")) {
                    values = self.list(false)?;
                }
                if matches!(values.as_slice(), [Expr::List(_)]) {
                    let Some(Expr::List(inner)) = values.pop() else { return Err(self.fault()) };
                    values = inner;
                }
                let target = match self.peek() {
                    Token::Sign(">") => Some(Target::File),
                    Token::Sign(">>") => Some(Target::Append),
                    Token::Sign("|") => Some(Target::Command),
                    _ => None,
                };
                let target = match target {
                    Some(target) => {
                        self.take();
                        Some((target, self.join(false)?))
                    }
                    None => None,
                };
                if word == "print" {
                    Stmt::Print(values, target)
                } else if values.is_empty() {
                    return Err(self.fault());
                } else {
                    Stmt::Printf(values, target)
                }
            }
            "break" => Stmt::Break,
            "continue" => Stmt::Continue,
            "next" => Stmt::Next,
            "nextfile" => Stmt::NextFile,
            "exit" => Stmt::Exit(if ends { None } else { Some(self.expr(true)?) }),
            "return" => Stmt::Return(if ends { None } else { Some(self.expr(true)?) }),
            "delete" => {
                let Token::Name(name) = self.take() else { return Err(self.fault()) };
                let array = self.variable(&name);
                let mut subscripts = None;
                if self.eat("[") {
                    subscripts = Some(self.list(true)?);
                    self.need("]")?;
                }
                Stmt::Delete(array, subscripts)
            }
            _ => {
                self.at -= 1;
                return Err(self.fault());
            }
        })
    }

    fn list(&mut self, greater: bool) -> Parsed<Vec<Expr>> {
        let mut all = vec![self.expr(greater)?];
        while self.eat(",") {
            self.newlines();
            all.push(self.expr(greater)?);
        }
        Ok(all)
    }

    // -- expressions, the loosest first -----------------------------------------------------------
    // `greater` says whether `>` compares; after `print` it names a file.

    fn expr(&mut self, greater: bool) -> Parsed<Expr> {
        self.deeper(|parser| parser.assignment(greater))
    }

    fn assignment(&mut self, greater: bool) -> Parsed<Expr> {
        let left = self.choice(greater)?;
        let Token::Sign(sign) = *self.peek() else { return Ok(left) };
        let op = match sign {
            "=" => None,
            "+=" => Some(Arith::Add),
            "-=" => Some(Arith::Sub),
            "*=" => Some(Arith::Mul),
            "/=" => Some(Arith::Div),
            "%=" => Some(Arith::Rem),
            "^=" => Some(Arith::Pow),
            _ => return Ok(left),
        };
        let Expr::Place(place) = left else { return Err(self.fault()) };
        self.take();
        self.newlines();
        Ok(Expr::Assign(place, op, Box::new(self.expr(greater)?)))
    }

    fn choice(&mut self, greater: bool) -> Parsed<Expr> {
        let condition = self.or(greater)?;
        if !self.eat("?") {
            return Ok(condition);
        }
        self.newlines();
        let yes = self.expr(greater)?;
        self.newlines();
        self.need(":")?;
        self.newlines();
        Ok(Expr::Choice(Box::new((condition, yes, self.expr(greater)?))))
    }

    fn or(&mut self, greater: bool) -> Parsed<Expr> {
        let mut left = self.and(greater)?;
        let mut count = 0;
        while self.eat("||") {
            self.link(&mut count)?;
            self.newlines();
            left = Expr::Or(Box::new((left, self.and(greater)?)));
        }
        Ok(left)
    }

    fn and(&mut self, greater: bool) -> Parsed<Expr> {
        let mut left = self.member(greater)?;
        let mut count = 0;
        while self.eat("&&") {
            self.link(&mut count)?;
            self.newlines();
            left = Expr::And(Box::new((left, self.member(greater)?)));
        }
        Ok(left)
    }

    fn member(&mut self, greater: bool) -> Parsed<Expr> {
        let mut left = self.matching(greater)?;
        let mut count = 0;
        while self.eat_word("in") {
            self.link(&mut count)?;
            let Token::Name(name) = self.peek().clone() else { return Err(self.fault()) };
            self.take();
            let subscripts = match left {
                Expr::List(list) => list,
                single => vec![single],
            };
            left = Expr::In(subscripts, self.variable(&name));
        }
        Ok(left)
    }

    fn matching(&mut self, greater: bool) -> Parsed<Expr> {
        let mut left = self.comparison(greater)?;
        let mut count = 0;
        while let Token::Sign(sign @ ("~" | "!~")) = *self.peek() {
            self.link(&mut count)?;
            self.take();
            left = Expr::Match(sign == "~", Box::new((left, self.comparison(greater)?)));
        }
        Ok(left)
    }

    fn comparison(&mut self, greater: bool) -> Parsed<Expr> {
        let mut left = self.join(greater)?;
        let mut count = 0;
        loop {
            self.link(&mut count)?;
            match *self.peek() {
                Token::Sign(sign @ ("<" | "<=" | "==" | "!=" | ">=" | ">")) if sign != ">" || greater => {
                    self.take();
                    left = Expr::Compare(sign, Box::new((left, self.join(greater)?)));
                }
                Token::Sign("|") if matches!(self.tokens[self.at + 1].0, Token::Builtin("getline")) => {
                    self.at += 2;
                    let into = self.getline_place()?;
                    left = Expr::Getline(into, Source::Command(Box::new(left)));
                }
                _ => return Ok(left),
            }
        }
    }

    fn join(&mut self, greater: bool) -> Parsed<Expr> {
        let mut parts = vec![self.sum(greater)?];
        loop {
            let more = match self.peek() {
                Token::Number(_) | Token::Text(_) | Token::Name(_) | Token::Call(_) => true,
                Token::Builtin(name) => *name != "getline",
                Token::Sign(sign) => matches!(*sign, "$" | "(" | "!" | "-" | "+" | "++" | "--"),
                _ => false,
            };
            if more && matches!(parts.as_slice(), [Expr::List(_)]) {
                return Err(self.fault());
            }
            if !more {
                return Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::Join(parts) });
            }
            parts.push(self.sum(greater)?);
        }
    }

    fn sum(&mut self, greater: bool) -> Parsed<Expr> {
        let mut left = self.product(greater)?;
        let mut count = 0;
        while let Token::Sign(sign @ ("+" | "-")) = *self.peek() {
            self.link(&mut count)?;
            self.take();
            let op = if sign == "+" { Arith::Add } else { Arith::Sub };
            left = Expr::Arith(op, Box::new((left, self.product(greater)?)));
        }
        Ok(left)
    }

    fn product(&mut self, greater: bool) -> Parsed<Expr> {
        let mut left = self.unary(greater)?;
        let mut count = 0;
        while let Token::Sign(sign @ ("*" | "/" | "%")) = *self.peek() {
            self.link(&mut count)?;
            self.take();
            let op = match sign {
                "*" => Arith::Mul,
                "/" => Arith::Div,
                _ => Arith::Rem,
            };
            left = Expr::Arith(op, Box::new((left, self.unary(greater)?)));
        }
        Ok(left)
    }

    fn unary(&mut self, greater: bool) -> Parsed<Expr> {
        match *self.peek() {
            Token::Sign("!") => {
                self.take();
                Ok(Expr::Not(Box::new(self.deeper(|parser| parser.unary(greater))?)))
            }
            Token::Sign(sign @ ("-" | "+")) => {
                self.take();
                Ok(Expr::Sign(sign == "-", Box::new(self.deeper(|parser| parser.unary(greater))?)))
            }
            _ => self.power(greater),
        }
    }

    fn power(&mut self, greater: bool) -> Parsed<Expr> {
        let base = self.stepped(greater)?;
        if !self.eat("^") {
            return Ok(base);
        }
        let negative = self.eat("-");
        let exponent = self.deeper(|parser| parser.power(greater))?;
        let exponent = if negative { Expr::Sign(true, Box::new(exponent)) } else { exponent };
        Ok(Expr::Arith(Arith::Pow, Box::new((base, exponent))))
    }

    /// Something with `++` or `--` before or after it.
    fn stepped(&mut self, greater: bool) -> Parsed<Expr> {
        if let Token::Sign(sign @ ("++" | "--")) = *self.peek() {
            self.take();
            let Expr::Place(place) = self.deeper(|parser| parser.primary(greater))? else { return Err(self.fault()) };
            return Ok(Expr::Step(place, true, if sign == "++" { 1.0 } else { -1.0 }));
        }
        match (self.primary(greater)?, self.peek()) {
            (Expr::Place(place), &Token::Sign(sign @ ("++" | "--"))) => {
                self.take();
                Ok(Expr::Step(place, false, if sign == "++" { 1.0 } else { -1.0 }))
            }
            (found, _) => Ok(found),
        }
    }

    fn primary(&mut self, greater: bool) -> Parsed<Expr> {
        match self.peek().clone() {
            Token::Number(number) => {
                self.take();
                Ok(Expr::Number(number))
            }
            Token::Text(text) => {
                self.take();
                Ok(Expr::Text(text))
            }
            Token::Regex(source) => {
                let regex = value::regex(&source)
                    .map_err(|error| self.say(&format!("regular expression compile failed ({error})\n{source}")))?;
                self.take();
                Ok(Expr::Regex(regex))
            }
            Token::Sign("(") => {
                self.take();
                let mut list = self.list(true)?;
                self.need(")")?;
                match (list.len(), list.pop()) {
                    // In brackets it is no place any more: `(a) = 1` is refused, `(a)++` too, as mawk does.
                    (1, Some(single)) => Ok(match single {
                        Expr::Place(place) => {
                            Expr::Choice(Box::new((Expr::Number(1.0), Expr::Place(place), Expr::Number(0.0))))
                        }
                        other => other,
                    }),
                    (_, Some(last)) => {
                        list.push(last);
                        Ok(Expr::List(list))
                    }
                    (_, None) => Err(self.fault()),
                }
            }
            Token::Sign("$") => {
                self.take();
                let number = match *self.peek() {
                    Token::Sign("-" | "!" | "+") => self.deeper(|parser| parser.unary(greater))?,
                    Token::Sign("++" | "--") => self.deeper(|parser| parser.stepped(greater))?,
                    _ => self.deeper(|parser| parser.primary(greater))?,
                };
                Ok(Expr::Place(Place::Field(Box::new(number))))
            }
            Token::Name(name) => {
                self.take();
                let variable = self.variable(&name);
                if !self.eat("[") {
                    return Ok(Expr::Place(Place::Variable(variable)));
                }
                let subscripts = self.list(true)?;
                self.need("]")?;
                Ok(Expr::Place(Place::Element(variable, subscripts)))
            }
            Token::Call(name) => {
                let number = self.names.iter().position(|known| *known == name);
                if number.is_none() {
                    self.unknown.get_or_insert(name);
                }
                self.take();
                self.need("(")?;
                let arguments = self.arguments()?;
                Ok(Expr::Call(number.unwrap_or_default(), arguments))
            }
            Token::Builtin("getline") => {
                self.take();
                let into = self.getline_place()?;
                if !self.eat("<") {
                    return Ok(Expr::Getline(into, Source::Input));
                }
                let file = self.deeper(|parser| parser.primary(greater))?;
                Ok(Expr::Getline(into, Source::File(Box::new(file))))
            }
            Token::Builtin(name) => {
                self.take();
                let arguments = if self.eat("(") { self.arguments()? } else { Vec::new() };
                if !functions::takes(name).contains(&arguments.len()) {
                    return Err(self.say(&format!("wrong number of arguments in call to {name}")));
                }
                Ok(Expr::Builtin(name, arguments))
            }
            _ => Err(self.fault()),
        }
    }

    /// Arguments and the bracket after them. A bare name may stand for an array.
    fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        self.newlines();
        let mut all = Vec::new();
        while !self.eat(")") {
            if !all.is_empty() {
                self.need(",")?;
                self.newlines();
            }
            all.push(match self.expr(true)? {
                Expr::Place(Place::Variable(variable)) => Expr::Whole(variable),
                other => other,
            });
            self.newlines();
        }
        Ok(all)
    }

    fn getline_place(&mut self) -> Parsed<Option<Box<Place>>> {
        if !matches!(self.peek(), Token::Name(_) | Token::Sign("$")) {
            return Ok(None);
        }
        match self.deeper(|parser| parser.primary(true))? {
            Expr::Place(place) => Ok(Some(Box::new(place))),
            _ => Err(self.fault()),
        }
    }
}
