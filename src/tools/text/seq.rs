//! `seq` and `yes`.

use crate::machine::Process;
use crate::sim::Duration;

/// seq -s -w -f: whole and decimal numbers
pub async fn seq(process: Process) -> i32 {
    let mut words = process.args()[1..].to_vec();
    let (mut mark, mut wide, mut layout) = ("\n".to_owned(), false, None);
    while let Some(word) = words.first().cloned() {
        match word.as_str() {
            "-w" | "--equal-width" => wide = true,
            "-s" | "-f" if words.len() > 1 => {
                let value = words.remove(1);
                if word == "-s" { mark = value } else { layout = Some(value) }
            }
            word if word.starts_with("-s") => mark = word[2..].to_owned(),
            word if word.starts_with('-') && !word[1..].starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
                process
                    .err(&format!("seq: invalid option -- '{}'\nTry 'seq --help' for more information.\n", &word[1..]))
                    .await;
                return 1;
            }
            _ => break,
        }
        words.remove(0);
    }
    // Decimals are counted in units of the smallest place, so that nothing is rounded.
    let places =
        words.iter().map(|word| word.split_once('.').map_or(0, |(_, digits)| digits.len())).max().unwrap_or(0).min(9);
    let unit = 10i128.pow(places as u32);
    let number = |word: &str| -> Option<i128> {
        let (negative, digits) = word.strip_prefix('-').map_or((false, word), |digits| (true, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let fraction: i128 = if places == 0 { 0 } else { format!("{fraction:0<places$}").parse().ok()? };
        let value = i128::from(whole) * unit + fraction;
        Some(if negative { -value } else { value })
    };
    let mut values = Vec::new();
    for word in &words {
        match number(word) {
            Some(value) => values.push(value),
            None => {
                process
                    .err(&format!(
                        "seq: invalid floating point argument: '{word}'\nTry 'seq --help' for more information.\n"
                    ))
                    .await;
                return 1;
            }
        }
    }
    let (first, step, last) = match values.as_slice() {
        [last] => (unit, unit, *last),
        [first, last] => (*first, unit, *last),
        [first, step, last] => (*first, *step, *last),
        [] => {
            process.err("seq: missing operand\nTry 'seq --help' for more information.\n").await;
            return 1;
        }
        _ => {
            process.err(&format!("seq: extra operand '{}'\nTry 'seq --help' for more information.\n", words[3])).await;
            return 1;
        }
    };
    if step == 0 {
        process
            .err(&format!(
                "seq: invalid Zero increment value: '{}'\nTry 'seq --help' for more information.\n",
                words[1]
            ))
            .await;
        return 1;
    }
    let show = |value: i128| {
        let text = format!("{}{}", if value < 0 { "-" } else { "" }, (value.abs() / unit));
        if places == 0 { text } else { format!("{text}.{:0places$}", value.abs() % unit) }
    };
    let width = if wide { show(first).len().max(show(last).len()) } else { 0 };
    let mut value = first;
    let mut any = false;
    while if step > 0 { value <= last } else { value >= last } {
        let mut text = show(value);
        if text.len() < width {
            let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
            text = format!("{sign}{}{digits}", "0".repeat(width - sign.len() - digits.len()));
        }
        if let Some(layout) = &layout {
            text = layout.replacen("%g", &text, 1).replacen("%.0f", &text, 1);
            if let Some(width) = layout
                .split_once("%0")
                .and_then(|(_, rest)| rest.split_once('g'))
                .and_then(|(digits, _)| digits.parse::<usize>().ok())
            {
                text = layout.replacen(&format!("%0{width}g"), &format!("{:0>1$}", show(value), width.min(1000)), 1);
            }
        }
        let lead = if any { mark.as_str() } else { "" };
        if process.write(1, format!("{lead}{text}").as_bytes()).await.is_err() {
            return 1;
        }
        any = true;
        value += step;
    }
    if any {
        process.out("\n").await;
    }
    0
}

/// yes
pub async fn yes(process: Process) -> i32 {
    let words = process.args()[1..].join(" ");
    let line = format!("{}\n", if words.is_empty() { "y" } else { &words });
    let block = line.repeat((1024 / line.len()).max(1));
    while process.write(1, block.as_bytes()).await.is_ok() {
        process.charge(Duration::from_micros(20)).await;
    }
    1
}
