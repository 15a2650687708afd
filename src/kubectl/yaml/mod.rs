//! YAML as kubectl reads and writes it: go-yaml's rules (YAML 1.1), over libyaml-safer's
//! scanner and emitter, of which go-yaml is a sister port.

mod emit;
mod kyaml;
mod parse;
mod resolve;

pub use emit::emit;
pub use kyaml::kyaml;
pub use parse::{documents, parse};
