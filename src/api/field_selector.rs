//! Field selectors: what `--field-selector` takes.
//!
//! Models apimachinery/pkg/fields/selector.go. Which fields a kind knows is the API server's
//! matter (`apiserver::fields`).

use std::fmt;

/// Terms that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    /// The terms, as given.
    pub terms: Vec<Term>,
}

/// `status.phase!=Running`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// `status.phase`.
    pub field: String,
    /// Whether the value must differ.
    pub negated: bool,
    /// `Running`.
    pub value: String,
}

impl FieldSelector {
    /// Reads `a=b,c!=d`. The error is the API server's.
    pub fn parse(text: &str) -> Result<FieldSelector, String> {
        let mut terms = Vec::new();
        for part in split_terms(text).into_iter().filter(|part| !part.is_empty()) {
            let wrong = || format!("invalid selector: '{text}'; can't understand '{part}'");
            let (field, negated, value) = split_term(&part).ok_or_else(wrong)?;
            terms.push(Term { field: field.to_owned(), negated, value: unescape(value)? });
        }
        Ok(FieldSelector { terms })
    }

    /// Whether nothing is asked.
    pub fn is_everything(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether every term holds; `field` gives the value of a field, empty where there is none.
    pub fn matches(&self, field: impl Fn(&str) -> String) -> bool {
        self.terms.iter().all(|term| (field(&term.field) == term.value) != term.negated)
    }
}

impl fmt::Display for FieldSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, term) in self.terms.iter().enumerate() {
            let (comma, sign) = (if at > 0 { "," } else { "" }, if term.negated { "!=" } else { "=" });
            let value = term.value.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=");
            write!(f, "{comma}{}{sign}{value}", term.field)?;
        }
        Ok(())
    }
}

/// Splits at commas that no backslash precedes.
fn split_terms(text: &str) -> Vec<String> {
    let mut terms = vec![String::new()];
    let mut escaped = false;
    for letter in text.chars() {
        match letter {
            ',' if !escaped => {
                terms.push(String::new());
                continue;
            }
            _ => escaped = letter == '\\' && !escaped,
        }
        if let Some(term) = terms.last_mut() {
            term.push(letter);
        }
    }
    terms
}

/// The first operator splits the term, so that a value may hold others.
fn split_term(term: &str) -> Option<(&str, bool, &str)> {
    for (at, _) in term.char_indices() {
        for (operator, negated) in [("!=", true), ("==", false), ("=", false)] {
            if let Some(value) = term[at..].strip_prefix(operator) {
                return Some((&term[..at], negated, value));
            }
        }
    }
    None
}

fn unescape(value: &str) -> Result<String, String> {
    let mut plain = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(escaped @ ('\\' | ',' | '=')) => plain.push(escaped),
                other => {
                    let sequence: String = std::iter::once('\\').chain(other).collect();
                    return Err(format!("invalid field selector: invalid escape sequence: {sequence}"));
                }
            },
            ',' | '=' => return Err(format!("invalid field selector: unescaped character in value: {letter}")),
            _ => plain.push(letter),
        }
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints() {
        for (given, printed) in [
            ("status.phase=Running", "status.phase=Running"),
            ("a==b,,c!=d", "a=b,c!=d"),
            ("a=b\\,c", "a=b\\,c"),
            ("", ""),
            ("a=", "a="),
        ] {
            assert_eq!(FieldSelector::parse(given).unwrap().to_string(), printed);
        }
        assert_eq!(
            FieldSelector::parse("metadata.name").unwrap_err(),
            "invalid selector: 'metadata.name'; can't understand 'metadata.name'"
        );
    }

    #[test]
    fn matches() {
        let phase = |field: &str| if field == "status.phase" { "Running".to_owned() } else { String::new() };
        for (selector, matches) in
            [("status.phase=Running", true), ("status.phase!=Running", false), ("spec.nodeName=", true), ("", true)]
        {
            assert_eq!(FieldSelector::parse(selector).unwrap().matches(phase), matches, "{selector}");
        }
    }
}
