//! From the text of a program to its tokens. Models lexer.l.

use std::rc::Rc;

/// A token.
#[derive(Clone, PartialEq)]
pub enum Tok {
    /// A name that is no keyword.
    Name(Rc<str>),
    /// `.name`
    Field(Rc<str>),
    /// A number as it was written.
    Number(Rc<str>),
    /// `@name`
    Format(Rc<str>),
    /// A keyword, an operator, a sign.
    Sign(&'static str),
    /// A text's first quote …
    Quote,
    /// … a piece of it …
    Text(Rc<str>),
    /// … `\(` …
    Open,
    /// … the `)` of that …
    Close,
    /// … and its last quote.
    Unquote,
    /// A character that belongs to nothing.
    Bad,
    End,
}

/// A token, and where it begins.
pub struct Token {
    pub tok: Tok,
    pub at: usize,
}

const KEYWORDS: [&str; 19] = [
    "as", "import", "include", "module", "def", "if", "then", "else", "elif", "and", "or", "end", "reduce", "foreach",
    "try", "catch", "label", "break", "__loc__",
];

const SIGNS: [&str; 36] = [
    "?//", "//=", "!=", "==", "//", "|=", "+=", "-=", "*=", "/=", "%=", "<=", ">=", "..", "::", ".", "?", "=", ";",
    ",", ":", "|", "+", "-", "*", "/", "%", "$", "<", ">", "(", ")", "[", "]", "{", "}",
];

impl Tok {
    /// Its name in bison's complaints.
    pub fn name(&self) -> String {
        match self {
            Tok::Name(_) => "IDENT".to_owned(),
            Tok::Field(_) => "FIELD".to_owned(),
            Tok::Number(_) => "LITERAL".to_owned(),
            Tok::Format(_) => "FORMAT".to_owned(),
            Tok::Sign(sign) if sign.len() == 1 => format!("'{sign}'"),
            Tok::Sign(sign) => (*sign).to_owned(),
            Tok::Quote => "QQSTRING_START".to_owned(),
            Tok::Text(_) => "QQSTRING_TEXT".to_owned(),
            Tok::Open => "QQSTRING_INTERP_START".to_owned(),
            Tok::Close => "QQSTRING_INTERP_END".to_owned(),
            Tok::Unquote => "QQSTRING_END".to_owned(),
            Tok::Bad => "INVALID_CHARACTER".to_owned(),
            Tok::End => "end of file".to_owned(),
        }
    }

    /// The word that it is, where a keyword may stand for a name too.
    pub fn word(&self) -> Option<Rc<str>> {
        match self {
            Tok::Name(name) => Some(Rc::clone(name)),
            Tok::Sign(sign) if KEYWORDS.contains(sign) => Some((*sign).into()),
            _ => None,
        }
    }
}

fn name_length(text: &str) -> usize {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return 0;
    }
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
}

/// The length of the number that the text begins with.
fn number_length(text: &str) -> usize {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut length = digits(text);
    if text[length..].starts_with('.') {
        let part = digits(&text[length + 1..]);
        if length == 0 && part == 0 {
            return 0;
        }
        length += 1 + part;
    }
    if length > 0 && text[length..].starts_with(['e', 'E']) {
        let sign = usize::from(text[length + 1..].starts_with(['+', '-']));
        let part = digits(&text[length + 1 + sign..]);
        if part > 0 {
            length += 1 + sign + part;
        }
    }
    length
}

/// All tokens of a program; in yq's the names behind a dot may have dashes and slashes.
pub fn tokens(source: &str, yq: bool) -> Vec<Token> {
    let mut tokens = Vec::new();
    // What is open: brackets by their closing sign; `"` a text, `!` the inside of `\(`.
    let mut open: Vec<char> = Vec::new();
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        let (tok, length) =
            if open.last() == Some(&'"') { in_text(rest, &mut open) } else { outside(rest, &mut open, yq) };
        if let Some(tok) = tok {
            tokens.push(Token { tok, at });
        }
        at += length;
    }
    // At the end bison's place is still the one of the last token.
    let at = tokens.last().map_or(0, |token| token.at);
    tokens.push(Token { tok: Tok::End, at });
    tokens
}

fn outside(rest: &str, open: &mut Vec<char>, yq: bool) -> (Option<Tok>, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    if first.is_ascii_whitespace() {
        return (None, 1);
    }
    if first == '#' {
        return (None, rest.find('\n').unwrap_or(rest.len()));
    }
    if first == '"' {
        open.push('"');
        return (Some(Tok::Quote), 1);
    }
    let number = number_length(rest);
    if number > 0 {
        return (Some(Tok::Number(rest[..number].into())), number);
    }
    if first == '@' {
        let length = rest[1..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len() - 1);
        if length > 0 {
            return (Some(Tok::Format(rest[..=length].into())), length + 1);
        }
    }
    if first == '.' && name_length(&rest[1..]) > 0 {
        let more = |c: char| c.is_ascii_alphanumeric() || "_-/".contains(c);
        let long = rest[1..].find(|c| !more(c)).unwrap_or(rest.len() - 1);
        let length = 1 + if yq { long } else { name_length(&rest[1..]) };
        return (Some(Tok::Field(rest[1..length].into())), length);
    }
    let length = name_length(rest);
    if length > 0 {
        let word = &rest[..length];
        let tok = match KEYWORDS.iter().find(|keyword| **keyword == word) {
            Some(keyword) => Tok::Sign(keyword),
            None => Tok::Name(word.into()),
        };
        return (Some(tok), length);
    }
    let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) else {
        return (Some(Tok::Bad), first.len_utf8());
    };
    match first {
        '(' => open.push(')'),
        '[' => open.push(']'),
        '{' => open.push('}'),
        ')' if open.last() == Some(&'!') => {
            open.pop();
            return (Some(Tok::Close), 1);
        }
        ')' | ']' | '}' => {
            if open.last() != Some(&first) {
                return (Some(Tok::Bad), 1);
            }
            open.pop();
        }
        _ => {}
    }
    (Some(Tok::Sign(sign)), sign.len())
}

/// What comes next inside of a text.
fn in_text(rest: &str, open: &mut Vec<char>) -> (Option<Tok>, usize) {
    if rest.starts_with('"') {
        open.pop();
        return (Some(Tok::Unquote), 1);
    }
    if rest.starts_with("\\(") {
        open.push('!');
        return (Some(Tok::Open), 2);
    }
    let mut text = String::new();
    let mut chars = rest.char_indices();
    let mut end = rest.len();
    while let Some((at, c)) = chars.next() {
        if c == '"' || rest[at..].starts_with("\\(") {
            end = at;
            break;
        }
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some((_, c @ ('"' | '\\' | '/'))) => text.push(c),
            Some((_, 'n')) => text.push('\n'),
            Some((_, 't')) => text.push('\t'),
            Some((_, 'r')) => text.push('\r'),
            Some((_, 'b')) => text.push('\u{8}'),
            Some((_, 'f')) => text.push('\u{c}'),
            Some((from, 'u')) => {
                let unit = |at: usize| {
                    let digits = rest.get(at..at + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
                    u32::from_str_radix(digits, 16).ok()
                };
                let Some(mut code) = unit(from + 1) else { return (Some(Tok::Bad), at + 2) };
                let mut units = 4;
                if (0xd800..0xdc00).contains(&code)
                    && rest[from + 5..].starts_with("\\u")
                    && let Some(low) = unit(from + 7).filter(|low| (0xdc00..0xe000).contains(low))
                {
                    code = 0x1_0000 + ((code - 0xd800) << 10 | (low - 0xdc00));
                    units = 10;
                }
                text.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                chars.nth(units - 1);
            }
            _ if at > 0 => {
                end = at;
                break;
            }
            _ => return (Some(Tok::Bad), 1),
        }
    }
    (Some(Tok::Text(text.into())), end)
}
