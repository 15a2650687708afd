//! `printf`: formats and their arguments.

use crate::shell::conversion::{Spec, float_out, int_out, text_out};
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
        let mut chars = rest.chars().peekable();
        let spec = Spec::read(&mut chars, || operands.next().and_then(|text| text.parse().ok()).unwrap_or(0));
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
    if good == digits.len() && good > 0 && i64::from_str_radix(digits, radix).is_err() {
        problems.push(format!("warning: {text}: Numerical result out of range"));
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
