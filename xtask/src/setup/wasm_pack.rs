//! wasm-pack, which runs the unit tests that need a browser.

use std::path::PathBuf;

use super::toolchain::Toolchain;
use crate::run::{self, Outcome};

/// Finds wasm-pack, or installs it where cargo installs programs.
pub fn wasm_pack(toolchain: Toolchain) -> Outcome<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    let _lock = super::one_at_a_time()?;
    if let Some(found) = find() {
        return Ok(found);
    }
    let mut install = toolchain.cargo();
    // It only starts other programs: compiling it takes longer than it will ever run.
    install
        .args(["install", "wasm-pack", "--locked", "--version", "^0.15", "--debug"])
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    run::quietly("Installing wasm-pack", "compiled from source, one to two minutes on two cores", &mut install)?;
    find().ok_or_else(|| "wasm-pack was installed, but neither PATH nor cargo's home has it".to_owned())
}

fn find() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|h| h.join(".cargo")));
    let in_home = home.map(|h| h.join("bin/wasm-pack")).filter(|p| p.exists());
    run::which("wasm-pack").or(in_home)
}
