//! Node programs that drive the app in Chromium: tests, screenshots, measurements.

use std::path::PathBuf;
use std::process::Command;

use crate::place;
use crate::run::{Outcome, say};
use crate::serve::Server;
use crate::setup::chromium;
use crate::setup::node::{self, Packages};

/// Where the programs find the site: it must work from any path of a host.
const SUB_PATH: &str = "/some/where/";

/// A node that is told where the site in `folder` is served and which browser to drive.
pub fn node(folder: PathBuf) -> Outcome<Command> {
    let chromium = chromium::chromium()?;
    node::packages(Packages::All)?;
    let address = Server::new(folder, SUB_PATH).in_background()?;
    say(format!("· Driving {address} in Chromium …"));
    let mut command = Command::new("node");
    command.current_dir(place::root()).env("DRYDOCK_URL", address).env("CHROMIUM", chromium.browser);
    Ok(command)
}
