//! Files that belong together carry one version in their addresses.
//!
//! A host may let a browser keep a file for minutes: after an update an old `page.js` must not
//! meet a new `page_bg.wasm`. Names stay plain, as Trunk's are; the query changes.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::{files, read, write};
use crate::run::Outcome;

/// Stands for the version until all files are known.
pub const MARK: &str = "?v=SITE-VERSION";

/// The files that name others; the last is there where programs are packed.
const NAMING: [&str; 4] = ["index.html", "boot.js", "engine_loader.js", "unpack.js"];

/// Puts a hash of the whole site, lessons aside, in the mark's place.
pub fn stamp(folder: &Path) -> Outcome {
    let mut hash = Sha256::new();
    for file in files(folder)?.iter().filter(|f| !f.starts_with(folder.join("lessons"))) {
        hash.update(std::fs::read(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?);
    }
    let version: String = hash.finalize().iter().take(4).map(|b| format!("{b:02x}")).collect();
    for file in NAMING.map(|name| folder.join(name)).into_iter().filter(|file| file.exists()) {
        write(&file, &read(&file)?.replace(MARK, &format!("?v={version}")))?;
    }
    Ok(())
}
