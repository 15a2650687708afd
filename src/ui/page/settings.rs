//! What the learner chose for the page itself.

use serde::{Deserialize, Serialize};

use super::storage::Shelf;
use crate::view::text::Language;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system is set.
    #[default]
    Auto,
    /// By day.
    Light,
    /// By night.
    Dark,
}

impl Theme {
    /// All of them, in the order of the switch, with their text's keys.
    pub const ALL: [(Theme, &'static str, &'static str); 3] = [
        (Theme::Auto, "auto", "theme.auto"),
        (Theme::Light, "light", "theme.light"),
        (Theme::Dark, "dark", "theme.dark"),
    ];
}

/// All settings, kept between visits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The language; `None` follows the browser.
    pub language: Option<Language>,
    /// Light or dark.
    pub theme: Theme,
    /// Width of the lesson, in percent.
    pub lesson: f64,
    /// Height of the cluster's picture, in percent.
    pub cluster: f64,
    /// Whether the picture shows the cluster's own Pods.
    pub system: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { language: None, theme: Theme::Auto, lesson: 36.0, cluster: 52.0, system: false }
    }
}

const KEY: &str = "drydock/settings";

impl Settings {
    /// Reads them; what cannot be read is as at first.
    pub fn load(shelf: &dyn Shelf) -> Settings {
        let read: Option<Settings> = shelf.get(KEY).and_then(|text| serde_json::from_str(&text).ok());
        let mut settings = read.unwrap_or_default();
        settings.lesson = within(settings.lesson);
        settings.cluster = within(settings.cluster);
        settings
    }

    /// Keeps them, where the browser lets us.
    pub fn save(&self, shelf: &dyn Shelf) {
        shelf.put(KEY, &serde_json::to_string(self).unwrap_or_default());
    }

    /// The language to speak.
    pub fn language(&self) -> Language {
        let wanted = || web_sys::window()?.navigator().language();
        self.language.or_else(|| Language::of(&wanted()?)).unwrap_or_default()
    }
}

/// A divider's place within its limits.
pub fn within(percent: f64) -> f64 {
    if percent.is_finite() { percent.clamp(18.0, 80.0) } else { 50.0 }
}
