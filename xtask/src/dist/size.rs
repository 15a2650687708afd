//! The size gate: what a first visit downloads, gzipped as static hosts do it.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::run::{Outcome, say};
use crate::site::{explain, files};

/// More than this is refused.
const BOUND: usize = 1_500_000;
/// What we want.
const AIM: usize = 1_000_000;

/// What loads when it is needed, not on the first visit.
const LATER: [&str; 5] = ["lessons", "licences.txt", explain::FILE, "engine_later.wasm", "engine_later.wasm.xz"];
/// What of that every visit loads in the background.
const BACKGROUND: &str = "engine_later.wasm.xz";

/// Prints a table; fails when the first load is over the bound. Returns the sum of bytes.
pub fn check(folder: &Path) -> Outcome<usize> {
    let mut rows = Vec::new();
    for file in files(folder)? {
        let inside = file.strip_prefix(folder).unwrap_or(&file);
        if LATER.iter().any(|later| inside.starts_with(later)) {
            continue;
        }
        let bytes = std::fs::read(&file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        rows.push((gzipped(&bytes)?, bytes.len(), inside.display().to_string()));
    }
    rows.sort_by(|a, b| b.cmp(a));
    let total = rows.iter().map(|r| r.0).sum();
    say(format!("{:>11} {:>11}  first load", "gzipped", "as it is"));
    for (small, large, name) in &rows {
        say(format!("{small:>11} {large:>11}  {name}"));
    }
    say(format!("{total:>11} {:>11}  in all (bound {BOUND}, aim {AIM})", rows.iter().map(|r| r.1).sum::<usize>()));
    let background =
        std::fs::metadata(folder.join(BACKGROUND)).map_err(|e| format!("cannot find {BACKGROUND}: {e}"))?;
    say(format!("{:>11} {:>11}  {BACKGROUND}, in the background", "", background.len()));
    if total > BOUND {
        return Err(format!("size gate: the first load is {total} bytes gzipped, the bound is {BOUND}"));
    }
    Ok(total)
}

fn gzipped(bytes: &[u8]) -> Outcome<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    let done = encoder.write_all(bytes).and_then(|()| encoder.finish());
    done.map(|d| d.len()).map_err(|e| e.to_string())
}
