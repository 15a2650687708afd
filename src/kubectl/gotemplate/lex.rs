//! The words of a template. Models text/template/parse/lex.go.

/// A word and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) token: Token,
    pub(super) at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// Outside of actions.
    Text(String),
    /// `{{`
    Left,
    /// `}}`
    Right,
    /// `.name`
    Field(String),
    /// `.` alone
    Dot,
    /// `$` or `$name`
    Variable(String),
    /// A function's name or a keyword.
    Word(String),
    /// A text in quotes, without them.
    Text2(String),
    /// A number as written.
    Number(String),
    /// A character in single quotes.
    Char(char),
    /// `|`, `(`, `)`, `,`, `=`, `:=`
    Sign(&'static str),
    /// Blanks within an action.
    Space,
}

/// Splits a template; the error is a line and a message.
pub(super) fn lex(source: &str) -> Result<Vec<Item>, (usize, String)> {
    let mut items = Vec::new();
    let mut at = 0;
    let mut trim_next = false;
    loop {
        let rest = &source[at..];
        let open = rest.find("{{");
        let mut text = &rest[..open.unwrap_or(rest.len())];
        let trims = open.is_some_and(|open| rest[open + 2..].starts_with("- ") || rest[open + 2..].starts_with("-\n"));
        if trim_next {
            text = text.trim_start();
        }
        if trims {
            text = text.trim_end();
        }
        if !text.is_empty() {
            items.push(Item { token: Token::Text(text.to_owned()), at });
        }
        let Some(open) = open else { return Ok(items) };
        at += open;
        let start = at;
        at += if trims { 4 } else { 2 };
        if source[at..].trim_start().starts_with("/*") && source[at..].starts_with("/*") {
            let end = source[at..].find("*/").ok_or_else(|| (line(source, start), "unclosed comment".to_owned()))?;
            at += end + 2;
            trim_next = source[at..].starts_with(" -}}");
            at += if trim_next { 2 } else { 0 };
            if !source[at..].starts_with("}}") {
                return Err((line(source, start), "comment ends before closing delimiter".to_owned()));
            }
            at += 2;
            continue;
        }
        items.push(Item { token: Token::Left, at: start });
        let (end, trim) = action(source, at, &mut items)?;
        at = end;
        trim_next = trim;
    }
}

/// The line, from 1, in which a position lies.
pub(super) fn line(source: &str, at: usize) -> usize {
    1 + source[..at.min(source.len())].matches('\n').count()
}

fn action(source: &str, mut at: usize, items: &mut Vec<Item>) -> Result<(usize, bool), (usize, String)> {
    let mut open = 0_usize;
    loop {
        let rest = &source[at..];
        let fault = |text: &str| Err((line(source, at), text.to_owned()));
        let closing = if rest.starts_with("}}") { Some((2, false)) } else { None };
        let closing = closing.or_else(|| (rest.starts_with(" -}}")).then_some((4, true)));
        if let Some((length, trim)) = closing {
            if open > 0 {
                return fault("unclosed left paren");
            }
            items.push(Item { token: Token::Right, at });
            return Ok((at + length, trim));
        }
        let Some(c) = rest.chars().next() else { return fault("unclosed action") };
        let (token, length) = match c {
            ' ' | '\t' | '\r' | '\n' => {
                let length = rest.find(|c: char| !matches!(c, ' ' | '\t' | '\r' | '\n')).unwrap_or(rest.len());
                // The blank before `-}}` belongs to the delimiter.
                let length = if rest[length..].starts_with("-}}") { length - 1 } else { length };
                if length == 0 {
                    continue;
                }
                (Token::Space, length)
            }
            '|' => (Token::Sign("|"), 1),
            ',' => (Token::Sign(","), 1),
            '=' => (Token::Sign("="), 1),
            ':' if rest.starts_with(":=") => (Token::Sign(":="), 2),
            ':' => return fault("expected :="),
            '(' => {
                open += 1;
                (Token::Sign("("), 1)
            }
            ')' if open == 0 => return fault("unexpected right paren"),
            ')' => {
                open -= 1;
                (Token::Sign(")"), 1)
            }
            '"' => quoted(rest).map_err(|text| (line(source, at), text))?,
            '`' => match rest[1..].find('`') {
                Some(end) => (Token::Text2(rest[1..=end].to_owned()), end + 2),
                None => return fault("unterminated raw quoted string"),
            },
            '\'' => {
                let mut chars = rest[1..].chars();
                match (chars.next(), chars.next()) {
                    (Some(c), Some('\'')) if c != '\\' => (Token::Char(c), 2 + c.len_utf8()),
                    (Some('\\'), Some(c)) if rest[2 + c.len_utf8()..].starts_with('\'') => (
                        Token::Char(if c == 'n' {
                            '\n'
                        } else if c == 't' {
                            '\t'
                        } else {
                            c
                        }),
                        3 + c.len_utf8(),
                    ),
                    _ => return fault("unterminated character constant"),
                }
            }
            '.' if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                let length = word_length(&rest[1..]);
                if length == 0 { (Token::Dot, 1) } else { (Token::Field(rest[1..=length].to_owned()), length + 1) }
            }
            '$' => {
                let length = word_length(&rest[1..]);
                (Token::Variable(rest[..=length].to_owned()), length + 1)
            }
            c if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => {
                let sign = usize::from(matches!(c, '+' | '-'));
                let digits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
                let length = rest[sign..].find(|c| !digits(c)).map_or(rest.len(), |end| end + sign);
                let text = &rest[..length];
                if text[sign..].is_empty() || (text.parse::<f64>().is_err() && super::funcs::integer(text).is_none()) {
                    return fault(&format!("bad number syntax: {}", crate::kubectl::flags::quote(text)));
                }
                (Token::Number(text.to_owned()), length)
            }
            c if c.is_alphanumeric() || c == '_' => {
                let length = word_length(rest);
                (Token::Word(rest[..length].to_owned()), length)
            }
            c => return fault(&format!("unrecognized character in action: U+{:04X} '{c}'", u32::from(c))),
        };
        items.push(Item { token, at });
        at += length;
    }
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())
}

fn quoted(rest: &str) -> Result<(Token, usize), String> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((Token::Text2(text), at + 1)),
            '\n' => break,
            '\\' => match chars.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, 't')) => text.push('\t'),
                Some((_, 'r')) => text.push('\r'),
                Some((_, c @ ('"' | '\\'))) => text.push(c),
                _ => return Err("invalid syntax".to_owned()),
            },
            c => text.push(c),
        }
    }
    Err("unterminated quoted string".to_owned())
}
