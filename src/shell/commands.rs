//! The parser's commands: compound, simple, functions, assignments.

use std::rc::Rc;

use super::ast::*;
use super::parse::{ParseError, Parser, Result};
use super::word::{Until, is_identifier};

impl Parser<'_> {
    pub(super) fn command(&mut self) -> Result<Command> {
        self.deeper(Parser::command_inner)
    }

    pub(super) fn command_inner(&mut self) -> Result<Command> {
        self.blanks();
        self.expand_alias();
        self.blanks();
        let line = self.line;
        let reserved = self.plain_word();
        let kind = match (self.peek(), reserved.as_deref()) {
            (None, _) => return Err(ParseError::Eof { line }),
            (Some('('), _) if self.peek_at(1) == Some('(') => match self.arith_command()? {
                Some(kind) => kind,
                None => {
                    self.bump();
                    CommandKind::Subshell(self.list_in_parens()?)
                }
            },
            (Some('('), _) => {
                self.bump();
                match self.list_in_parens()? {
                    list if list.is_empty() => {
                        return Err(ParseError::Near { token: ")".into(), line: self.line });
                    }
                    list => CommandKind::Subshell(list),
                }
            }
            (_, Some("{")) => {
                self.skip(1);
                let list = self.list_until(&["}"])?;
                self.skip(1);
                CommandKind::Group(list)
            }
            (_, Some("if")) => self.if_command()?,
            (_, Some("while" | "until")) => {
                let until = self.at_word("until");
                self.skip(5);
                let test = self.list_until(&["do"])?;
                CommandKind::While { until, test, body: self.do_group()? }
            }
            (_, Some("for")) => self.for_command()?,
            (_, Some("select")) => {
                self.skip(6);
                let (name, words) = self.for_head()?;
                CommandKind::Select { name, words, body: self.do_group()? }
            }
            (_, Some("case")) => self.case_command()?,
            (_, Some("function")) => {
                self.skip(8);
                self.blanks();
                let name = self.plain_word().ok_or_else(|| self.near())?;
                self.skip(name.chars().count());
                self.blanks();
                if self.eat('(') {
                    self.blanks();
                    if !self.eat(')') {
                        return Err(self.near());
                    }
                }
                return self.function(name, line);
            }
            (_, Some("[[")) => {
                self.skip(2);
                let cond = self.cond_or()?;
                self.cond_space()?;
                if !self.eat_word("]]") {
                    return Err(self.near());
                }
                CommandKind::Cond(cond)
            }
            (_, Some("then" | "else" | "elif" | "fi" | "do" | "done" | "esac" | "}")) => {
                return Err(self.near());
            }
            _ => return self.simple(line),
        };
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => redirects.push(redirect),
                None => break,
            }
        }
        Ok(Command { line, kind, redirects })
    }

    pub(super) fn expand_alias(&mut self) {
        while let Some(name) = self.plain_word() {
            let left = self.chars.len() - self.pos;
            self.expanding.retain(|(_, behind)| left > *behind);
            let Some(value) = self.aliases.get(&name) else { return };
            if self.expanding.iter().any(|(other, _)| *other == name) || self.expanding.len() > 20 {
                return;
            }
            let end = self.pos + name.chars().count();
            self.expanding.push((name, self.chars.len() - end));
            self.chars.splice(self.pos..end, value.chars());
            self.alias_next = value.ends_with([' ', '\t']).then_some(self.pos + value.chars().count());
            self.blanks();
        }
    }

    pub(super) fn if_command(&mut self) -> Result<CommandKind> {
        self.skip(2);
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            let test = self.list_until(&["then"])?;
            self.skip(4);
            let body = self.list_until(&["elif", "else", "fi"])?;
            arms.push((test, body));
            if self.eat_word("elif") {
                continue;
            }
            if self.eat_word("else") {
                otherwise = Some(self.list_until(&["fi"])?);
            }
            self.skip(2);
            return Ok(CommandKind::If { arms, otherwise });
        }
    }

    pub(super) fn do_group(&mut self) -> Result<List> {
        self.expect_word("do")?;
        let body = self.list_until(&["done"])?;
        self.skip(4);
        Ok(body)
    }

    pub(super) fn for_command(&mut self) -> Result<CommandKind> {
        self.skip(3);
        self.blanks();
        if self.looking_at("((") {
            self.skip(2);
            let init = self.word(Until::Semicolon, false)?;
            if !self.eat(';') {
                return Err(self.near());
            }
            let test = self.word(Until::Semicolon, false)?;
            if !self.eat(';') {
                return Err(self.near());
            }
            let step = self.word(Until::Parens, false)?;
            if !self.looking_at("))") {
                return Err(self.near());
            }
            self.skip(2);
            self.blanks();
            self.eat(';');
            self.newlines()?;
            let body = if self.at_word("{") {
                self.skip(1);
                let list = self.list_until(&["}"])?;
                self.skip(1);
                list
            } else {
                self.do_group()?
            };
            return Ok(CommandKind::ForArith { init, test, step, body });
        }
        let (name, words) = self.for_head()?;
        Ok(CommandKind::For { name, words, body: self.do_group()? })
    }

    /// `name [in words] ;`
    pub(super) fn for_head(&mut self) -> Result<(String, Option<Vec<Word>>)> {
        self.blanks();
        let name = match self.plain_word() {
            Some(name) => name,
            None => return Err(self.near()),
        };
        self.skip(name.chars().count());
        self.newlines()?;
        if !self.eat_word("in") {
            self.eat(';');
            return Ok((name, None));
        }
        let mut words = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                None => return Err(ParseError::Eof { line: self.line }),
                Some('\n') => {
                    self.newline()?;
                    return Ok((name, Some(words)));
                }
                Some(';') => {
                    self.bump();
                    return Ok((name, Some(words)));
                }
                Some('&' | '|' | ')' | '(') => return Err(self.near()),
                Some('<' | '>') if self.peek_at(1) != Some('(') => return Err(self.near()),
                Some(_) => words.push(self.word(Until::Blank, false)?),
            }
        }
    }

    pub(super) fn case_command(&mut self) -> Result<CommandKind> {
        self.skip(4);
        self.blanks();
        let subject = self.word(Until::Blank, false)?;
        self.expect_word("in")?;
        let mut arms = Vec::new();
        loop {
            self.newlines()?;
            if self.peek().is_none() {
                return Err(ParseError::Eof { line: self.line });
            }
            if self.eat_word("esac") {
                return Ok(CommandKind::Case { subject, arms });
            }
            if self.eat('(') {
                self.blanks();
            }
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                if matches!(self.peek(), Some(';' | '&' | '|' | ')' | '\n' | '(' | '<' | '>')) {
                    return Err(self.near());
                }
                patterns.push(self.word(Until::Blank, false)?);
                self.blanks();
                match self.peek() {
                    Some('|') => self.skip(1),
                    Some(')') => break,
                    None => return Err(ParseError::Eof { line: self.line }),
                    _ => return Err(self.near()),
                }
            }
            self.bump();
            let body = self.list_until(&[";;", ";&", "esac"])?;
            let end = if self.looking_at(";;&") {
                self.skip(3);
                CaseEnd::Continue
            } else if self.looking_at(";;") {
                self.skip(2);
                CaseEnd::Break
            } else if self.looking_at(";&") {
                self.skip(2);
                CaseEnd::FallThrough
            } else {
                CaseEnd::Break
            };
            arms.push(CaseArm { patterns, body, end });
        }
    }

    /// `((…))`; `None`, with nothing read, where it is two subshells instead.
    pub(super) fn arith_command(&mut self) -> Result<Option<CommandKind>> {
        let start = self.mark();
        self.skip(2);
        let word = self.word(Until::Parens, false);
        match word {
            Ok(word) if self.looking_at("))") => {
                self.skip(2);
                Ok(Some(CommandKind::Arith(word)))
            }
            Err(ParseError::TooDeep) => Err(ParseError::TooDeep),
            Err(error) if self.peek().is_none() => Err(error),
            Ok(_) | Err(_) => {
                if !self.may_retry() {
                    return Err(ParseError::TooDeep);
                }
                self.reset(start);
                Ok(None)
            }
        }
    }

    pub(super) fn function(&mut self, name: String, line: u32) -> Result<Command> {
        self.newlines()?;
        let start = self.mark();
        let body = self.command()?;
        if matches!(body.kind, CommandKind::Simple { .. } | CommandKind::Function { .. }) {
            self.reset(start);
            return Err(self.near());
        }
        let text = self.text_since(start);
        let function = Rc::new(Function { body: Rc::new(body), text });
        Ok(Command { line, kind: CommandKind::Function { name, function }, redirects: Vec::new() })
    }

    pub(super) fn simple(&mut self, line: u32) -> Result<Command> {
        let (mut assigns, mut words, mut redirects) = (Vec::new(), Vec::<Word>::new(), Vec::new());
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            match self.peek() {
                None | Some('\n' | ';' | '&' | '|' | ')') => break,
                Some('(') => {
                    // `name ( )` defines a function.
                    let name = match words.as_slice() {
                        [word] if assigns.is_empty() && redirects.is_empty() => word.plain().map(str::to_owned),
                        _ => None,
                    };
                    let Some(name) = name else { return Err(self.near()) };
                    self.bump();
                    self.blanks();
                    if !self.eat(')') {
                        return Err(self.near());
                    }
                    return self.function(name, line);
                }
                Some(_) => {}
            }
            if self.alias_next == Some(self.pos) {
                self.alias_next = None;
                self.expand_alias();
            }
            let declaring = matches!(
                words.first().and_then(Word::plain),
                Some("declare" | "typeset" | "local" | "export" | "readonly" | "alias")
            );
            if (words.is_empty() || declaring)
                && let Some(assign) = self.assignment()?
            {
                if declaring {
                    words.push(Word(vec![Part::Assign(Rc::new(assign))]));
                } else {
                    assigns.push(assign);
                }
                continue;
            }
            words.push(self.word(Until::Blank, false)?);
        }
        if assigns.is_empty() && words.is_empty() && redirects.is_empty() {
            return Err(self.near());
        }
        Ok(Command { line, kind: CommandKind::Simple { assigns, words }, redirects })
    }

    /// `name=value`, `name+=value`, `name[i]=value`, `name=(…)`; nothing read where it is none.
    pub(super) fn assignment(&mut self) -> Result<Option<Assign>> {
        let start = self.mark();
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|&c| c == '_' || c.is_ascii_alphanumeric()) {
            self.bump();
            name.push(c);
        }
        if !is_identifier(&name) {
            self.reset(start);
            return Ok(None);
        }
        let mut index = None;
        if self.peek() == Some('[') {
            self.bump();
            match self.word(Until::Bracket, false) {
                Ok(word) if matches!(self.peek_at(1), Some('=' | '+')) => index = Some(word),
                Err(ParseError::TooDeep) => return Err(ParseError::TooDeep),
                _ => {
                    if !self.may_retry() {
                        return Err(ParseError::TooDeep);
                    }
                    self.reset(start);
                    return Ok(None);
                }
            }
            self.bump();
        }
        let append = self.peek() == Some('+') && self.peek_at(1) == Some('=');
        if append {
            self.bump();
        }
        if !self.eat('=') {
            self.reset(start);
            return Ok(None);
        }
        let value = if self.peek() == Some('(') && index.is_none() {
            self.bump();
            AssignValue::Array(self.array()?)
        } else {
            AssignValue::Scalar(self.word(Until::Blank, false)?)
        };
        Ok(Some(Assign { name, index, append, value }))
    }

    pub(super) fn array(&mut self) -> Result<Vec<(Option<Word>, Word)>> {
        let mut items = Vec::new();
        loop {
            self.newlines()?;
            match self.peek() {
                None => return Err(self.unclosed(')')),
                Some(')') => {
                    self.bump();
                    return Ok(items);
                }
                Some(';' | '&' | '|' | '(') => return Err(self.near()),
                Some('<' | '>') if self.peek_at(1) != Some('(') => return Err(self.near()),
                Some('[') => {
                    let start = self.mark();
                    self.bump();
                    match self.word(Until::Bracket, false) {
                        Ok(index) if self.peek_at(1) == Some('=') => {
                            self.skip(2);
                            items.push((Some(index), self.word(Until::Blank, false)?));
                        }
                        Err(ParseError::TooDeep) => return Err(ParseError::TooDeep),
                        _ if !self.may_retry() => return Err(ParseError::TooDeep),
                        _ => {
                            self.reset(start);
                            items.push((None, self.word(Until::Blank, false)?));
                        }
                    }
                }
                Some(_) => items.push((None, self.word(Until::Blank, false)?)),
            }
        }
    }
}
