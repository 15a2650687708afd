//! The clock bar: what time it is in the cluster, and how it passes.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::view::clock::{Clock, Order, SPEEDS};
use crate::view::cluster::Happened;
use crate::view::narrate;
use crate::view::text::Texts;

/// See [`ClockBar`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The page's words.
    pub texts: Rc<Texts>,
    /// What the clock does; none before there is a world.
    pub clock: Option<Clock>,
    /// Whether the world is being made.
    pub making: bool,
    /// What happened in the last step.
    pub happened: Vec<Happened>,
    /// Whether there is something to take back, and something to put back.
    pub turns: (bool, bool),
    /// What was asked of it.
    pub on_order: Callback<Order>,
    /// Back.
    pub on_undo: Callback<()>,
    /// Forth.
    pub on_redo: Callback<()>,
}

/// The bar.
#[component]
pub fn ClockBar(props: &Props) -> Html {
    let texts = &props.texts;
    let Some(clock) = props.clock else {
        return html! { <div class="clock" role="group" aria-label={texts.get("clock.title")} /> };
    };
    let order = |order: Order| props.on_order.reform(move |_: MouseEvent| order);
    let state = if clock.ahead {
        "clock.ahead"
    } else if clock.paused && !clock.busy {
        "clock.paused"
    } else {
        "clock.running"
    };
    let on_speed = props.on_order.reform(|event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        Order::Speed(value.parse().unwrap_or(1))
    });
    let speeds = SPEEDS.iter().map(|speed| {
        html! { <option value={speed.to_string()} selected={*speed == clock.speed}>{ format!("×{speed}") }</option> }
    });
    // A button that is not to be pressed now keeps the focus: the learner may press it again at once.
    let turn = |can: bool, key: &str, explain: &str, sign: &'static str, told: &Callback<()>| {
        let can = can && !props.making;
        let told = told.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            if can {
                told.emit(())
            }
        });
        html! {
            <button type="button" class="quiet" aria-disabled={(!can).then_some("true")} title={texts.get(explain)} {onclick}>
                <span aria-hidden="true">{ sign }</span>{ texts.get(key) }
            </button>
        }
    };
    let deeds = narrate::deeds(&props.happened, texts);
    html! {
        <div class="clock" role="group" aria-label={texts.get("clock.title")} aria-busy={props.making.to_string()} data-busy={clock.busy.to_string()}>
            <span class="clock-time" title={texts.get("clock.explain")}>
                <time>{ clock.time_of_day() }</time>
                <span class="elapsed">{ format!("+{}", clock.elapsed()) }</span>
            </span>
            <span class={classes!("clock-state", state.strip_prefix("clock."))}>{ texts.get(state) }</span>
            <span class="grow" />
            { turn(props.turns.0, "clock.undo", "clock.undo.explain", "↶ ", &props.on_undo) }
            { turn(props.turns.1, "clock.redo", "clock.redo.explain", "↷ ", &props.on_redo) }
            if clock.paused || clock.ahead {
                <button type="button" class="quiet" onclick={order(if clock.ahead { Order::Pause } else { Order::Run })}>
                    { texts.get(if clock.ahead { "clock.stop" } else { "clock.run" }) }
                </button>
            } else {
                <button type="button" class="quiet" onclick={order(Order::Pause)}>{ texts.get("clock.pause") }</button>
            }
            <button type="button" class="quiet" disabled={clock.ahead} onclick={order(Order::Step)}>{ texts.get("clock.step") }</button>
            <button type="button" class="quiet" disabled={clock.ahead} onclick={order(Order::UntilStable)}>{ texts.get("clock.stable") }</button>
            <select aria-label={texts.get("clock.speed")} onchange={on_speed}>{ for speeds }</select>
            if !deeds.is_empty() {
                <ul class="happened" aria-label={texts.get("clock.happened")}>{ for deeds.iter().map(|deed| html! { <li>{ deed }</li> }) }</ul>
            }
        </div>
    }
}
