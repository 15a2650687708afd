//! From Markdown to a [`Document`].
//!
//! pulldown-cmark reads CommonMark with GitHub's tables; its events, and the tags of the little HTML that is
//! allowed, build one tree. HTML may be unbalanced, so open HTML elements end where the Markdown around them
//! ends. Nesting is bounded: what lies deeper joins its parent.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::action::{self, Action, Traffic};
use super::document::{Alignment, Block, Code, Destination, Document, Inline, Mark};
use super::html::{self, Token};
use super::predict::Predict;

/// The longest text that is read; a lesson's page has a few thousand bytes.
const MAX_BYTES: usize = 256 * 1024;
/// How deep lists and quotations may nest.
const MAX_DEPTH: usize = 24;

impl Document {
    /// Reads Markdown. Anything is a text; what its author should look at is in `problems`.
    pub fn parse(markdown: &str) -> Document {
        let mut builder =
            Builder { stack: vec![Frame::new(Kind::Root)], html: None, image: None, problems: Vec::new() };
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

/// Puts what follows a closing fence (` ```{{exec}} `) on a line of its own, as CommonMark wants nothing there.
fn part_fences(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() + 16);
    let mut open: Option<(char, usize)> = None;
    for line in markdown.split_inclusive('\n') {
        let content = line.trim_start_matches([' ', '\t', '>']);
        let mut prefix = &line[..line.len() - content.len()];
        let mut content = content;
        if open.is_none() {
            let bare =
                content.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['-', '*', '+', '.', ')']);
            content = bare.trim_start_matches(' ');
        }
        let Some(mark) = content.chars().next().filter(|c| matches!(c, '`' | '~')) else {
            out.push_str(line);
            continue;
        };
        let rest = content.trim_start_matches(mark);
        let length = content.len() - rest.len();
        match open {
            None if length >= 3 && !(mark == '`' && rest.contains('`')) => open = Some((mark, length)),
            Some((fence, least)) if fence == mark && length >= least => {
                if rest.trim().is_empty() {
                    open = None;
                } else if rest.trim_start().starts_with("{{") {
                    open = None;
                    out.push_str(prefix);
                    out.extend(std::iter::repeat_n(mark, length));
                    out.push('\n');
                    prefix = prefix.trim_end_matches('\n');
                    out.push_str(prefix);
                    out.push_str(rest.trim_start());
                    continue;
                }
            }
            _ => {}
        }
        out.push_str(line);
    }
    out
}

struct Builder {
    stack: Vec<Frame>,
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
        let depth = self.stack.iter().filter(|frame| !matches!(frame.kind, Kind::Nothing)).count();
        let part = matches!(kind, Kind::Item | Kind::Row(_) | Kind::Cell);
        let whole =
            matches!(self.stack.last().map(|frame| &frame.kind), Some(Kind::List(..) | Kind::Table(..) | Kind::Row(_)));
        let leaf = matches!(kind, Kind::Fence(..) | Kind::Paragraph);
        if (part && !whole) || (depth >= MAX_DEPTH && !part && !leaf) {
            kind = Kind::Nothing;
        }
        let frame = Frame::new(kind);
        if !frame.is_inline() && !part {
            self.end_line();
        }
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

    /// A finished line: actions join the code before them, addresses are filled in.
    fn line(&mut self, words: Vec<Inline>) -> Vec<Inline> {
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

    fn destination(&mut self, address: &str) -> Destination {
        let destination = Destination::parse(address);
        if destination == Destination::Refused {
            self.problems.push(format!("a link or picture of this kind leads nowhere: {address}"));
        }
        destination
    }

    /// The tags and words of a piece of HTML; `block` when it stands by itself.
    fn tags(&mut self, html: &str, block: bool) {
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
        if misplaced || self.stack.len() >= MAX_DEPTH {
            return;
        }
        self.stack.push(frame);
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

    fn finish(mut self) -> Document {
        self.close_down_to(1);
        self.flush();
        self.problems.sort();
        self.problems.dedup();
        let blocks = self.stack.pop().map(|root| root.blocks).unwrap_or_default();
        Document { blocks, problems: self.problems }
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

fn alignment(alignment: pulldown_cmark::Alignment) -> Alignment {
    match alignment {
        pulldown_cmark::Alignment::None => Alignment::Natural,
        pulldown_cmark::Alignment::Left => Alignment::Left,
        pulldown_cmark::Alignment::Center => Alignment::Center,
        pulldown_cmark::Alignment::Right => Alignment::Right,
    }
}

#[cfg(test)]
mod tests {
    use super::super::action::Run;
    use super::*;

    fn text(words: &str) -> Inline {
        Inline::Text(words.to_owned())
    }

    fn run() -> Run {
        Run { interrupt: false, fails: false, terminal: 1, host: 1 }
    }

    fn code(text: &str, action: Option<Action>) -> Code {
        Code { text: text.to_owned(), action }
    }

    fn blocks(markdown: &str) -> Vec<Block> {
        let document = Document::parse(markdown);
        assert_eq!(document.problems, Vec::<String>::new(), "{markdown}");
        document.blocks
    }

    #[test]
    fn actions_join_their_code() {
        let button = |text: &str| Block::Code { language: String::new(), code: code(text, Some(Action::Run(run()))) };
        for markdown in [
            "```\nls\n```{{exec}}",
            "```\nls\n```{{execute}}\n",
            "``` \nls\n``` {{exec}}\n",
            "~~~\nls\n~~~{{exec}}",
            "```\nls\n```\n{{exec}}",
        ] {
            assert_eq!(blocks(markdown), [button("ls")], "{markdown}");
        }
        let item = Block::List { start: Some(1), items: vec![vec![Block::Paragraph(vec![text("do")]), button("ls")]] };
        assert_eq!(blocks("1. do\n   ```\n   ls\n   ```{{exec}}\n"), [item]);
        assert_eq!(blocks("> ```\n> ls\n> ```{{exec}}"), [Block::Quote(vec![button("ls")])]);
        assert_eq!(
            blocks("say `a`{{exec fails}} or `b`{{copy}}, ```c```{{}} `d`"),
            [Block::Paragraph(vec![
                text("say "),
                Inline::Code(code("a", Some(Action::Run(Run { fails: true, ..run() })))),
                text(" or "),
                Inline::Code(code("b", Some(Action::Copy))),
                text(", "),
                Inline::Code(code("c", Some(Action::Inert))),
                text(" "),
                Inline::Code(code("d", None)),
            ])]
        );
        // A longer fence shows the format itself.
        let shown = Block::Code { language: String::new(), code: code("```\nls\n```{{exec}}", None) };
        assert_eq!(blocks("````\n```\nls\n```{{exec}}\n````"), [shown]);
    }

    #[test]
    fn go_templates_stay() {
        let command = "kubectl get svc -o go-template='{{(index .spec.ports 0).nodePort}}'";
        assert_eq!(
            Document::parse(&format!("`{command}`{{{{exec}}}}")).codes(),
            [&code(command, Some(Action::Run(run())))]
        );
        assert_eq!(Document::parse(&format!("```\n{command}\n```")).codes(), [&code(command, None)]);
    }

    #[test]
    fn details_hide_their_body() {
        let body = vec![
            Block::Paragraph(vec![text("text")]),
            Block::Code { language: "bash".to_owned(), code: code("ls", None) },
        ];
        let expected =
            [Block::Details { summary: vec![text("Solution")], body }, Block::Paragraph(vec![text("after")])];
        for markdown in [
            "<details><summary>Solution</summary>\n\ntext\n\n```bash\nls\n```\n\n</details>\n\nafter",
            "<details>\n<summary>Solution</summary>\ntext\n\n```bash\nls\n```\n</details>\n\nafter",
            "<br-less>\n\n<details><summary>Solution</summary>\n\ntext\n```bash\nls\n```\n</details>\n\nafter",
        ] {
            assert_eq!(Document::parse(markdown).blocks, expected, "{markdown}");
        }
    }

    #[test]
    fn no_script_gets_through() {
        for (markdown, plain) in [
            ("<script>alert(1)</script>", ""),
            ("a <img src=x onerror=alert(1)> b", "a  b\n"),
            ("[x](javascript:alert%281%29)", "x\n"),
            ("<a href=\"javascript:alert(1)\">x</a>", "x\n"),
            ("<svg onload=alert(1)>", ""),
            ("<iframe src=\"//evil\">x</iframe>y", "y\n"),
            // Words, not a tag: the page shows them as they stand.
            ("<scr<script>ipt>alert(1)", "<script>alert(1)\n"),
        ] {
            let document = Document::parse(markdown);
            assert_eq!(document.plain(), plain, "{markdown}");
            document.visit(&mut |met| {
                if let super::super::document::Met::Link(to) = met {
                    assert_eq!(*to, Destination::Refused, "{markdown}");
                }
            });
        }
    }

    #[test]
    fn tables_links_and_addresses() {
        let table = Block::Table {
            align: vec![Alignment::Natural, Alignment::Right],
            head: vec![vec![text("a")], vec![text("b")]],
            rows: vec![vec![vec![Inline::Code(code("x", Some(Action::Run(run()))))], vec![text("1")]]],
        };
        assert_eq!(blocks("| a | b |\n| - | -: |\n| `x`{{exec}} | 1 |"), [table]);
        let traffic = Traffic { host: 1, port: 80 };
        let link = |content: &str, path: &str| Inline::Link {
            to: Destination::Traffic(traffic, path.to_owned()),
            title: String::new(),
            content: vec![text(content)],
        };
        assert_eq!(
            blocks("[open]({{TRAFFIC_HOST1_80}}/x) {{TRAFFIC_HOST1_80}}"),
            [Block::Paragraph(vec![link("open", "/x"), text(" "), link("http://host01:80", "")])]
        );
        assert_eq!(
            blocks("Press <kbd>Ctrl</kbd>, H<sub>2</sub>O<br>![a *b*](p.png)"),
            [Block::Paragraph(vec![
                text("Press "),
                Inline::Marked(Mark::Kbd, vec![text("Ctrl")]),
                text(", H"),
                Inline::Marked(Mark::Sub, vec![text("2")]),
                text("O"),
                Inline::Break,
                Inline::Image { source: Destination::Within("p.png".to_owned()), alt: "a b".to_owned() },
            ])]
        );
    }

    #[test]
    fn lines_are_joined_as_the_script_wants() {
        for (markdown, expected) in [
            ("one\ntwo", "one\ntwo"),
            ("動いている\nアプリ。\n次", "動いているアプリ。次"),
            ("하나\n둘", "하나\n둘"),
            ("の `a`\nです", "の a\nです"),
            ("これを\n**太く**\nする", "これを\n太く\nする"),
        ] {
            assert_eq!(Document::parse(markdown).plain().trim_end(), expected, "{markdown}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        fn depth(blocks: &[Block]) -> usize {
            let deepest = blocks.iter().map(|block| match block {
                Block::Quote(inner) | Block::Details { body: inner, .. } => depth(inner),
                Block::List { items, .. } => items.iter().map(|item| depth(item)).max().unwrap_or(0),
                _ => 0,
            });
            1 + deepest.max().unwrap_or(0)
        }
        for piece in ["> ", "- ", "<details>\n\n", "<b>", "*a **b "] {
            let document = Document::parse(&(piece.repeat(5000) + "end"));
            assert!(depth(&document.blocks) <= MAX_DEPTH + 2, "{piece}");
            assert!(document.plain().contains("end"), "{piece}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_document(text in "[ -~\n]{0,200}", marks in "([`>#*|~<{}/-]|```|\\{\\{exec\\}\\}|<details>|</details>|<b>|\n| |- ){0,60}") {
            Document::parse(&text);
            Document::parse(&marks);
        }
    }
}
