//! `cargo xtask bench`: the numbers that the README quotes.

use crate::dist;
use crate::drive;
use crate::place;
use crate::run::{Outcome, openly, say};
use crate::setup::toolchain::Toolchain;
use crate::site;

/// Measures natively (benches/), then in Chromium on dist/ (tests/e2e/bench.mjs).
pub fn bench(words: &[&str]) -> Outcome {
    let toolchain = Toolchain::for_native();
    for bench in native()? {
        say(format!("== native: {bench}"));
        let mut cargo = toolchain.cargo();
        openly(cargo.args(["bench", "--package", "drydock", "--bench", &bench, "--"]).args(words))?;
    }
    if place::root().join("tests/e2e/bench.mjs").exists() {
        say("== in Chromium");
        dist::dist(Toolchain::for_wasm()?)?;
        openly(drive::node(dist::folder())?.arg("tests/e2e/bench.mjs").args(words))?;
    }
    Ok(())
}

/// The programs in benches/, by name: `cargo bench` alone would build every unit test for speed too.
fn native() -> Outcome<Vec<String>> {
    let folder = place::root().join("benches");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = site::files(&folder)?;
    files.retain(|f| f.extension().is_some_and(|e| e == "rs") && f.parent() == Some(&folder));
    Ok(files.iter().filter_map(|f| Some(f.file_stem()?.to_str()?.to_owned())).collect())
}
