//! What a failing check says: `missing: id values` lines, and the texts of `missing.md` for them.
//!
//! `missing.md` is a list of `- id: what is missing, and which command shows it`, where `{1}`, `{2}` … stand
//! for the values. It is translated as any other text.

use super::document::{Block, Code, Document, Inline};
use crate::collections::SortedMap;

/// As much of a check's output as is looked at.
const MAX_OUTPUT: usize = 16 * 1024;

/// The texts of one step's `missing.md`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MissingTexts {
    texts: SortedMap<String, Vec<Block>>,
}

/// One thing that a failing check found.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// A thing with a text.
    Text(Vec<Block>),
    /// A line of the check's own output, for which there is no text.
    Line(String),
}

impl MissingTexts {
    /// Reads `missing.md`; the second part says what is wrong with it.
    pub(super) fn parse(markdown: &str) -> (MissingTexts, Vec<String>) {
        let document = Document::parse(markdown);
        let mut problems = document.problems;
        let mut texts = SortedMap::new();
        for block in document.blocks {
            let Block::List { items, .. } = block else {
                problems.push("it should be one list of `- id: text`".to_owned());
                continue;
            };
            for mut item in items {
                let Some(id) = take_id(&mut item) else {
                    problems.push("an item does not begin with `id: `".to_owned());
                    continue;
                };
                if texts.insert(id.clone(), item).is_some() {
                    problems.push(format!("{id} is there twice"));
                }
            }
        }
        (MissingTexts { texts }, problems)
    }

    /// The ids that have a text.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// The words of an id's text.
    pub(super) fn plain(&self, id: &str) -> String {
        let blocks = self.texts.get(id).cloned().unwrap_or_default();
        Document { blocks, problems: Vec::new() }.plain()
    }

    /// What to tell the learner, given a failing check's output. Without any `missing:` line, the output itself.
    pub fn findings(&self, output: &str) -> Vec<Finding> {
        let output = &output[..output.floor_char_boundary(MAX_OUTPUT)];
        let line = |line: &str| Finding::Line(line.trim_end().to_owned());
        let mut found: Vec<Finding> = Vec::new();
        for (id, values) in missing_lines(output) {
            let finding = match self.texts.get(id) {
                Some(blocks) => Finding::Text(blocks.iter().map(|block| filled(block, &values)).collect()),
                None => line(&format!("{id} {}", values.join(" "))),
            };
            if !found.contains(&finding) {
                found.push(finding);
            }
        }
        if found.is_empty() {
            found = output.lines().filter(|text| !text.trim().is_empty()).map(line).collect();
        }
        found.truncate(20);
        found
    }
}

/// The `missing: id values` lines of an output.
pub(super) fn missing_lines(output: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    output.lines().filter_map(|line| {
        let mut words = line.trim().strip_prefix("missing:")?.split_whitespace();
        Some((words.next()?, words.collect()))
    })
}

/// Whether something is an id: `pods-not-ready`.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn take_id(item: &mut [Block]) -> Option<String> {
    let Some(Block::Paragraph(words)) = item.first_mut() else { return None };
    let Some(Inline::Text(text)) = words.first_mut() else { return None };
    let (id, rest) = text.split_once(':')?;
    if !is_id(id) {
        return None;
    }
    let (id, rest) = (id.to_owned(), rest.trim_start().to_owned());
    *text = rest;
    Some(id)
}

fn filled(block: &Block, values: &[&str]) -> Block {
    match block {
        Block::Paragraph(words) => Block::Paragraph(filled_words(words, values)),
        Block::Code { language, code } => Block::Code { language: language.clone(), code: filled_code(code, values) },
        other => other.clone(),
    }
}

fn filled_words(words: &[Inline], values: &[&str]) -> Vec<Inline> {
    let fill = |inline: &Inline| match inline {
        Inline::Text(text) => Inline::Text(filled_text(text, values)),
        Inline::Code(code) => Inline::Code(filled_code(code, values)),
        Inline::Marked(mark, content) => Inline::Marked(*mark, filled_words(content, values)),
        other => other.clone(),
    };
    words.iter().map(fill).collect()
}

fn filled_code(code: &Code, values: &[&str]) -> Code {
    Code { text: filled_text(&code.text, values), action: code.action.clone() }
}

fn filled_text(text: &str, values: &[&str]) -> String {
    let mut out = text.to_owned();
    for n in (1..=9).filter(|n| text.contains(&format!("{{{n}}}"))) {
        out = out.replace(&format!("{{{n}}}"), values.get(n - 1).unwrap_or(&"?"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings() {
        let (texts, problems) =
            MissingTexts::parse("- replicas: It wants {1}, not {2}:\n  `get {1}`\n- service: No Service.\n");
        assert_eq!(problems, Vec::<String>::new());
        let told = |output: &str| -> Vec<String> {
            let plain = |finding| match finding {
                Finding::Text(blocks) => Document { blocks, problems: Vec::new() }.plain(),
                Finding::Line(line) => format!("= {line}"),
            };
            texts.findings(output).into_iter().map(plain).collect()
        };
        assert_eq!(told("missing: replicas 1 4\nnoise\n"), ["It wants 1, not 4:\nget 1\n"]);
        assert_eq!(told("missing: replicas\n"), ["It wants ?, not ?:\nget ?\n"]);
        assert_eq!(told("missing: service\nmissing: service\nmissing: other x"), ["No Service.\n", "= other x"]);
        assert_eq!(told("Error from server\n\n"), ["= Error from server"]);
        assert!(told("").is_empty());
        assert_eq!(MissingTexts::parse("text\n\n- Not an id: x\n- a: 1\n- a: 2").1.len(), 3);
    }
}
