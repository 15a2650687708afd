//! `rm`.

use super::{inode, join, last, missing};
use crate::machine::{Errno, Process};

use crate::tools::args::{self, No, arguments};

pub(super) fn remove(process: &Process, path: &str, depth: u32) -> Result<(), (String, Errno)> {
    let files = process.machine().files();
    let cwd = process.cwd();
    if inode(process, path, false).map_err(|errno| (path.to_owned(), errno))?.is_dir() && depth < 200 {
        for name in files.list(&cwd, path).unwrap_or_default() {
            remove(process, &join(path, &name), depth + 1)?;
        }
        return files.rmdir(&cwd, path).map_err(|errno| (path.to_owned(), errno));
    }
    files.unlink(&cwd, path).map_err(|errno| (path.to_owned(), errno))
}

/// rm -r -R -f -i -v -d
pub async fn rm(process: Process) -> i32 {
    let parsed = arguments!(
        process,
        args::GNU,
        ('r', "recursive", No),
        ('R', "", No),
        ('f', "force", No),
        ('i', "", No),
        ('v', "verbose", No),
        ('d', "dir", No),
        ('«', "no-preserve-root", No),
    );
    if parsed.operands.is_empty() && !parsed.has('f') {
        return missing(&process, "rm").await;
    }
    let mut status = 0;
    for path in &parsed.operands {
        process.charge(crate::sim::Duration::from_micros(10)).await;
        let found = match inode(&process, path, false) {
            Ok(found) => found,
            Err(Errno::NotFound | Errno::NotDir) if parsed.has('f') => continue,
            Err(errno) => {
                process.err(&format!("rm: cannot remove '{path}': {errno}\n")).await;
                status = 1;
                continue;
            }
        };
        if crate::machine::files::normalize(&crate::machine::files::join(&process.cwd(), path)) == "/" {
            process.err("rm: it is dangerous to operate recursively on '/'\nrm: use --no-preserve-root to override this failsafe\n").await;
            return 1;
        }
        if matches!(last(path), "." | "..") {
            process.err(&format!("rm: refusing to remove '.' or '..' directory: skipping '{path}'\n")).await;
            status = 1;
            continue;
        }
        if found.is_dir() && !parsed.has('r') && !parsed.has('R') {
            process.err(&format!("rm: cannot remove '{path}': Is a directory\n")).await;
            status = 1;
            continue;
        }
        match remove(&process, path, 0) {
            Ok(()) if parsed.has('v') => process.out(&format!("removed '{path}'\n")).await,
            Ok(()) => {}
            Err((path, errno)) => {
                process.err(&format!("rm: cannot remove '{path}': {errno}\n")).await;
                status = 1;
            }
        }
    }
    status
}
