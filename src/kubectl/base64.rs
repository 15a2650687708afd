//! Base64 with padding, for Secrets.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes bytes.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let three = chunk.iter().fold(0_u32, |all, &byte| all << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(three >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

/// Decodes text; the error is Go's.
pub fn decode(text: &str) -> Result<Vec<u8>, String> {
    let bytes: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let corrupt = |at: usize| format!("illegal base64 data at input byte {at}");
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    for (group, chunk) in bytes.chunks(4).enumerate() {
        let mut all = 0_u32;
        let mut letters = 0;
        for (at, &byte) in chunk.iter().enumerate() {
            if byte == b'=' && at >= 2 {
                break;
            }
            let digit = LETTERS.iter().position(|&letter| letter == byte).ok_or_else(|| corrupt(group * 4 + at))?;
            all = all << 6 | digit as u32;
            letters += 1;
        }
        if chunk.len() < 4 || letters < 2 {
            return Err(corrupt(group * 4 + chunk.len()));
        }
        all <<= 6 * (4 - letters);
        out.extend_from_slice(&all.to_be_bytes()[1..letters]);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    #[test]
    fn round_trip() {
        for text in ["", "a", "ab", "abc", "s3cr3t"] {
            assert_eq!(super::decode(&super::encode(text.as_bytes())).unwrap(), text.as_bytes());
        }
        assert_eq!(super::encode(b"admin"), "YWRtaW4=");
        assert_eq!(super::decode("a*==").unwrap_err(), "illegal base64 data at input byte 1");
    }
}
