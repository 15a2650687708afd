//! The house is in order: layers, the size of files, and what must stand in no file.

mod layers;

use std::path::{Path, PathBuf};

/// A file of more lines than this has more than one purpose.
const MOST_LINES: usize = 800;

/// Longer still, and to be split: nothing is added here.
const TO_SPLIT: [&str; 0] = [];

/// Folders that are made, not written.
const MADE: [&str; 5] = [".git", "dist", "node_modules", "target", ".tools"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder that people write, with its text if it has one.
fn texts(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if MADE.contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            found.extend(texts(&path));
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.push((path.strip_prefix(root()).unwrap().to_path_buf(), text));
        }
    }
    found.sort();
    found
}

#[test]
fn no_source_file_is_too_long() {
    let long: Vec<String> = texts(root())
        .iter()
        .filter(|(path, _)| path.extension().is_some_and(|e| ["rs", "mjs", "css", "sh"].iter().any(|k| e == *k)))
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(path, lines)| (*lines > MOST_LINES) != TO_SPLIT.iter().any(|p| path.as_path() == Path::new(p)))
        .map(|(path, lines)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert!(
        long.is_empty(),
        "over {MOST_LINES} lines, so with more than one purpose (or split, and still in TO_SPLIT):\n{}",
        long.join("\n")
    );
}

/// Where packages come from is a matter of the machine that builds (a mirror, a proxy), not of the
/// repository; and what lies on one machine means nothing on another.
#[test]
fn no_file_names_a_package_registry_or_a_machine() {
    // Put together here, so that this file does not name them.
    let hosts = [["crates", "io"], ["npmjs", "org"], ["npmjs", "com"], ["pypi", "org"], ["deb.debian", "org"]];
    let mut banned: Vec<String> = hosts.iter().map(|h| h.join(".")).collect();
    banned.extend(["work/main", "work/wt", "work/shared", "root/.cargo", "root/.rustup"].map(|p| format!("/{p}")));
    let mut faults = Vec::new();
    for (path, text) in texts(root()) {
        if path == Path::new("Cargo.lock") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            if let Some(word) = banned.iter().find(|b| line.contains(b.as_str())) {
                faults.push(format!("{}:{}: {word}", path.display(), number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
