//! Lessons: Killercoda's format read as it is, with translations, hints, solutions and checks.
//!
//! A scenario is a folder with an `index.json`; a course is a folder with a `structure.json`.
//! Everything here is a pure function of the files' text: the page fetches them, the command line reads a
//! disk, tests keep them in memory. A text becomes a tree ([`Document`]) that holds no HTML, so that no
//! lesson, whoever wrote it, can run a script in the page. Whatever is wrong with a file becomes a
//! [`Problem`] in words; nothing panics, and sizes are bounded.
//!
//! [`check`] lints a lesson and proves in a fresh world that each of its steps can be solved; it plays anybody's
//! scenario, too, and tells what came of it. [`stage`] has the inputs that the page shares with it.

mod action;
pub mod check;
mod course;
mod document;
mod fields;
mod html;
mod load;
mod markdown;
mod missing;
mod paths;
mod predict;
mod problem;
mod progress;
mod scenario;
pub mod stage;
mod translation;

pub use action::{Action, Run, Traffic};
pub use course::{Course, Entry, Summary, load_course};
pub use document::{Alignment, Block, Code, Destination, Document, Inline, Mark};
pub use load::{Lesson, Page, load, load_now};
pub use missing::{Finding, MissingTexts};
pub use paths::resolve;
pub use predict::{Choice, Predict};
pub use problem::Problem;
pub use progress::ScenarioProgress;
pub use scenario::{Asset, Installed, Part, Scenario};
pub use translation::{SOURCE_LANGUAGE, hash, stamped};
