//! The list of lessons: what there is, and which are done.

use std::rc::Rc;

use yew::prelude::*;

use super::storage::Shelf;
use super::world::progress;
use crate::lesson::{Course, Entry, Summary};
use crate::view::address::SANDBOX;
use crate::view::text::Texts;

/// Draws the list; none is one that is being fetched. `open` is the lesson that is open.
pub fn draw(
    course: Option<&Course>,
    open: &str,
    shelf: &dyn Shelf,
    texts: &Rc<Texts>,
    on_close: &Callback<()>,
) -> Html {
    let list = match course {
        None => html! { <p class="loading" role="status">{ texts.get("lessons.loading") }</p> },
        Some(course) => {
            let drawing = Drawing { open, shelf, texts, on_close };
            html! {
                <>
                    { drawing.course(course, 2) }
                    <h2>{ texts.get("lessons.without") }</h2>
                    <ul class="plain lessons">
                        <li>{ drawing.link(SANDBOX, open.is_empty(), texts.get("lessons.sandbox")) }
                            <p>{ texts.get("lessons.sandbox.explain") }</p></li>
                    </ul>
                </>
            }
        }
    };
    html! {
        <>
            <div class="scroll" tabindex="0" role="group" aria-label={texts.get("lessons.title")}>
                <div class="text"><h1>{ texts.get("lessons.title") }</h1>{ list }</div>
            </div>
            <div class="lesson-foot"><div class="lesson-nav">
                <button type="button" class="quiet" onclick={on_close.reform(|_| ())}>{ texts.get("lessons.close") }</button>
            </div></div>
        </>
    }
}

struct Drawing<'a> {
    open: &'a str,
    shelf: &'a dyn Shelf,
    texts: &'a Texts,
    on_close: &'a Callback<()>,
}

impl Drawing<'_> {
    /// A course and what is in it; its inner courses' titles are headings of that level.
    fn course(&self, course: &Course, level: usize) -> Html {
        let mut parts = Vec::new();
        let lessons = course.entries.iter().filter_map(|entry| match entry {
            Entry::Scenario(summary) => Some(self.lesson(summary)),
            Entry::Course(_) => None,
        });
        let lessons: Vec<Html> = lessons.collect();
        if !lessons.is_empty() {
            parts.push(html! { <ul class="plain lessons">{ for lessons }</ul> });
        }
        for entry in &course.entries {
            if let Entry::Course(inner) = entry {
                let heading = format!("h{}", level.min(4));
                parts.push(html! { <><@{heading}>{ &inner.title }</@>{ self.course(inner, level + 1) }</> });
            }
        }
        parts.into_iter().collect()
    }

    fn lesson(&self, summary: &Summary) -> Html {
        let done = progress(self.shelf, &summary.path).map_or(0, |progress| progress.passed.len()).min(summary.steps);
        let is_done = done == summary.steps && done > 0;
        let (done, all) = (done.to_string(), summary.steps.to_string());
        let state = if is_done {
            self.texts.get("lessons.done")
        } else {
            self.texts.fill("lesson.done", &[("done", &done), ("all", &all)])
        };
        html! {
            <li>
                { self.link(&summary.path, summary.path == self.open, summary.title.clone()) }
                <p>{ summary.description.as_deref().unwrap_or_default() }</p>
                <p class="lesson-facts">
                    <span class={classes!(is_done.then_some("good"))}>{ state }</span>
                    { for summary.time.iter().map(|time| html! { <span>{ time }</span> }) }
                </p>
            </li>
        }
    }

    fn link(&self, place: &str, is_open: bool, title: String) -> Html {
        // The address may name that place already, and then says nothing of the click.
        html! { <a href={format!("#/{place}")} aria-current={is_open.then_some("true")} onclick={self.on_close.reform(|_| ())}>{ title }</a> }
    }
}
