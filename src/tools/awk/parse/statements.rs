//! Statements.

use std::rc::Rc;

use super::{Parsed, Parser};
use crate::tools::awk::ast::{Expr, Stmt, Target};
use crate::tools::awk::lex::Token;

impl Parser {
    /// What `if`, `while` and `for` do: one statement or a block, after new lines.
    fn body(&mut self) -> Parsed<Vec<Stmt>> {
        self.newlines();
        if self.eat(";") {
            return Ok(Vec::new());
        }
        Ok(vec![self.stmt()?])
    }

    /// One statement.
    pub(super) fn stmt(&mut self) -> Parsed<Stmt> {
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
}
