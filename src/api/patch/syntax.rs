//! What Go says of a text that is no JSON. Models encoding/json/scanner.go.

/// Lists and maps may stand in one another so deeply (in Go: 10,000).
const MAX_DEPTH: usize = 500;

/// The fault, or none where the text is JSON.
///
/// ```
/// use drydock::api::patch::json_fault;
/// assert_eq!(json_fault("{bad").unwrap(), "invalid character 'b' looking for beginning of object key string");
/// assert_eq!(json_fault("{\"a\": [1, 2").unwrap(), "unexpected end of JSON input");
/// assert_eq!(json_fault(" {\"a\": [1, 2.5e3, true, null]} "), None);
/// ```
pub fn json_fault(text: &str) -> Option<String> {
    Scanner { chars: text.chars(), peeked: None, depth: 0 }.document().err()
}

struct Scanner<'a> {
    chars: std::str::Chars<'a>,
    peeked: Option<char>,
    depth: usize,
}

type Scanned = Result<(), String>;

impl Scanner<'_> {
    fn peek(&mut self) -> Option<char> {
        if self.peeked.is_none() {
            self.peeked = self.chars.next();
        }
        self.peeked
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek();
        self.peeked = None;
        c
    }

    /// The next character that is no blank.
    fn solid(&mut self) -> Option<char> {
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t' | '\r' | '\n')) {
            self.take();
        }
        self.peek()
    }

    /// What is there is not what may be there.
    fn wrong(&mut self, context: &str) -> Scanned {
        match self.peek() {
            None => Err("unexpected end of JSON input".to_owned()),
            Some('\'') => Err(format!("invalid character '\\'' {context}")),
            Some('"') => Err(format!("invalid character '\"' {context}")),
            Some(c) => Err(format!("invalid character '{}' {context}", c.escape_debug())),
        }
    }

    fn document(&mut self) -> Scanned {
        self.value()?;
        match self.solid() {
            None => Ok(()),
            Some(_) => self.wrong("after top-level value"),
        }
    }

    fn value(&mut self) -> Scanned {
        match self.solid() {
            Some('{') => self.nested(Scanner::object),
            Some('[') => self.nested(Scanner::array),
            Some('"') => self.string(),
            Some('-' | '0'..='9') => self.number(),
            Some('t') => self.literal("true"),
            Some('f') => self.literal("false"),
            Some('n') => self.literal("null"),
            _ => self.wrong("looking for beginning of value"),
        }
    }

    fn nested(&mut self, inside: fn(&mut Self) -> Scanned) -> Scanned {
        self.take();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        inside(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn object(&mut self) -> Scanned {
        if self.solid() == Some('}') {
            self.take();
            return Ok(());
        }
        loop {
            if self.solid() != Some('"') {
                return self.wrong("looking for beginning of object key string");
            }
            self.string()?;
            if self.solid() != Some(':') {
                return self.wrong("after object key");
            }
            self.take();
            self.value()?;
            match self.solid() {
                Some(',') => drop(self.take()),
                Some('}') => break,
                _ => return self.wrong("after object key:value pair"),
            }
        }
        self.take();
        Ok(())
    }

    fn array(&mut self) -> Scanned {
        if self.solid() == Some(']') {
            self.take();
            return Ok(());
        }
        loop {
            self.value()?;
            match self.solid() {
                Some(',') => drop(self.take()),
                Some(']') => break,
                _ => return self.wrong("after array element"),
            }
        }
        self.take();
        Ok(())
    }

    fn string(&mut self) -> Scanned {
        self.take();
        loop {
            match self.peek() {
                Some('"') => break,
                Some('\\') => {
                    self.take();
                    match self.peek() {
                        Some('b' | 'f' | 'n' | 'r' | 't' | '\\' | '/' | '"') => {}
                        Some('u') => {
                            for _ in 0..4 {
                                self.take();
                                if !self.peek().is_some_and(|c| c.is_ascii_hexdigit()) {
                                    return self.wrong("in \\u hexadecimal character escape");
                                }
                            }
                        }
                        _ => return self.wrong("in string escape code"),
                    }
                }
                Some(c) if c >= ' ' => {}
                _ => return self.wrong("in string literal"),
            }
            self.take();
        }
        self.take();
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.take();
        }
    }

    fn number(&mut self) -> Scanned {
        if self.peek() == Some('-') {
            self.take();
        }
        match self.peek() {
            Some('0') => drop(self.take()),
            Some('1'..='9') => self.digits(),
            _ => return self.wrong("in numeric literal"),
        }
        if self.peek() == Some('.') {
            self.take();
            if !self.peek().is_some_and(|c| c.is_ascii_digit()) {
                return self.wrong("after decimal point in numeric literal");
            }
            self.digits();
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.take();
            if matches!(self.peek(), Some('+' | '-')) {
                self.take();
            }
            if !self.peek().is_some_and(|c| c.is_ascii_digit()) {
                return self.wrong("in exponent of numeric literal");
            }
            self.digits();
        }
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Scanned {
        for expected in word.chars() {
            if self.peek() != Some(expected) {
                return self.wrong(&format!("in literal {word} (expecting '{expected}')"));
            }
            self.take();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::json_fault;

    #[test]
    fn faults_are_told_as_go_tells_them() {
        for (text, fault) in [
            ("", "unexpected end of JSON input"),
            ("{", "unexpected end of JSON input"),
            ("{a: 1}", "invalid character 'a' looking for beginning of object key string"),
            ("{'a': 1}", "invalid character '\\'' looking for beginning of object key string"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\": }", "invalid character '}' looking for beginning of value"),
            ("{\"a\": 1 \"b\"}", "invalid character '\"' after object key:value pair"),
            ("{\"a\": 1,}", "invalid character '}' looking for beginning of object key string"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{} x", "invalid character 'x' after top-level value"),
            ("{\"a\": trua}", "invalid character 'a' in literal true (expecting 'e')"),
            ("[-]", "invalid character ']' in numeric literal"),
            ("[1.]", "invalid character ']' after decimal point in numeric literal"),
            ("[\"\\x\"]", "invalid character 'x' in string escape code"),
            ("[\"a\nb\"]", "invalid character '\\n' in string literal"),
        ] {
            assert_eq!(json_fault(text).as_deref(), Some(fault), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(json_fault(&deep).as_deref(), Some("exceeded max depth"));
    }
}
