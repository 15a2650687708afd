//! What is shown when the engine gave up: why, and how to go on.

use std::rc::Rc;

use yew::prelude::*;

use crate::view::text::Texts;

/// What may be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Go on from before the last line that was entered.
    Before,
    /// Try the same again.
    Again,
    /// Begin anew.
    Anew,
    /// Begin anew, with chance as nobody has seen it.
    AnewOtherwise,
    /// Keep a copy of the log.
    Download,
}

/// See [`Failure`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The page's words.
    pub texts: Rc<Texts>,
    /// What the engine said last.
    pub message: String,
    /// Whether there was a world.
    pub lived: bool,
    /// What is to be done.
    pub on_way: Callback<Way>,
}

/// The message, where the terminal and the picture would be.
#[component]
pub fn Failure(props: &Props) -> Html {
    let texts = &props.texts;
    let way = |way: Way, key: &str, class: &'static str| {
        html! { <button type="button" {class} onclick={props.on_way.reform(move |_| way)}>{ texts.get(key) }</button> }
    };
    let (title, explain) = if props.lived {
        ("failure.stopped", "failure.stopped.explain")
    } else {
        ("failure.start", "failure.start.explain")
    };
    html! {
        <div class="failure" role="alert">
            <h2>{ texts.get(title) }</h2>
            <p>{ texts.get(explain) }</p>
            <p class="failure-ways">
                if props.lived {
                    { way(Way::Before, "failure.before", "primary") }
                    { way(Way::Download, "failure.download", "quiet") }
                } else {
                    { way(Way::Again, "failure.again", "primary") }
                }
                { way(Way::Anew, "failure.anew", "quiet") }
            </p>
            if !props.message.is_empty() {
                <details><summary>{ texts.get("failure.details") }</summary><pre tabindex="0">{ &props.message }</pre></details>
            }
        </div>
    }
}
