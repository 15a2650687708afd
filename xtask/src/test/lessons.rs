//! Every step of every lesson fails before its solution and passes after it.

use std::process::Command;

use super::Run;
use super::count::Count;
use crate::place;
use crate::run::{self, Outcome, openly, say};
use crate::setup::toolchain::Toolchain;

/// Has the command line `drydock` prove the lessons.
pub fn check(shared: &mut Run) -> Outcome<Count> {
    if !place::root().join("lessons").is_dir() {
        say("There are no lessons yet.");
        return Ok(Count::default());
    }
    let toolchain = shared.wasm.unwrap_or_else(Toolchain::for_native);
    openly(toolchain.cargo().args(["build", "--package", "drydock", "--bin", "drydock"]))?;
    let drydock = place::target().join("debug/drydock");
    let help = run::answer(Command::new(&drydock).arg("help")).unwrap_or_default();
    if !help.contains("lesson check") {
        say("`drydock lesson check` is not there yet.");
        return Ok(Count::default());
    }
    openly(Command::new(drydock).current_dir(place::root()).args(["lesson", "check", "lessons"]))?;
    Ok(Count::ONE)
}
