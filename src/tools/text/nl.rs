//! Lines as they are: `rev`, `tac`, `nl`.

use crate::machine::Process;
use crate::tools::args::{self, Value, arguments};
use crate::tools::input::all_lines;

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
    let parsed = arguments!(
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
