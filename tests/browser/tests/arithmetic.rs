//! The world is computed natively in tests and as wasm in the browser: the same numbers, then.

use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn durations_are_64_bits_wide_here_too() {
    let year = std::time::Duration::from_secs(365 * 24 * 3600);
    assert_eq!(year.as_micros(), 31_536_000_000_000);
}
