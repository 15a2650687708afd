//! A lesson's text as a tree: what to show, with no HTML in it.
//!
//! Made by [`Document::parse`] (see `markdown.rs`), drawn by the page as its own nodes. A tag that is not on
//! the list does not get here, and a link leads only where [`Destination`] allows.

use super::action::{Action, Traffic};
use super::predict::Predict;

/// A text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// What it consists of.
    pub blocks: Vec<Block>,
    /// What its author should look at; the text is shown all the same.
    pub problems: Vec<String>,
}

/// A piece of text that stands by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading of level 1 to 6.
    Heading(u8, Vec<Inline>),
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A block of code, in the language if it says so.
    Code {
        /// The first word after the fence, or nothing.
        language: String,
        /// The code.
        code: Code,
    },
    /// A quotation.
    Quote(Vec<Block>),
    /// A list, numbered from `start` if there is one.
    List {
        /// The first number.
        start: Option<u64>,
        /// The items.
        items: Vec<Vec<Block>>,
    },
    /// A table; a row may be shorter than the head.
    Table {
        /// How each column is set.
        align: Vec<Alignment>,
        /// The cells of the head.
        head: Vec<Vec<Inline>>,
        /// The rows.
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// Something to unfold: `<details>`.
    Details {
        /// What is seen when it is folded.
        summary: Vec<Inline>,
        /// What it hides.
        body: Vec<Block>,
    },
    /// A question to answer before the command is run.
    Predict(Predict),
    /// A line across.
    Rule,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Inline {
    /// Words.
    Text(String),
    /// Code in a line.
    Code(Code),
    /// Text of another kind.
    Marked(Mark, Vec<Inline>),
    /// A link.
    Link {
        /// Where it leads.
        to: Destination,
        /// Its tooltip, or nothing.
        title: String,
        /// What is shown.
        content: Vec<Inline>,
    },
    /// A picture.
    Image {
        /// Where it lies.
        source: Destination,
        /// What it says to one who does not see it.
        alt: String,
    },
    /// A new line.
    Break,
}

/// Code, and what it offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The code, without a newline at its end.
    pub text: String,
    /// What the author asked for; code with nothing said can be copied.
    pub action: Option<Action>,
}

/// The kinds of marked text, named as HTML names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mark {
    Code,
    Del,
    Em,
    Ins,
    Kbd,
    Mark,
    Small,
    Strong,
    Sub,
    Sup,
    U,
}

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// As the language goes.
    Natural,
    /// To the left.
    Left,
    /// In the middle.
    Center,
    /// To the right.
    Right,
}

/// Where a link or a picture leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To the web: an address with http, https or mailto.
    Web(String),
    /// To a file of the lesson, relative to the text, or to a place in the text (`#…`).
    Within(String),
    /// To a port of a host of the world.
    Traffic(Traffic, String),
    /// To the choice of hosts and ports.
    TrafficSelector,
    /// Nowhere: the address is of a kind that is not allowed.
    Refused,
}

impl Destination {
    /// Reads an address.
    pub fn parse(address: &str) -> Destination {
        let address = address.trim();
        if address.contains("{{TRAFFIC_SELECTOR}}") {
            return Destination::TrafficSelector;
        }
        if let Some((inside, path)) = address.find("{{TRAFFIC_").and_then(|at| super::action::leading(&address[at..])) {
            return match Traffic::parse(inside) {
                Some(traffic) => Destination::Traffic(traffic, path.to_owned()),
                None => Destination::Refused,
            };
        }
        if let Some((_, rest)) = address.split_once("[[HOST_SUBDOMAIN]]-") {
            // Katacoda's way to say the same.
            let port = rest.split('-').next().and_then(|port| port.parse().ok());
            let path = rest.split_once(".com").map_or("", |(_, path)| path);
            return port
                .map_or(Destination::Refused, |port| Destination::Traffic(Traffic { host: 1, port }, path.to_owned()));
        }
        if address.chars().any(char::is_control) {
            return Destination::Refused;
        }
        match address.split_once(':') {
            Some((scheme, _)) if !scheme.contains(['/', '?', '#']) => match scheme.to_ascii_lowercase().as_str() {
                "http" | "https" | "mailto" => Destination::Web(address.to_owned()),
                _ => Destination::Refused,
            },
            _ if address.starts_with("//") || address.contains('\\') => Destination::Refused,
            _ => Destination::Within(address.to_owned()),
        }
    }
}

/// One thing met on the way through a document.
pub(super) enum Met<'a> {
    Code(&'a Code),
    Predict(&'a Predict),
    Image(&'a Destination, &'a str),
    Link(&'a Destination),
}

impl Document {
    /// All code of the text, in order: run buttons are those whose action says so.
    pub fn codes(&self) -> Vec<&Code> {
        let mut codes = Vec::new();
        self.visit(&mut |met| {
            if let Met::Code(code) = met {
                codes.push(code);
            }
        });
        codes
    }

    /// All questions of the text, in order.
    pub fn predictions(&self) -> Vec<&Predict> {
        let mut predictions = Vec::new();
        self.visit(&mut |met| {
            if let Met::Predict(predict) = met {
                predictions.push(predict);
            }
        });
        predictions
    }

    /// The words of the text, for search and for a title.
    pub fn plain(&self) -> String {
        let mut out = String::new();
        plain_blocks(&self.blocks, &mut out);
        out
    }

    pub(super) fn visit<'a>(&'a self, found: &mut dyn FnMut(Met<'a>)) {
        visit_blocks(&self.blocks, found);
    }
}

fn visit_blocks<'a>(blocks: &'a [Block], found: &mut dyn FnMut(Met<'a>)) {
    for block in blocks {
        match block {
            Block::Heading(_, inlines) | Block::Paragraph(inlines) => visit_inlines(inlines, found),
            Block::Code { code, .. } => found(Met::Code(code)),
            Block::Quote(blocks) => visit_blocks(blocks, found),
            Block::List { items, .. } => items.iter().for_each(|item| visit_blocks(item, found)),
            Block::Table { head, rows, .. } => {
                head.iter().chain(rows.iter().flatten()).for_each(|cell| visit_inlines(cell, found));
            }
            Block::Details { summary, body } => {
                visit_inlines(summary, found);
                visit_blocks(body, found);
            }
            Block::Predict(predict) => found(Met::Predict(predict)),
            Block::Rule => {}
        }
    }
}

fn visit_inlines<'a>(inlines: &'a [Inline], found: &mut dyn FnMut(Met<'a>)) {
    for inline in inlines {
        match inline {
            Inline::Code(code) => found(Met::Code(code)),
            Inline::Marked(_, content) => visit_inlines(content, found),
            Inline::Link { to, content, .. } => {
                found(Met::Link(to));
                visit_inlines(content, found);
            }
            Inline::Image { source, alt } => found(Met::Image(source, alt)),
            Inline::Text(_) | Inline::Break => {}
        }
    }
}

fn plain_blocks(blocks: &[Block], out: &mut String) {
    for block in blocks {
        match block {
            Block::Heading(_, inlines) | Block::Paragraph(inlines) => plain_inlines(inlines, out),
            Block::Code { code, .. } => out.push_str(&code.text),
            Block::Quote(blocks) => plain_blocks(blocks, out),
            Block::List { items, .. } => items.iter().for_each(|item| plain_blocks(item, out)),
            Block::Table { head, rows, .. } => {
                for cell in head.iter().chain(rows.iter().flatten()) {
                    plain_inlines(cell, out);
                    out.push(' ');
                }
            }
            Block::Details { summary, body } => {
                plain_inlines(summary, out);
                out.push('\n');
                plain_blocks(body, out);
            }
            Block::Predict(predict) => plain_blocks(&predict.question.blocks, out),
            Block::Rule => {}
        }
        if !out.ends_with('\n') {
            out.push('\n');
        }
    }
}

pub(super) fn plain_inlines(inlines: &[Inline], out: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(text) => out.push_str(text),
            Inline::Code(code) => out.push_str(&code.text),
            Inline::Marked(_, content) | Inline::Link { content, .. } => plain_inlines(content, out),
            Inline::Image { alt, .. } => out.push_str(alt),
            Inline::Break => out.push('\n'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations() {
        for (address, expected) in [
            ("https://kubernetes.io/docs", Destination::Web("https://kubernetes.io/docs".to_owned())),
            ("../assets/a.png", Destination::Within("../assets/a.png".to_owned())),
            ("#end", Destination::Within("#end".to_owned())),
            ("a/b:c", Destination::Within("a/b:c".to_owned())),
            ("javascript:alert(1)", Destination::Refused),
            (" JavaScript:alert(1)", Destination::Refused),
            ("java\tscript:alert(1)", Destination::Refused),
            ("data:text/html,x", Destination::Refused),
            ("//evil.example", Destination::Refused),
            ("{{TRAFFIC_HOST1_80}}/a", Destination::Traffic(Traffic { host: 1, port: 80 }, "/a".to_owned())),
            ("{{TRAFFIC_SELECTOR}}", Destination::TrafficSelector),
            (
                "https://[[HOST_SUBDOMAIN]]-8080-[[KATACODA_HOST]].environments.katacoda.com/x",
                Destination::Traffic(Traffic { host: 1, port: 8080 }, "/x".to_owned()),
            ),
        ] {
            assert_eq!(Destination::parse(address), expected, "{address}");
        }
    }
}
