//! `cat`

use super::args::{self, No};
use super::input::{complain, open, or_stdin};
use crate::machine::Process;

/// cat -n -b -s -A -E
pub async fn run(process: Process) -> i32 {
    let flags = [
        ('n', "number", No),
        ('b', "number-nonblank", No),
        ('s', "squeeze-blank", No),
        ('A', "show-all", No),
        ('E', "show-ends", No),
        ('T', "show-tabs", No),
        ('v', "show-nonprinting", No),
        ('e', "", No),
        ('u', "", No),
    ];
    let parsed = match args::parse(&process, &flags, args::GNU).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let (ends, tabs) = (parsed.has('E') || parsed.has('A') || parsed.has('e'), parsed.has('T') || parsed.has('A'));
    let plain = parsed.options.is_empty();
    let (mut status, mut number, mut blank_before) = (0, 0, false);
    for path in or_stdin(&parsed.operands) {
        let Some(mut input) = open(&process, &path).await else {
            status = 1;
            continue;
        };
        loop {
            let read = if plain {
                input.chunk().await.map(|bytes| (!bytes.is_empty()).then_some(bytes))
            } else {
                input.line().await
            };
            let mut bytes = match read {
                Ok(Some(bytes)) => bytes,
                Ok(None) => break,
                Err(errno) => {
                    complain(&process, &path, errno).await;
                    status = 1;
                    break;
                }
            };
            if !plain {
                let blank = bytes == b"\n";
                if parsed.has('s') && blank && blank_before {
                    continue;
                }
                blank_before = blank;
                if tabs {
                    bytes = String::from_utf8_lossy(&bytes).replace('\t', "^I").into_bytes();
                }
                if ends && bytes.last() == Some(&b'\n') {
                    bytes.pop();
                    bytes.extend_from_slice(b"$\n");
                }
                if parsed.has('n') || parsed.has('b') && !blank {
                    number += 1;
                    bytes.splice(0..0, format!("{number:>6}\t").into_bytes());
                }
            }
            if let Err(errno) = process.write(1, &bytes).await {
                process.err(&format!("cat: write error: {errno}\n")).await;
                return 1;
            }
        }
    }
    status
}
