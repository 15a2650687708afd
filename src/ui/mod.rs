//! The browser: the only place that knows it.
//!
//! Two programs are made of it. The page (feature `ui`: yew, xterm.js) draws and holds the log; the
//! engine's Web Worker (feature `worker`) holds the world. They share the types of
//! [`crate::view::protocol`] and nothing else, so that neither downloads the other's code.

#[cfg(feature = "worker")]
pub mod drive;

#[cfg(feature = "ui")]
mod page;
#[cfg(feature = "ui")]
pub use page::*;
