//! `cargo xtask screenshot`: pictures of the app, wide and narrow, light and dark.

use std::path::PathBuf;

use crate::drive;
use crate::place;
use crate::run::{Outcome, openly};
use crate::setup::toolchain::Toolchain;
use crate::site::{self, Effort};

/// Builds the app and takes its pictures into a folder. `words` go to tests/e2e/screenshot.mjs.
pub fn screenshot(folder: Option<&str>, words: &[&str]) -> Outcome {
    let site = site::usual_folder();
    site::build(Toolchain::for_wasm()?, Effort::Quick, &site)?;
    let folder = folder.map_or_else(|| place::work().join("screenshots"), PathBuf::from);
    let folder = std::path::absolute(&folder).map_err(|e| e.to_string())?;
    openly(drive::node(site)?.arg("tests/e2e/screenshot.mjs").arg(folder).args(words))
}
