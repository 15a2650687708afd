//! Finds the lesson to show and fetches it.

use std::rc::Rc;

use super::files::{Listing, folder};
use crate::lesson::{self, Course, Entry, Installed, Lesson, load_course};
use crate::view::address::SANDBOX;
use crate::view::text::Language;

/// A lesson in one language.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its folder below `lessons/`.
    pub scenario: String,
    /// Its texts.
    pub lesson: Rc<Lesson>,
}

/// Fetches what belongs to a place of the address: a lesson's folder, [`SANDBOX`] (which has no
/// lesson), or nothing known, which is the first lesson of the course. The error is for a developer.
pub async fn place(language: Language, place: &str) -> Result<Option<Loaded>, String> {
    let listing = Listing::fetch().await.ok_or("lessons/files.json cannot be read")?;
    let scenario = if listing.scenarios.contains_key(place) {
        place.to_owned()
    } else if place == SANDBOX {
        return Ok(None);
    } else {
        let first = first(&load(&listing, language).await).filter(|first| listing.scenarios.contains_key(first));
        first.or_else(|| listing.scenarios.keys().next().cloned()).ok_or("there are no lessons")?
    };
    let asked = listing.ask(&scenario, language);
    let read = async |file: &str| asked.read(file).await;
    let lesson = lesson::load(&read, language.code()).await.map_err(|problem| problem.to_string())?;
    Ok(Some(Loaded { scenario, lesson: Rc::new(lesson) }))
}

/// Fetches the list of lessons; what cannot be had is not in it.
pub async fn course(language: Language) -> Course {
    match Listing::fetch().await {
        Some(listing) => load(&listing, language).await,
        None => Course::default(),
    }
}

async fn load(listing: &Listing, language: Language) -> Course {
    // Folders are tried as scenarios first; only those that are listed are.
    let read = async |file: &str| match file.strip_suffix("/index.json") {
        Some(scenario) if !listing.scenarios.contains_key(scenario) => None,
        _ => super::files::fetch(&format!("lessons/{file}")).await,
    };
    let (course, _) = load_course(&read, language.code()).await;
    course
}

fn first(course: &Course) -> Option<String> {
    course.entries.iter().find_map(|entry| match entry {
        Entry::Scenario(summary) => Some(summary.path.clone()),
        Entry::Course(course) => first(course),
    })
}

/// Fetches the files that a lesson puts on the learner's machine.
pub async fn assets(loaded: Loaded) -> Vec<(Installed, String)> {
    let Some(listing) = Listing::fetch().await else { return Vec::new() };
    let files = listing.scenarios.get(&loaded.scenario).cloned().unwrap_or_default();
    let mut found = Vec::new();
    for installed in loaded.lesson.scenario.install("host01", files.iter().map(String::as_str)) {
        let path = format!("{}{}", folder(&loaded.scenario), installed.file);
        if let Some(text) = super::files::fetch(&path).await {
            found.push((installed, text));
        }
    }
    found
}
