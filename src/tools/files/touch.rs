//! `touch`.

use super::inode;
use crate::machine::{Errno, Process};
use crate::tools::args::{self, No, Value, arguments};

/// touch -c -d -t
pub async fn touch(process: Process) -> i32 {
    let parsed = arguments!(
        process,
        args::GNU,
        ('c', "no-create", No),
        ('d', "date", Value),
        ('t', "", Value),
        ('a', "", No),
        ('m', "", No),
        ('r', "reference", Value)
    );
    if parsed.operands.is_empty() {
        process.err("touch: missing file operand\nTry 'touch --help' for more information.\n").await;
        return 1;
    }
    let now = process.sim().now();
    let time = parsed.value('r').and_then(|path| inode(&process, path, true).ok()).map_or(now, |inode| inode.mtime);
    let mut status = 0;
    for path in &parsed.operands {
        let files = process.machine().files();
        let done = match files.find(&process.cwd(), path) {
            Ok(_) => files.change(&process.cwd(), path, |inode| inode.mtime = time),
            Err(Errno::NotFound) if parsed.has('c') => Ok(()),
            Err(Errno::NotFound) => files.write(&process.cwd(), path, b""),
            Err(errno) => Err(errno),
        };
        if let Err(errno) = done {
            process.err(&format!("touch: cannot touch '{path}': {errno}\n")).await;
            status = 1;
        }
    }
    status
}
