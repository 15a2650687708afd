//! Base64 as JSON carries bytes in it: Secrets' `data`, certificates.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes, with padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().enumerate().fold(0_u32, |group, (at, &byte)| group | u32::from(byte) << (16 - 8 * at));
        for at in 0..4 {
            match at <= chunk.len() {
                true => text.push(char::from(LETTERS[(group >> (18 - 6 * at) & 63) as usize])),
                false => text.push('='),
            }
        }
    }
    text
}

/// Decodes; line ends are passed over, as Go does. The error is the place of the first wrong byte.
pub fn decode(text: &str) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut group, mut filled, mut padding) = (0_u32, 0, 0);
    for (at, letter) in text.bytes().enumerate() {
        if matches!(letter, b'\r' | b'\n') {
            continue;
        }
        if letter == b'=' && filled >= 2 && filled + padding < 4 {
            padding += 1;
            continue;
        }
        let value = LETTERS.iter().position(|&known| known == letter).filter(|_| padding == 0).ok_or(at)?;
        group = group << 6 | u32::try_from(value).unwrap_or(0);
        filled += 1;
        if filled == 4 {
            bytes.extend_from_slice(&group.to_be_bytes()[1..]);
            (group, filled) = (0, 0);
        }
    }
    match (filled, padding) {
        (0, 0) => {}
        (2, 2) => bytes.push((group >> 4) as u8),
        (3, 1) => bytes.extend_from_slice(&((group >> 2) as u16).to_be_bytes()),
        _ => return Err(text.len()),
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        for (plain, coded) in [("", ""), ("b", "Yg=="), ("bc", "YmM="), ("bcd", "YmNk"), ("hello\n", "aGVsbG8K")] {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded).unwrap(), plain.as_bytes());
        }
        assert_eq!(decode("YmNk!"), Err(4));
        assert_eq!(decode("Yg="), Err(3));
        assert_eq!(decode("Y"), Err(1));
    }
}
