//! The whole app in a real browser, and the site that is shipped.

use std::path::PathBuf;
use std::process::Command;

use super::Run;
use super::count::{Count, counted};
use crate::place;
use crate::run::{Outcome, say};
use crate::serve::Server;
use crate::setup::chromium;
use crate::setup::node::{self, Packages};
use crate::site::{self, Effort};
use crate::{dist, run};

/// Where the tests find the site: it must work from any path of a host.
const SUB_PATH: &str = "/some/where/";

/// Builds dist/ and holds it to its size.
pub fn dist(run: &mut Run) -> Outcome<Count> {
    dist::dist(run.wasm()?)?;
    run.has_dist = true;
    Ok(Count::ONE)
}

/// Drives the app by tests/e2e: dist/ if it was just built, else a site that is quicker to build.
pub fn test(run: &mut Run) -> Outcome<Count> {
    let browser = chromium::chromium()?;
    node::packages(Packages::All)?;
    let folder = if run.has_dist { dist::folder() } else { usual_site(run)? };
    let address = Server::new(folder, SUB_PATH).in_background()?;
    say(format!("· Driving {address} in Chromium (a minute or two) …"));
    let tests = test_files()?;
    if tests.is_empty() {
        return Err("tests/e2e holds no *.test.mjs".to_owned());
    }
    let mut command = Command::new("node");
    // One file after the other: two cores are no more than one browser and its page need.
    command.current_dir(place::root()).args(["--test", "--test-concurrency=1", "--test-reporter=spec"]);
    command.args(tests).env("DRYDOCK_URL", address).env("CHROMIUM", browser.browser);
    counted(&mut command)
}

fn usual_site(run: &mut Run) -> Outcome<PathBuf> {
    let folder = site::usual_folder();
    site::build(run.wasm()?, Effort::Quick, &folder)?;
    Ok(folder)
}

fn test_files() -> run::Outcome<Vec<PathBuf>> {
    let mut files = site::files(&place::root().join("tests/e2e"))?;
    files.retain(|f| f.to_string_lossy().ends_with(".test.mjs"));
    Ok(files)
}
