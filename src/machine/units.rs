//! What a machine's service manager looks after, for `systemctl`.

use std::cell::Cell;
use std::rc::Rc;

use crate::sim::Time;

/// A service.
pub struct Unit {
    /// Its name, without `.service`.
    pub name: &'static str,
    /// What it is, in words.
    pub description: &'static str,
    /// Where it is described.
    pub documentation: &'static str,
    active: Cell<bool>,
    since: Cell<Time>,
    set: Rc<dyn Fn(bool)>,
}

impl Unit {
    /// A service that has been running since `since`; `set` is told when it is to stop or to start.
    pub fn new(
        name: &'static str,
        description: &'static str,
        documentation: &'static str,
        since: Time,
        set: Rc<dyn Fn(bool)>,
    ) -> Unit {
        Unit { name, description, documentation, active: Cell::new(true), since: Cell::new(since), set }
    }

    /// Whether it runs, and since when that is so.
    pub fn state(&self) -> (bool, Time) {
        (self.active.get(), self.since.get())
    }

    /// Stops or starts it, unless it is so already.
    pub fn run(&self, active: bool, now: Time) {
        if self.active.replace(active) != active {
            self.since.set(now);
            (self.set)(active);
        }
    }
}
