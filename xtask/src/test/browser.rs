//! Unit tests in a browser, by wasm-pack.

use std::path::Path;

use super::Run;
use super::count::{Count, counted};
use crate::place;
use crate::run::{self, Outcome};
use crate::setup::toolchain::Toolchain;
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
    command.env("NATIVE_HASHES", native_hashes(toolchain)?);
    let package = place::root().join("tests/browser");
    counted(command.current_dir(&package).arg("."))
}

/// What the worlds of tests/determinism are natively.
fn native_hashes(toolchain: Toolchain) -> Outcome<String> {
    let mut worlds = toolchain.cargo();
    worlds.args(["run", "--quiet", "--package", "drydock", "--example", "worlds"]);
    run::answer(&mut worlds).ok_or_else(|| format!("`{}` fails", run::line(&worlds)))
}

fn path_with(folder: &Path) -> Outcome<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
    std::env::join_paths(all).map_err(|e| format!("PATH cannot take {}: {e}", folder.display()))
}
