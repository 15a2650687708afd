//! What is compiled beside other checks.
//!
//! The compiler ends with stretches that keep one core busy (link-time optimisation is the longest), and the site
//! for the world is compiled in folders of its own. So that begins with the first check, and the family that
//! needs it finds it done or nearly so.

use std::process::{Child, Stdio};

use crate::run::Outcome;
use crate::setup::toolchain::Toolchain;
use crate::site;

/// A compilation that goes on in the background; ended when this is dropped.
pub struct Ahead(Child);

impl Ahead {
    /// Begins to compile what dist/ is made of.
    pub fn start(toolchain: Toolchain) -> Outcome<Self> {
        let mut command = site::compile(toolchain)?;
        // The family that needs it compiles what is missing, and shows why that cannot be compiled.
        command.arg("--quiet").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Self).map_err(|e| format!("cannot run cargo: {e}"))
    }

    /// Waits for its end.
    pub fn finish(mut self) {
        // Whether it went well is seen by the family.
        let _ = self.0.wait();
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        // Nothing is left to end if it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
