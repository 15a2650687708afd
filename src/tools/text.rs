//! Small filters: `cut`, `uniq`, `tr`, `wc`, `rev`, `nl`, `paste`, `tac`, `tee`, `seq`, `yes`, `base64`.

use std::rc::Rc;

use super::args::{self, Maybe, No, Value};
use super::input::{self, all_lines, complain, open, or_stdin};
use crate::machine::{File, OpenOptions, Process};
use crate::sim::Duration;

macro_rules! parse {
    ($process:expr, $style:expr, $($flag:expr),* $(,)?) => {
        match args::parse(&$process, &[$($flag),*], $style).await {
            Ok(parsed) => parsed,
            Err(status) => return status,
        }
    };
}

/// `1,3-5,7-` as ranges from 0.
fn ranges(list: &str) -> Option<Vec<(usize, usize)>> {
    list.split([',', ' '])
        .map(|part| {
            let number = |text: &str| text.parse::<usize>().ok().filter(|&n| n > 0).map(|n| n - 1);
            match part.split_once('-') {
                Some(("", "")) => None,
                Some(("", high)) => Some((0, number(high)?)),
                Some((low, "")) => Some((number(low)?, usize::MAX)),
                Some((low, high)) => Some((number(low)?, number(high)?)).filter(|(low, high)| low <= high),
                None => number(part).map(|n| (n, n)),
            }
        })
        .collect()
}

/// cut -d -f -c -b -s --complement --output-delimiter
pub async fn cut(process: Process) -> i32 {
    let parsed = parse!(
        process,
        args::GNU,
        ('d', "delimiter", Value),
        ('f', "fields", Value),
        ('c', "characters", Value),
        ('b', "bytes", Value),
        ('s', "only-delimited", No),
        ('«', "complement", No),
        ('»', "output-delimiter", Value),
    );
    let chosen = ['f', 'c', 'b'].into_iter().find_map(|letter| parsed.value(letter).map(|list| (letter, list)));
    let Some((mode, list)) = chosen else {
        process.err("cut: you must specify a list of bytes, characters, or fields\nTry 'cut --help' for more information.\n").await;
        return 1;
    };
    let Some(ranges) = ranges(list) else {
        let what = if mode == 'f' { "field" } else { "byte/character position" };
        let why = if list.split(',').any(|part| part.trim_start_matches('0').is_empty()) && mode == 'f' {
            "cut: fields are numbered from 1".to_owned()
        } else {
            format!("cut: invalid {what} value '{list}'")
        };
        process.err(&format!("{why}\nTry 'cut --help' for more information.\n")).await;
        return 1;
    };
    let delimiter = parsed.value('d').unwrap_or("\t");
    if delimiter.chars().count() > 1 {
        process.err("cut: the delimiter must be a single character\nTry 'cut --help' for more information.\n").await;
        return 1;
    }
    let delimiter = if delimiter.is_empty() { "\0" } else { delimiter };
    let joiner = parsed.value('»').unwrap_or(if mode == 'f' { delimiter } else { "" });
    let picks = |at: usize| ranges.iter().any(|&(low, high)| low <= at && at <= high) != parsed.has('«');
    let mut status = 0;
    for path in or_stdin(&parsed.operands) {
        let Some(mut input) = open(&process, &path).await else {
            status = 1;
            continue;
        };
        loop {
            let line = match input.line().await {
                Ok(Some(line)) => input::text(&line),
                Ok(None) => break,
                Err(errno) => {
                    complain(&process, &path, errno).await;
                    status = 1;
                    break;
                }
            };
            if mode == 'f' && !line.contains(delimiter) {
                if !parsed.has('s') {
                    process.out(&format!("{line}\n")).await;
                }
                continue;
            }
            let picked: Vec<String> = if mode == 'f' {
                line.split(delimiter)
                    .enumerate()
                    .filter(|(at, _)| picks(*at))
                    .map(|(_, field)| field.to_owned())
                    .collect()
            } else {
                line.chars().enumerate().filter(|(at, _)| picks(*at)).map(|(_, c)| c.to_string()).collect()
            };
            process.out(&format!("{}\n", picked.join(joiner))).await;
        }
    }
    status
}

/// uniq -c -d -u -i -f
pub async fn uniq(process: Process) -> i32 {
    let parsed = parse!(
        process,
        args::GNU,
        ('c', "count", No),
        ('d', "repeated", No),
        ('u', "unique", No),
        ('i', "ignore-case", No),
        ('f', "skip-fields", Value),
        ('w', "check-chars", Value),
    );
    let (lines, status) = all_lines(&process, &parsed.operands[..parsed.operands.len().min(1)]).await;
    let skip = parsed.value('f').and_then(|text| text.parse().ok()).unwrap_or(0);
    let most = parsed.value('w').and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    let key = |line: &str| {
        let mut rest = line;
        for _ in 0..skip {
            rest = rest.trim_start().trim_start_matches(|c: char| !c.is_whitespace());
        }
        let key: String = rest.chars().take(most).collect();
        if parsed.has('i') { key.to_lowercase() } else { key }
    };
    let mut at = 0;
    while at < lines.len() {
        let same = lines[at..].iter().take_while(|line| key(line) == key(&lines[at])).count();
        let wanted = !(parsed.has('d') && same == 1 || parsed.has('u') && same > 1);
        if wanted {
            let text = if parsed.has('c') { format!("{same:>7} {}\n", lines[at]) } else { format!("{}\n", lines[at]) };
            process.out(&text).await;
        }
        at += same;
    }
    status
}

/// The characters that an argument of `tr` stands for.
fn tr_set(text: &str) -> Vec<char> {
    let mut out = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    let one = |at: &mut usize| {
        let c = chars[*at];
        *at += 1;
        if c != '\\' || *at >= chars.len() {
            return c;
        }
        let c = chars[*at];
        *at += 1;
        match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'v' => '\x0b',
            '0'..='7' => {
                let mut value = c.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    match chars.get(*at).and_then(|c| c.to_digit(8)) {
                        Some(digit) => {
                            value = value * 8 + digit;
                            *at += 1;
                        }
                        None => break,
                    }
                }
                char::from_u32(value).unwrap_or('?')
            }
            c => c,
        }
    };
    while at < chars.len() {
        if chars[at..].starts_with(&['[', ':']) {
            let rest: String = chars[at + 2..].iter().collect();
            if let Some((name, _)) = rest.split_once(":]") {
                out.extend((0..128u8).map(char::from).filter(|&c| crate::shell::pattern::in_class(name, c)));
                at += name.chars().count() + 4;
                continue;
            }
        }
        let low = one(&mut at);
        if chars.get(at) == Some(&'-') && at + 1 < chars.len() {
            at += 1;
            let high = one(&mut at);
            out.extend((low..=high).take(1 << 16));
        } else {
            out.push(low);
        }
    }
    out
}

/// tr -d -s -c -t
pub async fn tr(process: Process) -> i32 {
    let parsed = parse!(
        process,
        args::GNU,
        ('d', "delete", No),
        ('s', "squeeze-repeats", No),
        ('c', "complement", No),
        ('C', "", No),
        ('t', "truncate-set1", No),
    );
    let delete = parsed.has('d');
    let squeeze = parsed.has('s');
    let Some(first) = parsed.operands.first() else {
        process.err("tr: missing operand\nTry 'tr --help' for more information.\n").await;
        return 1;
    };
    if parsed.operands.len() < 2 && !delete && !squeeze {
        let text = format!(
            "tr: missing operand after '{first}'\nTwo strings must be given when translating.\nTry 'tr --help' for more information.\n"
        );
        process.err(&text).await;
        return 1;
    }
    let complement = parsed.has('c') || parsed.has('C');
    let from = tr_set(first);
    let to: Vec<char> = parsed.operands.get(1).map(|text| tr_set(text)).unwrap_or_default();
    let mut last = None;
    loop {
        let bytes = match process.read(0, 1 << 16).await {
            Ok(bytes) if !bytes.is_empty() => bytes,
            _ => return 0,
        };
        let mut out = String::new();
        for c in String::from_utf8_lossy(&bytes).chars() {
            let place = from.iter().position(|&f| f == c);
            let inside = place.is_some() != complement;
            let mut c = c;
            if inside && delete {
                continue;
            }
            if inside && !delete && !to.is_empty() {
                let at = if complement { to.len() - 1 } else { place.unwrap_or(0).min(to.len() - 1) };
                if !(parsed.has('t') && place.is_some_and(|at| at >= to.len())) {
                    c = to[at];
                }
            }
            let squeezed = if to.is_empty() { inside } else { to.contains(&c) };
            if squeeze && squeezed && last == Some(c) {
                continue;
            }
            last = Some(c);
            out.push(c);
        }
        process.out(&out).await;
    }
}

/// wc -l -w -c -m -L
pub async fn wc(process: Process) -> i32 {
    let parsed = parse!(
        process,
        args::GNU,
        ('l', "lines", No),
        ('w', "words", No),
        ('c', "bytes", No),
        ('m', "chars", No),
        ('L', "max-line-length", No),
    );
    let letters: Vec<char> = "lwmcL".chars().filter(|&letter| parsed.has(letter)).collect();
    let letters = if letters.is_empty() { vec!['l', 'w', 'c'] } else { letters };
    let mut rows: Vec<(Vec<usize>, String)> = Vec::new();
    let mut status = 0;
    let (mut piped, mut bytes) = (false, 0);
    for path in or_stdin(&parsed.operands) {
        let Some(mut input) = open(&process, &path).await else {
            status = 1;
            continue;
        };
        piped |= path == "-";
        let mut data = Vec::new();
        loop {
            match input.chunk().await {
                Ok(bytes) if bytes.is_empty() || data.len() > 64 << 20 => break,
                Ok(bytes) => data.extend_from_slice(&bytes),
                Err(errno) => {
                    complain(&process, &path, errno).await;
                    status = 1;
                    break;
                }
            }
        }
        bytes += data.len();
        let text = String::from_utf8_lossy(&data);
        let counts = letters.iter().map(|letter| match letter {
            'l' => data.iter().filter(|&&byte| byte == b'\n').count(),
            'w' => text.split_whitespace().count(),
            'c' => data.len(),
            'm' => text.chars().count(),
            _ => text.lines().map(|line| line.chars().count()).max().unwrap_or(0),
        });
        rows.push((counts.collect(), if parsed.operands.is_empty() { String::new() } else { format!(" {path}") }));
    }
    if rows.len() > 1 {
        let total = (0..letters.len()).map(|at| rows.iter().map(|(counts, _)| counts[at]).sum()).collect();
        rows.push((total, " total".to_owned()));
    }
    // The files' sizes tell how wide a number may get.
    let widest = bytes.to_string().len();
    let width = match (rows.len() == 1 && letters.len() == 1, piped) {
        (true, _) => 1,
        (_, true) => 7,
        _ => widest,
    };
    for (counts, name) in rows {
        let numbers: Vec<String> = counts.iter().map(|count| format!("{count:>width$}")).collect();
        process.out(&format!("{}{name}\n", numbers.join(" "))).await;
    }
    status
}

/// rev
pub async fn rev(process: Process) -> i32 {
    let (lines, status) = all_lines(&process, &process.args()[1..]).await;
    for line in lines {
        process.out(&format!("{}\n", line.chars().rev().collect::<String>())).await;
    }
    status
}

/// tac
pub async fn tac(process: Process) -> i32 {
    let (lines, status) = all_lines(&process, &process.args()[1..]).await;
    for line in lines.iter().rev() {
        process.out(&format!("{line}\n")).await;
    }
    status
}

/// nl -b -w -s
pub async fn nl(process: Process) -> i32 {
    let parsed = parse!(
        process,
        args::GNU,
        ('b', "body-numbering", Value),
        ('w', "number-width", Value),
        ('s', "number-separator", Value)
    );
    let (lines, status) = all_lines(&process, &parsed.operands).await;
    let width = parsed.value('w').and_then(|text| text.parse::<usize>().ok()).unwrap_or(6).min(1000);
    let mark = parsed.value('s').unwrap_or("\t");
    let mut number = 0;
    for line in lines {
        if line.is_empty() && parsed.value('b') != Some("a") {
            process.out(&format!("{}\n", " ".repeat(width + 1))).await;
        } else {
            number += 1;
            process.out(&format!("{number:>width$}{mark}{line}\n")).await;
        }
    }
    status
}

/// paste -d -s
pub async fn paste(process: Process) -> i32 {
    let parsed = parse!(process, args::GNU, ('d', "delimiters", Value), ('s', "serial", No));
    let marks: Vec<char> = tr_set(parsed.value('d').unwrap_or("\t"));
    let mark = |at: usize| if marks.is_empty() { String::new() } else { marks[at % marks.len()].to_string() };
    let mut columns = Vec::new();
    let mut status = 0;
    for path in or_stdin(&parsed.operands) {
        let (lines, trouble) = all_lines(&process, &[path]).await;
        columns.push(lines);
        status |= trouble;
    }
    let join = |cells: Vec<&str>| {
        let mut out = String::new();
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                out.push_str(&mark(at - 1));
            }
            out.push_str(cell);
        }
        out + "\n"
    };
    if parsed.has('s') {
        for lines in &columns {
            process.out(&join(lines.iter().map(String::as_str).collect())).await;
        }
    } else {
        for row in 0..columns.iter().map(Vec::len).max().unwrap_or(0) {
            process.out(&join(columns.iter().map(|lines| lines.get(row).map_or("", String::as_str)).collect())).await;
        }
    }
    status
}

/// tee -a
pub async fn tee(process: Process) -> i32 {
    let parsed = parse!(process, args::GNU, ('a', "append", No), ('i', "ignore-interrupts", No));
    let options = if parsed.has('a') { OpenOptions::APPEND } else { OpenOptions::WRITE };
    let mut files: Vec<Rc<dyn File>> = Vec::new();
    let mut status = 0;
    for path in &parsed.operands {
        match process.open(path, options) {
            Ok(file) => files.push(file),
            Err(errno) => {
                complain(&process, path, errno).await;
                status = 1;
            }
        }
    }
    loop {
        let bytes = process.read(0, 1 << 16).await.unwrap_or_default();
        if bytes.is_empty() {
            return status;
        }
        let _ = process.write(1, &bytes).await;
        for file in &files {
            if process.write_file_object(file, &bytes).await.is_err() {
                status = 1;
            }
        }
    }
}

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

/// base64 -d -w
pub async fn base64(process: Process) -> i32 {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let parsed = parse!(
        process,
        args::GNU,
        ('d', "decode", No),
        ('w', "wrap", Value),
        ('i', "ignore-garbage", No),
        ('«', "help", Maybe)
    );
    let path = parsed.operands.first().map_or("-", String::as_str);
    let read = if path == "-" { process.read_to_end(0).await } else { process.read_file(path).await };
    let data = match read {
        Ok(data) => data,
        Err(errno) => {
            complain(&process, path, errno).await;
            return 1;
        }
    };
    if parsed.has('d') {
        let (mut out, mut bits, mut held, mut bad) = (Vec::new(), 0u32, 0, false);
        for &byte in data.iter().filter(|byte| !byte.is_ascii_whitespace()) {
            if byte == b'=' {
                break;
            }
            match LETTERS.iter().position(|&letter| letter == byte) {
                Some(value) => {
                    bits = bits << 6 | value as u32;
                    held += 6;
                    if held >= 8 {
                        held -= 8;
                        out.push((bits >> held) as u8);
                    }
                }
                None if parsed.has('i') => {}
                None => {
                    bad = true;
                    break;
                }
            }
        }
        bad |= held >= 6;
        let _ = process.write(1, &out).await;
        if bad {
            process.err("base64: invalid input\n").await;
        }
        return i32::from(bad);
    }
    let mut text = String::new();
    for chunk in data.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            text.push(if at <= chunk.len() { char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]) } else { '=' });
        }
    }
    let wrap = parsed.value('w').and_then(|text| text.parse::<usize>().ok()).unwrap_or(76);
    if wrap == 0 {
        process.out(&text).await;
    } else {
        for line in text.as_bytes().chunks(wrap) {
            process.out(&format!("{}\n", String::from_utf8_lossy(line))).await;
        }
    }
    0
}
