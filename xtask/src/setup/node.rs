//! Node and the npm packages of package-lock.json.

use std::path::Path;
use std::process::Command;

use super::apt;
use crate::place;
use crate::run::{self, Outcome};

/// Which of package.json's packages are needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Packages {
    /// What the page loads (`dependencies`).
    Page,
    /// wasm-opt and the test tools too (`devDependencies`).
    All,
}

/// Makes node_modules hold the packages at the versions of package-lock.json.
pub fn packages(which: Packages) -> Outcome {
    if all_there(which)? {
        return Ok(());
    }
    let _lock = super::one_at_a_time()?;
    if run::which("node").is_none() || run::which("npm").is_none() {
        apt::install("Node", "about a minute", &["nodejs", "npm"], "Install Node 18 or newer, with npm.")?;
    }
    let mut npm = Command::new("npm");
    npm.current_dir(place::root()).args(["ci", "--ignore-scripts", "--no-fund", "--no-audit"]);
    if which == Packages::Page {
        npm.arg("--omit=dev");
    }
    run::quietly("Installing npm packages", "about 10 s", &mut npm)
}

/// Compares what is installed with the lock file, package by package.
fn all_there(which: Packages) -> Outcome<bool> {
    let lock = crate::json::read(&place::root().join("package-lock.json"))?;
    let Some(packages) = lock["packages"].as_object() else {
        return Err("package-lock.json names no packages".to_owned());
    };
    let wanted = packages.iter().filter(|(path, entry)| {
        let skip = path.is_empty() || entry["optional"] == true;
        !skip && (which == Packages::All || entry["dev"] != true)
    });
    for (path, entry) in wanted {
        let installed = place::root().join(path).join("package.json");
        if !has_version(&installed, entry["version"].as_str()) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has_version(package: &Path, version: Option<&str>) -> bool {
    crate::json::read(package).is_ok_and(|p| p["version"].as_str() == version)
}
