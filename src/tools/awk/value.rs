//! awk's values: numbers, texts, and texts from outside that count as numbers where they look like one.

use std::rc::Rc;

use crate::shell::conversion::{Spec, float_out};
use crate::shell::regex::Regex;

use super::lex::escape;

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing was ever assigned: an empty text, and 0.
    Unset,
    /// A number.
    Number(f64),
    /// A text.
    Text(Rc<str>),
    /// A text that came from outside: a number in comparisons if it looks like one.
    Input(Rc<str>),
}

impl Value {
    /// As a text of its own.
    pub fn text(text: impl Into<Rc<str>>) -> Value {
        Value::Text(text.into())
    }

    /// True and false.
    pub fn bool(truth: bool) -> Value {
        Value::Number(f64::from(u8::from(truth)))
    }

    /// Its number.
    pub fn number(&self) -> f64 {
        match self {
            Value::Unset => 0.0,
            Value::Number(number) => *number,
            Value::Text(text) | Value::Input(text) => leading_number(text),
        }
    }

    /// Its text; `format` is CONVFMT or OFMT.
    pub fn to_text(&self, format: &str) -> Rc<str> {
        match self {
            Value::Unset => "".into(),
            Value::Number(number) => written(*number, format).into(),
            Value::Text(text) | Value::Input(text) => Rc::clone(text),
        }
    }

    /// Whether it counts as true.
    pub fn truth(&self) -> bool {
        match self {
            Value::Unset => false,
            Value::Number(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::Input(text) => looks_numeric(text).map_or(!text.is_empty(), |number| number != 0.0),
        }
    }

    /// Its number, if it is compared as one.
    pub fn numeric(&self) -> Option<f64> {
        match self {
            Value::Unset => Some(0.0),
            Value::Number(number) => Some(*number),
            Value::Text(_) => None,
            Value::Input(text) => looks_numeric(text),
        }
    }
}

/// The number that a text begins with; 0 where it begins with none.
fn leading_number(text: &str) -> f64 {
    let text = text.trim_start();
    let sign = usize::from(text.starts_with(['-', '+']));
    let length = number_length(&text[sign..]);
    let magnitude: f64 = text[sign..sign + length].parse().unwrap_or(0.0);
    if text.starts_with('-') { -magnitude } else { magnitude }
}

fn looks_numeric(text: &str) -> Option<f64> {
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
    (number_length(digits) == digits.len() && !digits.is_empty()).then(|| leading_number(trimmed))
}

/// How many bytes of a text are a decimal number: `12`, `.5`, `1e-3`.
pub fn number_length(text: &str) -> usize {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(0);
    let mut length = whole;
    if text[length..].starts_with('.') {
        let decimals = digits(length + 1);
        if whole + decimals == 0 {
            return 0;
        }
        length += 1 + decimals;
    }
    if length > 0 && text[length..].starts_with(['e', 'E']) {
        let sign = usize::from(text[length + 1..].starts_with(['-', '+']));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

/// A number as awk writes it: whole ones in full, others by `format`.
fn written(number: f64, format: &str) -> String {
    if number == number.trunc() && number.abs() < 1e16 {
        return format!("{}", number as i64);
    }
    let mut chars = format.strip_prefix('%').unwrap_or(".6g").chars().peekable();
    let spec = Spec::read(&mut chars, || 0);
    let letter = chars.next().filter(|letter| "eEfFgG".contains(*letter)).unwrap_or('g');
    let mut out = Vec::new();
    float_out(&spec, letter, number, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// A number as in the program's text.
pub fn plain(number: f64) -> String {
    written(number, "%.6g")
}

/// An extended regular expression; awk's escapes are undone before the others read it.
pub fn regex(source: &str) -> Result<Rc<Regex>, String> {
    let mut out = String::new();
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('\\') => out.push_str("\\\\"),
            // A letter of the kinds that only a regular expression knows stays what it is.
            Some(c) => match escape(c).filter(|_| c != 'b') {
                Some(meant) => out.push(meant),
                None => out.extend(['\\', c]),
            },
            None => out.push_str("\\\\"),
        }
    }
    Regex::new(&out, true, false).map(Rc::new).map_err(|error| match error.as_str() {
        "Unmatched ( or \\(" => "missing ')'".to_owned(),
        _ => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_awk_writes_them() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (100000000.0, "100000000"),
            (1.23456789, "1.23457"),
            (0.1 + 0.2, "0.3"),
            (1.5e-7, "1.5e-07"),
        ] {
            assert_eq!(plain(number), text, "{number}");
        }
    }

    #[test]
    fn texts_from_outside_may_be_numbers() {
        let numeric = |text: &str| Value::Input(text.into()).numeric();
        assert_eq!(numeric(" 12 "), Some(12.0));
        assert_eq!(numeric("-1.5e2"), Some(-150.0));
        assert_eq!(numeric("12a"), None);
        assert_eq!(numeric(""), None);
        assert_eq!(Value::text("12a").number(), 12.0);
        assert_eq!(Value::text("abc").number(), 0.0);
    }
}
