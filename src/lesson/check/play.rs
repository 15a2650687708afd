//! Playing anybody's scenario: its set-up, its buttons in order, its checks before and after; what came of each.
//!
//! One world, as a learner has it. A step's check is asked when the step begins, then every button is pressed, then the
//! solution runs if there is one and the check does not pass yet, and the check is asked again. Nothing is judged by
//! rules of our own lessons: a scenario needs no solution, and no check.

use serde::Serialize;

use super::folder::Folder;
use super::world::{Outcome, World};
use super::{Open, Setup, course};
use crate::lesson::action::{Action, Run};
use crate::lesson::load::{Lesson, Page, load_now};
use crate::lesson::scenario::{Part, Scenario};
use crate::lesson::translation::SOURCE_LANGUAGE;

/// How many lines of an output are told, from its end …
const LINES: usize = 20;
/// … and how many bytes.
const BYTES: usize = 4_000;
/// How many refusals are told.
const REFUSALS: usize = 100;

/// What came of one scenario.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Played {
    /// Its folder.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The machines that it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The cluster profile that it was played in.
    pub profile: String,
    /// Whether the set-up ran, every button ended well and every check that could be solved was.
    pub ok: bool,
    /// What is wrong with its files.
    pub problems: Vec<String>,
    /// The intro.
    pub setup: Option<PlayedPart>,
    /// The steps.
    pub steps: Vec<PlayedPart>,
    /// The end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish: Option<PlayedPart>,
    /// What was asked for and is not there.
    pub refusals: Vec<Refusal>,
}

/// What came of the intro, a step or the end.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PlayedPart {
    /// What progress remembers it by.
    pub part: String,
    /// Its title.
    pub title: String,
    /// Whether nothing in it failed.
    pub ok: bool,
    /// Its script that nobody sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<Told>,
    /// Its script in the terminal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreground: Option<Told>,
    /// Its run buttons.
    pub buttons: Vec<Button>,
    /// Its check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify>,
}

/// A run button and how its commands ended.
#[derive(Clone, Debug, Serialize)]
pub struct Button {
    /// What it types.
    pub command: String,
    /// The terminal, from 1.
    pub terminal: u8,
    /// The host, from 1.
    #[serde(skip_serializing_if = "is_first")]
    pub host: u8,
    /// Whether what still ran there was stopped with Ctrl-C, though the button does not say so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// How they ended.
    #[serde(flatten)]
    pub told: Told,
}

/// A check before and after.
#[derive(Clone, Debug, Serialize)]
pub struct Verify {
    /// When the step began.
    pub before: Told,
    /// After its buttons and its solution.
    pub after: Told,
    /// What solved it: `buttons`, `solution.sh`, or nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solved_by: Option<&'static str>,
    /// How the solution ended, if it ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solution: Option<Told>,
}

/// How something ended.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Told {
    /// The exit status; null if it goes on.
    pub exit: Option<i32>,
    /// Whether it waits for input.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
    /// The end of what it printed.
    pub output: String,
}

/// Something that was asked for and is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// By what: `step1: button 2`.
    pub by: String,
    /// What it was told.
    pub message: String,
}

fn is_first(host: &u8) -> bool {
    *host == 1
}

/// Plays every scenario in a folder.
pub fn play(path: &str, folder: &Folder, open: &mut Open) -> Vec<Played> {
    let (scenarios, problems) = course::everything(folder);
    let mut all: Vec<Played> = Vec::new();
    for inside in scenarios {
        let (name, files) = match inside.as_str() {
            "" => (path.to_owned(), folder.clone()),
            _ => (format!("{}/{inside}", path.trim_end_matches('/')), folder.inside(&inside)),
        };
        all.push(play_scenario(name, &files, open));
    }
    if !problems.is_empty() {
        let problems = problems.iter().map(ToString::to_string).collect();
        all.push(Played { scenario: path.to_owned(), problems, ..Played::default() });
    }
    all
}

fn play_scenario(name: String, folder: &Folder, open: &mut Open) -> Played {
    let mut played = Played { scenario: name, ..Played::default() };
    played.problems.extend(folder.skipped().map(str::to_owned));
    let lesson = match load_now(&|path| folder.text(path), SOURCE_LANGUAGE) {
        Ok(lesson) => lesson,
        Err(problem) => {
            played.problems.push(problem.to_string());
            return played;
        }
    };
    let scenario = &lesson.scenario;
    played.title.clone_from(&lesson.title);
    played.image.clone_from(&scenario.image);
    played.profile = scenario.profile().to_owned();
    played.problems.extend(lesson.problems.iter().map(ToString::to_string));
    played.problems.extend(scenario.stand_in());
    played.problems.extend(lost_assets(scenario, folder));
    let setup = Setup { profile: played.profile.clone(), seed: scenario.seed.unwrap_or(1) };
    let world = match open(&setup) {
        Ok(world) => world,
        Err(error) => {
            played.problems.push(format!("no world for it: {error}"));
            return played;
        }
    };
    Player { world, folder, played: &mut played, busy: Vec::new() }.play(&lesson);
    let parts = || played.setup.iter().chain(&played.steps).chain(&played.finish);
    played.ok = parts().all(|part| part.ok);
    played
}

/// Assets that go nowhere.
fn lost_assets(scenario: &Scenario, folder: &Folder) -> Vec<String> {
    let mut lost = Vec::new();
    for asset in &scenario.assets {
        if asset.is_elsewhere() {
            lost.push(format!("details.assets.{}: files are put on host01 only", asset.host));
        } else if !folder.paths().any(|file| asset.matches(file)) {
            lost.push(format!("details.assets: no file in assets/ is {}", asset.pattern));
        }
    }
    lost
}

struct Player<'a> {
    world: Box<dyn World>,
    folder: &'a Folder,
    played: &'a mut Played,
    /// The terminals in which something goes on, by host and number.
    busy: Vec<(u8, u8)>,
}

impl Player<'_> {
    fn play(&mut self, lesson: &Lesson) {
        let scenario = &lesson.scenario;
        for installed in scenario.install("host01", self.folder.paths()) {
            if let Some(contents) = self.folder.bytes(&installed.file) {
                self.world.install(&installed, contents);
            }
        }
        let none = Part::default();
        if let Some(page) = &lesson.intro {
            let setup = self.part(scenario.intro.as_ref().unwrap_or(&none), page, "intro");
            self.played.setup = Some(setup);
        }
        for (at, page) in lesson.steps.iter().enumerate() {
            let name = format!("step {}", at + 1);
            let step = self.part(scenario.steps.get(at).unwrap_or(&none), page, &name);
            self.played.steps.push(step);
        }
        if let Some(page) = &lesson.finish {
            let finish = self.part(scenario.finish.as_ref().unwrap_or(&none), page, "finish");
            self.played.finish = Some(finish);
        }
    }

    fn part(&mut self, part: &Part, page: &Page, name: &str) -> PlayedPart {
        let mut told =
            PlayedPart { part: page.key.clone(), title: page.title.clone(), ok: true, ..PlayedPart::default() };
        let entered = self.world.enter(page);
        // What still runs unseen may mean to; what the learner waits for has to end.
        told.ok &= entered.background.as_ref().is_none_or(|one| one.exit.is_none_or(|exit| exit == 0));
        told.ok &= entered.foreground.as_ref().is_none_or(|one| one.exit == Some(0) || one.waits);
        told.background = entered.background.map(|one| self.told(&one, &format!("{name}: background")));
        told.foreground = entered.foreground.map(|one| self.told(&one, &format!("{name}: foreground")));
        let before = page.verify.as_deref().map(|script| self.world.run(script));
        for code in page.text.codes() {
            if let Some(Action::Run(run)) = &code.action {
                let by = format!("{name}: button {}", told.buttons.len() + 1);
                let button = self.press(run, &code.text, &by);
                told.ok &= match button.told.exit {
                    Some(exit) => (exit != 0) == run.fails,
                    // A watch goes on until it is stopped.
                    None => true,
                };
                told.buttons.push(button);
            }
        }
        let (Some(script), Some(before)) = (&page.verify, before) else { return told };
        self.world.pause();
        let mut after = self.world.run(script);
        let mut solved_by = (after.exit == Some(0)).then_some("buttons");
        let mut solution = None;
        let solves = page.solution.clone().or_else(|| self.folder.text(&part.beside("solution.sh")?));
        if let (None, Some(solves)) = (solved_by, solves) {
            let outcome = self.world.run(&solves);
            self.world.pause();
            told.ok &= outcome.exit == Some(0);
            solution = Some(self.told(&outcome, &format!("{name}: solution")));
            after = self.world.run(script);
            told.ok &= after.exit == Some(0);
            solved_by = (after.exit == Some(0)).then_some("solution.sh");
        }
        if before.exit == Some(0) {
            solved_by = None;
        }
        let before = self.told(&before, &format!("{name}: verify"));
        let after = self.told(&after, &format!("{name}: verify"));
        told.verify = Some(Verify { before, after, solved_by, solution });
        told
    }

    fn press(&mut self, run: &Run, command: &str, by: &str) -> Button {
        let place = (run.host, run.terminal);
        // A learner stops what goes on before they go on; what is typed for an inner shell is left to it.
        let interrupted = !run.interrupt && self.busy.contains(&place);
        self.busy.retain(|busy| *busy != place);
        self.world.pause();
        let outcome = self.world.press(&Run { interrupt: run.interrupt || interrupted, ..run.clone() }, command);
        if outcome.exit.is_none() && !outcome.waits {
            self.busy.push(place);
        }
        let told = self.told(&outcome, by);
        Button { command: command.to_owned(), terminal: run.terminal, host: run.host, interrupted, told }
    }

    /// An outcome as it is told; what was refused is noted.
    fn told(&mut self, outcome: &Outcome, by: &str) -> Told {
        for message in outcome.output.lines().map(str::trim).filter(|line| is_refusal(line)) {
            let refusal = Refusal { by: by.to_owned(), message: message.chars().take(400).collect() };
            if self.played.refusals.len() < REFUSALS && !self.played.refusals.contains(&refusal) {
                self.played.refusals.push(refusal);
            }
        }
        Told { exit: outcome.exit, waits: outcome.waits, output: tail(&outcome.output) }
    }
}

/// Whether a line says that something is not there or not simulated.
fn is_refusal(line: &str) -> bool {
    line.ends_with(": command not found") || line.contains("not simulated") || line.contains("no Internet")
}

/// The last lines of an output.
fn tail(output: &str) -> String {
    let lines: Vec<&str> = output.trim_end().lines().collect();
    let mut text = lines[lines.len().saturating_sub(LINES)..].join("\n");
    if text.len() > BYTES {
        let cut = (text.len() - BYTES..text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
        text = format!("…{}", &text[cut..]);
    }
    text
}
