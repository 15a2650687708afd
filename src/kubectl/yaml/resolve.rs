//! What a plain scalar means. Models go-yaml v2 resolve.go.

use serde_json::{Number, Value};

/// The value of a plain scalar: null, a boolean, a number or the text itself.
pub(super) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => return Value::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    let first = text.as_bytes().first().copied().unwrap_or(b' ');
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return Value::String(text.to_owned());
    }
    let plain: String = text.chars().filter(|&c| c != '_').collect();
    if let Some(number) = integer(&plain).or_else(|| float(&plain)) {
        return Value::Number(number);
    }
    Value::String(text.to_owned())
}

/// Go's ParseInt in base 0, with go-yaml's `0b` and `-0b` beside it.
fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(hex) = lower.strip_prefix("0x") {
        (16, hex)
    } else if let Some(octal) = lower.strip_prefix("0o") {
        (8, octal)
    } else if let Some(binary) = lower.strip_prefix("0b") {
        (2, binary)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -value } else { value };
    i64::try_from(value).map(Number::from).ok().or_else(|| u64::try_from(value).map(Number::from).ok())
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, as a float.
fn float(text: &str) -> Option<Number> {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    if let Some(exponent) = exponent {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if exponent.is_empty() || !digits(exponent) {
            return None;
        }
    }
    Number::from_f64(text.parse().ok()?)
}

/// Whether other YAML readers would take it for a number to the base 60, as `12:30`.
pub(super) fn is_base60(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = rest.split(':');
    let whole = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let Some(first) = parts.next() else { return false };
    if !first.bytes().next().is_some_and(|byte| byte.is_ascii_digit()) || !whole(first) {
        return false;
    }
    let others: Vec<&str> = parts.collect();
    let Some((last, middle)) = others.split_last() else { return false };
    let sixty = |part: &str| {
        matches!(part.as_bytes(), [a] if a.is_ascii_digit())
            || matches!(part.as_bytes(), [b'0'..=b'5', b] if b.is_ascii_digit())
    };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    middle.iter().all(|part| sixty(part)) && sixty(last) && whole(fraction)
}

/// Whether other YAML readers would take it for a point in time, as `2026-11-20`.
pub(super) fn is_timestamp(text: &str) -> bool {
    let number =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    if year.len() != 4 || !number(year, 4) || !number(month, 2) || !number(day, 2) {
        return false;
    }
    time.is_none_or(|time| {
        let clock = time.find(['Z', '+', '-']).map_or(time, |at| &time[..at]);
        let parts: Vec<&str> = clock.split(':').collect();
        let [hour, minute, second] = parts.as_slice() else { return false };
        let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
        number(hour, 2) && number(minute, 2) && number(second, 2) && number(fraction, 9)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_scalars() {
        for (text, value) in [
            ("yes", json!(true)),
            ("off", json!(false)),
            ("~", json!(null)),
            ("010", json!(8)),
            ("0x10", json!(16)),
            ("0o10", json!(8)),
            ("1_000", json!(1000)),
            ("12:30", json!("12:30")),
            ("1.5", json!(1.5)),
            ("1e3", json!(1000.0)),
            ("100m", json!("100m")),
            ("2001-01-01", json!("2001-01-01")),
            (".", json!(".")),
            ("-", json!("-")),
            ("v1", json!("v1")),
            ("1.16.1", json!("1.16.1")),
        ] {
            assert_eq!(resolve(text), value, "{text}");
        }
        assert!(is_base60("12:30") && is_base60("1:20:30.5") && !is_base60("12:70") && !is_base60("a:10"));
    }
}
