//! `od`: bytes as numbers and characters.

use crate::machine::Process;
use crate::tools::args::{self, No, Value, arguments};
use crate::tools::input::{complain, or_stdin};

const NAMES: [&str; 14] =
    ["\\0", "001", "002", "003", "004", "005", "006", "\\a", "\\b", "\\t", "\\n", "\\v", "\\f", "\\r"];

/// od -c -x -b -An -t (c x1 o1 d1 u1 a)
pub async fn od(process: Process) -> i32 {
    let parsed = arguments!(
        process,
        args::GNU,
        ('c', "", No),
        ('x', "", No),
        ('b', "", No),
        ('v', "output-duplicates", No),
        ('A', "address-radix", Value),
        ('t', "format", Value),
        ('N', "read-bytes", Value),
        ('w', "width", Value)
    );
    let format = match parsed.value('t') {
        Some(named @ ("c" | "x1" | "o1" | "d1" | "u1" | "x2" | "o2")) => named,
        Some(other) => {
            process.err(&format!("od: format '{other}' is not simulated; c, x1, o1, d1, u1, x2 and o2 are\n")).await;
            return 1;
        }
        None if parsed.has('c') => "c",
        None if parsed.has('b') => "o1",
        None if parsed.has('x') => "x2",
        None => "o2",
    };
    let mut bytes = Vec::new();
    for path in or_stdin(&parsed.operands) {
        let read = if path == "-" { process.read_to_end(0).await } else { process.read_file(&path).await };
        match read {
            Ok(more) => bytes.extend(more),
            Err(errno) => {
                complain(&process, &path, errno).await;
                return 1;
            }
        }
    }
    if let Some(Ok(most)) = parsed.value('N').map(str::parse::<usize>) {
        bytes.truncate(most);
    }
    let address = |at: usize| match parsed.value('A') {
        Some("n") => String::new(),
        Some("d") => format!("{at:07}"),
        Some("x") => format!("{at:06x}"),
        _ => format!("{at:07o}"),
    };
    let mut out = String::new();
    let mut before: Option<&[u8]> = None;
    let mut starred = false;
    for (number, row) in bytes.chunks(16).enumerate() {
        if before == Some(row) && !parsed.has('v') && row.len() == 16 {
            if !starred {
                out.push_str("*\n");
            }
            starred = true;
            continue;
        }
        (before, starred) = (Some(row), false);
        out.push_str(&address(number * 16));
        let pairs = row.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]));
        match format {
            "x2" => pairs.for_each(|pair| out.push_str(&format!(" {pair:04x}"))),
            "o2" => pairs.for_each(|pair| out.push_str(&format!(" {pair:06o}"))),
            _ => row.iter().for_each(|byte| {
                out.push_str(&match format {
                    "x1" => format!(" {byte:02x}"),
                    "o1" => format!(" {byte:03o}"),
                    "d1" => format!(" {:>4}", *byte as i8),
                    "u1" => format!(" {byte:>3}"),
                    _ => match (NAMES.get(usize::from(*byte)), *byte) {
                        (Some(name), _) => format!(" {name:>3}"),
                        (None, 0x20..=0x7e) => format!("   {}", *byte as char),
                        (None, byte) => format!(" {byte:03o}"),
                    },
                });
            }),
        }
        out.push('\n');
    }
    if parsed.value('A') != Some("n") {
        out.push_str(&address(bytes.len()));
        out.push('\n');
    }
    process.out(&out).await;
    0
}
