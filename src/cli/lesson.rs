//! `drydock lesson`: checks lessons in worlds of this library's own. See [`crate::lesson::check`].

use std::path::PathBuf;

use super::START;
use crate::lesson::check::{Outcome, Setup, World, command};
use crate::lesson::{Installed, Run};
use crate::session::{Config, Input, Session};
use crate::sim::Duration;

/// How long a button's command may take before it is said not to end.
const BUTTON: Duration = Duration::from_secs(120);
/// The same for a script.
const SCRIPT: Duration = Duration::from_secs(600);
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
    Ok(Box::new(Learner { session: Session::new(config)?, checks: 0 }))
}

/// A learner who types what the buttons type.
struct Learner {
    session: Session,
    checks: u64,
}

impl World for Learner {
    fn install(&mut self, installed: &Installed, contents: &[u8]) {
        let path = match installed.path.strip_prefix("~/") {
            Some(inside) => PathBuf::from("/root").join(inside),
            None => PathBuf::from(&installed.path),
        };
        self.session.input(Input::Write {
            path: path.to_string_lossy().into_owned(),
            content: String::from_utf8_lossy(contents).into_owned(),
            executable: installed.executable,
        });
    }

    fn press(&mut self, run: &Run, commands: &str) -> Outcome {
        if run.host > 1 {
            return Outcome { exit: Some(1), output: format!("a button for host {} is not simulated", run.host) };
        }
        let terminal = u32::from(run.terminal) - 1;
        self.session.input(Input::Resize { terminal, columns: COLUMNS, rows: 50 });
        self.settle(terminal);
        if run.interrupt {
            self.type_in(terminal, "\u{3}");
            self.settle(terminal);
        }
        let mut output = String::new();
        for commands in units(commands) {
            self.type_in(terminal, &format!("{commands}\n"));
            let Some(shown) = self.settle(terminal) else { return Outcome { exit: None, output } };
            output += &shown;
            self.type_in(terminal, "echo status:$?\n");
            let told = self.settle(terminal).unwrap_or_default();
            let status = told.lines().find_map(|line| line.trim().strip_prefix("status:")?.parse().ok());
            if status != Some(0) {
                return Outcome { exit: status.or(Some(127)), output };
            }
        }
        Outcome { exit: Some(0), output }
    }

    fn run(&mut self, script: &str) -> Outcome {
        self.checks += 1;
        self.session.input(Input::Check { id: self.checks, script: script.to_owned() });
        let until = self.session.now() + SCRIPT;
        while self.session.now() < until {
            self.session.advance(SLICE);
            let ended = self.session.outputs().checks;
            if let Some(check) = ended.into_iter().find(|check| check.id == self.checks) {
                return Outcome { exit: Some(check.exit), output: check.output };
            }
        }
        Outcome { exit: None, output: String::new() }
    }
}

impl Learner {
    fn type_in(&mut self, terminal: u32, text: &str) {
        self.session.input(Input::Keys { terminal, text: text.to_owned() });
    }

    /// Waits until the terminal prompts again; what it showed meanwhile, or nothing if it does not.
    fn settle(&mut self, terminal: u32) -> Option<String> {
        let until = self.session.now() + BUTTON;
        let (mut shown, mut quiet) = (Vec::new(), 0);
        while self.session.now() < until {
            self.session.advance(SLICE);
            let new = self.session.outputs().terminals.remove(&terminal).unwrap_or_default();
            quiet = if new.is_empty() && !self.session.foreground_busy() { quiet + 1 } else { 0 };
            shown.extend(new);
            if quiet >= 3 {
                return Some(plain(&String::from_utf8_lossy(&shown)));
            }
        }
        None
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

/// The parts of a button's text that can be run one by one: its lines, unless one goes on in the next.
fn units(commands: &str) -> Vec<&str> {
    let whole = |line: &str| {
        let line = line.trim_end();
        let goes_on = ["\\", "|", "&&", "||", "do", "then", "else", "{", "("].iter().any(|end| line.ends_with(end));
        let quotes = |quote| line.matches(quote).count() % 2 == 0;
        !goes_on && !line.contains("<<") && quotes('\'') && quotes('"')
    };
    match commands.lines().all(whole) {
        true => commands.lines().filter(|line| !line.trim().is_empty()).collect(),
        false => vec![commands],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_without_colours() {
        assert_eq!(plain("\u{1b}[?2004lstatus:0\r\n\u{1b}[1;32mroot\u{1b}[m$ \u{1b}7x\u{1b}"), "status:0\nroot$ x");
    }

    #[test]
    fn what_can_be_run_line_by_line() {
        assert_eq!(units("a\n\nb 'c d'"), ["a", "b 'c d'"]);
        for whole in ["for i in 1 2; do\n  echo\ndone", "a \\\n  b", "cat <<EOF\nx\nEOF", "echo 'a\nb'", "a |\nb"] {
            assert_eq!(units(whole), [whole]);
        }
    }
}
