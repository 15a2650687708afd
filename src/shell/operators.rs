//! The parser's redirections and `[[ … ]]`.

use std::cell::OnceCell;
use std::rc::Rc;

use super::ast::*;
use super::parse::{ParseError, Parser, PendingHereDoc, Result};
use super::word::{Until, is_identifier};

impl Parser<'_> {
    pub(super) fn redirect(&mut self) -> Result<Option<Redirect>> {
        let start = self.mark();
        let (mut fd, mut variable) = (None, None);
        let mut digits = String::new();
        while let Some(c) = self.peek().filter(char::is_ascii_digit) {
            self.bump();
            digits.push(c);
        }
        if digits.is_empty() && self.peek() == Some('{') {
            self.bump();
            let mut name = String::new();
            while let Some(c) = self.peek().filter(|&c| c == '_' || c.is_ascii_alphanumeric()) {
                self.bump();
                name.push(c);
            }
            if is_identifier(&name) && self.eat('}') && matches!(self.peek(), Some('<' | '>')) {
                variable = Some(name);
            } else {
                self.reset(start);
                return Ok(None);
            }
        } else if !digits.is_empty() {
            match digits.parse() {
                Ok(number) if matches!(self.peek(), Some('<' | '>')) => fd = Some(number),
                _ => {
                    self.reset(start);
                    return Ok(None);
                }
            }
        }
        let explicit = fd.is_some() || variable.is_some();
        let operators = ["<<<", "<<-", "&>>", "<<", "<&", "<>", ">>", ">&", ">|", "&>", "<", ">"];
        let Some(operator) = operators.into_iter().find(|operator| self.looking_at(operator)) else {
            self.reset(start);
            return Ok(None);
        };
        let process = !explicit && matches!(operator, "<" | ">") && self.peek_at(1) == Some('(');
        if process || (explicit && operator.starts_with('&')) {
            self.reset(start);
            return Ok(None);
        }
        self.skip(operator.len());
        self.blanks();
        if matches!(self.peek(), None | Some('\n' | ';' | '&' | '|' | ')' | '(')) {
            return Err(self.near());
        }
        let at = self.mark();
        let target = self.word(Until::Blank, false)?;
        if target.0.is_empty() {
            return Err(self.near());
        }
        let kind = match operator {
            "<" => RedirectKind::Read(target),
            ">" | ">|" => RedirectKind::Write { target, clobber: operator == ">|" },
            ">>" => RedirectKind::Append(target),
            "<>" => RedirectKind::ReadWrite(target),
            "&>" | "&>>" => RedirectKind::Both { target, append: operator == "&>>" },
            "<&" => RedirectKind::Duplicate { from: target, output: false },
            ">&" => {
                let number =
                    target.plain().is_some_and(|text| text == "-" || text.trim_end_matches('-').parse::<i32>().is_ok());
                if number || explicit || target.plain().is_none() {
                    RedirectKind::Duplicate { from: target, output: true }
                } else {
                    RedirectKind::Both { target, append: false }
                }
            }
            "<<<" => RedirectKind::HereString(target),
            _ => {
                let raw = self.text_since(at);
                let (delimiter, quoted) = here_delimiter(&raw);
                let body = Rc::new(OnceCell::new());
                let strip_tabs = operator == "<<-";
                self.pending.push(PendingHereDoc { delimiter, quoted, strip_tabs, body: Rc::clone(&body) });
                RedirectKind::HereDoc(body)
            }
        };
        Ok(Some(Redirect { fd, variable, kind }))
    }

    pub(super) fn cond_space(&mut self) -> Result<()> {
        self.newlines()?;
        if self.peek().is_none() { Err(ParseError::Eof { line: self.line }) } else { Ok(()) }
    }

    pub(super) fn cond_or(&mut self) -> Result<Cond> {
        self.deeper(|parser| {
            let mut left = parser.cond_and()?;
            loop {
                parser.cond_space()?;
                if !parser.looking_at("||") {
                    return Ok(left);
                }
                parser.skip(2);
                left = Cond::Or(Box::new(left), Box::new(parser.cond_and()?));
            }
        })
    }

    pub(super) fn cond_and(&mut self) -> Result<Cond> {
        let mut left = self.cond_not()?;
        loop {
            self.cond_space()?;
            if !self.looking_at("&&") {
                return Ok(left);
            }
            self.skip(2);
            left = Cond::And(Box::new(left), Box::new(self.cond_not()?));
        }
    }

    pub(super) fn cond_not(&mut self) -> Result<Cond> {
        self.cond_space()?;
        if self.eat_word("!") {
            return self.deeper(|parser| Ok(Cond::Not(Box::new(parser.cond_not()?))));
        }
        if self.eat('(') {
            let inner = self.cond_or()?;
            self.cond_space()?;
            return if self.eat(')') { Ok(inner) } else { Err(self.near()) };
        }
        self.cond_primary()
    }

    pub(super) fn cond_primary(&mut self) -> Result<Cond> {
        let text = self.plain_word().unwrap_or_default();
        if text == "]]" {
            return Err(self.near());
        }
        let unary = text.len() == 2 && text.starts_with('-') && "abcdefghknoprstuvwxzGLNORS".contains(&text[1..]);
        if unary {
            let start = self.mark();
            self.skip(2);
            self.cond_space()?;
            if !self.at_word("]]") && !self.looking_at("&&") && !self.looking_at("||") && !self.looking_at(")") {
                let operand = self.word(Until::Blank, false)?;
                return Ok(Cond::Unary(text, operand));
            }
            self.reset(start);
        }
        if matches!(self.peek(), Some(';' | '&' | '|' | ')')) {
            return Err(self.near());
        }
        let left = self.word(Until::Blank, false)?;
        self.cond_space()?;
        if self.at_word("]]") || self.looking_at("&&") || self.looking_at("||") || self.looking_at(")") {
            return Ok(Cond::Word(left));
        }
        let operator = match self.peek() {
            Some(c @ ('<' | '>')) => {
                self.bump();
                c.to_string()
            }
            _ => {
                let operator = self.plain_word().unwrap_or_default();
                let known = ["==", "=", "!=", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];
                if !known.contains(&operator.as_str()) {
                    return Err(self.near());
                }
                self.skip(operator.len());
                operator
            }
        };
        self.cond_space()?;
        if matches!(self.peek(), Some(';' | '&' | '|' | ')')) && operator != "=~" {
            return Err(self.near());
        }
        let until = if operator == "=~" { Until::Regex } else { Until::Blank };
        let right = self.word(until, false)?;
        Ok(Cond::Binary(left, operator, right))
    }
}

/// The delimiter as it must stand at the end, and whether any of it was quoted.
fn here_delimiter(raw: &str) -> (String, bool) {
    let mut out = String::new();
    let mut quoted = false;
    let mut chars = raw.chars();
    let mut within = None;
    while let Some(c) = chars.next() {
        match (within, c) {
            (None, '\'' | '"') => (within, quoted) = (Some(c), true),
            (Some(quote), c) if c == quote => within = None,
            (None | Some('"'), '\\') => {
                quoted = true;
                out.extend(chars.next());
            }
            _ => out.push(c),
        }
    }
    (out, quoted)
}
