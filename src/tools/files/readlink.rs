//! `readlink` and `realpath`.

use super::inode;
use crate::machine::fs::Kind;
use crate::machine::{Errno, Process};
use crate::tools::args::{self, No, arguments};

/// readlink -f, realpath
pub async fn readlink(process: Process) -> i32 {
    let parsed = arguments!(
        process,
        args::GNU,
        ('f', "canonicalize", No),
        ('e', "", No),
        ('m', "", No),
        ('n', "", No),
        ('s', "", No)
    );
    let whole = parsed.has('f') || parsed.has('e') || args::short_name(&process.args()) == "realpath";
    let mut status = 0;
    for path in &parsed.operands {
        let found = if whole {
            process.machine().files().walk(&process.cwd(), path, true).map(|walk| walk.path)
        } else {
            inode(&process, path, false).and_then(|found| match found.kind {
                Kind::Symlink(target) => Ok(target.to_string()),
                _ => Err(Errno::Invalid),
            })
        };
        match found {
            Ok(path) => process.out(&format!("{path}\n")).await,
            Err(errno) => {
                if args::short_name(&process.args()) == "realpath" {
                    process.err(&format!("realpath: {path}: {errno}\n")).await;
                }
                status = 1;
            }
        }
    }
    status
}
