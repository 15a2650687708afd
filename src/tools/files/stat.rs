//! `stat`.

use super::{inode, mode_text, owner};
use crate::machine::Process;
use crate::machine::date;
use crate::machine::fs::Kind;
use crate::tools::args::{self, No, Value, arguments};

/// stat -c
pub async fn stat(process: Process) -> i32 {
    let parsed = arguments!(process, args::GNU, ('c', "format", Value), ('L', "dereference", No), ('t', "terse", No));
    let mut status = 0;
    for path in &parsed.operands {
        let found = match inode(&process, path, parsed.has('L')) {
            Ok(found) => found,
            Err(errno) => {
                process.err(&format!("stat: cannot statx '{path}': {errno}\n")).await;
                status = 1;
                continue;
            }
        };
        let kind = match &found.kind {
            Kind::Dir(_) => "directory",
            Kind::File(data) if data.is_empty() => "regular empty file",
            Kind::File(_) => "regular file",
            Kind::Symlink(_) => "symbolic link",
            Kind::Device(_) => "character special file",
        };
        let time = date::format("%F %T.000000000 +0000", found.mtime.0);
        let user = owner(&process, "/etc/passwd", found.uid);
        let text = match parsed.value('c') {
            Some(layout) => {
                let pairs = [
                    ("%n", path.clone()),
                    ("%s", found.size().to_string()),
                    ("%a", format!("{:o}", found.mode)),
                    ("%A", mode_text(&found)),
                    ("%U", user),
                    ("%u", found.uid.to_string()),
                    ("%g", found.gid.to_string()),
                    ("%F", kind.to_owned()),
                    ("%Y", found.mtime.secs().to_string()),
                    ("%y", time),
                ];
                pairs.iter().fold(layout.to_owned(), |text, (mark, value)| text.replace(mark, value)) + "\n"
            }
            None => format!(
                "  File: {path}\n  Size: {:<10}\tBlocks: {:<10} IO Block: 4096   {kind}\nAccess: ({:04o}/{})  Uid: ({:>5}/{user:>8})\nModify: {time}\n",
                found.size(),
                found.size().div_ceil(512),
                found.mode,
                mode_text(&found),
                found.uid,
            ),
        };
        process.out(&text).await;
    }
    status
}
