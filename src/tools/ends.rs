//! `head` and `tail`

use std::collections::VecDeque;

use super::args::{self, Maybe, No, Value};
use super::input::{Input, complain, open, or_stdin};
use crate::machine::{OpenOptions, Process};
use crate::sim::Duration;

/// `5`, `-5`, `+5`, `2K`
fn count(text: &str) -> Option<(char, usize)> {
    let sign = text.chars().next().filter(|c| matches!(c, '-' | '+')).unwrap_or(' ');
    let digits = text.trim_start_matches(['-', '+']);
    let (digits, unit) = match digits.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1024),
        None => (digits, 1),
    };
    Some((sign, digits.parse::<usize>().ok()?.saturating_mul(unit)))
}

async fn header(process: &Process, parsed: &args::Parsed, path: &str, first: bool, many: bool) {
    if many && !parsed.has('q') || parsed.has('v') {
        let name = if path == "-" { "standard input" } else { path };
        process.out(&format!("{}==> {name} <==\n", if first { "" } else { "\n" })).await;
    }
}

async fn lines(input: &mut Input, process: &Process, path: &str, status: &mut i32) -> Option<Vec<u8>> {
    match input.line().await {
        Ok(line) => line,
        Err(errno) => {
            super::input::complain(process, path, errno).await;
            *status = 1;
            None
        }
    }
}

/// head -n -c -q -v -5
pub async fn head(process: Process) -> i32 {
    let flags = [('n', "lines", Value), ('c', "bytes", Value), ('q', "quiet", No), ('v', "verbose", No), ('0', "", No)];
    let parsed = match args::parse(&process, &flags, args::GNU).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let given = parsed.value('c').or_else(|| parsed.value('n')).unwrap_or("10");
    let Some((sign, most)) = count(given) else {
        let what = if parsed.has('c') { "bytes" } else { "lines" };
        process.err(&format!("head: invalid number of {what}: '{given}'\n")).await;
        return 1;
    };
    let paths = or_stdin(&parsed.operands);
    let mut status = 0;
    for (at, path) in paths.iter().enumerate() {
        let mut input = match Input::open(&process, path) {
            Ok(input) => input,
            Err(errno) => {
                process.err(&format!("head: cannot open '{path}' for reading: {errno}\n")).await;
                status = 1;
                continue;
            }
        };
        header(&process, &parsed, path, at == 0, paths.len() > 1).await;
        if parsed.has('c') {
            let mut left = most;
            let mut held = Vec::new();
            loop {
                let chunk = input.chunk().await.unwrap_or_default();
                if chunk.is_empty() || left == 0 && sign != '-' {
                    break;
                }
                if sign == '-' {
                    held.extend_from_slice(&chunk);
                    continue;
                }
                let n = chunk.len().min(left);
                left -= n;
                let _ = process.write(1, &chunk[..n]).await;
            }
            if sign == '-' {
                let _ = process.write(1, &held[..held.len().saturating_sub(most)]).await;
            }
            continue;
        }
        let mut held = VecDeque::new();
        let mut printed = 0;
        while sign == '-' || printed < most {
            let Some(line) = lines(&mut input, &process, path, &mut status).await else { break };
            if sign != '-' {
                printed += 1;
                let _ = process.write(1, &line).await;
                continue;
            }
            held.push_back(line);
            if held.len() > most
                && let Some(line) = held.pop_front()
            {
                let _ = process.write(1, &line).await;
            }
        }
    }
    status
}

/// tail -n -c -f -F -q -v -5
pub async fn tail(process: Process) -> i32 {
    let flags = [
        ('n', "lines", Value),
        ('c', "bytes", Value),
        ('f', "follow", Maybe),
        ('F', "", No),
        ('q', "quiet", No),
        ('v', "verbose", No),
        ('0', "", No),
        ('s', "sleep-interval", Value),
    ];
    let parsed = match args::parse(&process, &flags, args::GNU).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let given = parsed.value('c').or_else(|| parsed.value('n')).unwrap_or("10");
    let Some((sign, most)) = count(given) else {
        let what = if parsed.has('c') { "bytes" } else { "lines" };
        process.err(&format!("tail: invalid number of {what}: '{given}'\n")).await;
        return 1;
    };
    let paths = or_stdin(&parsed.operands);
    let mut status = 0;
    let mut followed = Vec::new();
    for (at, path) in paths.iter().enumerate() {
        if path != "-"
            && let Err(errno) = process.open(path, OpenOptions::READ)
        {
            process.err(&format!("tail: cannot open '{path}' for reading: {errno}\n")).await;
            status = 1;
            continue;
        }
        let Some(mut input) = open(&process, path).await else { continue };
        header(&process, &parsed, path, at == 0, paths.len() > 1).await;
        if parsed.has('c') {
            let mut all = Vec::new();
            loop {
                match input.chunk().await {
                    Ok(chunk) if !chunk.is_empty() => all.extend_from_slice(&chunk),
                    _ => break,
                }
            }
            let start =
                if sign == '+' { most.saturating_sub(1).min(all.len()) } else { all.len().saturating_sub(most) };
            let _ = process.write(1, &all[start..]).await;
        } else {
            let (mut held, mut number) = (VecDeque::new(), 0);
            loop {
                let line = match input.line().await {
                    Ok(Some(line)) => line,
                    Ok(None) => break,
                    Err(errno) => {
                        complain(&process, path, errno).await;
                        status = 1;
                        break;
                    }
                };
                number += 1;
                if sign == '+' {
                    if number >= most {
                        let _ = process.write(1, &line).await;
                    }
                    continue;
                }
                held.push_back(line);
                if held.len() > most {
                    held.pop_front();
                }
            }
            for line in held {
                let _ = process.write(1, &line).await;
            }
        }
        followed.push(input);
    }
    if !parsed.has('f') && !parsed.has('F') {
        return status;
    }
    loop {
        process.sleep(Duration::from_millis(200)).await;
        for input in &mut followed {
            while let Ok(chunk) = input.chunk().await
                && !chunk.is_empty()
            {
                let _ = process.write(1, &chunk).await;
            }
        }
    }
}
