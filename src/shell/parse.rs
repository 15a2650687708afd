//! bash's grammar: a script's text to its tree, command by command.
//!
//! Why not brush-parser, which LIBRARIES.md weighs: on closed input it is fast, but unclosed
//! input costs it exponential time (twenty `${x:-`: half a second; thirty: minutes), and every
//! Enter on a half-typed command is unclosed input. A scan that finds out beforehand whether
//! input is closed must know quoting, here-documents, `case` patterns, comments and nested
//! substitutions, which is nearly this parser; aliases, `select`, bash's own error words and
//! running a script line by line would still be missing; and it costs 119 KB of download.
//!
//! This one is a recursive descent over the characters: linear (what little is tried twice
//! has a limit), with a limit on nesting, and unclosed input is an error of its own kind.
//!
//! Diverges: `coproc` is not known; extended globs are always on.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::ast::*;
use super::word::{Until, is_identifier};

/// Why a text is no script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// A backslash or an operator ends the text: there must be more.
    Incomplete,
    /// A quote or bracket opened in this line is not closed.
    Unclosed { what: char, line: u32 },
    /// The text ends within a compound command.
    Eof { line: u32 },
    /// This may not stand here.
    Near { token: String, line: u32 },
    /// Nested deeper than we follow.
    TooDeep,
}

impl ParseError {
    /// Whether more text could still make it right: an interactive shell asks for it.
    pub fn is_incomplete(&self) -> bool {
        matches!(self, ParseError::Incomplete | ParseError::Unclosed { .. } | ParseError::Eof { .. })
    }
}

pub type Result<T> = std::result::Result<T, ParseError>;

/// How deep the parser follows nesting. Real scripts nest ten deep; a poll or a parse of this
/// depth must fit on a 1 MB stack.
const DEPTH_MAX: u32 = 120;

/// How often `$((` may turn out not to be arithmetic in one text.
const RETRIES: u32 = 200;

struct PendingHereDoc {
    delimiter: String,
    quoted: bool,
    strip_tabs: bool,
    body: Rc<OnceCell<Word>>,
}

/// Reads a script.
pub struct Parser<'a> {
    chars: Vec<char>,
    pos: usize,
    /// The present line, from 1.
    pub line: u32,
    depth: u32,
    retries: u32,
    /// Whether the text is typed, so that more may follow.
    pub interactive: bool,
    aliases: &'a BTreeMap<String, String>,
    /// Aliases being expanded, and how much text was left behind each.
    expanding: Vec<(String, usize)>,
    /// From where on a word is looked up as an alias though it is no command's first.
    alias_next: Option<usize>,
    pending: Vec<PendingHereDoc>,
}

/// A place to go back to.
#[derive(Clone, Copy)]
pub struct Mark {
    pos: usize,
    line: u32,
    pending: usize,
}

impl<'a> Parser<'a> {
    /// A parser for `text`, whose first line has the number `line`.
    pub fn new(text: &str, line: u32, aliases: &'a BTreeMap<String, String>) -> Parser<'a> {
        Parser {
            chars: text.chars().collect(),
            pos: 0,
            line,
            depth: 0,
            retries: 0,
            interactive: false,
            aliases,
            expanding: Vec::new(),
            alias_next: None,
            pending: Vec::new(),
        }
    }

    /// The next complete command with all of its line; `None` at the end of the text.
    pub fn next_command(&mut self) -> Result<Option<List>> {
        loop {
            self.blanks();
            match self.peek() {
                None => return Ok(None),
                Some('\n') => {
                    self.newline()?;
                }
                Some(_) => break,
            }
        }
        let mut items = Vec::new();
        self.line_of_items(&mut items)?;
        Ok(Some(items.into()))
    }

    fn line_of_items(&mut self, items: &mut Vec<Item>) -> Result<()> {
        loop {
            items.push(self.item()?);
            self.blanks();
            match self.peek() {
                None => return self.here_docs(),
                Some('\n') => return self.newline(),
                Some(_) if self.at_separator() => return Err(self.near()),
                Some(_) => {}
            }
        }
    }

    /// All of the text.
    pub fn script(&mut self) -> Result<List> {
        let mut all = Vec::new();
        loop {
            self.newlines()?;
            if self.peek().is_none() {
                return Ok(all.into());
            }
            self.line_of_items(&mut all)?;
        }
    }

    // -- characters ---------------------------------------------------------------------------

    pub fn peek(&self) -> Option<char> {
        self.chars.get(self.pos).copied()
    }

    pub fn peek_at(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.pos + ahead).copied()
    }

    pub fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += 1;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    pub fn skip(&mut self, n: usize) {
        for _ in 0..n {
            self.bump();
        }
    }

    pub fn eat(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        if there {
            self.bump();
        }
        there
    }

    fn looking_at(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(ahead, c)| self.peek_at(ahead) == Some(c))
    }

    pub fn mark(&self) -> Mark {
        Mark { pos: self.pos, line: self.line, pending: self.pending.len() }
    }

    pub fn reset(&mut self, mark: Mark) {
        self.pos = mark.pos;
        self.line = mark.line;
        self.pending.truncate(mark.pending);
    }

    pub fn text_since(&self, mark: Mark) -> String {
        self.chars[mark.pos.min(self.pos)..self.pos].iter().collect()
    }

    pub fn may_retry(&mut self) -> bool {
        self.retries += 1;
        self.retries < RETRIES
    }

    pub fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= DEPTH_MAX {
            return Err(ParseError::TooDeep);
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    pub fn unclosed(&self, what: char) -> ParseError {
        ParseError::Unclosed { what, line: self.line }
    }

    /// Skips blanks, comments and escaped newlines.
    fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t') => self.pos += 1,
                Some('\\') if self.peek_at(1) == Some('\n') => self.skip(2),
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.pos += 1;
                    }
                }
                _ => return,
            }
        }
    }

    /// Reads a newline and the here-documents that begin behind it.
    fn newline(&mut self) -> Result<()> {
        self.bump();
        self.here_docs()
    }

    fn newlines(&mut self) -> Result<()> {
        loop {
            self.blanks();
            if self.peek() != Some('\n') {
                return Ok(());
            }
            self.newline()?;
        }
    }

    fn here_docs(&mut self) -> Result<()> {
        for doc in std::mem::take(&mut self.pending) {
            let start = self.line;
            let mut body = String::new();
            loop {
                if self.peek().is_none() {
                    // A script's end ends a here-document too (bash warns); a typed one goes on.
                    if self.interactive {
                        return Err(ParseError::Incomplete);
                    }
                    break;
                }
                let mut line = String::new();
                while let Some(c) = self.bump() {
                    line.push(c);
                    if c == '\n' {
                        break;
                    }
                }
                let stripped = if doc.strip_tabs { line.trim_start_matches('\t') } else { line.as_str() };
                if stripped.strip_suffix('\n').unwrap_or(stripped) == doc.delimiter {
                    break;
                }
                body.push_str(stripped);
            }
            let word = if doc.quoted {
                Word(vec![Part::Quoted(body)])
            } else {
                let mut parser = Parser::new(&body, start, self.aliases);
                parser.depth = self.depth;
                parser.word(Until::End, true)?
            };
            let _ = doc.body.set(word);
        }
        Ok(())
    }

    // -- tokens -------------------------------------------------------------------------------

    /// The operator or word at this place, for an error message.
    fn near(&self) -> ParseError {
        let token = match self.peek() {
            None => return ParseError::Eof { line: self.line },
            Some('\n') => "newline".to_owned(),
            Some(_) => {
                let operator = [
                    ";;&", "<<-", "<<<", "&>>", ";;", ";&", "&&", "||", "|&", "<<", ">>", "<&", ">&", "&>", "<>", ">|",
                ]
                .into_iter()
                .find(|operator| self.looking_at(operator));
                match operator {
                    Some(operator) => operator.to_owned(),
                    None => {
                        let rest = &self.chars[self.pos..];
                        let end = rest.iter().position(|&c| is_meta(c)).unwrap_or(rest.len());
                        rest[..end.max(1)].iter().collect()
                    }
                }
            }
        };
        ParseError::Near { token, line: self.line }
    }

    fn at_separator(&self) -> bool {
        matches!(self.peek(), Some(';' | '&' | '|' | ')'))
    }

    /// The word at this place, if it is plain text: it may be reserved.
    fn plain_word(&self) -> Option<String> {
        let rest = self.chars.get(self.pos..)?;
        let end = rest.iter().position(|&c| is_meta(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        let quoted = word.iter().any(|&c| matches!(c, '\'' | '"' | '\\' | '$' | '`'));
        (!word.is_empty() && !quoted && end < 256).then(|| word.iter().collect())
    }

    fn at_word(&self, word: &str) -> bool {
        self.looking_at(word) && self.peek_at(word.chars().count()).is_none_or(is_meta)
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let there = self.at_word(word);
        if there {
            self.skip(word.chars().count());
        }
        there
    }

    fn expect_word(&mut self, word: &str) -> Result<()> {
        self.newlines()?;
        if self.eat_word(word) { Ok(()) } else { Err(self.near()) }
    }

    // -- lists --------------------------------------------------------------------------------

    /// Commands up to one of these words (which is left), at least one.
    fn list_until(&mut self, ends: &[&str]) -> Result<List> {
        self.deeper(|parser| {
            let mut items = Vec::new();
            loop {
                parser.newlines()?;
                if parser.peek().is_none() {
                    return Err(ParseError::Eof { line: parser.line });
                }
                if ends.iter().any(|end| parser.at_end_word(end)) {
                    return if items.is_empty() && !ends.contains(&";;") && !ends.contains(&")") {
                        Err(parser.near())
                    } else {
                        Ok(items.into())
                    };
                }
                items.push(parser.item()?);
                parser.blanks();
                if parser.at_separator() && !ends.iter().any(|end| parser.at_end_word(end)) {
                    return Err(parser.near());
                }
            }
        })
    }

    fn at_end_word(&self, end: &str) -> bool {
        if end.starts_with(|c: char| c.is_ascii_alphabetic() || c == '}') {
            self.at_word(end)
        } else {
            self.looking_at(end)
        }
    }

    /// The inside of `$(…)`, `<(…)` or a subshell, and the closing parenthesis.
    pub fn list_in_parens(&mut self) -> Result<List> {
        let outer = std::mem::take(&mut self.pending);
        let list = match self.list_until(&[")"]) {
            Err(ParseError::Eof { .. }) => return Err(self.unclosed(')')),
            result => result?,
        };
        self.pending = outer;
        self.bump();
        Ok(list)
    }

    /// A script within the script, as in backquotes.
    pub fn sub_script(&mut self, text: &str, line: u32) -> Result<List> {
        let mut parser = Parser::new(text, line, self.aliases);
        parser.depth = self.depth + 1;
        if parser.depth >= DEPTH_MAX {
            return Err(ParseError::TooDeep);
        }
        parser.script()
    }

    /// `a && b || c` and the `;`, `&` behind it, if any.
    fn item(&mut self) -> Result<Item> {
        let start = self.mark();
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            self.blanks();
            let joint = if self.looking_at("&&") {
                Joint::And
            } else if self.looking_at("||") {
                Joint::Or
            } else {
                break;
            };
            self.skip(2);
            self.newlines()?;
            if self.peek().is_none() {
                return Err(ParseError::Eof { line: self.line });
            }
            rest.push((joint, self.pipeline()?));
        }
        let text = self.text_since(start).trim_end().to_owned();
        let background = self.peek() == Some('&');
        if background || (self.peek() == Some(';') && !matches!(self.peek_at(1), Some(';' | '&'))) {
            self.bump();
        }
        Ok(Item { first, rest, background, text })
    }

    fn pipeline(&mut self) -> Result<Pipeline> {
        self.blanks();
        let start = self.mark();
        let mut pipeline = Pipeline { negated: false, timed: false, commands: Vec::new(), text: String::new() };
        loop {
            self.blanks();
            if self.eat_word("!") {
                pipeline.negated = !pipeline.negated;
            } else if self.eat_word("time") {
                pipeline.timed = true;
                self.blanks();
                self.eat_word("-p");
            } else {
                break;
            }
        }
        if (pipeline.timed || pipeline.negated) && matches!(self.peek(), None | Some('\n' | ';')) {
            return Ok(pipeline);
        }
        loop {
            let mut command = self.command()?;
            self.blanks();
            if self.peek() != Some('|') || self.peek_at(1) == Some('|') {
                pipeline.commands.push(Rc::new(command));
                break;
            }
            self.bump();
            if self.eat('&') {
                let from = Word(vec![Part::Literal("1".into())]);
                let kind = RedirectKind::Duplicate { from, output: true };
                command.redirects.push(Redirect { fd: Some(2), variable: None, kind });
            }
            pipeline.commands.push(Rc::new(command));
            self.newlines()?;
            if self.peek().is_none() {
                return Err(ParseError::Eof { line: self.line });
            }
        }
        pipeline.text = self.text_since(start).trim_end().to_owned();
        Ok(pipeline)
    }

    // -- commands -----------------------------------------------------------------------------

    fn command(&mut self) -> Result<Command> {
        self.deeper(Parser::command_inner)
    }

    fn command_inner(&mut self) -> Result<Command> {
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

    fn expand_alias(&mut self) {
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

    fn if_command(&mut self) -> Result<CommandKind> {
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

    fn do_group(&mut self) -> Result<List> {
        self.expect_word("do")?;
        let body = self.list_until(&["done"])?;
        self.skip(4);
        Ok(body)
    }

    fn for_command(&mut self) -> Result<CommandKind> {
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
    fn for_head(&mut self) -> Result<(String, Option<Vec<Word>>)> {
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

    fn case_command(&mut self) -> Result<CommandKind> {
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
    fn arith_command(&mut self) -> Result<Option<CommandKind>> {
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

    fn function(&mut self, name: String, line: u32) -> Result<Command> {
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

    fn simple(&mut self, line: u32) -> Result<Command> {
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
            if words.is_empty() || declaring {
                if let Some(assign) = self.assignment()? {
                    if declaring {
                        words.push(Word(vec![Part::Assign(Rc::new(assign))]));
                    } else {
                        assigns.push(assign);
                    }
                    continue;
                }
            }
            words.push(self.word(Until::Blank, false)?);
        }
        if assigns.is_empty() && words.is_empty() && redirects.is_empty() {
            return Err(self.near());
        }
        Ok(Command { line, kind: CommandKind::Simple { assigns, words }, redirects })
    }

    /// `name=value`, `name+=value`, `name[i]=value`, `name=(…)`; nothing read where it is none.
    fn assignment(&mut self) -> Result<Option<Assign>> {
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

    fn array(&mut self) -> Result<Vec<(Option<Word>, Word)>> {
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

    // -- redirections -------------------------------------------------------------------------

    fn redirect(&mut self) -> Result<Option<Redirect>> {
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

    // -- [[ ]] --------------------------------------------------------------------------------

    fn cond_space(&mut self) -> Result<()> {
        self.newlines()?;
        if self.peek().is_none() { Err(ParseError::Eof { line: self.line }) } else { Ok(()) }
    }

    fn cond_or(&mut self) -> Result<Cond> {
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

    fn cond_and(&mut self) -> Result<Cond> {
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

    fn cond_not(&mut self) -> Result<Cond> {
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

    fn cond_primary(&mut self) -> Result<Cond> {
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

fn is_meta(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>')
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
