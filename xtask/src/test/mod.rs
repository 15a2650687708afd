//! `cargo xtask test`: every check, family by family; the first family that fails ends it.

mod ahead;
mod browser;
mod count;
mod e2e;
mod lessons;
mod licences;
mod native;

use std::time::Instant;

use crate::run::{Outcome, say, seconds};
use crate::setup::toolchain::Toolchain;
use ahead::Ahead;
use count::Count;

/// One family of checks.
struct Family {
    name: &'static str,
    what: &'static str,
    run: fn(&mut Run) -> Outcome<Count>,
}

/// All of them, cheapest first, so that the common mistakes show early.
const FAMILIES: [Family; 10] = [
    Family { name: "format", what: "rustfmt has nothing to change", run: native::format },
    Family { name: "licences", what: "every dependency may be used", run: licences::check },
    Family { name: "lint", what: "clippy, warnings denied, native and wasm", run: native::lint },
    Family { name: "native", what: "unit, property and integration tests, doctests", run: native::test },
    Family { name: "lessons", what: "every lesson can be solved, and not unsolved", run: lessons::check },
    Family { name: "transcripts", what: "recorded clusters, replayed", run: native::transcripts },
    Family { name: "browser", what: "wasm-pack test in headless Chromium", run: browser::test },
    Family { name: "size", what: "dist/ is built, small, and all our own", run: e2e::dist },
    Family { name: "smoke", what: "dist/ in a real Chromium, through a lesson's first step", run: e2e::smoke },
    Family { name: "e2e", what: "the app in a real Chromium, driven and read by axe", run: e2e::test },
];

/// What the families of one run share.
#[derive(Default)]
struct Run {
    wasm: Option<Toolchain>,
    /// What dist/ is made of, on its way.
    ahead: Option<Ahead>,
    /// Whether dist/ was built in this run; then the end-to-end tests drive that.
    has_dist: bool,
}

impl Run {
    /// The toolchain for all; installs the wasm target if it is missing.
    fn wasm(&mut self) -> Outcome<Toolchain> {
        if let Some(toolchain) = self.wasm {
            return Ok(toolchain);
        }
        let toolchain = Toolchain::for_wasm()?;
        self.wasm = Some(toolchain);
        Ok(toolchain)
    }
}

/// Runs the named families, or all.
pub fn test(names: &[&str]) -> Outcome {
    for name in names {
        if !FAMILIES.iter().any(|f| f.name == *name) {
            return Err(format!("no such family: {name}\n\n{}", list()));
        }
    }
    let chosen: Vec<&Family> = FAMILIES.iter().filter(|f| names.is_empty() || names.contains(&f.name)).collect();
    let mut run = Run::default();
    if names.is_empty() {
        // Before anything is compiled: what is compiled natively first then serves wasm too.
        let toolchain = run.wasm()?;
        run.ahead = Some(Ahead::start(toolchain)?);
    }
    let start = Instant::now();
    let mut all = Count::default();
    let mut report = Vec::new();
    for (number, family) in chosen.iter().enumerate() {
        say(format!("\n== {} ({} of {}): {}", family.name, number + 1, chosen.len(), family.what));
        let family_start = Instant::now();
        let (count, problem) = match (family.run)(&mut run) {
            Ok(count) if count.failed == 0 => (count, None),
            Ok(count) => (count, Some(String::from("some of its tests fail"))),
            Err(problem) => (Count { passed: 0, failed: 1 }, Some(problem)),
        };
        all.add(count);
        let verdict = if problem.is_some() { "FAILED" } else { "passed" };
        report.push(format!("{verdict}  {:<12} {:>9}  {count}", family.name, seconds(family_start)));
        if let Some(problem) = problem {
            say(format!("\n{problem}\n\nThe family that failed: {}", family.name));
            break;
        }
    }
    say(format!("\nWhat ran, in {}:", seconds(start)));
    for line in &report {
        say(format!("  {line}"));
    }
    for family in &chosen[report.len()..] {
        say(format!("  not run {}", family.name));
    }
    say(all.to_string());
    if all.failed == 0 { Ok(()) } else { Err(String::new()) }
}

/// The families, for the help text.
pub fn list() -> String {
    let lines = FAMILIES.iter().map(|f| format!("  {:<12} {}\n", f.name, f.what));
    std::iter::once("families:\n".to_owned()).chain(lines).collect()
}
