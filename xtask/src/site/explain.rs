//! What `kubectl explain` says, in a file that the engine asks for at the first explain.

use std::path::Path;

use crate::run::{self, Outcome};
use crate::setup::toolchain::Toolchain;

/// The file's name, which the engine knows too (src/ui/drive.rs).
pub const FILE: &str = "explain.json";

/// Has the crate drydock-prose write the file.
pub fn write(toolchain: Toolchain, folder: &Path) -> Outcome {
    run::say("· Collecting what the API says of its fields (half a minute the first time) …");
    let mut cargo = toolchain.cargo();
    cargo.args(["run", "--quiet", "--package", "drydock-prose", "--"]).arg(folder.join(FILE));
    run::openly(&mut cargo)
}
