//! Which scenarios a folder holds, and what is wrong with the lists that name them.

use std::collections::BTreeSet;

use super::folder::Folder;
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
    let known: BTreeSet<&str> = listed.iter().map(String::as_str).collect();
    for path in folder.paths() {
        if let Some(scenario) = path.strip_suffix("/index.json")
            && !known.contains(scenario)
        {
            problems.push(Problem::new(path, "no structure.json lists this scenario"));
        }
    }
    (listed, problems)
}

fn gather(course: &Course, out: &mut Vec<String>) {
    for entry in &course.entries {
        match entry {
            Entry::Scenario(summary) => out.push(summary.path.clone()),
            Entry::Course(course) => gather(course, out),
        }
    }
}
