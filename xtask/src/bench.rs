//! `cargo xtask bench`: the numbers that the README quotes.

use crate::dist;
use crate::drive;
use crate::run::{Outcome, openly, say};
use crate::setup::toolchain::Toolchain;
use crate::site::{Effort, Programs};

/// Measures natively (benches/pods.rs), then in Chromium (tests/e2e/bench.mjs): the site in dist/, and
/// the same Pods (benches/browser.rs) built as the site is.
pub fn bench(sizes: &[&str]) -> Outcome {
    let toolchain = Toolchain::for_wasm()?;
    say("== natively");
    openly(toolchain.cargo().args(["bench", "--package", "drydock", "--bench", "pods", "--"]).args(sizes))?;
    say("== in Chromium");
    dist::dist(toolchain)?;
    let program = Programs { bins: vec![String::from("bench")], features: String::from("ui") };
    let built = program.build(toolchain, Effort::Small)?;
    openly(drive::node(dist::folder())?.arg("tests/e2e/bench.mjs").args(built).args(sizes))
}
