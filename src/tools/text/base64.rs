//! `base64`.

use crate::machine::Process;
use crate::tools::args::{self, Maybe, No, Value, arguments};
use crate::tools::input::complain;

/// base64 -d -w
pub async fn base64(process: Process) -> i32 {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let parsed = arguments!(
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
