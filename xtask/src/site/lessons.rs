//! A static host lists no folders: the site carries a list of its lessons' files.

use std::path::Path;

use serde_json::{Value, json};

use super::{files, write};
use crate::run::Outcome;

/// Writes `lessons/files.json`: every scenario's folder with the files in it.
pub fn write_list(folder: &Path) -> Outcome {
    std::fs::create_dir_all(folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
    let all = files(folder)?;
    let scenarios = all.iter().filter(|f| f.file_name().is_some_and(|n| n == "index.json"));
    let mut list = Vec::new();
    for scenario in scenarios.filter_map(|index| index.parent()) {
        let inside = all.iter().filter_map(|f| f.strip_prefix(scenario).ok());
        let inside: Vec<Value> = inside.map(|f| json!(slashes(f))).collect();
        list.push(json!({ "path": slashes(scenario.strip_prefix(folder).unwrap_or(scenario)), "files": inside }));
    }
    write(&folder.join("files.json"), &(json!({ "scenarios": list }).to_string() + "\n"))
}

fn slashes(path: &Path) -> String {
    path.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
