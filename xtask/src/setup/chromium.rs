//! Chromium and its driver, for tests in a real browser.

use std::path::PathBuf;

use super::apt;
use crate::run::{self, Outcome};

/// Where the browser and its driver lie.
pub struct Chromium {
    /// The browser.
    pub browser: PathBuf,
    /// Its WebDriver server, of the same version.
    pub driver: PathBuf,
}

/// Finds Chromium (or Chrome) and its driver, or installs both.
pub fn chromium() -> Outcome<Chromium> {
    if let Some(found) = find() {
        return Ok(found);
    }
    let _lock = super::one_at_a_time()?;
    if let Some(found) = find() {
        return Ok(found);
    }
    apt::install(
        "Chromium",
        "300 MB, about a minute",
        &["chromium", "chromium-driver"],
        "Install Chromium or Chrome and chromedriver of the same version, so that both are on PATH \
         (or name them in the variables CHROMIUM and CHROMEDRIVER).",
    )?;
    find().ok_or_else(|| "Chromium was installed, but is not on PATH".to_owned())
}

fn find() -> Option<Chromium> {
    let browser = named("CHROMIUM").or_else(|| {
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].into_iter().find_map(run::which)
    })?;
    let driver = named("CHROMEDRIVER").or_else(|| run::which("chromedriver"))?;
    Some(Chromium { browser, driver })
}

fn named(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|p| p.exists())
}
