//! The clock bar: what time it is in the cluster, and how it passes.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::view::clock::{Clock, Order, SPEEDS};
use crate::view::text::Texts;

/// See [`ClockBar`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The page's words.
    pub texts: Rc<Texts>,
    /// What the clock does; none before there is a world.
    pub clock: Option<Clock>,
    /// What was asked of it.
    pub on_order: Callback<Order>,
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
    html! {
        <div class="clock" role="group" aria-label={texts.get("clock.title")} data-busy={clock.busy.to_string()}>
            <span class="clock-time" title={texts.get("clock.explain")}>
                <time>{ clock.time_of_day() }</time>
                <span class="elapsed">{ format!("+{}", clock.elapsed()) }</span>
            </span>
            <span class={classes!("clock-state", state.strip_prefix("clock."))}>{ texts.get(state) }</span>
            <span class="grow" />
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
        </div>
    }
}
