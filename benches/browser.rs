//! What a Pod costs, in a browser: tests/e2e/bench.mjs loads this and asks.

mod measure;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn milliseconds() -> f64;
}

/// The sizes to ask for.
#[wasm_bindgen]
pub fn sizes() -> Vec<usize> {
    measure::SIZES.to_vec()
}

/// One line of figures.
#[wasm_bindgen]
pub fn measured(pods: usize) -> String {
    measure::best(pods, milliseconds).to_string()
}

fn main() {}
