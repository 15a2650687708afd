//! From text to expressions, by precedence. Models cel-go/parser.

use serde_json::Value;

use super::{Expr, MAX_DEPTH, Mistake, Node};

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Literal(Value),
    Sign(&'static str),
    End,
}

/// Longer ones first.
const SIGNS: [&str; 25] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]",
    "{", "}", "=",
];
/// Operators by how tightly they bind.
const LEVELS: [&[&str]; 5] =
    [&["||"], &["&&"], &["==", "!=", "<=", ">=", "<", ">", "in"], &["+", "-"], &["*", "/", "%"]];

/// Reads an expression.
pub fn parse(source: &str) -> Result<Expr, Mistake> {
    let mut parser = Parser { tokens: tokens(source)?, at: 0 };
    let expr = parser.ternary(0)?;
    match parser.peek() {
        Token::End => Ok(expr),
        _ => Err(parser.unexpected()),
    }
}

fn tokens(source: &str) -> Result<Vec<(Token, usize)>, Mistake> {
    let text: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = text.get(at) {
        let from = at;
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        if text[at..].starts_with(&['/', '/']) {
            while text.get(at).is_some_and(|c| *c != '\n') {
                at += 1;
            }
            continue;
        }
        let raw = matches!(c, 'r' | 'R') && matches!(text.get(at + 1), Some('\'' | '"'));
        if raw || matches!(c, '\'' | '"') {
            at += usize::from(raw);
            let value = quoted(&text, &mut at, raw)
                .ok_or(Mistake { what: "Syntax error: token recognition error".to_owned(), at: from })?;
            tokens.push((Token::Literal(Value::String(value)), from));
        } else if c.is_ascii_digit() {
            let value =
                number(&text, &mut at).ok_or(Mistake { what: "Syntax error: invalid number".to_owned(), at: from })?;
            tokens.push((Token::Literal(value), from));
        } else if c.is_alphabetic() || c == '_' {
            while text.get(at).is_some_and(|c| c.is_alphanumeric() || *c == '_') {
                at += 1;
            }
            let word: String = text[from..at].iter().collect();
            tokens.push((
                match word.as_str() {
                    "true" => Token::Literal(Value::Bool(true)),
                    "false" => Token::Literal(Value::Bool(false)),
                    "null" => Token::Literal(Value::Null),
                    "in" => Token::Sign("in"),
                    _ => Token::Name(word),
                },
                from,
            ));
        } else {
            let fits = |sign: &&&str| sign.chars().enumerate().all(|(more, c)| text.get(at + more) == Some(&c));
            let Some(sign) = SIGNS.iter().find(fits) else {
                return Err(Mistake { what: format!("Syntax error: token recognition error at: '{c}'"), at });
            };
            at += sign.len();
            tokens.push((Token::Sign(sign), from));
        }
    }
    tokens.push((Token::End, text.len()));
    Ok(tokens)
}

fn number(text: &[char], at: &mut usize) -> Option<Value> {
    let from = *at;
    let hex = text.get(from) == Some(&'0') && matches!(text.get(from + 1), Some('x' | 'X'));
    if hex {
        *at += 2;
        while text.get(*at).is_some_and(char::is_ascii_hexdigit) {
            *at += 1;
        }
        let digits: String = text[from + 2..*at].iter().collect();
        return i64::from_str_radix(&digits, 16).ok().map(Value::from);
    }
    let mut float = false;
    while let Some(&c) = text.get(*at) {
        let exponent = matches!(c, 'e' | 'E');
        let point = c == '.' && text.get(*at + 1).is_some_and(char::is_ascii_digit);
        let sign = matches!(c, '+' | '-') && matches!(text.get(*at - 1), Some('e' | 'E'));
        if !c.is_ascii_digit() && !exponent && !point && !sign {
            break;
        }
        float |= exponent || point;
        *at += 1;
    }
    let digits: String = text[from..*at].iter().collect();
    if matches!(text.get(*at), Some('u' | 'U')) {
        *at += 1;
    }
    if float { digits.parse::<f64>().ok().map(Value::from) } else { digits.parse::<i64>().ok().map(Value::from) }
}

fn quoted(text: &[char], at: &mut usize, raw: bool) -> Option<String> {
    let quote = *text.get(*at)?;
    let triple = text[*at..].starts_with(&[quote; 3]);
    let length = if triple { 3 } else { 1 };
    *at += length;
    let mut out = String::new();
    loop {
        if text[(*at).min(text.len())..].starts_with(&[quote; 3][..length]) {
            *at += length;
            return Some(out);
        }
        let c = *text.get(*at)?;
        *at += 1;
        if c != '\\' || raw {
            out.push(c);
            continue;
        }
        let escaped = *text.get(*at)?;
        *at += 1;
        out.push(match escaped {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '0' => '\0',
            'u' => {
                let digits: String = text.get(*at..*at + 4)?.iter().collect();
                *at += 4;
                char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
            }
            other if other.is_alphanumeric() => return None,
            other => other,
        });
    }
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
}

type Parsed = Result<Expr, Mistake>;

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn place(&self) -> usize {
        self.tokens[self.at].1
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        // The end is never passed.
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(own) if *own == sign);
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Mistake> {
        if self.eat(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> Mistake {
        let shown = match self.peek() {
            Token::Name(name) => name.clone(),
            Token::Literal(value) => value.to_string(),
            Token::Sign(sign) => (*sign).to_owned(),
            Token::End => "<EOF>".to_owned(),
        };
        Mistake { what: format!("Syntax error: mismatched input '{shown}'"), at: self.place() }
    }

    fn ternary(&mut self, depth: usize) -> Parsed {
        if depth > MAX_DEPTH {
            return Err(Mistake { what: "expression recursion limit exceeded".to_owned(), at: self.place() });
        }
        let condition = self.binary(0, depth)?;
        let at = self.place();
        if !self.eat("?") {
            return Ok(condition);
        }
        let yes = self.binary(0, depth)?;
        self.expect(":")?;
        let no = self.ternary(depth + 1)?;
        Ok(call("?:", None, vec![condition, yes, no], at))
    }

    fn binary(&mut self, level: usize, depth: usize) -> Parsed {
        let Some(signs) = LEVELS.get(level) else { return self.unary(depth) };
        let mut left = self.binary(level + 1, depth)?;
        loop {
            let at = self.place();
            let Token::Sign(sign) = self.peek() else { return Ok(left) };
            let sign = *sign;
            if !signs.contains(&sign) {
                return Ok(left);
            }
            self.next();
            let right = self.binary(level + 1, depth)?;
            left = call(sign, None, vec![left, right], at);
        }
    }

    fn unary(&mut self, depth: usize) -> Parsed {
        if depth > MAX_DEPTH {
            return Err(Mistake { what: "expression recursion limit exceeded".to_owned(), at: self.place() });
        }
        let at = self.place();
        for (sign, name) in [("!", "!"), ("-", "neg")] {
            if self.eat(sign) {
                let of = self.unary(depth + 1)?;
                return Ok(call(name, None, vec![of], at));
            }
        }
        self.member(depth)
    }

    fn member(&mut self, depth: usize) -> Parsed {
        let mut expr = self.primary(depth)?;
        loop {
            let at = self.place();
            if self.eat(".") {
                let Token::Name(name) = self.next() else { return Err(self.unexpected()) };
                let at_call = self.place();
                expr = match self.eat("(") {
                    true => call(&name, Some(expr), self.list(")", depth)?, at_call),
                    false => Expr { at, node: Node::Select(Box::new(expr), unescaped(&name)) },
                };
            } else if self.eat("[") {
                let index = self.ternary(depth + 1)?;
                self.expect("]")?;
                expr = call("[]", None, vec![expr, index], at);
            } else {
                return Ok(expr);
            }
        }
    }

    fn list(&mut self, close: &str, depth: usize) -> Result<Vec<Expr>, Mistake> {
        let mut items = Vec::new();
        while !self.eat(close) {
            items.push(self.ternary(depth + 1)?);
            if !self.eat(",") {
                self.expect(close)?;
                break;
            }
        }
        Ok(items)
    }

    fn primary(&mut self, depth: usize) -> Parsed {
        let at = self.place();
        let node = match self.peek().clone() {
            Token::Literal(value) => {
                self.next();
                Node::Literal(value)
            }
            Token::Name(name) => {
                self.next();
                let at_call = self.place();
                if !self.eat("(") {
                    return Ok(Expr { at, node: Node::Name(name) });
                }
                let mut args = self.list(")", depth)?;
                if name != "has" {
                    return Ok(call(&name, None, args, at_call));
                }
                match (args.pop().map(|arg| arg.node), args.is_empty()) {
                    (Some(Node::Select(of, field)), true) => Node::Has(of, field),
                    _ => return Err(Mistake { what: "invalid argument to has() macro".to_owned(), at: at_call }),
                }
            }
            Token::Sign("(") => {
                self.next();
                let inner = self.ternary(depth + 1)?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Sign("[") => {
                self.next();
                Node::List(self.list("]", depth)?)
            }
            Token::Sign("{") => {
                self.next();
                let mut entries = Vec::new();
                while !self.eat("}") {
                    let key = self.ternary(depth + 1)?;
                    self.expect(":")?;
                    entries.push((key, self.ternary(depth + 1)?));
                    if !self.eat(",") {
                        self.expect("}")?;
                        break;
                    }
                }
                Node::Map(entries)
            }
            _ => return Err(self.unexpected()),
        };
        Ok(Expr { at, node })
    }
}

fn call(name: &str, target: Option<Expr>, args: Vec<Expr>, at: usize) -> Expr {
    Expr { at, node: Node::Call(name.to_owned(), target.map(Box::new), args) }
}

/// Property names that are no identifiers come escaped. Models apiserver/pkg/cel/escaping.go.
fn unescaped(name: &str) -> String {
    if !name.contains("__") {
        return name.to_owned();
    }
    for word in [
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ] {
        if name == format!("__{word}__") {
            return word.to_owned();
        }
    }
    name.replace("__underscores__", "\u{1}")
        .replace("__dot__", ".")
        .replace("__dash__", "-")
        .replace("__slash__", "/")
        .replace('\u{1}', "__")
}
