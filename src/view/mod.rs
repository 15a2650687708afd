//! What to draw, not how: pure models and layouts, without a browser.
//!
//! [`observe`] reads the cluster (in the worker); everything else is what the page knows of it:
//! the models of [`cluster`] and [`traffic`], where to put them ([`layout`]), what to say aloud
//! ([`narrate`]), and the messages between page and worker ([`protocol`]).

pub mod address;
pub mod clock;
pub mod cluster;
pub mod layout;
pub mod narrate;
pub mod observe;
pub mod protocol;
pub mod saved;
pub mod text;
pub mod traffic;
