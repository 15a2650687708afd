//! The site's own files, fetched.

use js_sys::Promise;
use serde::Deserialize;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use crate::collections::SortedMap;
use crate::view::text::Language;

/// A text of this site; `None` where it cannot be had.
pub async fn fetch(path: &str) -> Option<String> {
    text(ask(path)?).await
}

/// Asks for a file. It is on its way from here on, whether anybody waits or not.
fn ask(path: &str) -> Option<Promise> {
    Some(web_sys::window()?.fetch_with_str(path))
}

async fn text(asked: Promise) -> Option<String> {
    let response: Response = JsFuture::from(asked).await.ok()?.unchecked_into();
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

/// What `lessons/files.json` lists: a static host lists no folders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// The files of each scenario, by its folder.
    pub scenarios: SortedMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Listed {
    scenarios: Vec<ListedScenario>,
}

#[derive(Deserialize)]
struct ListedScenario {
    path: String,
    files: Vec<String>,
}

impl Listing {
    /// Fetches the list.
    pub async fn fetch() -> Option<Listing> {
        let listed: Listed = serde_json::from_str(&fetch("lessons/files.json").await?).ok()?;
        let scenarios = listed.scenarios.into_iter().map(|scenario| (scenario.path, scenario.files));
        Some(Listing { scenarios: scenarios.collect() })
    }

    /// Asks for the texts and scripts of a scenario at once: one after the other, the ways there and back
    /// would add up to more than all else that a visit waits for.
    pub fn ask(&self, scenario: &str, language: Language) -> Asked {
        let files = self.scenarios.get(scenario).into_iter().flatten();
        let wanted = files.filter(|file| {
            let mut others = Language::ALL.iter().filter(|other| **other != language);
            let foreign = others.any(|other| file.ends_with(&format!(".{}.md", other.code())));
            !foreign && [".md", ".sh", ".json"].iter().any(|ending| file.ends_with(ending))
        });
        Asked(wanted.filter_map(|file| Some((file.clone(), ask(&format!("{}{file}", folder(scenario)))?))).collect())
    }
}

/// The files of a scenario that are on their way.
pub struct Asked(SortedMap<String, Promise>);

impl Asked {
    /// Waits for one of them; `None` where it is not listed or cannot be had.
    pub async fn read(&self, file: &str) -> Option<String> {
        text(self.0.get(file)?.clone()).await
    }
}

/// A scenario's folder on the site.
pub fn folder(scenario: &str) -> String {
    if scenario.is_empty() { "lessons/".to_owned() } else { format!("lessons/{scenario}/") }
}
