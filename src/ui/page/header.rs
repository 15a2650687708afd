//! The band across the top: the name, the lesson, the language, light or dark.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::prelude::*;

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
    /// One more terminal.
    pub on_terminal: Callback<()>,
    /// Keep a copy.
    pub on_download: Callback<()>,
    /// Begin anew.
    pub on_anew: Callback<()>,
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
            <span class="lesson-title">{ &props.lesson }</span>
            <span class="grow" />
            <label><span class="visually-hidden">{ texts.get("header.language") }</span>
                <select onchange={on_language} data-testid="language">{ for languages }</select></label>
            <label><span class="visually-hidden">{ texts.get("header.theme") }</span>
                <select onchange={on_theme} data-testid="theme">{ for themes }</select></label>
            <details class="menu">
                <summary aria-label={texts.get("menu.title")} title={texts.get("menu.title")}><span aria-hidden="true">{ "⋯" }</span></summary>
                <div class="menu-items">
                    <button type="button" onclick={props.on_terminal.reform(|_| ())}>{ texts.get("menu.terminal") }</button>
                    <button type="button" onclick={props.on_download.reform(|_| ())}>{ texts.get("menu.download") }</button>
                    <button type="button" onclick={props.on_anew.reform(|_| ())}>{ texts.get("menu.anew") }</button>
                </div>
            </details>
        </header>
    }
}
