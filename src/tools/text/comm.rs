//! `comm`: what two sorted files have in common.

use std::cmp::Ordering;

use crate::machine::Process;
use crate::tools::args::{self, No, arguments};
use crate::tools::input::{complain, text};

/// comm -1 -2 -3
pub async fn comm(process: Process) -> i32 {
    let parsed = arguments!(process, args::GNU, ('1', "", No), ('2', "", No), ('3', "", No));
    let [first, second] = parsed.operands.as_slice() else {
        let fault = match parsed.operands.last() {
            None => "missing operand".to_owned(),
            Some(last) if parsed.operands.len() < 2 => format!("missing operand after '{last}'"),
            Some(_) => format!("extra operand '{}'", parsed.operands[2]),
        };
        process.err(&format!("comm: {fault}\nTry 'comm --help' for more information.\n")).await;
        return 1;
    };
    let mut files = Vec::new();
    for path in [first, second] {
        let read = if path == "-" { process.read_to_end(0).await } else { process.read_file(path).await };
        match read {
            Ok(bytes) => files.push(text(&bytes)),
            Err(errno) => {
                complain(&process, path, errno).await;
                return 1;
            }
        }
    }
    let lines = |text: &str| -> Vec<String> {
        if text.is_empty() { Vec::new() } else { text.split('\n').map(str::to_owned).collect() }
    };
    let (left, right) = (lines(&files[0]), lines(&files[1]));
    let (mut i, mut j) = (0, 0);
    let mut out = String::new();
    while i < left.len() || j < right.len() {
        let order = match (left.get(i), right.get(j)) {
            (Some(a), Some(b)) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            _ => Ordering::Greater,
        };
        let (column, line) = match order {
            Ordering::Less => ('1', &left[i]),
            Ordering::Greater => ('2', &right[j]),
            Ordering::Equal => ('3', &left[i]),
        };
        i += usize::from(order.is_le());
        j += usize::from(order.is_ge());
        if parsed.has(column) {
            continue;
        }
        let before = ('1'..column).filter(|before| !parsed.has(*before)).count();
        out.push_str(&"\t".repeat(before));
        out.push_str(line);
        out.push('\n');
    }
    process.out(&out).await;
    0
}
