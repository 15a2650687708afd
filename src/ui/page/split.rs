//! A divider that moves, by pointer and by keyboard.

use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use super::settings::within;

/// See [`Divider`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Its name for those who do not see it.
    pub label: String,
    /// What is before it, in percent of its parent.
    pub percent: f64,
    /// Between left and right, not above and below.
    #[prop_or_default]
    pub upright: bool,
    /// Where it was put.
    pub on_move: Callback<f64>,
}

/// Divides its parent element.
#[component]
pub fn Divider(props: &Props) -> Html {
    let held = use_state(|| false);
    let upright = props.upright;
    let onpointerdown = {
        let held = held.clone();
        Callback::from(move |event: PointerEvent| {
            if let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) {
                // Refused only for a pointer that is gone already.
                let _ = target.set_pointer_capture(event.pointer_id());
            }
            event.prevent_default();
            held.set(true);
        })
    };
    let onpointermove = {
        let (held, on_move) = (held.clone(), props.on_move.clone());
        Callback::from(move |event: PointerEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let Some(parent) = target.filter(|_| *held).and_then(|target| target.parent_element()) else { return };
            let area = parent.get_bounding_client_rect();
            let percent = if upright {
                (f64::from(event.client_x()) - area.left()) / area.width()
            } else {
                (f64::from(event.client_y()) - area.top()) / area.height()
            };
            on_move.emit(within(percent * 100.0));
        })
    };
    let release = Callback::from(move |_: PointerEvent| held.set(false));
    let onkeydown = {
        let (percent, on_move) = (props.percent, props.on_move.clone());
        Callback::from(move |event: KeyboardEvent| {
            let by = match event.key().as_str() {
                "ArrowLeft" | "ArrowUp" => -2.0,
                "ArrowRight" | "ArrowDown" => 2.0,
                "Home" => -100.0,
                "End" => 100.0,
                _ => return,
            };
            event.prevent_default();
            on_move.emit(within(percent + by));
        })
    };
    html! {
        <div class={classes!("divider", upright.then_some("upright"))} role="separator" tabindex="0"
            aria-label={props.label.clone()} aria-orientation={if upright { "vertical" } else { "horizontal" }}
            aria-valuemin="18" aria-valuemax="80" aria-valuenow={format!("{:.0}", props.percent)}
            {onpointerdown} {onpointermove} onpointerup={release.clone()} onpointercancel={release} {onkeydown} />
    }
}
