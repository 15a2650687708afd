//! The memory of a machine: what its programs hold, and how much they may (a cgroup's memory.max).
//!
//! Diverges: only what a program says that it holds is counted, which is what `stress` does.

use std::cell::Cell;

/// See the module.
#[derive(Debug, Default)]
pub struct Memory {
    limit: Cell<Option<u64>>,
    held: Cell<u64>,
    exceeded: Cell<bool>,
}

impl Memory {
    /// Says how many bytes may be held.
    pub fn set_limit(&self, bytes: u64) {
        self.limit.set(Some(bytes));
    }

    /// Bytes that are held.
    pub fn held(&self) -> u64 {
        self.held.get()
    }

    /// Whether more was wanted than there may be.
    pub fn is_exceeded(&self) -> bool {
        self.exceeded.get()
    }

    /// Takes so many bytes more; false where that is too much.
    pub(super) fn take(&self, bytes: u64) -> bool {
        let held = self.held.get().saturating_add(bytes);
        let fits = self.limit.get().is_none_or(|limit| held <= limit);
        if fits {
            self.held.set(held);
        } else {
            self.exceeded.set(true);
        }
        fits
    }

    pub(super) fn give_back(&self, bytes: u64) {
        self.held.set(self.held.get().saturating_sub(bytes));
    }
}
