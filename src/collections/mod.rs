//! Sorted maps and sets and a sort, made for a small download.
//!
//! The standard library's `BTreeMap` and `sort` are fast because each type they are used with gets
//! some kilobytes of code of its own. The engine uses sixty of each, which was a tenth of its
//! download. These do the same with a few hundred bytes a type; what is not generic is compiled once.

mod map;
mod set;
mod sort;

pub use map::{Entry, SortedMap};
pub use set::SortedSet;
pub use sort::Sort;
