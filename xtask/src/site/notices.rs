//! `licences.txt`: the notices of everything that is inside the site, as their licences ask.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{files, read};
use crate::place;
use crate::run::{self, Outcome};
use crate::setup::toolchain::{Toolchain, WASM};

/// Packages that come without a notice of their own.
const MISSING: [(&str, &str); 1] = [("xz-decompress", include_str!("notices/xz-decompress.txt"))];

/// One notice a distinct text, with the packages that it covers.
pub fn notices(toolchain: Toolchain) -> Outcome<String> {
    let mut covered: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut folders = crates(toolchain)?;
    folders.extend(npm()?);
    for (package, text) in MISSING {
        covered.entry(text.trim().to_owned()).or_default().insert(package.to_owned());
    }
    for (name, folder) in folders {
        for file in files(&folder)?.iter().filter(|f| f.parent() == Some(&folder) && is_licence(f)) {
            covered.entry(read(file)?.trim().to_owned()).or_default().insert(name.clone());
        }
    }
    let mut text = String::from("Drydock contains the following, under the licences below.\n");
    for (licence, names) in &covered {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        text.push_str(&format!("\n{}\n{}\n\n{licence}\n", "=".repeat(80), names.join(", ")));
    }
    Ok(text)
}

fn is_licence(file: &Path) -> bool {
    let name = file.file_name().map(|n| n.to_string_lossy().to_uppercase()).unwrap_or_default();
    ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE"].iter().any(|start| name.starts_with(start))
}

/// The crates that are compiled into the wasm programs, with their folders.
fn crates(toolchain: Toolchain) -> Outcome<BTreeMap<String, PathBuf>> {
    let mut cargo = toolchain.cargo();
    cargo.args(["metadata", "--format-version", "1", "--features", "ui", "--filter-platform", WASM]);
    let text = run::answer(&mut cargo).ok_or("`cargo metadata` fails")?;
    let metadata: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let nodes = list(&metadata["resolve"]["nodes"]);
    let mut todo = vec![metadata["resolve"]["root"].as_str().unwrap_or_default().to_owned()];
    let mut reached = BTreeSet::new();
    while let Some(id) = todo.pop() {
        for dep in nodes.iter().filter(|n| n["id"] == *id).flat_map(|n| list(&n["deps"])) {
            // Of kind null: neither for tests nor for build scripts.
            let inside = list(&dep["dep_kinds"]).iter().any(|k| k["kind"].is_null());
            let package = dep["pkg"].as_str().unwrap_or_default().to_owned();
            if inside && reached.insert(package.clone()) {
                todo.push(package);
            }
        }
    }
    let entry = |p: &Value| {
        let name = format!("{} {}", p["name"].as_str()?, p["version"].as_str()?);
        let folder = Path::new(p["manifest_path"].as_str()?).parent()?.to_path_buf();
        reached.contains(p["id"].as_str()?).then_some((name, folder))
    };
    Ok(list(&metadata["packages"]).iter().filter_map(entry).collect())
}

/// What package.json has the page load.
fn npm() -> Outcome<BTreeMap<String, PathBuf>> {
    let package = crate::json::read(&place::root().join("package.json"))?;
    let names = package["dependencies"].as_object().ok_or("package.json names no dependencies")?;
    let folder = |name: &String| place::root().join("node_modules").join(name);
    Ok(names
        .iter()
        .map(|(name, version)| (format!("{name} {}", version.as_str().unwrap_or("")), folder(name)))
        .collect())
}
