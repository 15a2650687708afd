//! A folder of files in memory, so that a check looks at one state of it.

use std::path::Path;

use crate::collections::SortedMap;

/// How many files are read at most.
const MAX_FILES: usize = 5_000;
/// How many bytes they may have together.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// How many bytes a file may have that is read.
const MAX_FILE: u64 = 4 * 1024 * 1024;
/// How deep folders may nest.
const MAX_DEPTH: usize = 12;

/// Files by their path, with `/` between names.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    files: SortedMap<String, Vec<u8>>,
    /// What was left out, and why.
    skipped: Vec<String>,
}

impl Folder {
    /// Reads a folder from the disk, hidden files left out.
    pub fn read(root: &Path) -> Result<Folder, String> {
        let mut folder = Folder::default();
        folder.read_into(root, "", 0)?;
        Ok(folder)
    }

    fn read_into(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), String> {
        let told = |error: std::io::Error| format!("{}: {error}", folder.display());
        if depth > MAX_DEPTH {
            return Err(format!("{}: folders nest too deep", folder.display()));
        }
        for entry in std::fs::read_dir(folder).map_err(told)? {
            let entry = entry.map_err(told)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.starts_with('.') {
                continue;
            }
            let path = format!("{prefix}{name}");
            if entry.file_type().map_err(told)?.is_dir() {
                self.read_into(&entry.path(), &format!("{path}/"), depth + 1)?;
            } else {
                match read_file(&entry.path()) {
                    Ok(bytes) => drop(self.files.insert(path, bytes)),
                    Err(why) => self.skipped.push(format!("{path}: {why}")),
                }
            }
            if self.files.len() > MAX_FILES || self.files.values().map(Vec::len).sum::<usize>() > MAX_BYTES {
                return Err(format!("{}: there is too much in this folder", folder.display()));
            }
        }
        Ok(())
    }

    /// A folder of these files.
    pub fn of(files: impl IntoIterator<Item = (String, String)>) -> Folder {
        let files = files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
        Folder { files, skipped: Vec::new() }
    }

    /// The folder inside.
    pub fn inside(&self, path: &str) -> Folder {
        let prefix = format!("{path}/");
        let files =
            self.files.iter().filter_map(|(file, bytes)| Some((file.strip_prefix(&prefix)?.to_owned(), bytes.clone())));
        let skipped = self.skipped.iter().filter_map(|told| Some(told.strip_prefix(&prefix)?.to_owned()));
        Folder { files: files.collect(), skipped: skipped.collect() }
    }

    /// The files that were left out, and why.
    pub fn skipped(&self) -> impl Iterator<Item = &str> {
        self.skipped.iter().map(String::as_str)
    }

    /// A file's text, if there is one.
    pub fn text(&self, path: &str) -> Option<String> {
        String::from_utf8(self.files.get(path)?.clone()).ok()
    }

    /// A file's bytes.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// Whether it has a file.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The paths of all files.
    pub fn paths(&self) -> impl Iterator<Item = &str> + Clone {
        self.files.keys().map(String::as_str)
    }
}

/// A file's bytes. A link may lead to a folder or nowhere, and a file may be no lesson's.
fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is not a file".to_owned());
    }
    if metadata.len() > MAX_FILE {
        return Err(format!("it is larger than {} MiB and was not read", MAX_FILE / (1024 * 1024)));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}
