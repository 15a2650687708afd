//! The band across the top: the name, the lesson, the language, light or dark.

use std::rc::Rc;

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::browser;
use super::failure::Way;
use super::settings::Theme;
use crate::view::text::{Language, Texts};

/// See [`Header`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The page's words.
    pub texts: Rc<Texts>,
    /// The lesson's title.
    pub lesson: String,
    /// Light or dark.
    pub theme: Theme,
    /// Another language.
    pub on_language: Callback<Language>,
    /// Another theme.
    pub on_theme: Callback<Theme>,
    /// Whether the list of lessons is seen.
    pub choosing: bool,
    /// The seed of the world, once there is one.
    pub seed: Option<u64>,
    /// The list of lessons is wanted, or no more.
    pub on_lessons: Callback<bool>,
    /// One more terminal.
    pub on_terminal: Callback<()>,
    /// A copy to open: its text, if it can be read.
    pub on_file: Callback<Option<String>>,
    /// Keep a copy, begin anew.
    pub on_way: Callback<Way>,
}

/// The band.
#[component]
pub fn Header(props: &Props) -> Html {
    let texts = &props.texts;
    let languages = Language::ALL.iter().map(|language| {
        html! { <option value={language.code()} lang={language.code()} selected={*language == texts.language()}>{ language.name() }</option> }
    });
    let on_language = props.on_language.reform(|event: Event| {
        Language::of(&event.target_unchecked_into::<HtmlSelectElement>().value()).unwrap_or_default()
    });
    let themes = Theme::ALL.iter().map(|(theme, value, key)| {
        html! { <option value={*value} selected={*theme == props.theme}>{ texts.get(key) }</option> }
    });
    let on_theme = props.on_theme.reform(|event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        Theme::ALL.iter().find(|(_, name, _)| *name == value).map(|(theme, ..)| *theme).unwrap_or_default()
    });
    let file = use_node_ref();
    let on_open = {
        let file = file.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(file) = file.cast::<HtmlInputElement>() {
                // The same file may be chosen twice.
                file.set_value("");
                file.click();
            }
        })
    };
    let on_chosen = {
        let on_file = props.on_file.clone();
        Callback::from(move |event: Event| {
            let files = event.target_unchecked_into::<HtmlInputElement>().files();
            if let Some(file) = files.and_then(|files| files.get(0)) {
                let on_file = on_file.clone();
                wasm_bindgen_futures::spawn_local(async move { on_file.emit(browser::read(file).await) });
            }
        })
    };
    let way = |way: Way| props.on_way.reform(move |_: MouseEvent| way);
    // What was pressed is done: the menu is in the way of what comes of it.
    let item = |key: &str, onclick: Callback<MouseEvent>| {
        html! { <button type="button" popovertarget="menu" popovertargetaction="hide" {onclick}>{ texts.get(key) }</button> }
    };
    let choosing = props.choosing;
    html! {
        <header>
            <a class="skip" href="#terminal">{ texts.get("skip.terminal") }</a>
            <span class="wordmark">
                <svg class="logo" width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
                    <path class="logo-dock" d="M2 8 h4 v6 h3 v6 h3 v6 h8 v-6 h3 v-6 h3 v-6 h4 v20 a2 2 0 0 1 -2 2 h-24 a2 2 0 0 1 -2 -2 z" />
                    <path class="logo-hull" d="M10 5 h12 v7 q0 9 -6 11 q-6 -2 -6 -11 z" />
                </svg>
                <span>{ "Drydock" }</span>
            </span>
            <button type="button" class="quiet" aria-expanded={choosing.to_string()}
                onclick={props.on_lessons.reform(move |_| !choosing)}>{ texts.get("lessons.title") }</button>
            <span class="lesson-title">{ &props.lesson }</span>
            <span class="grow" />
            <label><span class="visually-hidden">{ texts.get("header.language") }</span>
                <select onchange={on_language} data-testid="language">{ for languages }</select></label>
            <label><span class="visually-hidden">{ texts.get("header.theme") }</span>
                <select onchange={on_theme} data-testid="theme">{ for themes }</select></label>
            <button type="button" class="quiet" popovertarget="menu" aria-label={texts.get("menu.title")} title={texts.get("menu.title")}>
                <span aria-hidden="true">{ "⋯" }</span>
            </button>
            <div id="menu" popover="auto" class="menu">
                { item("menu.terminal", props.on_terminal.reform(|_| ())) }
                { item("menu.download", way(Way::Download)) }
                { item("menu.open", on_open) }
                { item("menu.anew", way(Way::Anew)) }
                { item("menu.anew.otherwise", way(Way::AnewOtherwise)) }
                if let Some(seed) = props.seed {
                    <p class="seed">{ texts.fill("menu.seed", &[("seed", &seed.to_string())]) }</p>
                    <p>{ texts.get("menu.seed.explain") }</p>
                }
            </div>
            <input type="file" class="visually-hidden" accept=".json,application/json" tabindex="-1" aria-hidden="true"
                ref={file} onchange={on_chosen} />
        </header>
    }
}
