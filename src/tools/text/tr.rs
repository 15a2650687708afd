//! `tr`.

use crate::machine::Process;
use crate::tools::args::{self, No, arguments};

/// The characters that an argument of `tr` stands for.
pub(super) fn tr_set(text: &str) -> Vec<char> {
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
    let parsed = arguments!(
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
