//! Where things lie.

use std::path::{Path, PathBuf};

/// The top of the repository.
pub fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// Cargo's target folder: the one that xtask itself was built into, so that whoever moved it
/// (CARGO_TARGET_DIR, a config file) is followed.
pub fn target() -> PathBuf {
    let exe = std::env::current_exe().ok();
    let of_exe = exe.as_deref().and_then(Path::parent).and_then(Path::parent);
    of_exe.map_or_else(|| root().join("target"), Path::to_path_buf)
}

/// xtask's own folder for logs and half-made things.
pub fn work() -> PathBuf {
    target().join("xtask")
}
