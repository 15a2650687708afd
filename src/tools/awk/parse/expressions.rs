//! Expressions, the loosest operators first. `greater` says whether `>` compares; after `print` it names a file.

use super::{Parsed, Parser};
use crate::tools::awk::ast::{Arith, Expr, Place, Source};
use crate::tools::awk::lex::Token;
use crate::tools::awk::{functions, value};

impl Parser {
    /// Expressions between commas.
    pub(super) fn list(&mut self, greater: bool) -> Parsed<Vec<Expr>> {
        let mut all = vec![self.expr(greater)?];
        while self.eat(",") {
            self.newlines();
            all.push(self.expr(greater)?);
        }
        Ok(all)
    }

    /// One expression.
    pub(super) fn expr(&mut self, greater: bool) -> Parsed<Expr> {
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

    /// Values side by side.
    pub(super) fn join(&mut self, greater: bool) -> Parsed<Expr> {
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
