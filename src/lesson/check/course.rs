//! Which scenarios a folder holds, and what is wrong with the lists that name them.

use serde_json::Value;

use super::folder::Folder;
use crate::collections::{Sort, SortedSet};
use crate::lesson::course::{Course, Entry, load_course_now};
use crate::lesson::problem::Problem;

/// The paths of the scenarios in a folder; the folder itself, as `""`, if it is one.
pub(super) fn scenarios(folder: &Folder) -> (Vec<String>, Vec<Problem>) {
    if folder.has("index.json") {
        return (vec![String::new()], Vec::new());
    }
    let (course, mut problems) = load_course_now(&|path| folder.text(path));
    let mut listed = Vec::new();
    gather(&course, &mut listed);
    let known: SortedSet<&str> = listed.iter().map(String::as_str).collect();
    for path in folder.paths() {
        if path == "structure.json" || path.ends_with("/structure.json") {
            problems.extend(untranslated(path, &folder.text(path).unwrap_or_default()));
        }
        if let Some(scenario) = path.strip_suffix("/index.json")
            && !known.contains(scenario)
        {
            problems.push(Problem::new(path, "no structure.json lists this scenario"));
        }
    }
    (listed, problems)
}

/// The paths of all scenarios in a folder, those that its lists name first; and what is wrong with the lists.
pub(super) fn everything(folder: &Folder) -> (Vec<String>, Vec<Problem>) {
    if folder.has("index.json") {
        return (vec![String::new()], Vec::new());
    }
    let (mut all, mut problems) = (Vec::new(), Vec::new());
    let (course, wrong) = load_course_now(&|path| folder.text(path));
    gather(&course, &mut all);
    if folder.has("structure.json") {
        problems = wrong;
    }
    let known: SortedSet<String> = all.iter().cloned().collect();
    let mut found: Vec<&str> = folder.paths().filter_map(|path| path.strip_suffix("/index.json")).collect();
    // An index.json inside a scenario is one of its assets, so a folder comes before what it holds.
    found.arrange_by(|a, b| (a.matches('/').count(), a).cmp(&(b.matches('/').count(), b)));
    for scenario in found {
        let is_inside =
            |other: &String| scenario.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('/'));
        if !known.contains(scenario) && !all.iter().any(is_inside) {
            all.push(scenario.to_owned());
        }
    }
    if all.is_empty() {
        problems.push(Problem::new("index.json", "there is no scenario in this folder: none of its folders has one"));
    }
    (all, problems)
}

/// The titles that a `structure.json` does not translate to every language that it translates any to.
fn untranslated(path: &str, text: &str) -> Vec<Problem> {
    // What is not as it should be is told by whoever loads the course.
    let course: Value = serde_json::from_str(text).unwrap_or_default();
    let titles: Vec<&str> =
        course["items"].as_array().into_iter().flatten().filter_map(|item| item["title"].as_str()).collect();
    let mut problems = Vec::new();
    for (language, table) in course["drydock"]["translations"].as_object().into_iter().flatten() {
        for title in titles.iter().filter(|title| table[**title].as_str().is_none_or(str::is_empty)) {
            problems.push(Problem::new(path, format!("drydock.translations.{language}: nothing for \"{title}\"")));
        }
    }
    problems
}

fn gather(course: &Course, out: &mut Vec<String>) {
    for entry in &course.entries {
        match entry {
            Entry::Scenario(summary) => out.push(summary.path.clone()),
            Entry::Course(course) => gather(course, out),
        }
    }
}
