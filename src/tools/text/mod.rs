//! Small filters.

pub(super) mod base64;
pub(super) mod cut;
pub(super) mod nl;
pub(super) mod paste;
pub(super) mod seq;
pub(super) mod tee;
pub(super) mod tr;
pub(super) mod uniq;
pub(super) mod wc;
