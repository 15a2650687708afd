//! Proving a scenario: that each step can be solved, cannot be passed unsolved, and that its buttons work.
//!
//! Two worlds are opened. In the first a learner looks up every solution: each check must fail before it
//! and pass after it. In the second a learner presses every button in turn: each must end, with success
//! unless it is marked `{{exec fails}}`; where buttons alone do not solve a step, its solution follows, so that
//! the next step begins where it should. Questions are asked there too, and must have an answer.

use super::folder::Folder;
use super::world::{Outcome, World};
use crate::lesson::action::{Action, Run};
use crate::lesson::load::{Lesson, Page};
use crate::lesson::missing::missing_lines;
use crate::lesson::problem::Problem;

/// What was looked at on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Steps whose check failed before the solution and passed after it.
    pub steps: usize,
    /// Buttons pressed.
    pub buttons: usize,
    /// Questions asked.
    pub questions: usize,
}

/// Proves a scenario. `open` makes a fresh world.
pub fn prove(
    lesson: &Lesson,
    folder: &Folder,
    open: &mut dyn FnMut() -> Result<Box<dyn World>, String>,
) -> Result<(Proof, Vec<Problem>), String> {
    let mut prover = Prover { world: open()?, lesson, proof: Proof::default(), problems: Vec::new() };
    prover.begin(folder);
    prover.solve();
    prover.world = open()?;
    prover.begin(folder);
    prover.press_everything();
    Ok((prover.proof, prover.problems))
}

struct Prover<'a> {
    world: Box<dyn World>,
    lesson: &'a Lesson,
    proof: Proof,
    problems: Vec<Problem>,
}

impl Prover<'_> {
    fn note(&mut self, page: &Page, message: String) {
        let problem = Problem::new(page.path.as_str(), message);
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Files in place and the intro's scripts run.
    fn begin(&mut self, folder: &Folder) {
        for installed in self.lesson.scenario.install("host01", folder.paths()) {
            if let Some(contents) = folder.bytes(&installed.file) {
                self.world.install(&installed, contents);
            }
        }
        if let Some(intro) = &self.lesson.intro {
            self.enter(intro);
        }
    }

    /// A part's own scripts, which run when it begins.
    fn enter(&mut self, page: &Page) {
        let entered = self.world.enter(page);
        if let Some(outcome) = &entered.background {
            self.expect(page, "its background script", outcome, false);
        }
        if let Some(outcome) = &entered.foreground {
            self.expect(page, "its foreground script", outcome, false);
        }
    }

    fn solve(&mut self) {
        for page in &self.lesson.steps {
            self.enter(page);
            let (Some(verify), Some(solution)) = (&page.verify, &page.solution) else { continue };
            let before = self.world.run(verify);
            if before.exit == Some(0) {
                self.note(page, "its check passes before anything is done".to_owned());
            }
            self.explained(page, &before);
            let outcome = self.world.run(solution);
            self.expect(page, "its solution", &outcome, false);
            let after = self.world.run(verify);
            if after.exit == Some(0) {
                self.proof.steps += usize::from(before.exit != Some(0));
            } else {
                self.note(page, format!("its check does not pass after its solution{}", quoted(&after)));
            }
        }
    }

    /// A failing check says what is missing, in words that there are.
    fn explained(&mut self, page: &Page, outcome: &Outcome) {
        let mut said = missing_lines(&outcome.output).peekable();
        if outcome.exit != Some(0) && said.peek().is_none() && self.lesson.scenario.ours {
            self.note(page, format!("its check fails without saying what is missing{}", quoted(outcome)));
        }
        for (id, _) in missing_lines(&outcome.output) {
            if !page.missing.ids().any(|known| known == id) {
                self.note(page, format!("its check says {id}, for which there is no text"));
            }
        }
    }

    fn press_everything(&mut self) {
        if let Some(intro) = &self.lesson.intro {
            self.press_all(intro);
        }
        for page in &self.lesson.steps {
            self.enter(page);
            self.press_all(page);
            let (Some(verify), Some(solution)) = (&page.verify, &page.solution) else { continue };
            if self.world.run(verify).exit != Some(0) {
                let outcome = self.world.run(solution);
                self.expect(page, "its solution, after its buttons,", &outcome, false);
            }
        }
        if let Some(finish) = &self.lesson.finish {
            self.enter(finish);
            self.press_all(finish);
        }
    }

    fn press_all(&mut self, page: &Page) {
        let codes = page.text.codes();
        let buttons: Vec<(&Run, &str)> = codes
            .iter()
            .filter_map(|code| match &code.action {
                Some(Action::Run(run)) => Some((run, code.text.as_str())),
                _ => None,
            })
            .collect();
        for (at, (run, commands)) in buttons.iter().enumerate() {
            let outcome = self.world.press(run, commands);
            self.proof.buttons += 1;
            // What never ends is right if a later button interrupts it or it has a terminal of its own.
            let later = &buttons[at + 1..];
            let endless = run.terminal > 1
                || later.first().is_some_and(|(next, _)| next.interrupt || next.terminal != run.terminal);
            if outcome.exit.is_some() || !endless {
                self.expect(page, &format!("the button `{commands}`"), &outcome, run.fails);
            }
        }
        for predict in page.text.predictions() {
            let outcome = self.world.run(&predict.command);
            self.proof.questions += 1;
            self.expect(page, "the command of its question", &outcome, false);
            let answers = predict.choices.iter().any(|choice| predict.is_right(&choice.value, &outcome.output));
            if outcome.output.trim().is_empty() || !(answers || predict.choices.is_empty()) {
                self.note(page, format!("none of its question's choices is the answer{}", quoted(&outcome)));
            }
        }
    }

    fn expect(&mut self, page: &Page, what: &str, outcome: &Outcome, fails: bool) {
        match outcome.exit {
            None if outcome.waits => {}
            None => self.note(page, format!("{what} does not end{}", quoted(outcome))),
            Some(0) if fails => self.note(page, format!("{what} should fail and does not{}", quoted(outcome))),
            Some(0) => {}
            Some(_) if fails => {}
            Some(exit) => self.note(page, format!("{what} fails with {exit}{}", quoted(outcome))),
        }
    }
}

/// The last lines of an output, as a part of a message.
fn quoted(outcome: &Outcome) -> String {
    let lines: Vec<&str> = outcome.output.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(4)..];
    if last.is_empty() { String::new() } else { format!(":\n    {}", last.join("\n    ")) }
}
