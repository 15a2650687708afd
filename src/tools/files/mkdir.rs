//! `mkdir` and `rmdir`.

use std::rc::Rc;

use super::missing;
use crate::machine::Process;
use crate::machine::fs::Kind;
use crate::tools::args::{self, No, Value, arguments};

/// mkdir -p -m -v
pub async fn mkdir(process: Process) -> i32 {
    let parsed = arguments!(process, args::GNU, ('p', "parents", No), ('m', "mode", Value), ('v', "verbose", No));
    if parsed.operands.is_empty() {
        return missing(&process, "mkdir").await;
    }
    let mut status = 0;
    for path in &parsed.operands {
        let files = process.machine().files();
        let made = if parsed.has('p') {
            files.mkdir_all(&crate::machine::files::join(&process.cwd(), path))
        } else {
            files.create(&process.cwd(), path, Kind::Dir(Rc::default()), 0o755).map(|_| ())
        };
        match made {
            Ok(()) => {
                if parsed.has('v') {
                    process.out(&format!("mkdir: created directory '{path}'\n")).await;
                }
                if let Some(mode) = parsed.value('m').and_then(|mode| u32::from_str_radix(mode, 8).ok()) {
                    let _ = files.change(&process.cwd(), path, |inode| inode.mode = mode);
                }
            }
            Err(errno) => {
                process.err(&format!("mkdir: cannot create directory '{path}': {errno}\n")).await;
                status = 1;
            }
        }
    }
    status
}

/// rmdir
pub async fn rmdir(process: Process) -> i32 {
    let parsed = arguments!(process, args::GNU, ('p', "parents", No), ('v', "verbose", No));
    let mut status = 0;
    for path in &parsed.operands {
        if let Err(errno) = process.machine().files().rmdir(&process.cwd(), path) {
            process.err(&format!("rmdir: failed to remove '{path}': {errno}\n")).await;
            status = 1;
        }
    }
    status
}
