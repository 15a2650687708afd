//! Every step of every lesson fails before its solution and passes after it.

use std::process::Command;

use super::Run;
use super::count::Count;
use crate::place;
use crate::run::{Outcome, openly, say};
use crate::setup::toolchain::Toolchain;

/// Has the command line `drydock` prove the lessons.
pub fn check(run: &mut Run) -> Outcome<Count> {
    if !place::root().join("lessons").is_dir() {
        say("There are no lessons yet.");
        return Ok(Count::default());
    }
    let toolchain = run.wasm.unwrap_or_else(Toolchain::for_native);
    openly(toolchain.cargo().args(["build", "--package", "drydock", "--bin", "drydock"]))?;
    let drydock = place::target().join("debug/drydock");
    openly(Command::new(drydock).current_dir(place::root()).args(["lesson", "check", "lessons"]))?;
    Ok(Count::ONE)
}
