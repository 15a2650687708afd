//! What needs no browser: rustfmt, clippy, cargo test.

use super::Run;
use super::count::{Count, counted};
use crate::run::{Outcome, openly};
use crate::setup::toolchain::{Toolchain, WASM};

/// The code is as rustfmt writes it.
pub fn format(run: &mut Run) -> Outcome<Count> {
    let cargo = run.wasm.unwrap_or_else(Toolchain::for_native);
    openly(cargo.cargo().args(["fmt", "--all", "--check"]))
        .map_err(|e| format!("{e}\n`cargo fmt --all` repairs it."))?;
    Ok(Count::ONE)
}

/// Clippy on everything. Not all packages at once: their features would be joined, and the library would be
/// looked at as nobody builds it.
pub fn lint(run: &mut Run) -> Outcome<Count> {
    let toolchain = run.wasm()?;
    let rounds: [&[&str]; 4] = [
        &["--package", "drydock", "--package", "drydock-prose", "--all-targets"],
        &["--package", "xtask", "--package", "drydock-split", "--all-targets"],
        &["--package", "drydock", "--target", WASM, "--features", "ui", "--lib", "--bins"],
        &["--package", "drydock-browser-tests", "--target", WASM, "--tests"],
    ];
    for round in rounds {
        openly(toolchain.cargo().arg("clippy").args(round).args(["--", "--deny", "warnings"]))?;
    }
    Ok(Count { passed: rounds.len() as u64, failed: 0 })
}

/// Native tests, doctests among them; all but the transcripts, which are a family of their own.
pub fn test(run: &mut Run) -> Outcome<Count> {
    let mut count =
        cargo_test(run, &["--package", "drydock", "--package", "drydock-prose", "--", "--skip", TRANSCRIPTS])?;
    count.add(cargo_test(run, &["--package", "xtask", "--package", "drydock-split"])?);
    Ok(count)
}

/// What real clusters printed is what the simulation prints.
pub fn transcripts(run: &mut Run) -> Outcome<Count> {
    cargo_test(run, &["--package", "drydock", "--test", "main", "--", "--nocapture", TRANSCRIPTS])
}

/// The module of the integration tests that replays recordings.
const TRANSCRIPTS: &str = "transcripts::";

fn cargo_test(run: &mut Run, words: &[&str]) -> Outcome<Count> {
    let toolchain = run.wasm.unwrap_or_else(Toolchain::for_native);
    counted(toolchain.cargo().args(["test", "--no-fail-fast"]).args(words))
}
