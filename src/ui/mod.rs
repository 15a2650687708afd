//! The browser: the only place that knows it.
//!
//! Two programs are made of it. The page draws and holds the log; the engine's Web Worker (`drive`) holds
//! the world. They share the types of [`crate::view::protocol`] and nothing else, so that neither downloads
//! the other's code.

pub mod drive;
mod page;
pub use page::*;
