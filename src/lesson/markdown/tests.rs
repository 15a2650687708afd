//! Markdown as lessons have it, and as nobody should write it.

use super::*;
use crate::lesson::action::{Run, Traffic};

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
    let body =
        vec![Block::Paragraph(vec![text("text")]), Block::Code { language: "bash".to_owned(), code: code("ls", None) }];
    let expected = [Block::Details { summary: vec![text("Solution")], body }, Block::Paragraph(vec![text("after")])];
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
            if let crate::lesson::document::Met::Link(to) = met {
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

#[test]
fn long_texts_come_to_an_end() {
    // An underscore stands for a line break.
    let pieces = "> ,- ,<b>,<details>,</b>,[,`,*a ,![,{{,&,<,<a,<a ,a_,```_,|a,<!--,\",[a](,`a`{{,<script></script>";
    for piece in pieces.replace('_', "\n").split(',') {
        Document::parse(&piece.repeat(MAX_BYTES / 4 / piece.len()));
        Document::parse(&format!("<details {}", piece.repeat(MAX_BYTES / 4 / piece.len())));
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_document(text in "[ -~\n]{0,200}", marks in "([`>#*|~<{}/-]|```|\\{\\{exec\\}\\}|<details>|</details>|<b>|\n| |- ){0,60}") {
        Document::parse(&text);
        Document::parse(&marks);
    }
}
