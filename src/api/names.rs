//! Names, uids and hashes in the alphabets and lengths that Kubernetes uses.

use crate::sim::Rng;

/// The letters of generated names: no vowels, so that no word comes out by chance, and no
/// digits that look like letters. Models apimachinery/pkg/util/rand.
const SAFE: &str = "bcdfghjklmnpqrstvwxz2456789";

/// The longest that a generated name may be before its suffix is added.
const MAX_GENERATED_PREFIX: usize = 63 - 5;

/// `base` followed by five random letters. Models apiserver/pkg/storage/names SimpleNameGenerator.
pub fn generate(base: &str, rng: &mut Rng) -> String {
    let cut = base.char_indices().map(|(at, _)| at).find(|&at| at >= MAX_GENERATED_PREFIX).unwrap_or(base.len());
    format!("{}{}", &base[..cut], rng.text(SAFE, 5))
}

/// A random (version 4) uid.
pub fn uid(rng: &mut Rng) -> String {
    let (high, low) = (rng.bits(), rng.bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0x0fff,
        0x8000 | low >> 48 & 0x3fff,
        low & 0xffff_ffff_ffff
    )
}

/// A 32-bit hash spelled in the safe alphabet, as `pod-template-hash` is. Models
/// apimachinery/pkg/util/rand SafeEncodeString over the decimal digits of an FNV-1a hash.
pub fn safe_encode(hash: u32) -> String {
    let letters = SAFE.as_bytes();
    hash.to_string().bytes().map(|digit| char::from(letters[usize::from(digit) % letters.len()])).collect()
}

/// 32-bit FNV-1a, which Kubernetes uses for template hashes.
pub fn fnv32a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// 32-bit FNV-1, which Kubernetes uses for the names of ControllerRevisions.
pub fn fnv32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5_u32, |hash, &byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let mut rng = Rng::new(1);
        let name = generate("web-5bc7474869-", &mut rng);
        assert_eq!((name.len(), &name[..15]), (20, "web-5bc7474869-"));
        assert_eq!(generate(&"x".repeat(90), &mut rng).len(), 63);
        let uid = uid(&mut rng);
        assert_eq!((uid.len(), &uid[14..15]), (36, "4"));
        // Each digit's own byte modulo 27 picks the letter, as upstream does.
        assert_eq!(safe_encode(0), "4");
        assert_eq!(fnv32a(b""), 0x811c_9dc5);
    }
}
