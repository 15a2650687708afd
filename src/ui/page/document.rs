//! Draws a lesson's text, element by element: nothing of it is ever handed to the browser as HTML.

use std::rc::Rc;

use yew::prelude::*;

use super::predict::PredictBox;
use crate::lesson::{Action, Alignment, Block, Code, Destination, Document, Inline, Mark, Run, resolve};
use crate::view::text::Texts;

/// A script to run unseen, and who wants to know its exit status and output.
pub type Ask = (String, Callback<(i32, String)>);

/// What a text needs of the page around it.
#[derive(Clone, PartialEq)]
pub struct Around {
    /// The page's words.
    pub texts: Rc<Texts>,
    /// The scenario's folder on the site, ending in a slash.
    pub folder: String,
    /// The text's path in that folder.
    pub path: String,
    /// A run button was pressed.
    pub on_run: Callback<(String, Run)>,
    /// A copy button was pressed.
    pub on_copy: Callback<String>,
    /// The cluster is asked.
    pub on_ask: Callback<Ask>,
}

/// Draws a whole text.
pub fn draw(document: &Document, around: &Around) -> Html {
    draw_blocks(&document.blocks, around)
}

/// Draws pieces of a text.
pub fn draw_blocks(blocks: &[Block], around: &Around) -> Html {
    blocks.iter().map(|block| draw_block(block, around)).collect()
}

fn draw_block(block: &Block, around: &Around) -> Html {
    match block {
        Block::Heading(level, words) => {
            // The page's title is the first heading; the text's own follow below it.
            let tag = match level {
                0 | 1 => "h2",
                2 => "h3",
                _ => "h4",
            };
            html! { <@{tag}>{ draw_inlines(words, around) }</@> }
        }
        Block::Paragraph(words) => html! { <p>{ draw_inlines(words, around) }</p> },
        Block::Code { language, code } => draw_code_block(language, code, around),
        Block::Quote(blocks) => html! { <blockquote>{ draw_blocks(blocks, around) }</blockquote> },
        Block::List { start, items } => {
            let items = items.iter().map(|item| html! { <li>{ draw_item(item, around) }</li> });
            match start {
                Some(start) => html! { <ol start={start.to_string()}>{ for items }</ol> },
                None => html! { <ul>{ for items }</ul> },
            }
        }
        Block::Table { align, head, rows } => {
            let class = |at: usize| match align.get(at) {
                Some(Alignment::Right) => "right",
                Some(Alignment::Center) => "center",
                _ => "",
            };
            let head = head.iter().enumerate();
            let head = head.map(|(at, cell)| html! { <th class={class(at)}>{ draw_inlines(cell, around) }</th> });
            let rows = rows.iter().map(|row| {
                let cells = row.iter().enumerate();
                let cells = cells.map(|(at, cell)| html! { <td class={class(at)}>{ draw_inlines(cell, around) }</td> });
                html! { <tr>{ for cells }</tr> }
            });
            html! {
                <div class="table" tabindex="0" role="group" aria-label={around.texts.get("lesson.table")}>
                    <table><thead><tr>{ for head }</tr></thead><tbody>{ for rows }</tbody></table>
                </div>
            }
        }
        Block::Details { summary, body } => html! {
            <details><summary>{ draw_inlines(summary, around) }</summary>{ draw_blocks(body, around) }</details>
        },
        Block::Predict(predict) => html! { <PredictBox predict={predict.clone()} around={around.clone()} /> },
        Block::Rule => html! { <hr /> },
    }
}

/// An item that is one paragraph is drawn without the paragraph.
fn draw_item(item: &[Block], around: &Around) -> Html {
    match item {
        [Block::Paragraph(words), rest @ ..] => {
            html! { <>{ draw_inlines(words, around) }{ draw_blocks(rest, around) }</> }
        }
        blocks => draw_blocks(blocks, around),
    }
}

/// Draws a line's pieces.
pub fn draw_inlines(words: &[Inline], around: &Around) -> Html {
    words.iter().map(|inline| draw_inline(inline, around)).collect()
}

fn draw_inline(inline: &Inline, around: &Around) -> Html {
    match inline {
        Inline::Text(text) => html! { { text } },
        Inline::Code(code) => draw_code(code, around),
        Inline::Marked(mark, content) => {
            let tag = match mark {
                Mark::Code => "code",
                Mark::Del => "del",
                Mark::Em => "em",
                Mark::Ins => "ins",
                Mark::Kbd => "kbd",
                Mark::Mark => "mark",
                Mark::Small => "small",
                Mark::Strong => "strong",
                Mark::Sub => "sub",
                Mark::Sup => "sup",
                Mark::U => "u",
            };
            html! { <@{tag}>{ draw_inlines(content, around) }</@> }
        }
        Inline::Link { to, title, content } => draw_link(to, title, content, around),
        Inline::Image { source, alt } => match address(source, around) {
            Some(source) => html! { <img src={source} alt={alt.clone()} loading="lazy" /> },
            None => html! { <span class="no-image">{ alt }</span> },
        },
        Inline::Break => html! { <br /> },
    }
}

fn draw_link(to: &Destination, title: &str, content: &[Inline], around: &Around) -> Html {
    let title = (!title.is_empty()).then(|| title.to_owned());
    match to {
        // A port of the simulated cluster cannot be opened in a browser; it can be asked from the terminal.
        Destination::Traffic(traffic, path) => {
            let code = Code {
                text: format!("curl {}{path}", traffic.url()),
                action: Some(Action::Run(Run { interrupt: false, fails: false, terminal: 1, host: 1 })),
            };
            html! { <>{ draw_inlines(content, around) }{ " " }{ draw_code(&code, around) }</> }
        }
        Destination::TrafficSelector | Destination::Refused => draw_inlines(content, around),
        Destination::Web(_) => html! {
            <a href={address(to, around)} {title} target="_blank" rel="noopener noreferrer">{ draw_inlines(content, around) }</a>
        },
        Destination::Within(_) => html! {
            <a href={address(to, around)} {title} target="_blank" rel="noopener">{ draw_inlines(content, around) }</a>
        },
    }
}

fn address(to: &Destination, around: &Around) -> Option<String> {
    match to {
        Destination::Web(address) => Some(address.clone()),
        Destination::Within(path) if path.starts_with('#') => Some(path.clone()),
        Destination::Within(path) => Some(format!("{}{}", around.folder, resolve(&around.path, path)?)),
        _ => None,
    }
}

fn draw_code(code: &Code, around: &Around) -> Html {
    match &code.action {
        Some(Action::Run(run)) => {
            let name = around.texts.fill("code.run.name", &[("command", &code.text)]);
            html! {
                <button type="button" class="run-inline" aria-label={name} title={around.texts.get("code.run")}
                    onclick={press(&around.on_run, (code.text.clone(), run.clone()))}>
                    <code>{ &code.text }</code>
                </button>
            }
        }
        Some(Action::Copy) => {
            let name = around.texts.fill("code.copy.name", &[("command", &code.text)]);
            html! {
                <button type="button" class="copy-inline" aria-label={name} title={around.texts.get("code.copy")}
                    onclick={press(&around.on_copy, code.text.clone())}>
                    <code>{ &code.text }</code>
                </button>
            }
        }
        Some(Action::Inert | Action::Open) | None => html! { <code>{ &code.text }</code> },
    }
}

fn draw_code_block(language: &str, code: &Code, around: &Around) -> Html {
    let texts = &around.texts;
    let run = match &code.action {
        Some(Action::Run(run)) => html! {
            <button type="button" class="run" onclick={press(&around.on_run, (code.text.clone(), run.clone()))}>
                { texts.get(if run.interrupt { "code.interrupt" } else { "code.run" }) }
            </button>
        },
        _ => Html::default(),
    };
    let copy = match &code.action {
        Some(Action::Inert) => Html::default(),
        _ => html! {
            <button type="button" class="quiet" onclick={press(&around.on_copy, code.text.clone())}>{ texts.get("code.copy") }</button>
        },
    };
    let class = (!language.is_empty()).then(|| format!("language-{language}"));
    html! {
        <div class="code">
            <pre tabindex="0"><code {class}>{ &code.text }</code></pre>
            <div class="code-buttons">{ run }{ copy }</div>
        </div>
    }
}

fn press<T: Clone + 'static>(callback: &Callback<T>, value: T) -> Callback<MouseEvent> {
    callback.reform(move |_| value.clone())
}
