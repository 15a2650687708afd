//! `drydock lesson`: lint lessons and prove them; stamp translations.
//!
//! ```text
//! drydock lesson check [--json] [--lint] DIR…   lint, then prove in fresh worlds (--lint: no worlds)
//! drydock lesson play DIR…                      play anybody's scenarios and report as JSON
//! drydock lesson stamp DIR…                     write into the translations what they were made from
//! ```
//!
//! A DIR is a scenario or a course; in a course, everything that it lists is checked, and everything
//! that it does not list is a fault.

mod course;
mod folder;
mod lint;
mod play;
mod prove;
mod world;

use std::path::Path;

use serde::Serialize;

use super::load::load_now;
use super::problem::Problem;
use super::translation::{SOURCE_LANGUAGE, stamped, stated};

pub use folder::Folder;
pub use lint::lint;
pub use play::{Button, Played, PlayedPart, Refusal, Told, Verify, play};
pub use prove::{Proof, prove};
pub use world::{Entered, Outcome, World};

/// What a scenario's world is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The cluster profile.
    pub profile: String,
    /// The seed.
    pub seed: u64,
}

/// How a world is opened; the error says why it cannot.
pub type Open<'a> = dyn FnMut(&Setup) -> Result<Box<dyn World>, String> + 'a;

const USAGE: &str = "usage: drydock lesson check [--json] [--lint] DIR...\n       drydock lesson play DIR...\n       drydock lesson stamp DIR...\n";

/// One scenario's result.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Its folder.
    pub scenario: String,
    /// What is wrong with it.
    pub problems: Vec<String>,
    /// Whether it was proved; not if it has faults already, or if only linting was asked for.
    pub proved: bool,
    /// Steps whose check failed before the solution and passed after it.
    pub steps: usize,
    /// Buttons pressed.
    pub buttons: usize,
    /// Questions asked.
    pub questions: usize,
}

/// Carries out `drydock lesson …`: what to print, and the exit status.
pub fn command(arguments: &[String], open: &mut Open) -> (String, i32) {
    let (flags, folders): (Vec<&String>, Vec<&String>) =
        arguments.iter().skip(1).partition(|word| word.starts_with('-'));
    let known = |flag: &&String| matches!(flag.as_str(), "--json" | "--lint");
    match arguments.first().map(String::as_str) {
        Some("check") if !folders.is_empty() && flags.iter().all(known) => {
            let has = |name: &str| flags.iter().any(|flag| *flag == name);
            let mut reports = Vec::new();
            for folder in folders {
                match Folder::read(Path::new(folder)) {
                    Ok(files) => reports.extend(check(folder, &files, (!has("--lint")).then_some(&mut *open))),
                    Err(error) => return (format!("drydock: {error}\n"), 2),
                }
            }
            let failed = reports.iter().any(|report| !report.problems.is_empty());
            (if has("--json") { json(&reports) } else { plain(&reports) }, i32::from(failed))
        }
        Some("play") if !folders.is_empty() && flags.is_empty() => {
            let mut all = Vec::new();
            for folder in folders {
                match Folder::read(Path::new(folder)) {
                    Ok(files) => all.extend(play(folder, &files, open)),
                    Err(error) => return (format!("drydock: {error}\n"), 2),
                }
            }
            let ok = !all.is_empty() && all.iter().all(|played| played.ok);
            (json(&all), i32::from(!ok))
        }
        Some("stamp") if !folders.is_empty() && flags.is_empty() => match stamp(&folders) {
            Ok(told) => (told, 0),
            Err(error) => (format!("drydock: {error}\n"), 2),
        },
        _ => (USAGE.to_owned(), 2),
    }
}

/// Checks the scenario or the course in a folder.
pub fn check(path: &str, folder: &Folder, mut open: Option<&mut Open>) -> Vec<Report> {
    let (scenarios, problems) = course::scenarios(folder);
    let mut reports: Vec<Report> = Vec::new();
    for inside in scenarios {
        let (name, files) = match inside.as_str() {
            "" => (path.to_owned(), folder.clone()),
            _ => (format!("{}/{inside}", path.trim_end_matches('/')), folder.inside(&inside)),
        };
        reports.push(check_scenario(name, &files, open.as_deref_mut()));
    }
    if !problems.is_empty() {
        reports.push(Report::new(path.to_owned(), problems));
    }
    reports
}

fn check_scenario(name: String, folder: &Folder, open: Option<&mut Open>) -> Report {
    let mut report = Report::new(name, lint(folder));
    let Some(open) = open else { return report };
    let Ok(lesson) = load_now(&|path| folder.text(path), SOURCE_LANGUAGE) else { return report };
    let setup = Setup { profile: lesson.scenario.profile().to_owned(), seed: lesson.scenario.seed.unwrap_or(1) };
    match prove(&lesson, folder, &mut || open(&setup)) {
        Ok((proof, problems)) => {
            report.proved = problems.is_empty();
            (report.steps, report.buttons, report.questions) = (proof.steps, proof.buttons, proof.questions);
            report.problems.extend(problems.iter().map(ToString::to_string));
        }
        Err(error) => report.problems.push(format!("no world for it: {error}")),
    }
    report
}

impl Report {
    fn new(scenario: String, problems: Vec<Problem>) -> Report {
        let problems = problems.iter().map(ToString::to_string).collect();
        Report { scenario, problems, proved: false, steps: 0, buttons: 0, questions: 0 }
    }
}

fn json(reports: &impl Serialize) -> String {
    // Plain data: it cannot fail.
    serde_json::to_string_pretty(reports).unwrap_or_default() + "\n"
}

fn plain(reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports {
        let verdict = match (report.problems.len(), report.proved) {
            (0, true) => {
                format!("proved: {} steps, {} buttons, {} questions", report.steps, report.buttons, report.questions)
            }
            (0, false) => "no fault found, not proved".to_owned(),
            (1, _) => "1 fault".to_owned(),
            (faults, _) => format!("{faults} faults"),
        };
        out += &format!("{}: {verdict}\n", report.scenario);
        for problem in &report.problems {
            out += &format!("  {problem}\n");
        }
    }
    out
}

/// Writes the hash of its source into every translation under the folders; says which files changed.
fn stamp(folders: &[&String]) -> Result<String, String> {
    let mut told = String::new();
    for root in folders {
        let files = Folder::read(Path::new(root))?;
        for path in files.paths() {
            let Some(source) = source_of(path).filter(|source| files.has(source)) else { continue };
            let (Some(source), Some(translation)) = (files.text(&source), files.text(path)) else { continue };
            let new = stamped(&translation, &source);
            if new != translation {
                let file = Path::new(root).join(path);
                std::fs::write(&file, &new).map_err(|error| format!("{}: {error}", file.display()))?;
                told += &format!("{}: {}\n", file.display(), stated(&new).unwrap_or_default());
            }
        }
    }
    Ok(told)
}

/// The source of a translation: `text.md` for `text.ko.md`.
fn source_of(path: &str) -> Option<String> {
    let (stem, language) = path.strip_suffix(".md")?.rsplit_once('.')?;
    let is_language =
        (2..=8).contains(&language.len()) && language.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
    is_language.then(|| format!("{stem}.md"))
}

#[cfg(test)]
mod tests;
