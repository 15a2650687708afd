//! awk's tokens. Whether a slash divides or begins a regular expression is told by what stands before it.

use std::rc::Rc;

/// One token, and the line that it is on.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// `3.14`
    Number(f64),
    /// `"text"`, its escapes undone.
    Text(Rc<str>),
    /// `/re/`, as it is written.
    Regex(Rc<str>),
    /// A variable, an array.
    Name(Rc<str>),
    /// A name with `(` right after it: a function of the program's own.
    Call(Rc<str>),
    /// `length`, `substr`, …
    Builtin(&'static str),
    /// `if`, `print`, …
    Word(&'static str),
    /// `+=`, `{`, …
    Sign(&'static str),
    /// The end of a line.
    Newline,
    /// The end of the program.
    End,
}

const WORDS: [&str; 19] = [
    "BEGIN", "END", "function", "func", "if", "else", "while", "for", "do", "break", "continue", "next", "nextfile",
    "exit", "return", "delete", "in", "print", "printf",
];

const SIGNS: [&str; 40] = [
    "&&", "||", "==", "!=", "<=", ">=", ">>", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "!~", "{", "}", "(", ")",
    "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", "<", ">", "|", "?", ":", "~", "$", "=", "&",
];

/// The functions that come with awk.
const BUILTINS: [&str; 26] = [
    "atan2", "close", "cos", "exp", "fflush", "getline", "gsub", "index", "int", "length", "log", "match", "mktime",
    "rand", "sin", "split", "sprintf", "sqrt", "srand", "strftime", "sub", "substr", "system", "systime", "tolower",
    "toupper",
];

fn builtin(name: &str) -> Option<&'static str> {
    BUILTINS.into_iter().find(|builtin| *builtin == name)
}

/// A fault of a program, as mawk words it: `line 3: syntax error at or near }`.
#[derive(Debug, PartialEq)]
pub struct Fault(pub String);

impl Fault {
    /// Something wrong on a line, which is counted from 1.
    pub fn on(line: usize, text: &str) -> Fault {
        Fault(format!("line {line}: {text}"))
    }
}

/// The tokens of a program, each with its line.
pub fn tokens(source: &str) -> Result<Vec<(Token, usize)>, Fault> {
    let mut out: Vec<(Token, usize)> = Vec::new();
    let (mut rest, mut line) = (source, 1);
    let (mut brackets, mut braces) = (0_usize, 0_usize);
    while let Some(c) = rest.chars().next() {
        let fault = |text: String| Fault::on(line, &text);
        if c == '\n' {
            out.push((Token::Newline, line));
            line += 1;
            rest = &rest[1..];
        } else if c.is_ascii_whitespace() {
            rest = &rest[1..];
        } else if let Some(after) = rest.strip_prefix("\\\n").or_else(|| rest.strip_prefix("\\\r\n")) {
            line += 1;
            rest = after;
        } else if c == '#' {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if c == '"' {
            let (text, length) =
                quoted(rest).ok_or_else(|| fault(format!("runaway string constant {} ...", cut(rest))))?;
            out.push((Token::Text(text.into()), line));
            rest = &rest[length..];
        } else if c == '/' && regex_may_follow(out.last().map(|(token, _)| token)) {
            let length =
                regex_end(rest).ok_or_else(|| fault(format!("runaway regular expression {} ...", cut(rest))))?;
            out.push((Token::Regex(rest[1..length].into()), line));
            rest = &rest[length + 1..];
        } else if c.is_ascii_digit() || c == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            let length = super::value::number_length(rest);
            out.push((Token::Number(rest[..length].parse().unwrap_or(0.0)), line));
            rest = &rest[length..];
        } else if c.is_ascii_alphabetic() || c == '_' {
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let name = &rest[..length];
            rest = &rest[length..];
            let token = if let Some(word) = WORDS.iter().find(|word| **word == name) {
                Token::Word(if *word == "func" { "function" } else { word })
            } else if let Some(builtin) = builtin(name) {
                Token::Builtin(builtin)
            } else if rest.starts_with('(') {
                Token::Call(name.into())
            } else {
                Token::Name(name.into())
            };
            out.push((token, line));
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            let open = match *sign {
                "(" | ")" => &mut brackets,
                _ => &mut braces,
            };
            match *sign {
                "(" | "{" => *open += 1,
                ")" | "}" => *open = open.checked_sub(1).ok_or_else(|| fault(format!("extra '{sign}'")))?,
                _ => {}
            }
            out.push((Token::Sign(sign), line));
            rest = &rest[sign.len()..];
        } else {
            return Err(Fault(format!("{line}: unexpected character '{c}'")));
        }
    }
    // As if a new line ended every program.
    out.push((Token::End, line + 1));
    Ok(out)
}

fn cut(text: &str) -> String {
    text.chars().take(10).collect()
}

fn regex_may_follow(before: Option<&Token>) -> bool {
    match before {
        None => true,
        Some(Token::Number(_) | Token::Text(_) | Token::Name(_) | Token::Builtin(_) | Token::Regex(_)) => false,
        Some(Token::Sign(sign)) => !matches!(*sign, ")" | "]" | "$" | "++" | "--"),
        Some(_) => true,
    }
}

/// A text in quotes with its escapes undone, and how long it is with its quotes.
fn quoted(rest: &str) -> Option<(String, usize)> {
    let mut chars = rest.char_indices().skip(1);
    let mut out = String::new();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((out, at + 1)),
            '\n' => return None,
            '\\' => {
                let (_, c) = chars.next()?;
                match c {
                    '\n' => {}
                    '0'..='7' => {
                        let mut code = c as u32 - '0' as u32;
                        for _ in 0..2 {
                            let mut ahead = chars.clone();
                            let Some(digit) = ahead.next().and_then(|(_, c)| c.to_digit(8)) else { break };
                            code = code * 8 + digit;
                            chars = ahead;
                        }
                        out.push(char::from_u32(code).unwrap_or(' '));
                    }
                    c => match escape(c) {
                        Some(meant) => out.push(meant),
                        None => out.extend(['\\', c]),
                    },
                }
            }
            c => out.push(c),
        }
    }
    None
}

/// What `\c` means in a text.
pub fn escape(c: char) -> Option<char> {
    Some(match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '"' | '\\' | '/' => c,
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'v' => '\x0b',
        _ => return None,
    })
}

/// Where the slash is that ends a regular expression.
fn regex_end(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let (mut at, mut bracket) = (1, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\n' => return None,
            b'\\' => at += 1,
            b'[' if !bracket => {
                bracket = true;
                // `[]…]` and `[^]…]` hold a bracket.
                at += usize::from(bytes.get(at + 1) == Some(&b'^'));
                at += usize::from(bytes.get(at + 1) == Some(&b']'));
            }
            b']' => bracket = false,
            b'/' if !bracket => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}
