//! `drydock lesson`: checks lessons in worlds of this library's own. See [`crate::lesson::check`].

#![allow(clippy::disallowed_types)] // Here alone a world is given up because of the time that it takes outside.

use std::time::Instant;

use super::START;
use crate::collections::SortedMap;
use crate::lesson::check::{Entered, Outcome, Setup, World, command};
use crate::lesson::{Installed, Page, Run, stage};
use crate::machine::Tty;
use crate::session::{Checked, Config, Input, Session};
use crate::sim::{Duration, Time};

/// How long a button's command may take before it is said not to end.
const BUTTON: Duration = Duration::from_secs(120);
/// The same for a script.
const SCRIPT: Duration = Duration::from_secs(600);
/// After how many quiet looks a program that asks for input is said to wait.
const STILL: u32 = 60;
/// How long a world may take outside, in all: a script that never sleeps costs time of this machine.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(180);
/// How long a learner takes to look and go on.
const PAUSE: Duration = Duration::from_secs(2);
/// How often a world is looked at meanwhile.
const SLICE: Duration = Duration::from_millis(50);
/// Wide enough that nothing wraps.
const COLUMNS: u16 = 2000;

/// Carries out `drydock lesson ARGUMENTS`; the exit status.
pub fn lesson(arguments: &[String]) -> i32 {
    let (told, status) = command(arguments, &mut open);
    if status == 2 {
        eprint!("{told}");
    } else {
        print!("{told}");
    }
    status
}

/// A fresh world for a scenario.
pub fn open(setup: &Setup) -> Result<Box<dyn World>, String> {
    let config = Config { profile: setup.profile.clone(), seed: setup.seed, start: START };
    Ok(Box::new(Learner::new(Session::new(config)?)))
}

/// A learner who types what the buttons type.
struct Learner {
    session: Session,
    /// How many scripts were started.
    checks: u64,
    /// Those that have ended and were not asked for.
    ended: Vec<Checked>,
    /// What terminals showed and nobody has looked at.
    shown: SortedMap<u32, Vec<u8>>,
    /// When, outside, this world began.
    began: Instant,
}

impl World for Learner {
    fn pause(&mut self) {
        let until = self.session.now() + PAUSE;
        while self.session.now() < until && self.pass() {}
    }

    fn install(&mut self, installed: &Installed, contents: &[u8]) {
        self.session.input(stage::install(installed.clone(), String::from_utf8_lossy(contents).into_owned()));
    }

    fn enter(&mut self, page: &Page) -> Entered {
        self.open(0);
        // As a check, whose end can be seen; it is run as a background script is.
        let background = page.background.as_deref().map(|script| self.start(script));
        for input in stage::enter(&Page { background: None, ..page.clone() }) {
            self.session.input(input);
        }
        let until = self.session.now() + SCRIPT;
        let foreground = page.foreground.as_ref().map(|_| self.settle(0, SCRIPT));
        let background = background.map(|id| self.wait(id, until));
        Entered { background, foreground }
    }

    fn press(&mut self, run: &Run, commands: &str) -> Outcome {
        let mut terminal = stage::terminal(run);
        if run.host > 1 {
            // Terminals of another host come after the learner's own.
            terminal = 6 + u32::from(run.host);
            let nodes = self.session.cluster().profile().nodes.clone();
            let Some(node) = nodes.get(usize::from(run.host) - 1) else {
                return Outcome::ended(1, format!("a button for host {} is not simulated: there is none", run.host));
            };
            if self.open(terminal) {
                self.type_in(terminal, &stage::typed(&format!("ssh {}", node.name)));
                self.settle(terminal, BUTTON);
            }
        }
        self.open(terminal);
        if run.interrupt {
            self.type_in(terminal, stage::INTERRUPT);
            self.settle(terminal, BUTTON);
        }
        let prompts = self.session.terminal(terminal).is_some_and(Tty::is_prompting);
        let keys = stage::keys(&Run { interrupt: false, ..run.clone() }, commands, prompts);
        self.type_in(terminal, &keys);
        self.settle(terminal, BUTTON)
    }

    fn run(&mut self, script: &str) -> Outcome {
        let id = self.start(script);
        self.wait(id, self.session.now() + SCRIPT)
    }
}

impl Learner {
    fn new(session: Session) -> Learner {
        Learner { session, checks: 0, ended: Vec::new(), shown: SortedMap::new(), began: Instant::now() }
    }

    fn type_in(&mut self, terminal: u32, text: &str) {
        self.session.input(Input::Keys { terminal, text: text.to_owned() });
    }

    /// Opens a terminal and waits for its prompt; whether it was not open yet.
    fn open(&mut self, terminal: u32) -> bool {
        if self.session.terminal(terminal).is_some() {
            return false;
        }
        self.session.input(Input::Resize { terminal, columns: COLUMNS, rows: 50 });
        self.settle(terminal, BUTTON);
        true
    }

    /// Starts a script unseen; its number.
    fn start(&mut self, script: &str) -> u64 {
        self.checks += 1;
        self.session.input(Input::Check { id: self.checks, script: script.to_owned() });
        self.checks
    }

    /// Lets a little time pass. No script may keep the machine outside busy for ever: then nothing passes any more.
    fn pass(&mut self) -> bool {
        if self.began.elapsed() > PATIENCE {
            return false;
        }
        self.session.advance(SLICE);
        let outputs = self.session.outputs();
        self.ended.extend(outputs.checks);
        for (terminal, bytes) in outputs.terminals {
            self.shown.entry(terminal).or_default().extend(bytes);
        }
        true
    }

    /// Waits for a script's end.
    fn wait(&mut self, id: u64, until: Time) -> Outcome {
        loop {
            if let Some(at) = self.ended.iter().position(|check| check.id == id) {
                let check = self.ended.swap_remove(at);
                return Outcome::ended(check.exit, check.output);
            }
            if self.session.now() >= until || !self.pass() {
                return Outcome::default();
            }
        }
    }

    /// Waits until the terminal prompts again, at most for `span`: how the commands ended, and what was shown.
    fn settle(&mut self, terminal: u32, span: Duration) -> Outcome {
        let until = self.session.now() + span;
        let (mut before, mut quiet) = (0, 0);
        self.shown.remove(&terminal);
        let mut outcome = Outcome::default();
        while self.session.now() < until && self.pass() {
            let shown = self.shown.get(&terminal).map_or(0, Vec::len);
            quiet = if shown == before { quiet + 1 } else { 0 };
            before = shown;
            let Some(tty) = self.session.terminal(terminal) else { break };
            if tty.is_prompting() && quiet >= 3 {
                outcome.exit = tty.take_status();
                // A shell elsewhere prompts now, and the command that reached it goes on.
                outcome.waits = outcome.exit.is_none() && tty.is_joined();
                outcome.exit = outcome.exit.or((!outcome.waits).then_some(0));
                break;
            }
            outcome.waits = tty.is_awaiting() && quiet >= STILL;
            if outcome.waits {
                break;
            }
        }
        outcome.output = plain(&String::from_utf8_lossy(&self.shown.remove(&terminal).unwrap_or_default()));
        outcome
    }
}

/// What a terminal showed, without colours and the movements of its cursor.
fn plain(shown: &str) -> String {
    let mut out = String::new();
    let mut rest = shown;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        out += before;
        // A sequence is `[`, parameters and a letter; others are one character long.
        let end = match after.strip_prefix('[') {
            Some(sequence) => sequence.find(|c: char| ('@'..='~').contains(&c)).map(|end| end + 2),
            None => after.chars().next().map(char::len_utf8),
        };
        rest = end.and_then(|end| after.get(end..)).unwrap_or_default();
    }
    (out + rest).replace('\r', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_without_colours() {
        assert_eq!(plain("\u{1b}[?2004lstatus:0\r\n\u{1b}[1;32mroot\u{1b}[m$ \u{1b}7x\u{1b}"), "status:0\nroot$ x");
    }
}
