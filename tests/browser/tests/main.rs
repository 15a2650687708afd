//! Unit tests that run in a real browser: `cargo xtask test browser`. One module a subject.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

mod arithmetic;
mod determinism;
mod terminal;

wasm_bindgen_test_configure!(run_in_browser);
