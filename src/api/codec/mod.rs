//! Between JSON and the Rust types that controllers read.
//!
//! serde_json does the same, with errors in words. Here there are none, since the schema has told
//! a learner's mistakes before, and each of some hundred types meets one small reader and one small
//! writer, which costs half the download that serde_json's own `from_value` and `to_value` do.

mod read;
mod write;

use std::fmt::{self, Display};

use serde::{de, ser};

pub use read::read;
pub use write::write;

/// The JSON is not what the type expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch;

impl Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the JSON is not of this type")
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: Display>(_: T) -> Mismatch {
        Mismatch
    }
    // The defaults make a text first.
    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Mismatch {
        Mismatch
    }
    fn invalid_value(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Mismatch {
        Mismatch
    }
    fn invalid_length(_: usize, _: &dyn de::Expected) -> Mismatch {
        Mismatch
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Mismatch {
        Mismatch
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Mismatch {
        Mismatch
    }
    fn missing_field(_: &'static str) -> Mismatch {
        Mismatch
    }
    fn duplicate_field(_: &'static str) -> Mismatch {
        Mismatch
    }
}

impl ser::Error for Mismatch {
    fn custom<T: Display>(_: T) -> Mismatch {
        Mismatch
    }
}
