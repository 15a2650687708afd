//! From Markdown to a [`Document`].
//!
//! pulldown-cmark reads CommonMark with GitHub's tables; its events, and the tags of the little HTML that is
//! allowed, build one tree. HTML may be unbalanced, so open HTML elements end where the Markdown around them
//! ends. Nesting is bounded: what lies deeper joins its parent.

mod fences;
mod line;
mod tags;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::action::{self, Action};
use super::document::{Alignment, Block, Code, Destination, Document, Inline, Mark};
use super::predict::Predict;
use crate::collections::Sort;
use fences::part_fences;

/// The longest text that is read; a lesson's page has a few thousand bytes.
const MAX_BYTES: usize = 256 * 1024;
/// How deep lists and quotations may nest.
const MAX_DEPTH: usize = 24;

impl Document {
    /// Reads Markdown. Anything is a text; what its author should look at is in `problems`.
    pub fn parse(markdown: &str) -> Document {
        let mut builder =
            Builder { stack: vec![Frame::new(Kind::Root)], depth: 1, html: None, image: None, problems: Vec::new() };
        let mut text = markdown;
        if text.len() > MAX_BYTES {
            text = &text[..text.floor_char_boundary(MAX_BYTES)];
            builder.problems.push(format!("the text is longer than {} KiB and is cut", MAX_BYTES / 1024));
        }
        let text = part_fences(text);
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        for event in Parser::new_ext(&text, options) {
            builder.event(event);
        }
        builder.finish()
    }
}

struct Builder {
    stack: Vec<Frame>,
    /// How many frames count for the depth of the tree.
    depth: usize,
    /// A block of HTML being gathered.
    html: Option<String>,
    /// The alternative text of a picture being gathered, and how deep.
    image: Option<(Destination, String, usize)>,
    problems: Vec<String>,
}

struct Frame {
    kind: Kind,
    /// Opened by a tag of HTML, not by Markdown.
    from_html: bool,
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
}

enum Kind {
    Root,
    Paragraph,
    Heading(u8),
    Quote,
    List(Option<u64>, Vec<Vec<Block>>),
    Item,
    Fence(String, String),
    Table(Vec<Alignment>, Vec<Vec<Vec<Inline>>>),
    Row(Vec<Vec<Inline>>),
    Cell,
    Details(Vec<Inline>),
    Summary,
    Marked(Mark),
    Link(Destination, String),
    /// Too deep, or of no interest: what it holds joins its parent.
    Nothing,
}

impl Frame {
    fn new(kind: Kind) -> Frame {
        Frame { kind, from_html: false, blocks: Vec::new(), inlines: Vec::new() }
    }

    /// Whether it is part of a line.
    fn is_inline(&self) -> bool {
        matches!(self.kind, Kind::Marked(_) | Kind::Link(..))
    }

    /// Whether it holds words and no blocks.
    fn holds_words(&self) -> bool {
        self.is_inline() || matches!(self.kind, Kind::Paragraph | Kind::Heading(_) | Kind::Cell | Kind::Summary)
    }
}

impl Builder {
    fn event(&mut self, event: Event) {
        if let Some((_, alt, depth)) = &mut self.image {
            match event {
                Event::Text(text) | Event::Code(text) => alt.push_str(&text),
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                Event::Start(_) => *depth += 1,
                Event::End(_) if *depth > 0 => *depth -= 1,
                Event::End(_) => {
                    if let Some((source, alt, _)) = self.image.take() {
                        self.add_inline(Inline::Image { source, alt });
                    }
                }
                _ => {}
            }
            return;
        }
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(TagEnd::HtmlBlock) => {
                let html = self.html.take().unwrap_or_default();
                self.tags(&html, true);
            }
            Event::End(end) => self.end(end),
            Event::Text(text) => match self.stack.last_mut() {
                Some(Frame { kind: Kind::Fence(_, code), .. }) => code.push_str(&text),
                _ => self.add_text(&text),
            },
            Event::Code(text) => self.add_inline(Inline::Code(Code { text: text.into_string(), action: None })),
            Event::Html(html) => match &mut self.html {
                Some(gathered) => gathered.push_str(&html),
                None => self.tags(&html, true),
            },
            Event::InlineHtml(html) => self.tags(&html, false),
            Event::SoftBreak => self.add_text("\n"),
            Event::HardBreak => self.add_inline(Inline::Break),
            Event::Rule => self.add_block(Block::Rule),
            // Their options are off.
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag) {
        let mut kind = match tag {
            Tag::Paragraph => Kind::Paragraph,
            Tag::Heading { level, .. } => Kind::Heading(level as u8),
            Tag::BlockQuote(_) => Kind::Quote,
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                Kind::Fence(info.split_whitespace().next().unwrap_or_default().to_owned(), String::new())
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => Kind::Fence(String::new(), String::new()),
            Tag::HtmlBlock => {
                self.end_line();
                self.html = Some(String::new());
                return;
            }
            Tag::List(start) => Kind::List(start, Vec::new()),
            Tag::Item => Kind::Item,
            Tag::Table(align) => Kind::Table(align.into_iter().map(alignment).collect(), Vec::new()),
            Tag::TableHead | Tag::TableRow => Kind::Row(Vec::new()),
            Tag::TableCell => Kind::Cell,
            Tag::Emphasis => Kind::Marked(Mark::Em),
            Tag::Strong => Kind::Marked(Mark::Strong),
            Tag::Strikethrough => Kind::Marked(Mark::Del),
            Tag::Link { dest_url, title, .. } => Kind::Link(self.destination(&dest_url), title.into_string()),
            Tag::Image { dest_url, .. } => {
                let source = self.destination(&dest_url);
                self.image = Some((source, String::new(), 0));
                return;
            }
            // Their options are off.
            _ => Kind::Nothing,
        };
        // A row or a cell without its table, or an item without its list, would be lost.
        let part = matches!(kind, Kind::Item | Kind::Row(_) | Kind::Cell);
        let whole =
            matches!(self.stack.last().map(|frame| &frame.kind), Some(Kind::List(..) | Kind::Table(..) | Kind::Row(_)));
        let leaf = matches!(kind, Kind::Fence(..) | Kind::Paragraph);
        if (part && !whole) || (self.depth >= MAX_DEPTH && !part && !leaf) {
            kind = Kind::Nothing;
        }
        let frame = Frame::new(kind);
        if !frame.is_inline() && !part {
            self.end_line();
        }
        self.push(frame);
    }

    fn push(&mut self, frame: Frame) {
        self.depth += usize::from(!matches!(frame.kind, Kind::Nothing));
        self.stack.push(frame);
    }

    fn end(&mut self, end: TagEnd) {
        let innermost = self.stack.iter().rposition(|frame| !frame.from_html).unwrap_or(0);
        if end == TagEnd::Paragraph && !matches!(self.stack[innermost].kind, Kind::Paragraph | Kind::Nothing) {
            // A tag of HTML ended the paragraph already.
            self.end_line();
            return;
        }
        if innermost == 0 {
            return;
        }
        self.close_down_to(innermost);
    }

    /// Closes the frames above `keep` many.
    fn close_down_to(&mut self, keep: usize) {
        while self.stack.len() > keep.max(1) {
            self.close();
        }
    }

    /// Ends the line that is being written, before a block begins.
    fn end_line(&mut self) {
        while self.stack.last().is_some_and(|frame| frame.from_html && frame.holds_words()) {
            self.close();
        }
        self.flush();
    }

    /// Makes a paragraph of the words that stand directly in a block.
    fn flush(&mut self) {
        let Some(frame) = self.stack.last_mut() else { return };
        if frame.holds_words() || frame.inlines.is_empty() {
            return;
        }
        let words = std::mem::take(&mut frame.inlines);
        self.add_paragraph(words);
    }

    fn close(&mut self) {
        self.flush();
        let Some(mut frame) = self.stack.pop() else { return };
        self.depth -= usize::from(!matches!(frame.kind, Kind::Nothing));
        let words = std::mem::take(&mut frame.inlines);
        match frame.kind {
            Kind::Root => {}
            Kind::Paragraph => self.add_paragraph(words),
            Kind::Heading(level) => {
                let words = self.line(words);
                self.add_block(Block::Heading(level, words));
            }
            Kind::Quote => self.add_block(Block::Quote(frame.blocks)),
            Kind::List(start, items) => self.add_block(Block::List { start, items }),
            Kind::Item => {
                if let Some(Frame { kind: Kind::List(_, items), .. }) = self.stack.last_mut() {
                    items.push(frame.blocks);
                }
            }
            Kind::Fence(language, text) => self.add_code(language, text),
            Kind::Table(align, mut rows) => {
                let head = if rows.is_empty() { Vec::new() } else { rows.remove(0) };
                self.add_block(Block::Table { align, head, rows });
            }
            Kind::Row(cells) => {
                if let Some(Frame { kind: Kind::Table(_, rows), .. }) = self.stack.last_mut() {
                    rows.push(cells);
                }
            }
            Kind::Cell => {
                let words = self.line(words);
                if let Some(Frame { kind: Kind::Row(cells), .. }) = self.stack.last_mut() {
                    cells.push(words);
                }
            }
            Kind::Details(summary) => self.add_block(Block::Details { summary, body: frame.blocks }),
            Kind::Summary => {
                let words = self.line(words);
                if let Some(Frame { kind: Kind::Details(summary), .. }) = self.stack.last_mut() {
                    *summary = words;
                }
            }
            Kind::Marked(mark) => {
                let words = self.line(words);
                self.add_inline(Inline::Marked(mark, words));
            }
            Kind::Link(to, title) => {
                let content = self.line(words);
                self.add_inline(Inline::Link { to, title, content });
            }
            Kind::Nothing => {
                frame.blocks.into_iter().for_each(|block| self.add_block(block));
                words.into_iter().for_each(|inline| self.add_inline(inline));
            }
        }
    }

    fn add_text(&mut self, text: &str) {
        let Some(frame) = self.stack.last_mut() else { return };
        match frame.inlines.last_mut() {
            Some(Inline::Text(before)) => before.push_str(text),
            _ => frame.inlines.push(Inline::Text(text.to_owned())),
        }
    }

    fn add_inline(&mut self, inline: Inline) {
        if let Inline::Text(text) = &inline {
            self.add_text(text);
        } else if let Some(frame) = self.stack.last_mut() {
            frame.inlines.push(inline);
        }
    }

    fn add_block(&mut self, block: Block) {
        self.flush();
        if let Some(frame) = self.stack.iter_mut().rev().find(|frame| !frame.holds_words()) {
            frame.blocks.push(block);
        }
    }

    fn add_paragraph(&mut self, mut words: Vec<Inline>) {
        // `{{exec}}` right after a fence belongs to the fence.
        if let Some(Inline::Text(text)) = words.first_mut()
            && let Some((inside, rest)) = action::leading(text.trim_start())
            && let Some(Frame { blocks, .. }) = self.stack.iter_mut().rev().find(|frame| !frame.holds_words())
            && let Some(Block::Code { code, .. }) = blocks.last_mut()
            && code.action.is_none()
            && let Ok(action) = Action::parse(inside)
        {
            code.action = Some(action);
            *text = rest.trim_start().to_owned();
        }
        let mut words = self.line(words);
        if let Some(Inline::Text(text)) = words.first_mut() {
            *text = text.trim_start().to_owned();
        }
        if let Some(Inline::Text(text)) = words.last_mut() {
            *text = text.trim_end().to_owned();
        }
        words.retain(|inline| *inline != Inline::Text(String::new()));
        if !words.is_empty() {
            self.add_block(Block::Paragraph(words));
        }
    }

    fn add_code(&mut self, language: String, text: String) {
        let text = text.strip_suffix('\n').unwrap_or(&text);
        if language == "predict" {
            match Predict::parse(text) {
                Ok(predict) => self.add_block(Block::Predict(predict)),
                Err(problem) => self.problems.push(format!("predict: {problem}")),
            }
            return;
        }
        let code = Code { text: action::with_addresses(text), action: None };
        self.add_block(Block::Code { language, code });
    }

    fn destination(&mut self, address: &str) -> Destination {
        let destination = Destination::parse(address);
        if destination == Destination::Refused {
            self.problems.push(format!("a link or picture of this kind leads nowhere: {address}"));
        }
        destination
    }

    fn finish(mut self) -> Document {
        self.close_down_to(1);
        self.flush();
        self.problems.arrange();
        self.problems.dedup();
        let blocks = self.stack.pop().map(|root| root.blocks).unwrap_or_default();
        Document { blocks, problems: self.problems }
    }
}

fn alignment(alignment: pulldown_cmark::Alignment) -> Alignment {
    match alignment {
        pulldown_cmark::Alignment::None => Alignment::Natural,
        pulldown_cmark::Alignment::Left => Alignment::Left,
        pulldown_cmark::Alignment::Center => Alignment::Center,
        pulldown_cmark::Alignment::Right => Alignment::Right,
    }
}

#[cfg(test)]
mod tests;
