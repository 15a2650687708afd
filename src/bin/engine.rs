//! The start of the engine's Web Worker: says that it is there.

use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::DedicatedWorkerGlobalScope;

fn main() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    // Only a value that cannot be cloned is refused; a string can.
    let _ = scope.post_message(&JsValue::from_str("ready"));
}
