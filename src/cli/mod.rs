//! The command line: the same world without a browser.

pub mod scenario;
