//! Debian's Rust as a fallback: it ships no standard library for wasm, but its sources.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::apt;
use super::toolchain::{WASM, has_std};
use crate::place;
use crate::run::{self, Outcome};

/// Its name in rustup.
pub const NAME: &str = "debian";

const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
/// A link to the lld of one LLVM version, whose package is only recommended by Rust's.
const LINKER: &str = "/usr/bin/rust-lld";
const PACKAGES: [&str; 6] =
    ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "rust-web-clippy", "rustfmt-web"];

/// Is everything in its place?
pub fn is_ready() -> bool {
    Path::new(CARGO).exists() && Path::new(LINKER).exists() && has_std(&libdir()) && is_linked()
}

/// Installs Debian's Rust, builds the standard library for wasm into it, and tells rustup.
pub fn install() -> Outcome {
    if !has_packages() {
        apt::install(
            "Debian's Rust",
            "400 MB, about a minute",
            &PACKAGES,
            "Or, with rustup and the network: rustup target add wasm32-unknown-unknown",
        )?;
    }
    if !Path::new(LINKER).exists() {
        install_linker()?;
    }
    if !has_std(&libdir()) {
        build_std()?;
    }
    if !is_linked() {
        run::quietly(
            "Naming Debian's Rust in rustup",
            "at once",
            Command::new("rustup").args(["toolchain", "link", NAME, "/usr"]),
        )?;
    }
    Ok(())
}

fn has_packages() -> bool {
    let sources = Path::new("/usr/src").read_dir().ok();
    let has_sources =
        sources.is_some_and(|d| d.flatten().any(|e| e.file_name().to_string_lossy().starts_with("rustc-")));
    has_sources && [RUSTC, CARGO, "/usr/bin/cargo-clippy", "/usr/bin/rustfmt"].iter().all(|p| Path::new(p).exists())
}

fn install_linker() -> Outcome {
    let package = std::fs::read_link(LINKER)
        .map_err(|e| format!("cannot tell which linker Debian's Rust wants ({LINKER}: {e})"))?;
    let package = package.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    apt::install("the linker of Debian's Rust", "seconds", &[&package], "Its name stands above.")
}

fn is_linked() -> bool {
    let Some(list) = run::answer(Command::new("rustup").args(["toolchain", "list"])) else {
        // No rustup: then Debian's programs are the ones on PATH.
        return true;
    };
    list.lines().any(|l| l.split_whitespace().next() == Some(NAME))
}

fn libdir() -> PathBuf {
    PathBuf::from(format!("/usr/lib/rustlib/{WASM}/lib"))
}

/// Builds an empty package with the standard library from source, and keeps the library.
fn build_std() -> Outcome {
    let dir = place::work().join("wasm-std");
    let write = |name: &str, text: &str| {
        let file = dir.join(name);
        file.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(|e| e.to_string())?;
        std::fs::write(&file, text).map_err(|e| format!("cannot write {}: {e}", file.display()))
    };
    write("Cargo.toml", "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n")?;
    write("src/lib.rs", "#![no_std]\n")?;
    run::quietly(
        "Building the standard library for wasm from Debian's sources",
        "about a minute",
        Command::new(CARGO)
            .current_dir(&dir)
            .args(["build", "--release", "--target", WASM])
            .arg("-Zbuild-std=std,panic_abort,panic_unwind,proc_macro,test")
            .arg("--target-dir=target")
            // Without the bitcode a link with LTO fails.
            .env("RUSTFLAGS", "-Cembed-bitcode=yes")
            .env("RUSTC", RUSTC)
            // -Z on a stable compiler: this one library only, nothing of Drydock's own.
            .env("RUSTC_BOOTSTRAP", "1")
            .env_remove("LD_LIBRARY_PATH")
            .env_remove("RUSTUP_TOOLCHAIN"),
    )?;
    let built = dir.join("target").join(WASM).join("release/deps");
    copy_rlibs(&built, &libdir())?;
    // A hundred megabytes that nobody needs again.
    std::fs::remove_dir_all(&dir).map_err(|e| format!("cannot remove {}: {e}", dir.display()))
}

fn copy_rlibs(from: &Path, to: &Path) -> Outcome {
    let problem = |e: std::io::Error| {
        format!("cannot copy the standard library for wasm to {}: {e}\n(it takes root)", to.display())
    };
    std::fs::create_dir_all(to).map_err(problem)?;
    for entry in from.read_dir().map_err(problem)?.flatten() {
        let file = entry.path();
        let own = entry.file_name().to_string_lossy().starts_with("libempty");
        if file.extension().is_some_and(|e| e == "rlib") && !own {
            std::fs::copy(&file, to.join(entry.file_name())).map_err(problem)?;
        }
    }
    Ok(())
}
