//! The site: index.html and everything it asks for, in one folder.
//!
//! `serve` and `dist` make the same site; `dist` has the compiler and wasm-opt take their time.

mod csp;
pub mod explain;
mod halves;
mod lessons;
mod links;
mod notices;
mod pack;
mod scripts;
mod version;
mod wasm;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place;
use crate::run::Outcome;
use crate::setup::node::{self, Packages};
use crate::setup::toolchain::Toolchain;

use links::Link;
pub use wasm::{Effort, Programs};

/// Where `serve` and the every-day tests keep their site.
pub fn usual_folder() -> PathBuf {
    place::work().join("site")
}

/// Builds the site into `folder`, which is emptied first.
pub fn build(toolchain: Toolchain, effort: Effort, folder: &Path) -> Outcome {
    node::packages(if effort == Effort::Small { Packages::All } else { Packages::Page })?;
    let mut page = tidy(&read(&place::root().join("index.html"))?);
    let links = links::find(&page)?;
    // Compile before anything is thrown away: a site that still works is worth keeping.
    let programs = programs(&links)?.build(toolchain, effort)?;
    empty(folder)?;
    for program in &programs {
        copy_all(program, folder)?;
    }
    for link in &links {
        page = page.replacen(&link.text, &place_link(link, folder, effort)?, 1);
    }
    explain::write(toolchain, folder)?;
    write(&folder.join("boot.js"), &scripts::boot("page", "engine", effort))?;
    write(&folder.join("index.html"), &csp::add_policy(&page)?)?;
    if effort == Effort::Small {
        pack::write_decoder(folder)?;
        for link in links.iter().filter(|link| link.get("rel") == "rust") {
            let program = link.get("data-bin");
            if link.get("data-type") == "worker" {
                halves::divide(toolchain, folder, program)?;
                pack::pack(&folder.join(halves::later(program)))?;
            }
            let file = folder.join(format!("{program}_bg.wasm"));
            pack::pack(&file)?;
            fs::remove_file(&file).map_err(|e| format!("cannot remove {}: {e}", file.display()))?;
        }
        // Only what leaves this machine needs them.
        write(&folder.join("licences.txt"), &notices::notices(toolchain)?)?;
    }
    version::stamp(folder)
}

/// The command that compiles what the site for the world consists of.
pub fn compile(toolchain: Toolchain) -> Outcome<Command> {
    let page = tidy(&read(&place::root().join("index.html"))?);
    Ok(programs(&links::find(&page)?)?.compile(toolchain, Effort::Small))
}

/// The programs that index.html asks for.
fn programs(links: &[Link]) -> Outcome<Programs> {
    let mut programs = Programs { bins: Vec::new(), features: String::new() };
    for link in links.iter().filter(|link| link.get("rel") == "rust") {
        let features = link.get("data-cargo-features");
        if !programs.bins.is_empty() && programs.features != features {
            return Err(format!("index.html: its programs have unlike features, {} and {features}", programs.features));
        }
        programs.features = features.to_owned();
        programs.bins.push(link.get("data-bin").to_owned());
    }
    Ok(programs)
}

/// Does what one link of index.html asks for; returns the tag that stands in its place.
fn place_link(link: &Link, folder: &Path, effort: Effort) -> Outcome<String> {
    let source = place::root().join(link.get("href"));
    let name = source.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let v = version::MARK;
    match (link.get("rel"), link.get("data-type")) {
        ("css", _) => {
            copy(&source, &folder.join(&name))?;
            Ok(format!("<link rel=\"stylesheet\" href=\"./{name}{v}\">"))
        }
        ("icon", _) => {
            copy(&source, &folder.join(&name))?;
            Ok(format!("<link rel=\"icon\" href=\"./{name}{v}\">"))
        }
        ("copy-file", _) => {
            copy(&source, &folder.join(link.get("data-target-path")).join(&name))?;
            Ok(String::new())
        }
        ("copy-dir", _) => {
            let target = folder.join(&name);
            if source.is_dir() {
                copy_all(&source, &target)?;
            }
            if name == "lessons" {
                lessons::write_list(&target)?;
            }
            Ok(String::new())
        }
        ("rust", "main") => {
            let unpacking: &[&str] = if effort == Effort::Small { &["unpack.js", "vendor/xz.mjs"] } else { &[] };
            let modules = unpacking.iter().chain(&["page.js"]);
            let modules = modules.map(|file| format!("<link rel=\"modulepreload\" href=\"./{file}{v}\">\n  "));
            Ok(format!(
                "{}<link rel=\"preload\" href=\"./{}{v}\" as=\"fetch\" crossorigin>\n  \
                 <script type=\"module\" src=\"./boot.js{v}\"></script>",
                modules.collect::<String>(),
                scripts::wasm("page", effort)
            ))
        }
        ("rust", "worker") => {
            // The name that Trunk gives its loader shim.
            let bin = link.get("data-bin");
            let loader = if effort == Effort::Small { halves::loader(bin) } else { scripts::loader(bin) };
            write(&folder.join(format!("{bin}_loader.js")), &loader)?;
            Ok(String::new())
        }
        (rel, kind) => {
            Err(format!("index.html: cargo xtask knows no data-trunk link of rel=\"{rel}\" type=\"{kind}\""))
        }
    }
}

/// Drops comments and empty lines: they are for people who read the source.
fn tidy(page: &str) -> String {
    let mut rest = page;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let lines: Vec<&str> = out.lines().filter(|l| !l.trim().is_empty()).collect();
    lines.join("\n") + "\n"
}

/// Reads a text file.
pub fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))
}

/// Writes a file.
pub fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))
}

fn empty(folder: &Path) -> Outcome {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|e| format!("cannot empty {}: {e}", folder.display()))?;
    }
    fs::create_dir_all(folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))
}

fn copy(from: &Path, to: &Path) -> Outcome {
    let made = to.parent().map_or(Ok(()), fs::create_dir_all);
    let copied = made.and_then(|()| fs::copy(from, to));
    copied.map(drop).map_err(|e| format!("cannot copy {} to {}: {e}", from.display(), to.display()))
}

fn copy_all(from: &Path, to: &Path) -> Outcome {
    for file in files(from)? {
        let inside = file.strip_prefix(from).unwrap_or(&file);
        copy(&file, &to.join(inside))?;
    }
    Ok(())
}

/// Every file below a folder, in the order of their names.
pub fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let problem = |e: std::io::Error| format!("cannot list {}: {e}", folder.display());
    let mut entries = fs::read_dir(folder).map_err(problem)?.collect::<Result<Vec<_>, _>>().map_err(problem)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut found = Vec::new();
    for entry in entries {
        if entry.file_type().map_err(problem)?.is_dir() {
            found.extend(files(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    Ok(found)
}
