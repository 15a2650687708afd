//! The site's own files, fetched.

use serde::Deserialize;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use crate::collections::SortedMap;

/// A text of this site; `None` where it cannot be had.
pub async fn fetch(path: &str) -> Option<String> {
    let response = JsFuture::from(web_sys::window()?.fetch_with_str(path)).await.ok()?;
    let response: Response = response.unchecked_into();
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

    /// Fetches one file of a scenario, if it is listed.
    pub async fn read(&self, scenario: &str, file: &str) -> Option<String> {
        if !self.scenarios.get(scenario)?.iter().any(|listed| listed == file) {
            return None;
        }
        fetch(&format!("{}{file}", folder(scenario))).await
    }
}

/// A scenario's folder on the site.
pub fn folder(scenario: &str) -> String {
    if scenario.is_empty() { "lessons/".to_owned() } else { format!("lessons/{scenario}/") }
}
