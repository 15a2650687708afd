//! The parser's lower half: characters to words, with everything that may stand in a word.

use super::ast::{Case, Index, Param, ParamOp, Part, Replace, Word};
use super::parse::{ParseError, Parser, Result};

/// Where a word ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// At a blank or an operator.
    Blank,
    /// At a blank or an operator, but parentheses and `|` belong to it: after `=~`.
    Regex,
    /// At `}`, inside `${x:-…}`.
    Brace,
    /// At `/` or `}`, inside `${x/…`.
    Slash,
    /// At `:` or `}`, inside `${x:…`.
    Colon,
    /// At `]`, an index.
    Bracket,
    /// At `))`, arithmetic.
    Parens,
    /// At `;` or `))`, a part of `for ((`.
    Semicolon,
    /// At the end of the text: a here-document's body.
    End,
}

fn is_name_start(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic()
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}

/// Whether a text could name a variable.
pub fn is_identifier(text: &str) -> bool {
    text.starts_with(is_name_start) && text.chars().all(is_name)
}

/// Collects parts, joining neighbouring literals.
#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn literal(&mut self, c: char) {
        match self.0.last_mut() {
            Some(Part::Literal(text)) => text.push(c),
            _ => self.0.push(Part::Literal(c.to_string())),
        }
    }

    fn quoted(&mut self, c: char) {
        match self.0.last_mut() {
            Some(Part::Quoted(text)) => text.push(c),
            _ => self.0.push(Part::Quoted(c.to_string())),
        }
    }
}

impl Parser<'_> {
    /// A word up to where `until` says; `in_double` where all of it stands within `"…"`, so
    /// that single quotes mean nothing.
    pub fn word(&mut self, until: Until, in_double: bool) -> Result<Word> {
        self.deeper(|parser| parser.word_inner(until, in_double))
    }

    fn word_inner(&mut self, until: Until, in_double: bool) -> Result<Word> {
        let mut parts = Parts::default();
        let mut nesting = 0usize;
        let mut tests = 0usize;
        let quoted_text = in_double || matches!(until, Until::Parens | Until::Semicolon | Until::End);
        loop {
            let Some(c) = self.peek() else {
                return match until {
                    Until::Blank | Until::Regex | Until::End => Ok(Word(parts.0)),
                    Until::Brace | Until::Slash | Until::Colon => Err(self.unclosed('}')),
                    Until::Bracket => Err(self.unclosed(']')),
                    Until::Parens | Until::Semicolon => Err(self.unclosed(')')),
                };
            };
            match until {
                Until::Blank => match c {
                    ' ' | '\t' | '\n' | ';' | '&' | '|' | ')' if nesting == 0 => break,
                    '<' | '>' if nesting == 0 => {
                        if self.peek_at(1) == Some('(') {
                            self.process_substitution(&mut parts, c == '>')?;
                            continue;
                        }
                        break;
                    }
                    '(' if nesting == 0 => {
                        let extglob = matches!(parts.0.last(), Some(Part::Literal(text)) if text.ends_with(['?', '*', '+', '@', '!']));
                        if !extglob {
                            break;
                        }
                        nesting += 1;
                    }
                    '(' => nesting += 1,
                    ')' => nesting -= 1,
                    _ => {}
                },
                Until::Regex => match c {
                    ' ' | '\t' | '\n' if nesting == 0 => break,
                    '(' => nesting += 1,
                    ')' if nesting == 0 => break,
                    ')' => nesting -= 1,
                    _ => {}
                },
                Until::Brace | Until::Slash | Until::Colon => match c {
                    '}' if nesting == 0 => break,
                    '/' if until == Until::Slash => break,
                    // `a ? b : c` keeps its colon.
                    '?' if until == Until::Colon => tests += 1,
                    ':' if until == Until::Colon && tests == 0 => break,
                    ':' if until == Until::Colon => tests -= 1,
                    _ => {}
                },
                Until::Bracket => match c {
                    '[' => nesting += 1,
                    ']' if nesting == 0 => break,
                    ']' => nesting -= 1,
                    _ => {}
                },
                Until::Parens | Until::Semicolon => match c {
                    '(' => nesting += 1,
                    ')' if nesting == 0 => break,
                    ')' => nesting -= 1,
                    ';' if nesting == 0 && until == Until::Semicolon => break,
                    _ => {}
                },
                Until::End => {}
            }
            match c {
                '\\' => {
                    self.bump();
                    let Some(next) = self.peek() else {
                        if until == Until::Blank && self.interactive {
                            return Err(ParseError::Incomplete);
                        }
                        parts.quoted('\\');
                        continue;
                    };
                    if next == '\n' {
                        self.bump();
                        continue;
                    }
                    let special = match until {
                        Until::End => matches!(next, '$' | '`' | '\\'),
                        _ if quoted_text => {
                            matches!(next, '$' | '`' | '\\' | '"') || (next == '}' && until == Until::Brace)
                        }
                        _ => true,
                    };
                    if special {
                        self.bump();
                        parts.quoted(next);
                    } else {
                        parts.quoted('\\');
                    }
                }
                '\'' if !quoted_text => {
                    self.bump();
                    let text = self.single_quoted()?;
                    parts.0.push(Part::Quoted(text));
                }
                '"' if until != Until::End && !(in_double && until == Until::Blank) => {
                    self.bump();
                    let inner = self.double_quoted()?;
                    parts.0.push(Part::Double(inner));
                }
                '$' | '`' => self.dollar(&mut parts, quoted_text)?,
                c => {
                    self.bump();
                    parts.literal(c);
                }
            }
        }
        Ok(Word(parts.0))
    }

    fn process_substitution(&mut self, parts: &mut Parts, output: bool) -> Result<()> {
        self.bump();
        self.bump();
        let list = self.list_in_parens()?;
        parts.0.push(Part::Process { list, output });
        Ok(())
    }

    fn single_quoted(&mut self) -> Result<String> {
        let mut text = String::new();
        loop {
            match self.bump() {
                None => return Err(self.unclosed('\'')),
                Some('\'') => return Ok(text),
                Some(c) => text.push(c),
            }
        }
    }

    /// The inside of `"…"`, whose opening quote was read.
    fn double_quoted(&mut self) -> Result<Vec<Part>> {
        self.deeper(|parser| {
            let mut parts = Parts::default();
            loop {
                match parser.peek() {
                    None => return Err(parser.unclosed('"')),
                    Some('"') => {
                        parser.bump();
                        return Ok(parts.0);
                    }
                    Some('\\') => {
                        parser.bump();
                        match parser.peek() {
                            Some('\n') => {
                                parser.bump();
                            }
                            Some(c @ ('$' | '`' | '"' | '\\')) => {
                                parser.bump();
                                parts.quoted(c);
                            }
                            _ => parts.quoted('\\'),
                        }
                    }
                    Some('$' | '`') => parser.dollar(&mut parts, true)?,
                    Some(c) => {
                        parser.bump();
                        parts.quoted(c);
                    }
                }
            }
        })
    }

    /// What begins with `$` or a backquote.
    fn dollar(&mut self, parts: &mut Parts, in_double: bool) -> Result<()> {
        if self.peek() == Some('`') {
            let list = self.backquoted(in_double)?;
            parts.0.push(Part::Command(list));
            return Ok(());
        }
        match self.peek_at(1) {
            // The old way to write it.
            Some('[') => {
                self.skip(2);
                let word = self.word(Until::Bracket, false)?;
                if !self.eat(']') {
                    return Err(self.unclosed(']'));
                }
                parts.0.push(Part::Arith(word));
            }
            Some('(') if self.peek_at(2) == Some('(') => {
                let start = self.mark();
                self.skip(3);
                match self.word(Until::Parens, false) {
                    Ok(word) if self.peek_at(1) == Some(')') => {
                        self.skip(2);
                        parts.0.push(Part::Arith(word));
                        return Ok(());
                    }
                    Err(error @ ParseError::TooDeep) => return Err(error),
                    Ok(_) | Err(_) if !self.may_retry() => return Err(ParseError::TooDeep),
                    Err(error) if self.peek().is_none() => return Err(error),
                    Ok(_) | Err(_) => {}
                }
                // Not arithmetic, then: `$( (a); b )`.
                self.reset(start);
                self.skip(2);
                let list = self.list_in_parens()?;
                parts.0.push(Part::Command(list));
            }
            Some('(') => {
                self.skip(2);
                let list = self.list_in_parens()?;
                parts.0.push(Part::Command(list));
            }
            Some('{') => {
                let start = self.mark();
                self.skip(2);
                let mut param = self.deeper(|parser| parser.braced(in_double))?;
                param.text = self.text_since(start);
                parts.0.push(Part::Param(Box::new(param)));
            }
            Some('\'') if !in_double => {
                self.skip(2);
                let text = self.ansi_quoted()?;
                parts.0.push(Part::Quoted(text));
            }
            Some('"') if !in_double => {
                self.skip(2);
                let inner = self.double_quoted()?;
                parts.0.push(Part::Double(inner));
            }
            Some(c) if is_name_start(c) => {
                self.bump();
                let name = self.name();
                parts.0.push(Part::Param(Box::new(plain(name))));
            }
            Some(c @ ('@' | '*' | '#' | '?' | '-' | '$' | '!' | '0'..='9')) => {
                self.skip(2);
                parts.0.push(Part::Param(Box::new(plain(c.to_string()))));
            }
            _ => {
                self.bump();
                if in_double { parts.quoted('$') } else { parts.literal('$') }
            }
        }
        Ok(())
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|&c| is_name(c)) {
            self.bump();
            name.push(c);
        }
        name
    }

    /// The inside of `${…}`, whose opening was read, and its end.
    fn braced(&mut self, in_double: bool) -> Result<Param> {
        let mut param = plain(String::new());
        let length = self.peek() == Some('#')
            && !matches!(self.peek_at(1), Some('}' | ':' | '-' | '=' | '+' | '?' | '#' | '%') | None)
            || self.peek() == Some('#') && self.peek_at(1) == Some('#') && self.peek_at(2) == Some('}');
        if length {
            self.bump();
            param.op = ParamOp::Length;
        } else if self.peek() == Some('!')
            && self.peek_at(1).is_some_and(|c| is_name(c) || matches!(c, '@' | '*' | '#' | '!'))
        {
            self.bump();
            param.indirect = true;
        }
        match self.peek() {
            Some(c) if is_name_start(c) => param.name = self.name(),
            Some(c) if c.is_ascii_digit() => {
                while let Some(c) = self.peek().filter(char::is_ascii_digit) {
                    self.bump();
                    param.name.push(c);
                }
            }
            Some(c @ ('@' | '*' | '#' | '?' | '-' | '$' | '!')) => {
                self.bump();
                param.name.push(c);
            }
            None => return Err(self.unclosed('}')),
            Some(_) => return self.bad_param(param),
        }
        if self.peek() == Some('[') {
            self.bump();
            param.index = Some(match (self.peek(), self.peek_at(1)) {
                (Some('@'), Some(']')) => Index::All,
                (Some('*'), Some(']')) => Index::Joined,
                _ => Index::At(self.word(Until::Bracket, false)?),
            });
            while self.peek() != Some(']') {
                if self.bump().is_none() {
                    return Err(self.unclosed('}'));
                }
            }
            self.bump();
        }
        if matches!(param.op, ParamOp::Length) {
            return if self.peek() == Some('}') {
                self.bump();
                Ok(param)
            } else {
                self.bad_param(param)
            };
        }
        let Some(op) = self.bump() else { return Err(self.unclosed('}')) };
        param.op = match op {
            '}' => {
                if param.indirect
                    && let Some(index @ (Index::All | Index::Joined)) = &param.index
                {
                    param.op = ParamOp::Keys { joined: matches!(index, Index::Joined) };
                    param.indirect = false;
                }
                return Ok(param);
            }
            c @ ('*' | '@') if param.indirect && self.peek() == Some('}') => {
                param.indirect = false;
                ParamOp::Names { joined: c == '*' }
            }
            ':' => match self.peek() {
                Some('-' | '=' | '?' | '+') => {
                    let c = self.bump().unwrap_or('-');
                    self.defaulting(c, true, in_double)?
                }
                _ => {
                    let offset = self.word(Until::Colon, in_double)?;
                    let length = if self.peek() == Some(':') {
                        self.bump();
                        Some(self.word(Until::Colon, in_double)?)
                    } else {
                        None
                    };
                    ParamOp::Slice { offset, length }
                }
            },
            c @ ('-' | '=' | '?' | '+') => self.defaulting(c, false, in_double)?,
            '#' => {
                let longest = self.eat('#');
                ParamOp::TrimStart { longest, pattern: self.word(Until::Brace, false)? }
            }
            '%' => {
                let longest = self.eat('%');
                ParamOp::TrimEnd { longest, pattern: self.word(Until::Brace, false)? }
            }
            '/' => {
                let how = match self.peek() {
                    Some('/') => Replace::All,
                    Some('#') => Replace::Start,
                    Some('%') => Replace::End,
                    _ => Replace::First,
                };
                if how != Replace::First {
                    self.bump();
                }
                let pattern = self.word(Until::Slash, false)?;
                let with = if self.eat('/') { self.word(Until::Brace, false)? } else { Word::default() };
                ParamOp::Replace { pattern, with, how }
            }
            c @ ('^' | ',' | '~') => {
                let all = self.eat(c);
                let change = match c {
                    '^' => Case::Upper,
                    ',' => Case::Lower,
                    _ => Case::Toggle,
                };
                ParamOp::Case { change, all, pattern: self.word(Until::Brace, false)? }
            }
            '@' => match self.bump() {
                Some(c) => ParamOp::Transform(c),
                None => return Err(self.unclosed('}')),
            },
            _ => return self.bad_param(param),
        };
        if self.eat('}') { Ok(param) } else { self.bad_param(param) }
    }

    fn defaulting(&mut self, c: char, colon: bool, in_double: bool) -> Result<ParamOp> {
        let word = self.word(Until::Brace, in_double)?;
        Ok(match c {
            '-' => ParamOp::Default { colon, word },
            '=' => ParamOp::Assign { colon, word },
            '?' => ParamOp::Error { colon, word },
            _ => ParamOp::Alternative { colon, word },
        })
    }

    fn bad_param(&mut self, mut param: Param) -> Result<Param> {
        self.word(Until::Brace, false)?;
        self.bump();
        param.op = ParamOp::Bad;
        Ok(param)
    }

    /// `` `…` ``: backslashes before `$`, `` ` `` and `\` are taken away, then it is a script.
    fn backquoted(&mut self, in_double: bool) -> Result<super::ast::List> {
        let line = self.line;
        self.bump();
        let mut text = String::new();
        loop {
            match self.bump() {
                None => return Err(self.unclosed('`')),
                Some('`') => break,
                Some('\\') => match self.peek() {
                    Some(c @ ('$' | '`' | '\\')) => {
                        self.bump();
                        text.push(c);
                    }
                    Some('"') if in_double => {
                        self.bump();
                        text.push('"');
                    }
                    _ => text.push('\\'),
                },
                Some(c) => text.push(c),
            }
        }
        self.sub_script(&text, line)
    }

    /// The inside of `$'…'`, whose opening was read.
    fn ansi_quoted(&mut self) -> Result<String> {
        let mut raw = String::new();
        loop {
            match self.bump() {
                None => return Err(self.unclosed('\'')),
                Some('\'') => break,
                Some('\\') => {
                    raw.push('\\');
                    match self.bump() {
                        None => return Err(self.unclosed('\'')),
                        Some(c) => raw.push(c),
                    }
                }
                Some(c) => raw.push(c),
            }
        }
        Ok(String::from_utf8_lossy(&super::escape::unescape(&raw, super::escape::Style::Ansi).0).into_owned())
    }
}

fn plain(name: String) -> Param {
    let text = format!("${name}");
    Param { name, index: None, indirect: false, op: ParamOp::Plain, text }
}
