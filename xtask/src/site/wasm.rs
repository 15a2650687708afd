//! One wasm program of the site: cargo, wasm-bindgen, and for `dist` wasm-opt.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::place;
use crate::run::{self, Outcome};
use crate::setup::bindgen;
use crate::setup::toolchain::{Toolchain, WASM};

/// How much work is put into a small download.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Little optimised, compiled in parallel: for every day.
    Quick,
    /// One unit, link-time optimisation, wasm-opt: for the world.
    Small,
}

impl Effort {
    fn profile(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Small => "wasm",
        }
    }

    /// Where cargo puts what it compiled.
    fn folder(self) -> PathBuf {
        place::target().join(WASM).join(self.profile())
    }
}

/// Programs of one package that are compiled together.
pub struct Programs {
    /// Names of binaries, as `--bin` takes them.
    pub bins: Vec<String>,
    /// Names of features, as `--features` takes them: the same for all, so that the library is compiled once.
    pub features: String,
}

impl Programs {
    /// The command that compiles them, side by side as far as that goes.
    pub fn compile(&self, toolchain: Toolchain, effort: Effort) -> Command {
        let mut cargo = toolchain.cargo();
        cargo.args(["build", "--package", "drydock", "--target", WASM, "--profile", effort.profile()]);
        cargo.args(["--features", &self.features]).args(self.bins.iter().flat_map(|bin| ["--bin", bin]));
        cargo
    }

    /// Builds them; returns a folder for each that holds its `.js` and `_bg.wasm`.
    pub fn build(&self, toolchain: Toolchain, effort: Effort) -> Outcome<Vec<PathBuf>> {
        let compiled = |bin: &str| effort.folder().join(format!("{bin}.wasm"));
        let about = match effort {
            _ if self.bins.iter().all(|bin| compiled(bin).exists()) => "what has changed",
            Effort::Quick => "about six minutes the first time",
            Effort::Small => "about five minutes the first time",
        };
        run::say(format!("· Compiling the {} to wasm ({about}) …", self.bins.join(" and the ")));
        run::openly(&mut self.compile(toolchain, effort))?;
        self.bins.iter().map(|bin| bind(toolchain, effort, bin, &compiled(bin))).collect()
    }
}

/// What wasm-bindgen makes of a compiled program, and wasm-opt.
fn bind(toolchain: Toolchain, effort: Effort, bin: &str, compiled: &Path) -> Outcome<PathBuf> {
    let out = place::work().join(format!("{bin}-{}", effort.profile()));
    let mut bindgen = Command::new(bindgen::tools(toolchain)?.join("wasm-bindgen"));
    bindgen.args(["--target", "web", "--no-typescript", "--out-name", bin]);
    run::openly(bindgen.arg("--out-dir").arg(&out).arg(compiled))?;
    if effort == Effort::Small {
        optimise(bin, &out.join(format!("{bin}_bg.wasm")))?;
    }
    Ok(out)
}

/// What wasm-opt is asked for. Functions of like names have like bodies (a generic one for each of
/// its types), and gzip sees no further back than 32 KB: side by side they cost 7 % less. Names are
/// read for that, and not written.
const SMALLER: [&str; 3] = ["-Oz", "--reorder-functions-by-name", "--strip-producers"];

/// wasm-opt, whose result is kept for as long as its input and what is asked of it stay the same.
fn optimise(bin: &str, module: &Path) -> Outcome {
    let bytes = std::fs::read(module).map_err(|e| format!("cannot read {}: {e}", module.display()))?;
    let hash = Sha256::new().chain_update(SMALLER.join(" ")).chain_update(&bytes).finalize();
    let hash: String = hash.iter().take(8).map(|b| format!("{b:02x}")).collect();
    let kept = place::work().join(format!("{bin}-opt-{hash}.wasm"));
    if !kept.exists() {
        forget_older(bin);
        let unfinished = kept.with_extension("part");
        let mut wasm_opt = Command::new("node");
        wasm_opt.arg(place::root().join("node_modules/binaryen/bin/wasm-opt"));
        wasm_opt.args(SMALLER).arg(module).arg("-o").arg(&unfinished);
        run::quietly(&format!("Making the {bin} small with wasm-opt"), "up to half a minute", &mut wasm_opt)?;
        std::fs::rename(&unfinished, &kept).map_err(|e| e.to_string())?;
    }
    let copied = std::fs::copy(&kept, module);
    copied.map(drop).map_err(|e| format!("cannot write {}: {e}", module.display()))
}

fn forget_older(bin: &str) {
    let Ok(entries) = place::work().read_dir() else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&format!("{bin}-opt-")) {
            // Only disk space is lost if it stays.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
