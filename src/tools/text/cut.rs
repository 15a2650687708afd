//! `cut`.

use crate::machine::Process;
use crate::tools::args::{self, No, Value, arguments};
use crate::tools::input::{self, complain, open, or_stdin};

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
    let parsed = arguments!(
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
