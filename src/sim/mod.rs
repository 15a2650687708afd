//! The ground under everything: virtual time, seeded randomness, an executor, channels.
//!
//! Nothing here knows Kubernetes, a shell or a browser. A world built on it is a pure
//! function of its seed and its inputs: there is no wall clock and no thread, and the order
//! in which things happen at one instant is the order in which they were asked for.

mod agenda;
pub mod calendar;
mod channel;
mod executor;
mod rng;
mod time;

pub use agenda::{Agenda, EntryId};
pub use channel::{Receiver, Sender, channel};
pub use executor::{Either, Sim, Sleep, TaskId, race, yield_now};
pub use rng::Rng;
pub use time::{Duration, Time};
