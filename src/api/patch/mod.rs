//! The three patches that the API takes: JSON patch, JSON merge patch, strategic merge patch.

mod json_patch;
mod merge;
mod strategic;
mod syntax;

pub use json_patch::json_patch;
pub use merge::merge_patch;
pub use strategic::strategic_merge_patch;
pub use syntax::json_fault;
