//! No third-party origin: nothing in the site may name one to load from.
//!
//! The policy in the page forbids it anyway and the end-to-end tests watch every request; this
//! finds the mistake before a browser does, and names the file.

use std::path::Path;

use crate::run::Outcome;
use crate::site::files;

/// Addresses that are names, not places to load from.
const NAMES: [&str; 2] = ["http://www.w3.org/", "https://www.w3.org/"];

/// Credits and hints in the comments of xterm's files, of wasm-bindgen's glue and of xz-decompress.
const CREDITS: [&str; 6] = [
    "http://bellard.org/jslinux/",
    "https://github.com/chjj/term.js",
    "https://developer.mozilla.org/en-US/docs/",
    "https://github.com/SteveSanderson/xzwasm",
    "https://tukaani.org/xz/embedded.html",
    "https://github.com/wingo/walloc",
];

/// Looks through markup, styles and scripts; lessons are checked by their own family.
pub fn check(folder: &Path) -> Outcome {
    let mut faults = Vec::new();
    for file in files(folder)? {
        let kind = file.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let inside = file.strip_prefix(folder).unwrap_or(&file);
        if !matches!(kind, "html" | "css" | "js" | "mjs" | "svg" | "webmanifest") || inside.starts_with("lessons") {
            continue;
        }
        let text = std::fs::read_to_string(&file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        faults.extend(foreign(&text).into_iter().map(|address| format!("  {}: {address}", inside.display())));
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(format!("dist: the site names other origins:\n{}", faults.join("\n")))
}

fn foreign(text: &str) -> Vec<&str> {
    let starts = ["http://", "https://", "\"//", "'//", "url(//"];
    let found = starts.iter().flat_map(|start| text.match_indices(start)).map(|(at, _)| {
        let rest = &text[at..];
        let end = rest[1..].find(['"', '\'', '`', ')', ' ', '\n', '>']).map_or(rest.len(), |e| e + 1);
        &rest[..end]
    });
    let known = |address: &&str| NAMES.iter().chain(&CREDITS).any(|k| address.starts_with(k));
    // "//" alone is how a script writes a comment or joins a path; a host has a dot or is localhost.
    found.filter(|a| !known(a) && (a.contains('.') || a.contains("localhost"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_hosts_from_names() {
        assert_eq!(foreign("<img src=\"https://cdn.example.com/a.png\">"), ["https://cdn.example.com/a.png"]);
        assert_eq!(foreign("@import url(//fonts.example.com/x.css);"), ["url(//fonts.example.com/x.css"]);
        assert_eq!(foreign("xmlns=\"http://www.w3.org/2000/svg\" // a comment\n a = '//'"), [""; 0]);
    }
}
