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
    if let Some(ahead) = run.ahead.take() {
        ahead.finish();
    }
    dist::dist(run.wasm()?)?;
    run.has_dist = true;
    Ok(Count::ONE)
}

/// The tests of the site as it is shipped.
const SMOKE: &str = "smoke.test.mjs";

/// Drives dist/, under a path of its own on a plain static server, through a lesson's first step.
pub fn smoke(run: &mut Run) -> Outcome<Count> {
    if !run.has_dist {
        dist(run)?;
    }
    drive_by(dist::folder(), |name| name == SMOKE)
}

/// Drives the app by the others of tests/e2e: dist/ if it was just built, else a site that is quicker to build.
pub fn test(run: &mut Run) -> Outcome<Count> {
    let folder = if run.has_dist { dist::folder() } else { usual_site(run)? };
    drive_by(folder, |name| name.ends_with(".test.mjs") && name != SMOKE)
}

fn drive_by(folder: PathBuf, wanted: fn(&str) -> bool) -> Outcome<Count> {
    let mut tests = site::files(&place::root().join("tests/e2e"))?;
    tests.retain(|file| file.file_name().is_some_and(|name| wanted(&name.to_string_lossy())));
    if tests.is_empty() {
        return Err("tests/e2e holds no such test".to_owned());
    }
    let mut node = drive::node(folder)?;
    // One file after the other: two cores are no more than one browser and its page need.
    counted(node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).args(tests))
}

fn usual_site(run: &mut Run) -> Outcome<PathBuf> {
    let folder = site::usual_folder();
    site::build(run.wasm()?, Effort::Quick, &folder)?;
    Ok(folder)
}
