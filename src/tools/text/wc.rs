//! `wc`.

use crate::machine::Process;
use crate::tools::args::{self, No, arguments};
use crate::tools::input::{complain, open, or_stdin};

/// wc -l -w -c -m -L
pub async fn wc(process: Process) -> i32 {
    let parsed = arguments!(
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
