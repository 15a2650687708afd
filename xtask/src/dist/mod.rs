//! `cargo xtask dist`: the site for the world, checked.

mod origins;
mod size;

use std::path::PathBuf;

use crate::place;
use crate::run::{Outcome, say};
use crate::setup::toolchain::Toolchain;
use crate::site::{self, Effort};

/// Where the site for the world is written.
pub fn folder() -> PathBuf {
    place::root().join("dist")
}

/// Builds dist/ and checks its size and that it loads nothing from elsewhere.
pub fn dist(toolchain: Toolchain) -> Outcome {
    let folder = folder();
    site::build(toolchain, Effort::Small, &folder)?;
    origins::check(&folder)?;
    let total = size::check(&folder)?;
    say(format!("dist/ is ready: {} KB gzipped on the first visit. Any static host, any path will do.", total / 1000));
    Ok(())
}
