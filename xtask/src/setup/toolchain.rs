//! One Rust toolchain for all that xtask does, with the target wasm32-unknown-unknown in it.
//!
//! In this order: the toolchain in use has the target already; rustup may download it; Debian's
//! Rust, with a standard library that is built here once. One toolchain for native work too: two
//! would compile every dependency of build scripts and macros twice.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::debian_rust;
use crate::place;
use crate::run::{self, Outcome};

/// The target of the page and of its worker.
pub const WASM: &str = "wasm32-unknown-unknown";

/// The Rust that is used for everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// Whatever `cargo` is where the person stands.
    Usual,
    /// Debian's, under its name in rustup.
    Debian,
}

impl Toolchain {
    /// A toolchain that can compile to wasm; installs what that takes.
    pub fn for_wasm() -> Outcome<Self> {
        if let Some(found) = Self::found() {
            return Ok(found);
        }
        let _lock = super::one_at_a_time()?;
        if let Some(found) = Self::found() {
            return Ok(found);
        }
        if downloads_allowed() && run::which("rustup").is_some() {
            let mut add = Command::new("rustup");
            add.args(["target", "add", WASM]).current_dir(place::root());
            match run::quietly("Adding the Rust target wasm32-unknown-unknown", "about 20 s", &mut add) {
                Ok(()) => return Ok(Self::Usual),
                Err(e) => run::say(format!("{e}\n  trying Debian's Rust instead")),
            }
        }
        debian_rust::install()?;
        Ok(Self::Debian)
    }

    /// A toolchain for native work: the one for wasm if it is there, so that the two share what
    /// they compile, and nothing is installed.
    pub fn for_native() -> Self {
        Self::found().unwrap_or(Self::Usual)
    }

    fn found() -> Option<Self> {
        if has_std(&libdir(Self::Usual.command("rustc"))?) {
            return Some(Self::Usual);
        }
        debian_rust::is_ready().then_some(Self::Debian)
    }

    /// `cargo` of this toolchain, in the repository's top folder.
    pub fn cargo(self) -> Command {
        self.command("cargo")
    }

    /// Any program that calls cargo or rustc, told to use this toolchain.
    pub fn command(self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(place::root());
        // `cargo xtask` runs inside a cargo: what that one set for its own is not for ours.
        for (key, _) in std::env::vars_os() {
            let key_text = key.to_string_lossy();
            let inherited = key_text.starts_with("CARGO_PKG_") || key_text.starts_with("CARGO_MANIFEST_");
            if inherited || matches!(&*key_text, "CARGO" | "RUSTC" | "RUST_RECURSION_COUNT") {
                command.env_remove(&key);
            }
        }
        if self == Self::Debian {
            // rustup points this at the libraries of the toolchain that started us.
            command.env_remove("LD_LIBRARY_PATH");
            command.env("RUSTUP_TOOLCHAIN", debian_rust::NAME);
        }
        command
    }
}

/// Where a rustc keeps its libraries for wasm, whether they are there or not.
fn libdir(mut rustc: Command) -> Option<PathBuf> {
    run::answer(rustc.args(["--print", "target-libdir", "--target", WASM])).map(PathBuf::from)
}

/// Does this folder hold a standard library?
pub fn has_std(libdir: &Path) -> bool {
    let Ok(entries) = libdir.read_dir() else {
        return false;
    };
    entries.flatten().any(|e| {
        let name = e.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

/// rustup's own switch against unasked downloads.
fn downloads_allowed() -> bool {
    std::env::var("RUSTUP_AUTO_INSTALL").as_deref() != Ok("0")
}
