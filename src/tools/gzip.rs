//! `gzip`, `gunzip`, `zcat`, and what tar's `-z` needs.
//!
//! Models RFC 1951 and 1952. Diverges: what is written is stored in blocks and not made smaller; everything that
//! follows the format can be read.

use super::args::{self, No, arguments, short_name};
use super::input::or_stdin;
use crate::machine::Process;

/// No more is unpacked.
const MAX: usize = 64 << 20;

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |mut crc, byte| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
        crc
    })
}

/// Bytes as a gzip file.
pub fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    let mut chunks = bytes.chunks(0xffff).peekable();
    if chunks.peek().is_none() {
        out.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(chunk) = chunks.next() {
        out.push(u8::from(chunks.peek().is_none()));
        out.extend((chunk.len() as u16).to_le_bytes());
        out.extend((!(chunk.len() as u16)).to_le_bytes());
        out.extend(chunk);
    }
    out.extend(crc(bytes).to_le_bytes());
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

/// Whether bytes begin as a gzip file does.
pub fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// The contents of a gzip file.
pub fn unpack(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    const SHORT: &str = "unexpected end of file";
    if !is_packed(bytes) {
        return Err("not in gzip format");
    }
    let flags = *bytes.get(3).ok_or(SHORT)?;
    let mut at = 10;
    if flags & 4 != 0 {
        let length = bytes.get(at..at + 2).ok_or(SHORT)?;
        at += 2 + usize::from(u16::from_le_bytes([length[0], length[1]]));
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            let rest = bytes.get(at..).ok_or(SHORT)?;
            at += rest.iter().position(|byte| *byte == 0).ok_or(SHORT)? + 1;
        }
    }
    at += if flags & 2 != 0 { 2 } else { 0 };
    let mut bits = Bits { bytes: bytes.get(at..).ok_or(SHORT)?, at: 0, bit: 0 };
    let out = inflate(&mut bits).ok_or("invalid compressed data--format violated")?;
    let end = bits.at + usize::from(bits.bit > 0);
    let sum = bits.bytes.get(end..end + 4).ok_or(SHORT)?;
    if sum != crc(&out).to_le_bytes() {
        return Err("invalid compressed data--crc error");
    }
    Ok(out)
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    bit: u8,
}

impl Bits<'_> {
    fn one(&mut self) -> Option<u32> {
        let bit = self.bytes.get(self.at)? >> self.bit & 1;
        self.bit = (self.bit + 1) % 8;
        self.at += usize::from(self.bit == 0);
        Some(u32::from(bit))
    }

    fn take(&mut self, count: u8) -> Option<u32> {
        (0..count).try_fold(0, |all, at| Some(all | self.one()? << at))
    }
}

/// A code: how many symbols have each length, and the symbols in their order.
struct Code {
    counts: [u16; 16],
    symbols: Vec<u16>,
}

impl Code {
    fn new(lengths: &[u8]) -> Code {
        let mut counts = [0; 16];
        lengths.iter().for_each(|length| counts[usize::from(*length & 15)] += 1);
        counts[0] = 0;
        let mut symbols = Vec::new();
        for wanted in 1..16 {
            let having = lengths.iter().enumerate().filter(|(_, length)| **length == wanted);
            symbols.extend(having.map(|(symbol, _)| symbol as u16));
        }
        Code { counts, symbols }
    }

    fn symbol(&self, bits: &mut Bits) -> Option<u16> {
        let (mut code, mut first, mut index) = (0i32, 0i32, 0i32);
        for length in 1..16 {
            code |= bits.one()? as i32;
            let count = i32::from(self.counts[length]);
            if code - count < first {
                return self.symbols.get((index + code - first) as usize).copied();
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

fn inflate(bits: &mut Bits) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let last = bits.one()?;
        match bits.take(2)? {
            0 => {
                if bits.bit > 0 {
                    (bits.at, bits.bit) = (bits.at + 1, 0);
                }
                let length = usize::from(u16::from_le_bytes(bits.bytes.get(bits.at..bits.at + 2)?.try_into().ok()?));
                bits.at += 4;
                out.extend(bits.bytes.get(bits.at..bits.at + length)?);
                bits.at += length;
            }
            1 => {
                let mut lengths = [8u8; 288];
                lengths[144..256].fill(9);
                lengths[256..280].fill(7);
                block(bits, &Code::new(&lengths), &Code::new(&[5; 30]), &mut out)?;
            }
            2 => {
                let (literals, distances) = (bits.take(5)? as usize + 257, bits.take(5)? as usize + 1);
                let count = bits.take(4)? as usize + 4;
                let mut lengths = [0u8; 19];
                for place in &ORDER[..count.min(19)] {
                    lengths[*place] = bits.take(3)? as u8;
                }
                let code = Code::new(&lengths);
                let mut lengths = Vec::new();
                while lengths.len() < literals + distances {
                    let (length, times) = match code.symbol(bits)? {
                        16 => (*lengths.last()?, 3 + bits.take(2)?),
                        17 => (0, 3 + bits.take(3)?),
                        18 => (0, 11 + bits.take(7)?),
                        length => (length as u8, 1),
                    };
                    lengths.extend((0..times).map(|_| length));
                }
                let (literal, distance) = lengths.split_at_checked(literals)?;
                block(bits, &Code::new(literal), &Code::new(distance.get(..distances)?), &mut out)?;
            }
            _ => return None,
        }
        if out.len() > MAX {
            return None;
        }
        if last == 1 {
            return Some(out);
        }
    }
}

fn block(bits: &mut Bits, literals: &Code, distances: &Code, out: &mut Vec<u8>) -> Option<()> {
    loop {
        let symbol = literals.symbol(bits)?;
        match symbol {
            0..=255 => out.push(symbol as u8),
            256 => return Some(()),
            285 => copy(bits, 258, distances, out)?,
            257..=284 => {
                let at = u32::from(symbol - 257);
                let extra = if at < 8 { 0 } else { at / 4 - 1 };
                let base = if at < 8 { at + 3 } else { ((4 + at % 4) << extra) + 3 };
                let length = base + bits.take(extra as u8)?;
                copy(bits, length as usize, distances, out)?;
            }
            _ => return None,
        }
        if out.len() > MAX {
            return None;
        }
    }
}

fn copy(bits: &mut Bits, length: usize, distances: &Code, out: &mut Vec<u8>) -> Option<()> {
    let at = u32::from(distances.symbol(bits)?);
    if at > 29 {
        return None;
    }
    let extra = if at < 4 { 0 } else { at / 2 - 1 };
    let base = if at < 4 { at + 1 } else { ((2 + at % 2) << extra) + 1 };
    let from = out.len().checked_sub((base + bits.take(extra as u8)?) as usize)?;
    (0..length).for_each(|at| out.push(out[from + at]));
    Some(())
}

/// gzip, gunzip, zcat -d -c -k -f -1 … -9
pub async fn run(process: Process) -> i32 {
    let name = short_name(&process.args());
    let parsed = arguments!(
        process,
        args::GNU,
        ('d', "decompress", No),
        ('c', "stdout", No),
        ('k', "keep", No),
        ('f', "force", No),
        ('n', "no-name", No),
        ('q', "quiet", No),
        ('1', "fast", No),
        ('6', "", No),
        ('9', "best", No)
    );
    let back = parsed.has('d') || name != "gzip";
    let mut status = 0;
    for path in or_stdin(&parsed.operands) {
        let read = if path == "-" { process.read_to_end(0).await } else { process.read_file(&path).await };
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(errno) => {
                process.err(&format!("gzip: {path}: {errno}\n")).await;
                status = 1;
                continue;
            }
        };
        let shown = if path == "-" { "stdin" } else { path.as_str() };
        let made = if back { unpack(&bytes) } else { Ok(pack(&bytes)) };
        let made = match made {
            Ok(made) => made,
            Err(why) => {
                process.err(&format!("\ngzip: {shown}: {why}\n")).await;
                status = 1;
                continue;
            }
        };
        if path == "-" || parsed.has('c') || name == "zcat" {
            let _ = process.write(1, &made).await;
            continue;
        }
        let to = match (back, path.strip_suffix(".gz").or(path.strip_suffix(".tgz"))) {
            (false, _) => format!("{path}.gz"),
            (true, Some(stem)) => {
                if path.ends_with(".tgz") {
                    format!("{stem}.tar")
                } else {
                    stem.to_owned()
                }
            }
            (true, None) => {
                process.err(&format!("gzip: {path}: unknown suffix -- ignored\n")).await;
                status = 2;
                continue;
            }
        };
        if let Err(errno) = process.write_file(&to, &made).await {
            process.err(&format!("gzip: {to}: {errno}\n")).await;
            status = 1;
        } else if !parsed.has('k') {
            let _ = process.machine().files().unlink(&process.cwd(), &path);
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        for bytes in [&b""[..], b"hello", &[7; 70_000]] {
            assert_eq!(unpack(&pack(bytes)).as_deref(), Ok(bytes));
        }
        // With the codes of the format, and with codes of its own.
        let fixed = [
            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0x2b, 0xc9, 0x48, 0x55, 0x28, 0x2c, 0xcd, 0x4c,
            0xce, 0x56, 0x48, 0x2a, 0xca, 0x2f, 0xcf, 0x53, 0x48, 0xcb, 0xaf, 0xb0, 0x56, 0x28, 0x41, 0x13, 0x4c, 0xc9,
            0x4f, 0xc7, 0x14, 0x04, 0xaa, 0x04, 0x00, 0x6d, 0xb4, 0x67, 0x55, 0x3d, 0x00, 0x00, 0x00,
        ];
        assert_eq!(
            unpack(&fixed).as_deref(),
            Ok(&b"the quick brown fox; the quick brown dog; the quick brown fox"[..])
        );
        let own = [
            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0x15, 0x90, 0xd1, 0x15, 0x43, 0x31, 0x08, 0x42,
            0xff, 0x99, 0xc2, 0x11, 0x22, 0x1a, 0x13, 0xc7, 0x69, 0xfb, 0xda, 0xfd, 0x47, 0x28, 0x7e, 0xe5, 0xe4, 0x08,
            0xc8, 0x75, 0xd9, 0x82, 0x9b, 0x23, 0x8d, 0x68, 0x0b, 0x78, 0x59, 0x82, 0xdb, 0x36, 0xa2, 0xac, 0x90, 0x6d,
            0x07, 0x95, 0x76, 0x71, 0xdd, 0x1a, 0xbe, 0x96, 0xbd, 0xe0, 0x74, 0x7b, 0xc3, 0x33, 0xed, 0x23, 0x7d, 0xdb,
            0x03, 0xef, 0xb2, 0x2f, 0x28, 0xdf, 0x4f, 0xe6, 0x32, 0x5f, 0xe0, 0x6d, 0x73, 0x47, 0x30, 0xcd, 0xa9, 0x30,
            0x2d, 0x09, 0xa4, 0xfc, 0x9e, 0xc8, 0xd4, 0x6f, 0x23, 0xaf, 0x66, 0x85, 0x4d, 0x29, 0x0f, 0xf6, 0x91, 0xef,
            0xa2, 0x14, 0xe2, 0x8d, 0x9a, 0xdf, 0x0b, 0x67, 0x66, 0x6f, 0x9c, 0x51, 0x7e, 0x70, 0xc7, 0xf7, 0xa0, 0x27,
            0xe5, 0x8b, 0x9e, 0xcc, 0x9f, 0x3a, 0x69, 0x05, 0x45, 0xb1, 0xb4, 0x91, 0x0e, 0x77, 0x15, 0x20, 0xd5, 0x52,
            0x49, 0x14, 0x11, 0x55, 0x8e, 0x09, 0x0f, 0x55, 0xe5, 0x9e, 0xde, 0xd2, 0x17, 0x7c, 0x0b, 0x83, 0x47, 0x04,
            0x8a, 0xe3, 0xd5, 0x2b, 0x44, 0x8a, 0xf1, 0x88, 0x97, 0xa2, 0xbc, 0x82, 0xa7, 0x38, 0x5b, 0x97, 0xe0, 0x07,
            0x5c, 0x93, 0xf7, 0x80, 0xae, 0x1b, 0x71, 0x68, 0x97, 0xe6, 0xe2, 0x8d, 0x95, 0x16, 0x02, 0xce, 0xe5, 0x16,
            0x2e, 0x7e, 0xe5, 0x05, 0xc1, 0x9a, 0x7f, 0x80, 0x67, 0xe6, 0x3a, 0xea, 0x95, 0x3e, 0x36, 0xd8, 0xf2, 0x47,
            0x21, 0x26, 0x2f, 0x0e, 0x42, 0xc5, 0x2c, 0xee, 0x5c, 0x4a, 0xf3, 0x46, 0x84, 0xf6, 0xc7, 0x0b, 0x91, 0xea,
            0x13, 0x6f, 0xfc, 0x01, 0xeb, 0xd6, 0xca, 0x7d, 0xa2, 0x01, 0x00, 0x00,
        ];
        let text: String = (0..60).map(|at| format!("{} {at:x}\n", at * at)).collect();
        assert_eq!(unpack(&own).as_deref(), Ok(text.as_bytes()));
        for at in 10..own.len() {
            let mut broken = own;
            broken[at] ^= 0x55;
            // Some bits say nothing; those that do are missed.
            assert!(unpack(&broken).is_ok_and(|same| same == text.as_bytes()) || unpack(&broken).is_err(), "byte {at}");
        }
        for end in 0..30 {
            assert!(unpack(&pack(b"hello")[..end.min(22)]).is_err());
        }
    }
}
