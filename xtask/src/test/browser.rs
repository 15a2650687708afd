//! Unit tests in a browser, by wasm-pack.

use std::path::Path;

use super::Run;
use super::count::{Count, counted};
use crate::place;
use crate::run::Outcome;
use crate::setup::{bindgen, chromium, wasm_pack};

/// Runs tests/browser in headless Chromium.
pub fn test(run: &mut Run) -> Outcome<Count> {
    let toolchain = run.wasm()?;
    let chromium = chromium::chromium()?;
    let wasm_pack = wasm_pack::wasm_pack(toolchain)?;
    let tools = bindgen::tools(toolchain)?;
    let mut command = toolchain.command(wasm_pack);
    command.args(["test", "--headless", "--chrome", "--chromedriver"]).arg(&chromium.driver);
    // It takes wasm-bindgen and its runner from PATH; it shall not fetch others.
    command.args(["--mode", "no-install"]).env("PATH", path_with(&tools)?);
    // Loading several megabytes of unoptimised wasm takes longer than the runner's 20 s on a busy machine.
    command.env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    let package = place::root().join("tests/browser");
    counted(command.current_dir(&package).arg("."))
}

fn path_with(folder: &Path) -> Outcome<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
    std::env::join_paths(all).map_err(|e| format!("PATH cannot take {}: {e}", folder.display()))
}
