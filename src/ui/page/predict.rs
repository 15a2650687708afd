//! A question before a command: the learner answers, the cluster grades.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::document::{Around, draw};
use crate::lesson::Predict;

/// See [`PredictBox`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The question.
    pub predict: Predict,
    /// The text that it stands in.
    pub around: Around,
}

/// The question with its answers; what was answered is compared with what the cluster says.
#[component]
pub fn PredictBox(props: &Props) -> Html {
    let answer = use_state(String::new);
    let verdict = use_state(|| None::<(bool, String)>);
    let texts = &props.around.texts;
    let choose = {
        let answer = answer.clone();
        Callback::from(move |event: Event| answer.set(event.target_unchecked_into::<HtmlInputElement>().value()))
    };
    let compare = {
        let (answer, verdict, predict) = (answer.clone(), verdict.clone(), props.predict.clone());
        let on_ask = props.around.on_ask.clone();
        Callback::from(move |_: MouseEvent| {
            let (answer, verdict, predict) = ((*answer).clone(), verdict.clone(), predict.clone());
            let command = predict.command.clone();
            let told = Callback::from(move |(_, output): (i32, String)| {
                let right = predict.is_right(&answer, &output);
                verdict.set(Some((right, output.trim().to_owned())));
            });
            on_ask.emit((command, told));
        })
    };
    let name = format!("predict-{}", props.predict.command);
    let answers = if props.predict.choices.is_empty() {
        html! { <input type="text" aria-label={texts.get("predict.answer")} value={(*answer).clone()} onchange={choose} /> }
    } else {
        let choice = |choice: &crate::lesson::Choice| {
            html! {
                <label class="choice">
                    <input type="radio" name={name.clone()} value={choice.value.clone()} onchange={choose.clone()} />
                    <span>{ draw(&choice.label, &props.around) }</span>
                </label>
            }
        };
        props.predict.choices.iter().map(choice).collect()
    };
    let verdict = verdict.as_ref().map(|(right, output)| {
        let key = if *right { "predict.right" } else { "predict.wrong" };
        html! { <p class={if *right { "good" } else { "not-yet" }}>{ texts.fill(key, &[("output", output)]) }</p> }
    });
    html! {
        <fieldset class="predict">
            <legend>{ texts.get("predict.title") }</legend>
            { draw(&props.predict.question, &props.around) }
            { answers }
            <button type="button" class="quiet" disabled={answer.is_empty()} onclick={compare}>{ texts.get("predict.compare") }</button>
            <div role="status">{ verdict }</div>
        </fieldset>
    }
}
