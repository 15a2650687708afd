//! Something wrong with a lesson's file, in words for its author.

use std::fmt;

/// A fault of one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, relative to the scenario's folder.
    pub file: String,
    /// What is wrong, and where in the file.
    pub message: String,
}

impl Problem {
    /// `message` about `file`.
    pub fn new(file: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem { file: file.into(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

impl std::error::Error for Problem {}
