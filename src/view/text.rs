//! The page's own words, one table a language: `assets/text/*.json`.

use serde::{Deserialize, Serialize};

use crate::collections::SortedMap;

/// A language that the page speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
    /// Japanese.
    Ja,
}

impl Language {
    /// All of them, in the order of the switch.
    pub const ALL: [Language; 3] = [Language::En, Language::Ko, Language::Ja];

    /// `en`, `ko`, `ja`: as in file names and in HTML's `lang`.
    pub fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Ko => "ko",
            Language::Ja => "ja",
        }
    }

    /// What its speakers call it.
    pub fn name(self) -> &'static str {
        match self {
            Language::En => "English",
            Language::Ko => "한국어",
            Language::Ja => "日本語",
        }
    }

    /// The language of a code such as `ko-KR`; `None` for one that the page does not speak.
    pub fn of(code: &str) -> Option<Language> {
        let code = code.get(..2)?;
        Language::ALL.into_iter().find(|language| language.code() == code)
    }

    fn table(self) -> &'static str {
        match self {
            Language::En => include_str!("../../assets/text/en.json"),
            Language::Ko => include_str!("../../assets/text/ko.json"),
            Language::Ja => include_str!("../../assets/text/ja.json"),
        }
    }
}

/// The table of one language.
#[derive(Clone, Debug, PartialEq)]
pub struct Texts {
    language: Language,
    table: SortedMap<String, String>,
}

impl Texts {
    /// Reads the table of `language`.
    pub fn new(language: Language) -> Texts {
        // The tables are part of the program; a test reads each.
        Texts { language, table: serde_json::from_str(language.table()).unwrap_or_default() }
    }

    /// The language of this table.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The text of `key`; the key itself where there is none, which a test rules out.
    pub fn get(&self, key: &str) -> String {
        self.table.get(key).cloned().unwrap_or_else(|| key.to_owned())
    }

    /// The text of `key` with each `{name}` replaced by its value.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        fill(&self.get(key), values)
    }
}

/// Replaces each `{name}` once; values are not looked into.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        out.push_str(before);
        let found = values.iter().find_map(|(name, value)| {
            let tail = after.strip_prefix('{')?.strip_prefix(name)?.strip_prefix('}')?;
            Some((*value, tail))
        });
        let (piece, tail) = found.unwrap_or_else(|| after.split_at(1));
        out.push_str(piece);
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collections::SortedSet;

    fn placeholders(text: &str) -> SortedSet<&str> {
        text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn every_language_has_every_text_with_the_same_placeholders() {
        let english = Texts::new(Language::En);
        assert!(english.table.len() > 40);
        for language in Language::ALL {
            let texts = Texts::new(language);
            let keys = |texts: &Texts| texts.table.keys().cloned().collect::<SortedSet<_>>();
            assert_eq!(keys(&texts), keys(&english), "{language:?}");
            for (key, text) in &texts.table {
                assert_eq!(placeholders(text), placeholders(&english.table[key]), "{language:?} {key}");
                assert!(!text.trim().is_empty(), "{language:?} {key}");
            }
        }
    }

    /// The sources of the page and of its models: what they ask for must be in the tables, and
    /// nothing else may be.
    #[test]
    fn the_tables_hold_what_the_page_asks_for_and_nothing_else() {
        let mut sources = String::new();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for folder in ["ui", "ui/page", "ui/page/app", "view"] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    sources.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
        for key in Texts::new(Language::En).table.keys() {
            assert!(sources.contains(&format!("\"{key}\"")), "nobody says {key}");
        }
        for call in [".get(\"", ".fill(\"", "say(\""] {
            for (at, _) in sources.match_indices(call) {
                let key = sources[at + call.len()..].split('"').next().unwrap();
                let known = Texts::new(Language::En).table.contains_key(key);
                assert!(known || !key.contains('.'), "{key} is in no table");
            }
        }
    }

    #[test]
    fn fills_placeholders_once() {
        let cases =
            [("{a} and {b}", "{b} and 2"), ("{unknown} {a}", "{unknown} {b}"), ("{", "{"), ("가{a}나", "가{b}나")];
        for (text, expected) in cases {
            assert_eq!(fill(text, &[("a", "{b}"), ("b", "2")]), expected);
        }
    }

    #[test]
    fn knows_languages_by_their_codes() {
        assert_eq!(Language::of("ko-KR"), Some(Language::Ko));
        assert_eq!(Language::of("fr"), None);
        assert_eq!(Language::of("é"), None);
    }
}
