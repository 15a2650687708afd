//! `printf`: formats and their arguments.

use crate::shell::escape::{self, Style, unescape};
use crate::shell::word::is_identifier;
use crate::shell::{Run, Shell};

/// `printf`
pub async fn printf(shell: &mut Shell, args: &[String]) -> Run {
    let mut rest = &args[1..];
    let mut target = None;
    if rest.first().is_some_and(|option| option == "-v") {
        match rest.get(1) {
            Some(name) if is_identifier(name.split('[').next().unwrap_or_default()) => target = Some(name.clone()),
            name => {
                let name = name.cloned().unwrap_or_default();
                shell.wrong(args, &format!("`{name}': not a valid identifier")).await;
                return Ok(2);
            }
        }
        rest = &rest[2..];
    }
    if rest.first().is_some_and(|word| word == "--") {
        rest = &rest[1..];
    }
    let Some((text, operands)) = rest.split_first() else {
        shell.process.err("printf: usage: printf [-v var] format [arguments]\n").await;
        return Ok(2);
    };
    let (bytes, problems) = format(text, operands, shell.process.sim().now().secs());
    for problem in &problems {
        shell.wrong(args, problem).await;
    }
    let status = i32::from(!problems.is_empty());
    match target {
        Some(name) => {
            let value = String::from_utf8_lossy(&bytes).into_owned();
            let stored = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
                Some((array, index)) => match shell.index_key_at(array, index, 0) {
                    Ok(key) => shell.set_element(array, &key, value, false),
                    Err(message) => Err(message),
                },
                None => shell.set(&name, value),
            };
            if let Err(message) = stored {
                shell.fail(&message).await;
                return Ok(1);
            }
        }
        None => drop(super::io::print(shell, args, &bytes).await?),
    }
    Ok(status)
}

/// One `%…` of a format.
#[derive(Default)]
struct Spec {
    left: bool,
    zero: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

/// No width is followed further.
const WIDTH_MAX: usize = 10_000;

/// The formatted text, and complaints. The format is used again until the arguments are used
/// up.
pub fn format(text: &str, operands: &[String], now: u64) -> (Vec<u8>, Vec<String>) {
    let mut out = Vec::new();
    let mut problems = Vec::new();
    let mut operands = operands.iter();
    loop {
        let left = operands.len();
        if !once(text, &mut operands, &mut out, &mut problems, now) || operands.len() == 0 || operands.len() == left {
            return (out, problems);
        }
    }
}

fn once(
    text: &str,
    operands: &mut std::slice::Iter<'_, String>,
    out: &mut Vec<u8>,
    problems: &mut Vec<String>,
    now: u64,
) -> bool {
    let mut rest = text;
    loop {
        let Some(at) = rest.find('%') else {
            out.extend(unescape(rest, Style::Format).0);
            return true;
        };
        out.extend(unescape(&rest[..at], Style::Format).0);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push(b'%');
            rest = after;
            continue;
        }
        let mut spec = Spec::default();
        let mut chars = rest.chars().peekable();
        while let Some(c) = chars.peek() {
            match c {
                '-' => spec.left = true,
                '0' => spec.zero = true,
                '+' => spec.plus = true,
                ' ' => spec.space = true,
                '#' => spec.alternate = true,
                _ => break,
            }
            chars.next();
        }
        let mut number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            if chars.peek() == Some(&'*') {
                chars.next();
                return operands.next().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
            }
            let mut value = 0i64;
            while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                value = (value * 10 + i64::from(digit)).min(WIDTH_MAX as i64);
                chars.next();
            }
            value
        };
        let width = number(&mut chars);
        spec.left |= width < 0;
        spec.width = (width.unsigned_abs() as usize).min(WIDTH_MAX);
        if chars.peek() == Some(&'.') {
            chars.next();
            spec.precision = usize::try_from(number(&mut chars)).ok().map(|precision| precision.min(WIDTH_MAX));
        }
        while chars.peek().is_some_and(|c| matches!(c, 'l' | 'h' | 'j' | 'z' | 'L' | 'q') && *c != 'q') {
            chars.next();
        }
        let Some(letter) = chars.next() else {
            problems.push(format!("`%{rest}': missing format character"));
            return false;
        };
        rest = chars.clone().count().checked_sub(0).map_or("", |_| {
            let left: usize = chars.map(char::len_utf8).sum();
            &rest[rest.len() - left..]
        });
        match letter {
            's' => text_out(&spec, operands.next().map_or("", String::as_str).as_bytes(), out),
            'q' => text_out(&spec, escape::backslash(operands.next().map_or("", String::as_str)).as_bytes(), out),
            'b' => {
                let (bytes, stop) = unescape(operands.next().map_or("", String::as_str), Style::Echo);
                text_out(&spec, &bytes, out);
                if stop {
                    return false;
                }
            }
            'c' => {
                let first: String = operands.next().map_or("", String::as_str).chars().take(1).collect();
                text_out(&spec, first.as_bytes(), out);
            }
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' => {
                let value = integer(operands.next(), problems);
                int_out(&spec, letter, value, out);
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let value = float(operands.next(), problems);
                float_out(&spec, letter, value, out);
            }
            '(' => {
                let Some((layout, after)) = rest.split_once(")T") else {
                    problems.push("`(': invalid format character".to_owned());
                    return false;
                };
                rest = after;
                let secs = match operands.next().map(|text| text.parse::<i64>()) {
                    Some(Ok(secs)) if secs >= 0 => secs as u64,
                    _ => now,
                };
                text_out(&spec, crate::machine::date::format(layout, secs * 1_000_000).as_bytes(), out);
            }
            letter => {
                problems.push(format!("`{letter}': invalid format character"));
                return false;
            }
        }
    }
}

fn text_out(spec: &Spec, bytes: &[u8], out: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(bytes);
    let mut cut = bytes;
    if let Some(precision) = spec.precision {
        let end = text.char_indices().nth(precision).map_or(text.len(), |(at, _)| at);
        cut = &bytes[..end.min(bytes.len())];
    }
    let fill = spec.width.saturating_sub(String::from_utf8_lossy(cut).chars().count());
    if !spec.left {
        out.extend(std::iter::repeat_n(b' ', fill));
    }
    out.extend_from_slice(cut);
    if spec.left {
        out.extend(std::iter::repeat_n(b' ', fill));
    }
}

fn integer(operand: Option<&String>, problems: &mut Vec<String>) -> i64 {
    let Some(text) = operand else { return 0 };
    let trimmed = text.trim_start();
    if let Some(c) = trimmed.strip_prefix(['\'', '"']) {
        return c.chars().next().map_or(0, |c| i64::from(u32::from(c)));
    }
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let (radix, digits) = match digits {
        digits if digits.starts_with("0x") || digits.starts_with("0X") => (16, &digits[2..]),
        digits if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        digits => (10, digits),
    };
    let good = digits.chars().take_while(|c| c.is_digit(radix)).count();
    let value = i64::from_str_radix(&digits[..good], radix).unwrap_or(if good > 0 { i64::MAX } else { 0 });
    if good < digits.len() || digits.is_empty() && !text.is_empty() && radix == 10 {
        problems.push(format!("{text}: invalid number"));
    }
    if negative { value.wrapping_neg() } else { value }
}

fn float(operand: Option<&String>, problems: &mut Vec<String>) -> f64 {
    let Some(text) = operand.filter(|text| !text.is_empty()) else { return 0.0 };
    match text.trim().parse::<f64>() {
        Ok(value) => value,
        Err(_) => {
            problems.push(format!("{text}: invalid number"));
            let good = text.char_indices().take_while(|(_, c)| c.is_ascii_digit() || *c == '.').count();
            text[..good].parse().unwrap_or(0.0)
        }
    }
}

fn sign(spec: &Spec, negative: bool) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, _, _) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

fn pad(spec: &Spec, sign: &str, digits: &str, zero: bool, out: &mut Vec<u8>) {
    let fill = spec.width.saturating_sub(sign.len() + digits.len());
    if !spec.left && !zero {
        out.extend(std::iter::repeat_n(b' ', fill));
    }
    out.extend_from_slice(sign.as_bytes());
    if !spec.left && zero {
        out.extend(std::iter::repeat_n(b'0', fill));
    }
    out.extend_from_slice(digits.as_bytes());
    if spec.left {
        out.extend(std::iter::repeat_n(b' ', fill));
    }
}

fn int_out(spec: &Spec, letter: char, value: i64, out: &mut Vec<u8>) {
    let signed = matches!(letter, 'd' | 'i');
    let mut digits = match letter {
        'd' | 'i' => value.unsigned_abs().to_string(),
        'u' => (value as u64).to_string(),
        'o' => format!("{value:o}"),
        'x' => format!("{value:x}"),
        _ => format!("{value:X}"),
    };
    if let Some(precision) = spec.precision {
        digits = format!("{digits:0>precision$}");
    }
    let prefix = match letter {
        'x' if spec.alternate && value != 0 => "0x",
        'X' if spec.alternate && value != 0 => "0X",
        'o' if spec.alternate && value != 0 => "0",
        _ if signed => sign(spec, value < 0),
        _ => "",
    };
    pad(spec, prefix, &digits, spec.zero && spec.precision.is_none(), out);
}

fn float_out(spec: &Spec, letter: char, value: f64, out: &mut Vec<u8>) {
    let precision = spec.precision.unwrap_or(6).min(300);
    let magnitude = value.abs();
    let exponent = |text: String| {
        // Rust writes 1.5e3, C 1.5e+03.
        let (digits, exponent) = text
            .split_once('e')
            .map_or((text.clone(), 0), |(digits, exponent)| (digits.to_owned(), exponent.parse::<i32>().unwrap_or(0)));
        format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
    };
    let digits = if !value.is_finite() {
        if value.is_nan() { "nan".to_owned() } else { "inf".to_owned() }
    } else {
        match letter {
            'f' | 'F' => format!("{magnitude:.precision$}"),
            'e' | 'E' => exponent(format!("{magnitude:.precision$e}")),
            _ => {
                let precision = precision.max(1);
                let scientific = format!("{magnitude:.*e}", precision - 1);
                let power: i32 = scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
                let trim = |text: String| {
                    if !spec.alternate && text.contains('.') {
                        text.trim_end_matches('0').trim_end_matches('.').to_owned()
                    } else {
                        text
                    }
                };
                if power < -4 || power >= precision as i32 {
                    let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
                    exponent(format!("{}e{power}", trim(digits.to_owned())))
                } else {
                    let decimals = usize::try_from(precision as i32 - 1 - power).unwrap_or(0);
                    trim(format!("{magnitude:.decimals$}"))
                }
            }
        }
    };
    let digits = if letter.is_ascii_uppercase() { digits.to_uppercase() } else { digits };
    pad(spec, sign(spec, value.is_sign_negative()), &digits, spec.zero, out);
}
