//! Set-up: each part looks whether it is there already, and installs only what is missing.

pub mod apt;
pub mod bindgen;
pub mod chromium;
mod debian_rust;
pub mod node;
pub mod toolchain;
pub mod wasm_pack;

use std::fs::File;

use crate::run::Outcome;

/// Installing touches the whole machine, so two checkouts do it one after the other.
/// The lock goes when the value is dropped.
pub fn one_at_a_time() -> Outcome<File> {
    let path = std::env::temp_dir().join("drydock-setup.lock");
    let file = File::options().create(true).append(true).open(&path);
    let file = file.map_err(|e| format!("cannot open {}: {e}", path.display()))?;
    file.lock().map_err(|e| format!("cannot lock {}: {e}", path.display()))?;
    Ok(file)
}
