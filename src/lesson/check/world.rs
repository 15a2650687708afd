//! The port through which scenarios are proved and played: a world, and one who types in it.

use crate::lesson::action::Run;
use crate::lesson::load::Page;
use crate::lesson::scenario::Installed;

/// A fresh cluster with a learner's host.
pub trait World {
    /// Lets a moment pass, as a learner does between two deeds.
    fn pause(&mut self);

    /// Puts a file on the learner's host.
    fn install(&mut self, installed: &Installed, contents: &[u8]);

    /// Starts a part's own scripts, as opening it does, and waits in virtual time until both have ended.
    fn enter(&mut self, page: &Page) -> Entered;

    /// Types commands into a terminal, as a run button does, and waits until they end.
    fn press(&mut self, run: &Run, commands: &str) -> Outcome;

    /// Runs a bash script that the learner does not see, as a check does, and waits until it ends.
    fn run(&mut self, script: &str) -> Outcome;
}

/// How something ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The exit status; none if it goes on and on.
    pub exit: Option<i32>,
    /// Whether it goes on because it waits for input, as the shell of another machine does.
    pub waits: bool,
    /// What it printed, errors included.
    pub output: String,
}

/// What came of a part's own scripts, where it has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entered {
    /// The one that nobody sees.
    pub background: Option<Outcome>,
    /// The one in the learner's terminal.
    pub foreground: Option<Outcome>,
}

impl Outcome {
    /// It ended.
    pub fn ended(exit: i32, output: String) -> Outcome {
        Outcome { exit: Some(exit), waits: false, output }
    }
}
