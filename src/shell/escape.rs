//! Backslash escapes, as `$'…'`, `echo -e` and `printf` read them, and the way back.

/// Whose rules to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `$'…'`: octal is `\nnn`; quotes may be escaped.
    Ansi,
    /// `echo -e` and `printf %b`: octal is `\0nnn`; `\c` ends the output.
    Echo,
    /// A `printf` format: octal is `\nnn`.
    Format,
}

/// Replaces the escapes in `text`. The second value says that `\c` was met.
pub fn unescape(text: &str, style: Style) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(text.len());
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    let mut buffer = [0; 4];
    while at < chars.len() {
        let c = chars[at];
        at += 1;
        if c != '\\' || at == chars.len() {
            out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            continue;
        }
        let c = chars[at];
        at += 1;
        let number = |at: &mut usize, radix: u32, most: usize| {
            let start = *at;
            let mut value = 0u32;
            while *at < chars.len() && *at - start < most {
                let Some(digit) = chars[*at].to_digit(radix) else { break };
                value = value.wrapping_mul(radix).wrapping_add(digit);
                *at += 1;
            }
            (*at > start).then_some(value)
        };
        match c {
            'a' => out.push(7),
            'b' => out.push(8),
            'e' | 'E' => out.push(27),
            'f' => out.push(12),
            'n' => out.push(b'\n'),
            'r' => out.push(b'\r'),
            't' => out.push(b'\t'),
            'v' => out.push(11),
            '\\' => out.push(b'\\'),
            '\'' | '"' | '?' if style != Style::Echo => out.push(c as u8),
            'c' if style == Style::Echo => return (out, true),
            'c' if style == Style::Ansi && at < chars.len() => {
                out.push((chars[at] as u32 & 0x1f) as u8);
                at += 1;
            }
            'x' => match number(&mut at, 16, 2) {
                Some(value) => out.push(value as u8),
                None => out.extend_from_slice(b"\\x"),
            },
            'u' | 'U' => match number(&mut at, 16, if c == 'u' { 4 } else { 8 }) {
                Some(value) => {
                    let c = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
                    out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
                }
                None => out.extend_from_slice(&[b'\\', c as u8]),
            },
            '0' if style == Style::Echo => out.push(number(&mut at, 8, 3).unwrap_or(0) as u8),
            '0'..='7' if style != Style::Echo => {
                at -= 1;
                out.push(number(&mut at, 8, 3).unwrap_or(0) as u8);
            }
            c => {
                out.push(b'\\');
                out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            }
        }
    }
    (out, false)
}

/// `text` so that the shell reads it back as one word: as `printf %q`, `set -x` and `alias` do.
pub fn quote(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,^".contains(c) || !c.is_ascii();
    if text.is_empty() {
        return "''".to_owned();
    }
    if text.chars().all(safe) {
        return text.to_owned();
    }
    if text.chars().any(|c| c.is_control()) { ansi(text) } else { single(text) }
}

/// `text` with a backslash before what means something to the shell: `printf %q`.
pub fn backslash(text: &str) -> String {
    if text.is_empty() {
        return "''".to_owned();
    }
    if text.chars().any(|c| c.is_control()) {
        return ansi(text);
    }
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        let plain = c.is_ascii_alphanumeric() || "_-./:=@%+".contains(c) || !c.is_ascii();
        if !plain && (at == 0 || !matches!(c, '~' | '#')) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// `text` quoted, whether it needs it or not: as `${x@Q}` does.
pub fn always(text: &str) -> String {
    if text.chars().any(|c| c.is_control()) { ansi(text) } else { single(text) }
}

/// `text` in single quotes.
pub fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn ansi(text: &str) -> String {
    let mut out = String::from("$'");
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\x1b' => out.push_str("\\E"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            c if c.is_ascii_control() => out.push_str(&format!("\\{:03o}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}
