//! wasm-bindgen and its test runner: programs of this workspace, so that their version is the
//! one that Cargo.lock names and nothing has to be installed.

use std::path::PathBuf;

use super::toolchain::Toolchain;
use crate::place;
use crate::run::{self, Outcome};

/// Builds both tools and returns the folder that holds them.
pub fn tools(toolchain: Toolchain) -> Outcome<PathBuf> {
    let folder = place::target().join("debug");
    let mut build = toolchain.cargo();
    build.args(["build", "--package", "drydock-bindgen"]);
    if folder.join("wasm-bindgen-test-runner").exists() {
        // Up to date most of the time: not worth a line.
        return run::openly(build.arg("--quiet")).map(|()| folder);
    }
    run::quietly("Building wasm-bindgen", "one to two minutes, once", &mut build)?;
    Ok(folder)
}
