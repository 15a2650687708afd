//! The tool `wasm-bindgen-test-runner`, which wasm-pack looks for beside `wasm-bindgen`.

fn main() -> anyhow::Result<()> {
    env_logger::init();
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
