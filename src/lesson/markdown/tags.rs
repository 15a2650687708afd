//! The tags of HTML that are allowed, as parts of the tree.

use super::{Builder, Frame, Kind, MAX_DEPTH};
use crate::lesson::document::{Block, Inline, Mark};
use crate::lesson::html::{self, Token};

impl Builder {
    /// The tags and words of a piece of HTML; `block` when it stands by itself.
    pub(super) fn tags(&mut self, html: &str, block: bool) {
        for token in html::tokens(html) {
            match token {
                Token::Text(text) if block && text.trim().is_empty() => {}
                Token::Text(text) => self.add_text(&text),
                Token::Open { name, attributes } => self.open_tag(&name, &attributes),
                Token::Close(name) => self.close_tag(&name),
            }
        }
        if block {
            self.flush();
        }
    }

    fn open_tag(&mut self, name: &str, attributes: &[(String, String)]) {
        let attribute = |key: &str| attributes.iter().find(|(k, _)| k == key).map_or("", |(_, value)| value.as_str());
        let kind = match name {
            "br" => return self.add_inline(Inline::Break),
            "hr" => return self.add_block(Block::Rule),
            "img" => {
                let source = self.destination(attribute("src"));
                return self.add_inline(Inline::Image { source, alt: attribute("alt").to_owned() });
            }
            "a" => Kind::Link(self.destination(attribute("href")), attribute("title").to_owned()),
            "details" => Kind::Details(Vec::new()),
            "summary" => Kind::Summary,
            "p" | "div" | "center" | "section" | "pre" | "li" | "ul" | "ol" | "tr" | "table" => return self.end_line(),
            "span" | "font" | "wbr" | "td" | "th" | "tbody" | "thead" => return,
            _ => match (mark(name), name.strip_prefix('h').and_then(|level| level.parse().ok())) {
                (Some(mark), _) => Kind::Marked(mark),
                (None, Some(level @ 1..=6)) => Kind::Heading(level),
                _ => {
                    self.problems.push(format!("the tag <{name}> is not shown"));
                    return;
                }
            },
        };
        let mut frame = Frame::new(kind);
        frame.from_html = true;
        if !frame.is_inline() && !matches!(frame.kind, Kind::Summary) {
            self.end_line();
            if matches!(self.stack.last(), Some(Frame { kind: Kind::Paragraph, .. })) {
                self.close();
            }
        }
        let inside_words = self.stack.last().is_some_and(Frame::holds_words);
        let in_details = matches!(self.stack.last(), Some(Frame { kind: Kind::Details(_), .. }));
        let misplaced = match frame.kind {
            Kind::Details(_) | Kind::Heading(_) => inside_words,
            Kind::Summary => !in_details,
            _ => false,
        };
        if misplaced || self.depth >= MAX_DEPTH {
            return;
        }
        self.push(frame);
    }

    fn close_tag(&mut self, name: &str) {
        let matches = |frame: &Frame| match (&frame.kind, name) {
            (Kind::Details(_), "details") | (Kind::Summary, "summary") | (Kind::Link(..), "a") => true,
            (Kind::Heading(level), _) => name.strip_prefix('h').and_then(|n| n.parse().ok()) == Some(*level),
            (Kind::Marked(kind), _) => mark(name) == Some(*kind),
            _ => false,
        };
        // Only what HTML opened since the last piece of Markdown began can end here.
        let from = self.stack.iter().rposition(|frame| !frame.from_html).map_or(0, |at| at + 1);
        match self.stack[from..].iter().rposition(matches) {
            Some(at) => self.close_down_to(from + at),
            None if matches!(name, "p" | "div" | "center" | "section" | "pre" | "li" | "tr" | "table") => {
                self.end_line()
            }
            None if name == "details" => {
                // `</details>` at the end of a paragraph closes the paragraph too.
                self.end_line();
                if matches!(self.stack.last(), Some(Frame { kind: Kind::Paragraph, .. })) && self.stack.len() > 1 {
                    let below = &self.stack[self.stack.len() - 2];
                    if below.from_html && matches(below) {
                        self.close_down_to(self.stack.len() - 2);
                    }
                }
            }
            None => {}
        }
    }
}

fn mark(name: &str) -> Option<Mark> {
    Some(match name {
        "code" | "tt" | "samp" => Mark::Code,
        "del" | "s" | "strike" => Mark::Del,
        "em" | "i" | "cite" | "q" => Mark::Em,
        "ins" => Mark::Ins,
        "kbd" => Mark::Kbd,
        "mark" => Mark::Mark,
        "small" => Mark::Small,
        "strong" | "b" => Mark::Strong,
        "sub" => Mark::Sub,
        "sup" => Mark::Sup,
        "u" => Mark::U,
        _ => return None,
    })
}
