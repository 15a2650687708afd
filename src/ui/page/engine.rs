//! The engine's worker, as the page holds it.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};
use yew::Callback;

use crate::view::protocol::{FromEngine, ToEngine};

/// A running worker. Dropping it ends the worker, whatever it does.
pub struct Engine {
    worker: Worker,
    _heard: Closure<dyn Fn(MessageEvent)>,
    _failed: Closure<dyn Fn(ErrorEvent)>,
}

impl Engine {
    /// Starts a worker; all that it says goes to `told`.
    pub fn start(told: Callback<FromEngine>) -> Result<Engine, String> {
        let early = early();
        let worker = match early.clone() {
            Some(worker) => worker,
            None => {
                let options = WorkerOptions::new();
                options.set_type(WorkerType::Module);
                Worker::new_with_options("./engine_loader.js", &options).map_err(|error| format!("{error:?}"))?
            }
        };
        let heard = Closure::<dyn Fn(MessageEvent)>::new({
            let told = told.clone();
            move |event: MessageEvent| told.emit(understood(&event.data()))
        });
        // What it said before anybody listened.
        let said = early.and_then(|worker| js_sys::Reflect::get(&worker, &"said".into()).ok());
        if let Some(said) = said.filter(JsValue::is_string) {
            told.emit(understood(&said));
        }
        worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        // A worker that cannot be loaded says nothing more than that.
        let failed = Closure::<dyn Fn(ErrorEvent)>::new(move |event: ErrorEvent| {
            let message = js_sys::Reflect::get(&event, &"message".into()).ok().and_then(|message| message.as_string());
            told.emit(FromEngine::Failed { message: message.unwrap_or_default() });
        });
        worker.set_onerror(Some(failed.as_ref().unchecked_ref()));
        Ok(Engine { worker, _heard: heard, _failed: failed })
    }

    /// Tells the worker something.
    pub fn send(&self, message: &ToEngine) {
        let text = serde_json::to_string(message).unwrap_or_default();
        // Only what cannot be cloned is refused; a string can.
        let _ = self.worker.post_message(&JsValue::from_str(&text));
    }
}

/// The worker that the page's start began with (`cargo xtask` writes it), so that it loads while the page does. There is
/// one, for the first that asks.
fn early() -> Option<Worker> {
    let (global, name) = (js_sys::global(), JsValue::from_str("engine"));
    let worker = js_sys::Reflect::get(&global, &name).ok()?.dyn_into().ok()?;
    // It can be deleted: nothing has made it otherwise.
    let _ = js_sys::Reflect::delete_property(&global, &name);
    Some(worker)
}

fn understood(data: &JsValue) -> FromEngine {
    let text = data.as_string().unwrap_or_default();
    serde_json::from_str(&text)
        .unwrap_or_else(|error| FromEngine::Failed { message: format!("not understood: {error}") })
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
