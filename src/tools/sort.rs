//! `sort`, in the C locale.

use std::cmp::Ordering;

use super::args::{self, No, Value};
use super::input::{all_lines, complain};
use crate::collections::Sort;
use crate::machine::Process;

#[derive(Clone, Debug, Default)]
struct Key {
    start: (usize, usize),
    end: Option<(usize, usize)>,
    numeric: bool,
    human: bool,
    version: bool,
    reverse: bool,
    fold: bool,
    blanks: bool,
}

fn key(spec: &str) -> Option<Key> {
    let mut made = Key { start: (0, 0), ..Key::default() };
    let (start, end) = match spec.split_once(',') {
        Some((start, end)) => (start, Some(end)),
        None => (spec, None),
    };
    let mut place = |text: &str| -> Option<(usize, usize)> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        for letter in text[digits.len()..].chars() {
            match letter {
                'n' | 'g' => made.numeric = true,
                'h' => made.human = true,
                'V' => made.version = true,
                'r' => made.reverse = true,
                'f' => made.fold = true,
                'b' => made.blanks = true,
                _ => {}
            }
        }
        let (field, char) = digits.split_once('.').unwrap_or((digits, "0"));
        Some((field.parse().ok().filter(|&field: &usize| field > 0)?, char.parse().ok()?))
    };
    let start = place(start)?;
    let end = match end {
        Some(end) => Some(place(end)?),
        None => None,
    };
    made.start = start;
    made.end = end;
    Some(made)
}

/// Where each field begins and ends.
fn fields(line: &str, mark: Option<char>) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    match mark {
        Some(mark) => {
            let mut start = 0;
            for (at, c) in line.char_indices().filter(|(_, c)| *c == mark) {
                out.push((start, at));
                start = at + c.len_utf8();
            }
            out.push((start, line.len()));
        }
        None => {
            // Blanks before a field belong to it.
            let (mut start, mut seen) = (0, false);
            for (at, c) in line.char_indices() {
                if c.is_whitespace() && seen {
                    out.push((start, at));
                    (start, seen) = (at, false);
                } else if !c.is_whitespace() {
                    seen = true;
                }
            }
            out.push((start, line.len()));
        }
    }
    out
}

fn part<'a>(line: &'a str, key: &Key, mark: Option<char>) -> &'a str {
    let fields = fields(line, mark);
    let Some(&(start, _)) = fields.get(key.start.0 - 1) else { return "" };
    let start = start + key.start.1.saturating_sub(1).min(line.len() - start);
    let end = match key.end {
        None => line.len(),
        Some((field, char)) => match fields.get(field - 1) {
            None => line.len(),
            Some(&(_, end)) if char == 0 => end,
            Some(&(start, end)) => (start + char).min(end),
        },
    };
    line.get(start..end.max(start)).unwrap_or("")
}

fn number(text: &str, human: bool) -> f64 {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || *at == 0 && *c == '-'))
        .map_or(text.len(), |(at, _)| at);
    let value: f64 = text[..end].parse().unwrap_or(0.0);
    let unit = text[end..].chars().next().and_then(|c| "KMGTPE".find(c.to_ascii_uppercase())).filter(|_| human);
    (0..unit.map_or(0, |at| at + 1)).fold(value, |value, _| value * 1024.0)
}

/// Versions: runs of digits compare as numbers.
fn versions(a: &str, b: &str) -> Ordering {
    let pieces = |text: &str| {
        let mut out: Vec<(String, u64)> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let words = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
            let digits = rest[words..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |at| words + at);
            out.push((rest[..words].to_owned(), rest[words..digits].parse().unwrap_or(0)));
            rest = &rest[digits..];
        }
        out
    };
    pieces(a).cmp(&pieces(b))
}

fn compare(a: &str, b: &str, key: &Key) -> Ordering {
    let (a, b) = if key.blanks { (a.trim_start(), b.trim_start()) } else { (a, b) };
    let order = if key.numeric || key.human {
        number(a, key.human).partial_cmp(&number(b, key.human)).unwrap_or(Ordering::Equal)
    } else if key.version {
        versions(a, b)
    } else if key.fold {
        a.to_uppercase().cmp(&b.to_uppercase())
    } else {
        a.cmp(b)
    };
    if key.reverse { order.reverse() } else { order }
}

/// sort -n -g -h -V -r -f -b -u -k -t -o -c -s
pub async fn run(process: Process) -> i32 {
    let flags = [
        ('n', "numeric-sort", No),
        ('g', "general-numeric-sort", No),
        ('h', "human-numeric-sort", No),
        ('V', "version-sort", No),
        ('r', "reverse", No),
        ('f', "ignore-case", No),
        ('b', "ignore-leading-blanks", No),
        ('u', "unique", No),
        ('s', "stable", No),
        ('c', "check", No),
        ('d', "dictionary-order", No),
        ('k', "key", Value),
        ('t', "field-separator", Value),
        ('o', "output", Value),
    ];
    let parsed = match args::parse(&process, &flags, args::GNU_2).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let global = Key {
        start: (1, 0),
        numeric: parsed.has('n') || parsed.has('g'),
        human: parsed.has('h'),
        version: parsed.has('V'),
        reverse: parsed.has('r'),
        fold: parsed.has('f'),
        blanks: parsed.has('b'),
        end: None,
    };
    let mut keys = Vec::new();
    for spec in parsed.values('k') {
        match key(spec) {
            Some(key) => keys.push(key),
            None => {
                let zero = spec.trim_start_matches('0').is_empty();
                let why = if zero {
                    "field number is zero: invalid field specification"
                } else {
                    "invalid number at field start: invalid count at start of"
                };
                process.err(&format!("sort: {why} '{spec}'\n")).await;
                return 2;
            }
        }
    }
    for key in &mut keys {
        // A key without letters of its own takes the global ones.
        if !(key.numeric || key.human || key.version || key.reverse || key.fold || key.blanks) {
            *key = Key { start: key.start, end: key.end, ..global.clone() };
        }
    }
    let mark = match parsed.value('t') {
        Some("\\t") => Some('\t'),
        Some(text) if text.chars().count() == 1 => text.chars().next(),
        Some(text) => {
            process.err(&format!("sort: multi-character tab '{text}'\n")).await;
            return 2;
        }
        None => None,
    };
    let (mut lines, status) = all_lines(&process, &parsed.operands).await;
    let by_keys = |a: &String, b: &String| {
        if keys.is_empty() {
            return compare(a, b, &global);
        }
        keys.iter()
            .map(|key| compare(part(a, key, mark), part(b, key, mark), key))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    };
    let plain = parsed.has('s') || parsed.has('u');
    let order = |a: &String, b: &String| {
        by_keys(a, b).then_with(|| match (plain, global.reverse) {
            (true, _) => Ordering::Equal,
            (_, true) => b.cmp(a),
            _ => a.cmp(b),
        })
    };
    if parsed.has('c') {
        if let Some(at) = lines.windows(2).position(|pair| order(&pair[0], &pair[1]).is_gt()) {
            let name = parsed.operands.first().map_or("-", String::as_str);
            process.err(&format!("sort: {name}:{}: disorder: {}\n", at + 2, lines[at + 1])).await;
            return 1;
        }
        return 0;
    }
    process.spend(crate::sim::Duration::from_micros(50 + lines.len() as u64)).await;
    lines.arrange_by(order);
    if parsed.has('u') {
        lines.dedup_by(|a, b| by_keys(a, b).is_eq());
    }
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    if let Some(path) = parsed.value('o') {
        if let Err(errno) = process.write_file(path, text.as_bytes()).await {
            complain(&process, path, errno).await;
            return 2;
        }
    } else {
        process.out(&text).await;
    }
    if status == 0 { 0 } else { 2 }
}
