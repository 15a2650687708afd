//! What is to happen, in order of time.

use super::Time;
use crate::collections::SortedMap;

/// A queue of entries by due time; entries due at the same instant come out in the order in
/// which they went in.
///
/// ```
/// use drydock::sim::{Agenda, Time};
/// let mut agenda = Agenda::new();
/// agenda.add(Time(5), "later");
/// let first = agenda.add(Time(1), "dropped");
/// agenda.add(Time(1), "soon");
/// agenda.remove(first);
/// assert_eq!(agenda.next_at(), Some(Time(1)));
/// assert_eq!(agenda.pop_due(Time(1)), Some((Time(1), "soon")));
/// assert_eq!(agenda.pop_due(Time(1)), None);
/// ```
#[derive(Clone, Debug)]
pub struct Agenda<E> {
    entries: SortedMap<(Time, u64), E>,
    count: u64,
}

/// Names one entry of an [`Agenda`], to take it back.
pub type EntryId = (Time, u64);

impl<E> Agenda<E> {
    /// An empty agenda.
    pub fn new() -> Agenda<E> {
        Agenda { entries: SortedMap::new(), count: 0 }
    }

    /// Adds `entry`, due at `at`.
    pub fn add(&mut self, at: Time, entry: E) -> EntryId {
        self.count += 1;
        self.entries.insert((at, self.count), entry);
        (at, self.count)
    }

    /// Takes an entry back, if it has not come out yet.
    pub fn remove(&mut self, id: EntryId) -> Option<E> {
        self.entries.remove(&id)
    }

    /// When the first entry is due.
    pub fn next_at(&self) -> Option<Time> {
        self.entries.first_key_value().map(|(&(at, _), _)| at)
    }

    /// The first entry, if it is due by `now`.
    pub fn pop_due(&mut self, now: Time) -> Option<(Time, E)> {
        self.next_at().filter(|at| *at <= now)?;
        self.entries.pop_first().map(|((at, _), entry)| (at, entry))
    }

    /// How many entries wait.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Agenda::new()
    }
}
