//! Small filters.

pub(super) mod base64;
pub(super) mod comm;
pub(super) mod cut;
pub(super) mod envsubst;
pub(super) mod nl;
pub(super) mod od;
pub(super) mod paste;
pub(super) mod seq;
pub(super) mod sums;
pub(super) mod tee;
pub(super) mod tr;
pub(super) mod uniq;
pub(super) mod wc;
