//! What client-go gives to every component: a limited rate of requests, and a recorder that
//! correlates events before it writes them.

mod correlator;
mod limiter;
mod recorder;

pub use limiter::Limiter;
pub use recorder::{Happening, Recorder, Source};
