//! Reading JSON texts piece by piece, in the words of jv_parse.c.

use std::rc::Rc;

use super::value::{MAX_DEPTH, Object, Value, number_of};

/// What is open: an array, or an object with the key that waits for its value.
enum Open {
    Array(Vec<Value>),
    Object(Object, Option<Rc<str>>),
}

/// A reader of a stream of texts. Bytes go in by [`Parser::feed`], values come out in `values`.
pub struct Parser {
    open: Vec<Open>,
    next: Option<Value>,
    token: Vec<u8>,
    /// Inside a string, and whether a backslash came last.
    string: bool,
    escape: bool,
    line: usize,
    column: usize,
    /// Bytes of a byte order mark that were skipped.
    begun: bool,
}

type Done = Result<(), &'static str>;

impl Parser {
    /// A reader at the start of its input.
    pub fn new() -> Parser {
        Parser {
            open: Vec::new(),
            next: None,
            token: Vec::new(),
            string: false,
            escape: false,
            line: 1,
            column: 0,
            begun: false,
        }
    }

    /// Reads bytes, and gives the values that are complete to `values`.
    pub fn feed(&mut self, bytes: &[u8], values: &mut dyn FnMut(Value)) -> Result<(), String> {
        let bytes = if self.begun { bytes } else { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) };
        self.begun = true;
        for &byte in bytes {
            self.column += 1;
            if byte == b'\n' {
                self.line += 1;
                self.column = 0;
            }
            let took = self.byte(byte, values);
            took.map_err(|why| format!("{why} at line {}, column {}", self.line, self.column))?;
        }
        Ok(())
    }

    /// The input is over.
    pub fn finish(&mut self, values: &mut dyn FnMut(Value)) -> Result<(), String> {
        let ended = if self.string {
            Err("Unfinished string")
        } else {
            match self.literal() {
                Ok(()) if !self.open.is_empty() => Err("Unfinished JSON term"),
                read => read,
            }
        };
        ended.map_err(|why| format!("{why} at EOF at line {}, column {}", self.line, self.column))?;
        if let Some(value) = self.next.take() {
            values(value);
        }
        Ok(())
    }

    fn byte(&mut self, byte: u8, values: &mut dyn FnMut(Value)) -> Done {
        if self.string {
            if self.escape || byte != b'"' {
                self.escape = !self.escape && byte == b'\\';
                self.token.push(byte);
                return Ok(());
            }
            self.string = false;
            let text = unescaped(&std::mem::take(&mut self.token))?;
            self.value(Value::String(text))?;
        } else {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.literal()?,
                b'"' => {
                    self.literal()?;
                    self.string = true;
                }
                b'[' | b'{' | b':' | b',' | b']' | b'}' => {
                    self.literal()?;
                    self.structure(byte)?;
                }
                _ => {
                    self.token.push(byte);
                    return Ok(());
                }
            }
        }
        if self.open.is_empty()
            && let Some(value) = self.next.take()
        {
            values(value);
        }
        Ok(())
    }

    fn value(&mut self, value: Value) -> Done {
        if self.next.is_some() {
            return Err("Expected separator between values");
        }
        self.next = Some(value);
        Ok(())
    }

    fn structure(&mut self, byte: u8) -> Done {
        match byte {
            b'[' | b'{' => {
                if self.open.len() >= usize::from(MAX_DEPTH) {
                    return Err("Exceeds depth limit for parsing");
                }
                if self.next.is_some() {
                    return Err("Expected separator between values");
                }
                self.open.push(if byte == b'[' {
                    Open::Array(Vec::new())
                } else {
                    Open::Object(Object::default(), None)
                });
                Ok(())
            }
            b':' => {
                let Some(next) = self.next.take() else { return Err("Expected string key before ':'") };
                let Some(Open::Object(_, key @ None)) = self.open.last_mut() else {
                    return Err("':' not as part of an object");
                };
                let Value::String(text) = next else { return Err("Object keys must be strings") };
                *key = Some(text);
                Ok(())
            }
            b',' => {
                let Some(next) = self.next.take() else { return Err("Expected value before ','") };
                match self.open.last_mut() {
                    None => Err("',' not as part of an object or array"),
                    Some(Open::Array(items)) => {
                        items.push(next);
                        Ok(())
                    }
                    Some(Open::Object(object, key)) => {
                        let Some(key) = key.take() else { return Err("Objects must consist of key:value pairs") };
                        object.set(key, next);
                        Ok(())
                    }
                }
            }
            b']' => {
                let Some(Open::Array(items)) = self.open.last_mut() else { return Err("Unmatched ']'") };
                match self.next.take() {
                    Some(next) => items.push(next),
                    None if !items.is_empty() => return Err("Expected another array element"),
                    None => {}
                }
                let items = std::mem::take(items);
                self.open.pop();
                self.next = Some(Value::array(items));
                Ok(())
            }
            _ => {
                let next = self.next.take();
                let (object, key) = match self.open.last_mut() {
                    None => return Err("Unmatched '}'"),
                    Some(Open::Array(_)) if next.is_some() => return Err("Objects must consist of key:value pairs"),
                    Some(Open::Array(_)) => return Err("Unmatched '}'"),
                    Some(Open::Object(object, key)) => (object, key.take()),
                };
                match (key, next) {
                    (Some(key), Some(next)) => object.set(key, next),
                    (None, Some(_)) => return Err("Objects must consist of key:value pairs"),
                    (Some(_), None) => return Err("Unmatched '}'"),
                    (None, None) if object.len() > 0 => return Err("Expected another key-value pair"),
                    (None, None) => {}
                }
                let object = std::mem::take(object);
                self.open.pop();
                self.next = Some(Value::object(object));
                Ok(())
            }
        }
    }

    /// What stood between separators becomes a value.
    fn literal(&mut self) -> Done {
        if self.token.is_empty() {
            return Ok(());
        }
        let token = std::mem::take(&mut self.token);
        let value = match token.as_slice() {
            b"true" => Value::Bool(true),
            b"false" => Value::Bool(false),
            b"null" => Value::Null,
            b"nan" => Value::number(f64::NAN),
            [b'\'', ..] => return Err("Invalid string literal; expected \", but got '"),
            [b't' | b'f', ..] | [b'n', b'u', ..] => return Err("Invalid literal"),
            other => {
                let text = std::str::from_utf8(other).ok();
                match text.and_then(number_of) {
                    Some(number) => number,
                    None => return Err("Invalid numeric literal"),
                }
            }
        };
        self.value(value)
    }
}

/// The text of a string whose escapes stand in `raw`.
fn unescaped(raw: &[u8]) -> Result<Rc<str>, &'static str> {
    let text = String::from_utf8_lossy(raw);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    let hex = |rest: &mut std::str::Chars| -> Result<u32, &'static str> {
        let digits: String = rest.clone().take(4).collect();
        if digits.chars().count() < 4 {
            return Err("Invalid \\uXXXX escape");
        }
        if !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err("Invalid characters in \\uXXXX escape");
        }
        rest.nth(3);
        u32::from_str_radix(&digits, 16).map_err(|_| "Invalid characters in \\uXXXX escape")
    };
    while let Some(c) = rest.next() {
        if c != '\\' {
            if u32::from(c) < 0x20 {
                return Err("Invalid string: control characters from U+0000 through U+001F must be escaped");
            }
            out.push(c);
            continue;
        }
        out.push(match rest.next() {
            Some(c @ ('\\' | '"' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('t') => '\t',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('u') => {
                let mut code = hex(&mut rest)?;
                if (0xd800..0xdc00).contains(&code) {
                    const PAIR: &str = "Invalid \\uXXXX\\uXXXX surrogate pair escape";
                    if rest.next() != Some('\\') || rest.next() != Some('u') {
                        return Err(PAIR);
                    }
                    let low = hex(&mut rest).map_err(|_| PAIR)?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(PAIR);
                    }
                    code = 0x1_0000 + ((code - 0xd800) << 10 | (low - 0xdc00));
                }
                char::from_u32(code).unwrap_or('\u{fffd}')
            }
            None => return Err("Expected escape character at end of string"),
            Some(_) => return Err("Invalid escape"),
        });
    }
    Ok(out.into())
}

/// The one value of a text.
pub fn parse(text: &str) -> Result<Value, String> {
    let mut values = Vec::new();
    let mut parser = Parser::new();
    parser.feed(text.as_bytes(), &mut |value| values.push(value))?;
    parser.finish(&mut |value| values.push(value))?;
    match values.len() {
        1 => Ok(values.swap_remove(0)),
        0 => Err("Expected JSON value".to_owned()),
        _ => Err("Unexpected extra JSON values".to_owned()),
    }
}
