//! Every step of every lesson fails before its solution and passes after it.

use std::process::Command;

use super::Run;
use super::count::Count;
use crate::place;
use crate::run::{Outcome, openly};
use crate::setup::toolchain::Toolchain;

/// Has the command line `drydock` prove the lessons.
pub fn check(run: &mut Run) -> Outcome<Count> {
    let toolchain = run.wasm.unwrap_or_else(Toolchain::for_native);
    openly(toolchain.cargo().args(["build", "--package", "drydock", "--bin", "drydock"]))?;
    let drydock = place::target().join("debug/drydock");
    openly(Command::new(drydock).current_dir(place::root()).args(["lesson", "check", "lessons"]))?;
    Ok(Count::ONE)
}
