//! What the page and the engine's worker tell each other, as JSON text.

use serde::{Deserialize, Serialize};

use super::clock::{Clock, Order};
use super::cluster::{Delta, Happened};
use super::saved::Mark;
use super::traffic::Request;
use crate::session::{Checked, Config, Entry, Input};
use crate::sim::Time;

/// From the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToEngine {
    /// Make a world, and do again what was done to it.
    Open {
        /// What it is made from.
        config: Config,
        /// What was done to it.
        log: Vec<Entry>,
        /// When it was left.
        until: Time,
        /// Where it led then.
        mark: Option<Mark>,
        /// Whether its clock is paused, and its speed.
        pace: (bool, u32),
    },
    /// Say where the log has led.
    Mark,
    /// Do this to it now.
    Input(Input),
    /// Set the clock.
    Clock(Order),
    /// Whether anybody looks: time stands still while nobody does.
    Visible(bool),
}

/// From the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromEngine {
    /// The worker is there and waits for [`ToEngine::Open`].
    Ready,
    /// So much of the log was done again.
    Replaying {
        /// Entries done.
        done: usize,
        /// Entries in all.
        total: usize,
    },
    /// The world is there.
    Opened,
    /// Something appears on a terminal.
    Output {
        /// Which.
        terminal: u32,
        /// What.
        text: String,
    },
    /// The cluster changed.
    Cluster(Delta),
    /// Requests were seen.
    Traffic(Vec<Request>),
    /// What the clock does.
    Clock(Clock),
    /// The clock ran ahead, and is done with it.
    WentAhead {
        /// Whether what it ran for came about.
        arrived: bool,
        /// What happened in that step.
        happened: Vec<Happened>,
    },
    /// A check has ended.
    Checked(Checked),
    /// What was done to the world, with its instants: the page keeps it in case the engine is lost.
    Logged(Vec<Entry>),
    /// Where the log has led.
    Marked(Mark),
    /// Doing the log again led elsewhere.
    Diverged,
    /// The engine gave up.
    Failed {
        /// In words for a developer.
        message: String,
    },
}
