//! The whole app in a real browser, and the site that is shipped.

use std::path::PathBuf;

use super::Run;
use super::count::{Count, counted};
use crate::dist;
use crate::drive;
use crate::place;
use crate::run::Outcome;
use crate::site::{self, Effort};

/// Builds dist/ and holds it to its size.
pub fn dist(run: &mut Run) -> Outcome<Count> {
    dist::dist(run.wasm()?)?;
    run.has_dist = true;
    Ok(Count::ONE)
}

/// Drives the app by tests/e2e: dist/ if it was just built, else a site that is quicker to build.
pub fn test(run: &mut Run) -> Outcome<Count> {
    let mut tests = site::files(&place::root().join("tests/e2e"))?;
    tests.retain(|f| f.to_string_lossy().ends_with(".test.mjs"));
    if tests.is_empty() {
        return Err("tests/e2e holds no *.test.mjs".to_owned());
    }
    let mut node = drive::node(if run.has_dist { dist::folder() } else { usual_site(run)? })?;
    // One file after the other: two cores are no more than one browser and its page need.
    counted(node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).args(tests))
}

fn usual_site(run: &mut Run) -> Outcome<PathBuf> {
    let folder = site::usual_folder();
    site::build(run.wasm()?, Effort::Quick, &folder)?;
    Ok(folder)
}
