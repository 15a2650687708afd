//! The page: what the learner sees and touches.
//!
//! [`app`] holds all state and is told everything; the other modules draw a part of it each and
//! say what was pressed.

mod app;
mod browser;
mod clock;
mod course;
mod document;
mod engine;
mod failure;
mod files;
mod frame;
mod header;
mod lesson;
mod lists;
mod loading;
mod picture;
mod predict;
mod settings;
mod split;
mod storage;
pub mod terminal;
mod world;

/// Draws the page into the document's body.
pub fn start() {
    yew::Renderer::<app::App>::new().render();
}
