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
use std::rc::Rc;

use super::ast::*;
use super::word::Until;
use crate::collections::SortedMap;

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

pub(super) struct PendingHereDoc {
    pub(super) delimiter: String,
    pub(super) quoted: bool,
    pub(super) strip_tabs: bool,
    pub(super) body: Rc<OnceCell<Word>>,
}

/// Reads a script.
pub struct Parser<'a> {
    pub(super) chars: Vec<char>,
    pub(super) pos: usize,
    /// The present line, from 1.
    pub line: u32,
    depth: u32,
    retries: u32,
    /// Whether the text is typed, so that more may follow.
    pub interactive: bool,
    pub(super) aliases: &'a SortedMap<String, String>,
    /// Aliases being expanded, and how much text was left behind each.
    pub(super) expanding: Vec<(String, usize)>,
    /// From where on a word is looked up as an alias though it is no command's first.
    pub(super) alias_next: Option<usize>,
    pub(super) pending: Vec<PendingHereDoc>,
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
    pub fn new(text: &str, line: u32, aliases: &'a SortedMap<String, String>) -> Parser<'a> {
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

    pub(super) fn line_of_items(&mut self, items: &mut Vec<Item>) -> Result<()> {
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

    /// The text that was not read yet.
    pub fn rest(&self) -> String {
        self.chars[self.pos.min(self.chars.len())..].iter().collect()
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

    pub(super) fn looking_at(&self, text: &str) -> bool {
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
    pub(super) fn blanks(&mut self) {
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
    pub(super) fn newline(&mut self) -> Result<()> {
        self.bump();
        self.here_docs()
    }

    pub(super) fn newlines(&mut self) -> Result<()> {
        loop {
            self.blanks();
            if self.peek() != Some('\n') {
                return Ok(());
            }
            self.newline()?;
        }
    }

    pub(super) fn here_docs(&mut self) -> Result<()> {
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
    pub(super) fn near(&self) -> ParseError {
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

    pub(super) fn at_separator(&self) -> bool {
        matches!(self.peek(), Some(';' | '&' | '|' | ')'))
    }

    /// The word at this place, if it is plain text: it may be reserved.
    pub(super) fn plain_word(&self) -> Option<String> {
        let rest = self.chars.get(self.pos..)?;
        let end = rest.iter().position(|&c| is_meta(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        let quoted = word.iter().any(|&c| matches!(c, '\'' | '"' | '\\' | '$' | '`'));
        (!word.is_empty() && !quoted && end < 256).then(|| word.iter().collect())
    }

    pub(super) fn at_word(&self, word: &str) -> bool {
        self.looking_at(word) && self.peek_at(word.chars().count()).is_none_or(is_meta)
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let there = self.at_word(word);
        if there {
            self.skip(word.chars().count());
        }
        there
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Result<()> {
        self.newlines()?;
        if self.eat_word(word) { Ok(()) } else { Err(self.near()) }
    }

    // -- lists --------------------------------------------------------------------------------

    /// Commands up to one of these words (which is left), at least one.
    pub(super) fn list_until(&mut self, ends: &[&str]) -> Result<List> {
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

    pub(super) fn at_end_word(&self, end: &str) -> bool {
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
    pub(super) fn item(&mut self) -> Result<Item> {
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

    pub(super) fn pipeline(&mut self) -> Result<Pipeline> {
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
}

fn is_meta(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>')
}
