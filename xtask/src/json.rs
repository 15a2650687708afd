//! Reading JSON files.

use std::path::Path;

use serde_json::Value;

use crate::run::Outcome;

/// Reads a whole file.
pub fn read(path: &Path) -> Outcome<Value> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}
