//! The lesson pane: one page of the lesson, its check, its hints, the way back and on.

use std::rc::Rc;

use yew::prelude::*;

use super::document::{Around, Ask, draw, draw_blocks};
use crate::lesson::{Finding, Lesson, Page, Run, ScenarioProgress};
use crate::view::text::Texts;

/// How the check of the open page stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Check {
    /// Nobody asked.
    #[default]
    Idle,
    /// It runs.
    Running,
    /// It failed, and this is what it found.
    Failed(Vec<Finding>),
}

/// What the pane asks of the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Open that page.
    Open(usize),
    /// Check this one, and go on if it passes.
    Check,
    /// Show one more hint.
    Hint,
    /// Show the solution.
    Solution,
}

/// See [`LessonPane`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The page's words.
    pub texts: Rc<Texts>,
    /// The lesson.
    pub lesson: Rc<Lesson>,
    /// Its folder on the site, ending in a slash.
    pub folder: String,
    /// The page that is open.
    pub page: usize,
    /// How far the learner is.
    pub progress: ScenarioProgress,
    /// How the check stands.
    pub check: Check,
    /// Whether there is a world to work in.
    pub live: bool,
    /// What is asked for.
    pub on_wish: Callback<Wish>,
    /// A run button was pressed.
    pub on_run: Callback<(String, Run)>,
    /// A copy button was pressed.
    pub on_copy: Callback<String>,
    /// The cluster is asked.
    pub on_ask: Callback<Ask>,
}

/// The intro, the steps and the end, in order.
pub fn pages(lesson: &Lesson) -> Vec<&Page> {
    lesson.intro.iter().chain(&lesson.steps).chain(&lesson.finish).collect()
}

/// What a page is called; an intro and an end may have no title of their own.
pub fn title<'a>(lesson: &'a Lesson, page: &'a Page) -> &'a str {
    if page.title.is_empty() { &lesson.title } else { &page.title }
}

/// The pane.
#[component]
pub fn LessonPane(props: &Props) -> Html {
    let Props { texts, lesson, progress, .. } = props;
    let all = pages(lesson);
    let Some(page) = all.get(props.page).copied() else { return Html::default() };
    let around = Around {
        texts: Rc::clone(texts),
        folder: props.folder.clone(),
        path: page.path.clone(),
        on_run: props.on_run.clone(),
        on_copy: props.on_copy.clone(),
        on_ask: props.on_ask.clone(),
    };
    let heading = use_node_ref();
    let scroller = use_node_ref();
    {
        let (heading, scroller, first) = (heading.clone(), scroller.clone(), use_mut_ref(|| true));
        use_effect_with(props.page, move |_| {
            if let Some(scroller) = scroller.cast::<web_sys::Element>() {
                scroller.set_scroll_top(0);
            }
            // Whoever goes on by keyboard or reads by ear begins at the new page's title.
            if !first.replace(false)
                && let Some(heading) = heading.cast::<web_sys::HtmlElement>()
            {
                let _ = heading.focus();
            }
        });
    }
    let passed = progress.passed.contains(&page.key);
    html! {
        <>
            { draw_steps(props, &all) }
            <div class="scroll" ref={scroller} tabindex="0" role="group" aria-label={texts.get("lesson.text")}>
                <article class="text" lang={if page.translated { lesson.language.clone() } else { "en".to_owned() }}>
                    <h1 ref={heading} tabindex="-1">{ title(lesson, page) }</h1>
                    { draw_text(page, &around) }
                </article>
                { draw_help(props, page, &around) }
            </div>
            <div class="lesson-foot">
                <div role="status" class="check-result">{ draw_check(props, passed, &around) }</div>
                <div class="lesson-nav">{ draw_nav(props, &all, page, passed) }</div>
            </div>
        </>
    }
}

/// The text, without the heading that says the title again.
fn draw_text(page: &Page, around: &Around) -> Html {
    use crate::lesson::Block;
    match page.text.blocks.as_slice() {
        [Block::Heading(1, _), rest @ ..] => draw_blocks(rest, around),
        blocks => draw_blocks(blocks, around),
    }
}

fn draw_steps(props: &Props, all: &[&Page]) -> Html {
    let texts = &props.texts;
    let dots = all.iter().enumerate().map(|(at, page)| {
        let passed = props.progress.passed.contains(&page.key);
        let name = title(&props.lesson, page);
        let key = if passed { "step.passed.name" } else { "step.name" };
        let label = texts.fill(key, &[("number", &at.to_string()), ("title", name)]);
        let class = classes!("dot", passed.then_some("passed"));
        let current = (at == props.page).then_some("step");
        let onclick = props.on_wish.reform(move |_| Wish::Open(at));
        html! { <li><button type="button" {class} aria-current={current} aria-label={label.clone()} title={label} {onclick} /></li> }
    });
    let steps = props.lesson.steps.len();
    let done = props.progress.done(&props.lesson.scenario).to_string();
    html! {
        <nav class="steps" aria-label={texts.get("lesson.steps")}>
            <ol>{ for dots }</ol>
            <span class="done">{ texts.fill("lesson.done", &[("done", &done), ("all", &steps.to_string())]) }</span>
        </nav>
    }
}

fn draw_help(props: &Props, page: &Page, around: &Around) -> Html {
    let texts = &props.texts;
    let shown = props.progress.hints.get(&page.key).copied().unwrap_or(0).min(page.hints.len());
    let solution_shown = props.progress.solutions.contains(&page.key);
    let hints = page.hints.iter().take(shown).enumerate().map(|(at, hint)| {
        html! { <li><span class="hint-number">{ texts.fill("hint.number", &[("number", &(at + 1).to_string())]) }</span>{ draw(hint, around) }</li> }
    });
    let next = if shown < page.hints.len() {
        let (number, all) = ((shown + 1).to_string(), page.hints.len().to_string());
        html! {
            <button type="button" class="quiet" onclick={props.on_wish.reform(|_| Wish::Hint)}>
                { texts.fill("hint.show", &[("number", &number), ("all", &all)]) }
            </button>
        }
    } else if page.solution.is_some() && !solution_shown {
        html! { <button type="button" class="quiet" onclick={props.on_wish.reform(|_| Wish::Solution)}>{ texts.get("solution.show") }</button> }
    } else {
        Html::default()
    };
    let solution = page.solution.as_ref().filter(|_| solution_shown).map(|solution| {
        let code =
            crate::lesson::Code { text: solution.trim_end().to_owned(), action: Some(crate::lesson::Action::Copy) };
        let block = crate::lesson::Block::Code { language: "bash".to_owned(), code };
        html! { <div class="solution"><h2>{ texts.get("solution.title") }</h2>{ draw_blocks(&[block], around) }</div> }
    });
    if page.hints.is_empty() && page.solution.is_none() {
        return Html::default();
    }
    html! {
        <section class="help" aria-label={texts.get("hint.title")}>
            <div aria-live="polite">
                if shown > 0 { <ol class="hints">{ for hints }</ol> }
                { solution }
            </div>
            { next }
        </section>
    }
}

fn draw_check(props: &Props, passed: bool, around: &Around) -> Html {
    let texts = &props.texts;
    match &props.check {
        Check::Running => html! { <p class="running">{ texts.get("check.running") }</p> },
        Check::Failed(findings) => {
            let findings = findings.iter().map(|finding| match finding {
                Finding::Text(blocks) => html! { <li>{ draw_blocks(blocks, around) }</li> },
                Finding::Line(line) => html! { <li><code>{ line }</code></li> },
            });
            html! {
                <div class="not-yet">
                    <p><strong>{ texts.get("check.failed") }</strong></p>
                    <ul>{ for findings }</ul>
                </div>
            }
        }
        Check::Idle if passed => html! { <p class="good">{ texts.get("check.passed") }</p> },
        Check::Idle => Html::default(),
    }
}

fn draw_nav(props: &Props, all: &[&Page], page: &Page, passed: bool) -> Html {
    let texts = &props.texts;
    let at = props.page;
    let open = |to: usize| props.on_wish.reform(move |_| Wish::Open(to));
    let back = html! {
        <button type="button" class="quiet" disabled={at == 0} onclick={open(at.saturating_sub(1))}>{ texts.get("nav.back") }</button>
    };
    let last = at + 1 >= all.len();
    let on = if page.verify.is_some() && !passed {
        html! {
            <>
                if matches!(props.check, Check::Failed(_)) && !last {
                    <button type="button" class="quiet" onclick={open(at + 1)}>{ texts.get("nav.skip") }</button>
                }
                <button type="button" class="primary" disabled={props.check == Check::Running || !props.live}
                    onclick={props.on_wish.reform(|_| Wish::Check)}>{ texts.get("nav.check") }</button>
            </>
        }
    } else if last {
        Html::default()
    } else {
        let key = if at == 0 && props.lesson.intro.is_some() { "nav.begin" } else { "nav.next" };
        html! { <button type="button" class="primary" onclick={open(at + 1)}>{ texts.get(key) }</button> }
    };
    html! { <>{ back }<span class="grow" />{ on }</> }
}
