//! The page's start.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};
use yew::prelude::*;

/// An empty page that shows whether the engine's worker answers.
#[component]
fn App() -> Html {
    let engine = use_state(|| "starting".to_owned());
    {
        let engine = engine.clone();
        use_effect_with((), move |()| {
            let options = WorkerOptions::new();
            options.set_type(WorkerType::Module);
            let worker = Worker::new_with_options("./engine_loader.js", &options).ok();
            let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                engine.set(event.data().as_string().unwrap_or_default());
            });
            if let Some(worker) = &worker {
                worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
            }
            move || drop((worker, heard))
        });
    }
    html! {
        <main>
            <h1>{ "Drydock" }</h1>
            <p id="engine">{ (*engine).clone() }</p>
        </main>
    }
}

fn main() {
    yew::Renderer::<App>::new().render();
}
