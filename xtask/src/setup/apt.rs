//! Debian's packages, where we may install them; else words that say what to install by hand.

use std::process::Command;
use std::sync::Once;

use crate::run::{self, Outcome};

static UPDATED: Once = Once::new();

/// Installs Debian packages, or says why it cannot and what to do.
/// `otherwise` is advice for systems without apt.
pub fn install(what: &str, about: &str, packages: &[&str], otherwise: &str) -> Outcome {
    let by_hand = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if run::which("apt-get").is_none() {
        return Err(format!("{what} is missing and this system has no apt-get. {otherwise}"));
    }
    if !is_root() {
        return Err(format!("{what} is missing and only root may install it. Run:\n  sudo {by_hand}\n{otherwise}"));
    }
    let mut lists = Ok(());
    UPDATED.call_once(|| {
        // A single unreachable source makes this fail; the install below decides.
        lists = run::quietly("Reading Debian's package lists", "about 10 s", apt().arg("update"));
    });
    if let Err(problem) = lists {
        run::say(format!("  (went wrong, trying all the same) {}", problem.lines().next().unwrap_or_default()));
    }
    let result = run::quietly(
        &format!("Installing {what}"),
        about,
        apt().args(["install", "-y", "--no-install-recommends"]).args(packages),
    );
    result.map_err(|e| format!("{e}\nInstall it by hand, then try again:\n  {by_hand}\n{otherwise}"))
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    // Another apt may be at work: wait for it rather than fail.
    command.args(["-o", "DPkg::Lock::Timeout=600"]).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> bool {
    run::answer(Command::new("id").arg("-u")).as_deref() == Some("0")
}
