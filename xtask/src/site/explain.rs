//! What `kubectl explain` says, in a file that the engine asks for at the first explain.

use std::path::Path;
use std::process::Command;

use crate::place;
use crate::run::{self, Outcome};
use crate::setup::toolchain::Toolchain;

/// The file's name, which the engine knows too (src/ui/drive.rs).
pub const FILE: &str = "explain.json";

/// Has the crate drydock-prose write the file.
pub fn write(toolchain: Toolchain, folder: &Path) -> Outcome {
    run::say("· Collecting what the API says of its fields (half a minute the first time) …");
    let mut build = toolchain.cargo();
    // Named beside drydock, it has k8s-openapi with the same features, compiled once for both.
    build.args(["build", "--quiet", "--package", "drydock", "--package", "drydock-prose", "--bin", "drydock-prose"]);
    run::openly(&mut build)?;
    run::openly(Command::new(place::target().join("debug/drydock-prose")).arg(folder.join(FILE)))
}
