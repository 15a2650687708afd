//! The same seed and the same inputs give the same world here as natively.

use wasm_bindgen_test::wasm_bindgen_test;

#[path = "../../determinism/worlds.rs"]
mod worlds;

#[wasm_bindgen_test]
fn worlds_are_the_same_as_natively() {
    let Some(native) = option_env!("NATIVE_HASHES") else {
        panic!("`cargo xtask test browser` compiles this with what `cargo run --example worlds` prints");
    };
    let native: Vec<&str> = native.split_whitespace().collect();
    assert_eq!(native.len(), worlds::ALL.len());
    for (world, native) in worlds::ALL.iter().zip(native) {
        assert_eq!(world.hash().to_string(), native, "{}", world.name);
    }
}
