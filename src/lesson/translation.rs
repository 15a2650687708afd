//! Translations: `text.ko.md` beside `text.md`, begun by the hash of the source that it was made from.
//!
//! The first line is `<!-- source: 1a2b3c4d -->`. When the source changes, the hash no longer fits and
//! `drydock lesson check` calls the translation stale; `drydock lesson stamp` writes the hash anew, which is
//! a translator's word that the translation was looked through.

/// The language of the files without a language in their name.
pub const SOURCE_LANGUAGE: &str = "en";

/// The hash of a source text, eight hexadecimal digits: FNV-1a over its lines without trailing spaces.
pub fn hash(source: &str) -> String {
    let mut hash: u32 = 0x811c_9dc5;
    for line in body(source).trim().lines() {
        for byte in line.trim_end().bytes().chain([b'\n']) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    format!("{hash:08x}")
}

/// The hash that a translation says it was made from.
pub(super) fn stated(translation: &str) -> Option<&str> {
    let stated = translation.lines().next()?.trim().strip_prefix("<!-- source:")?.strip_suffix("-->")?.trim();
    (stated.len() == 8 && stated.chars().all(|c| c.is_ascii_hexdigit())).then_some(stated)
}

/// A text without the line that states a hash.
pub(super) fn body(text: &str) -> &str {
    match stated(text) {
        Some(_) => text.split_once('\n').map_or("", |(_, rest)| rest),
        None => text,
    }
}

/// A translation that states `source` as what it was made from.
pub fn stamped(translation: &str, source: &str) -> String {
    format!("<!-- source: {} -->\n{}", hash(source), body(translation))
}

/// The name of a file's translation: `step1/text.md` becomes `step1/text.ko.md`.
pub(super) fn translated(file: &str, language: &str) -> String {
    match file.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{language}.{extension}"),
        None => format!("{file}.{language}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps() {
        assert_eq!(hash("a  \r\nb\n\n"), hash("a\nb"));
        assert_ne!(hash("a b"), hash("ab"));
        let text = stamped("번역\n", "source");
        assert_eq!(stated(&text), Some(hash("source").as_str()));
        assert_eq!(body(&text), "번역\n");
        assert_eq!(stamped(&text, "source"), text);
        assert_eq!(stated("<!-- a comment -->"), None);
        assert_eq!(translated("a/text.md", "ko"), "a/text.ko.md");
    }
}
