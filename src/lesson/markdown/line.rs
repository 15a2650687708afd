//! A finished line: its actions, its addresses, its breaks.

use super::Builder;
use crate::lesson::action::{self, Action, Traffic};
use crate::lesson::document::{Code, Destination, Inline};

impl Builder {
    /// A finished line: actions join the code before them, addresses are filled in.
    pub(super) fn line(&mut self, words: Vec<Inline>) -> Vec<Inline> {
        let mut out: Vec<Inline> = Vec::with_capacity(words.len());
        for inline in words {
            match inline {
                Inline::Text(text) => {
                    let mut text = text.as_str();
                    if let (Some(Inline::Code(code)), Some((inside, rest))) = (out.last_mut(), action::leading(text)) {
                        match Action::parse(inside) {
                            Ok(action) => {
                                code.action = Some(action);
                                text = rest;
                            }
                            Err(_) if inside.trim_start().starts_with("TRAFFIC") => {}
                            Err(problem) => self.problems.push(problem),
                        }
                    }
                    if text.contains("{{exec") || text.contains("{{copy}}") {
                        self.problems.push("an action that follows no code stands in the text".to_owned());
                    }
                    if text.contains("**") {
                        self.problems.push(format!("a ** that marks nothing stands in the text: {}", text.trim()));
                    }
                    self.words(text, &mut out);
                }
                Inline::Code(code) => {
                    out.push(Inline::Code(Code { text: action::with_addresses(&code.text), action: code.action }));
                }
                other => out.push(other),
            }
        }
        out
    }

    /// Words in which `{{TRAFFIC_HOST1_80}}` becomes a link.
    fn words(&mut self, text: &str, out: &mut Vec<Inline>) {
        let text = joined_lines(text);
        let mut rest = text.as_str();
        while let Some(at) = rest.find("{{TRAFFIC_") {
            let Some((inside, after)) = action::leading(&rest[at..]) else { break };
            let Some(traffic) = Traffic::parse(inside) else { break };
            if at > 0 {
                out.push(Inline::Text(rest[..at].to_owned()));
            }
            let content = vec![Inline::Text(traffic.url())];
            out.push(Inline::Link { to: Destination::Traffic(traffic, String::new()), title: String::new(), content });
            rest = after;
        }
        if !rest.is_empty() {
            out.push(Inline::Text(rest.to_owned()));
        }
    }
}

/// Takes out the line breaks where no space belongs: Japanese and Chinese put none between words.
fn joined_lines(text: &str) -> String {
    let spaceless = |c: char| matches!(c, '\u{2e80}'..='\u{312f}' | '\u{31a0}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}');
    let mut out = String::with_capacity(text.len());
    for line in text.split('\n') {
        let between = (out.chars().next_back(), line.chars().next());
        if matches!(between, (Some(before), Some(after)) if !(spaceless(before) && spaceless(after))) {
            out.push('\n');
        }
        out.push_str(line);
    }
    // A break at either end stands between this text and what is beside it.
    if text.starts_with('\n') && !out.starts_with('\n') {
        out.insert(0, '\n');
    }
    if text.ends_with('\n') && !out.ends_with('\n') {
        out.push('\n');
    }
    out
}
