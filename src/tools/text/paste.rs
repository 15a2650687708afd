//! `paste`.

use super::tr::tr_set;
use crate::machine::Process;
use crate::tools::args::{self, No, Value, arguments};
use crate::tools::input::{all_lines, or_stdin};

/// paste -d -s
pub async fn paste(process: Process) -> i32 {
    let parsed = arguments!(process, args::GNU, ('d', "delimiters", Value), ('s', "serial", No));
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
