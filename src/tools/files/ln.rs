//! `ln`.

use std::rc::Rc;

use super::{is_dir, join, last, missing};
use crate::machine::Process;
use crate::machine::fs::Kind;
use crate::tools::args::{self, No, arguments};

/// ln -s -f
pub async fn ln(process: Process) -> i32 {
    let parsed = arguments!(
        process,
        args::GNU,
        ('s', "symbolic", No),
        ('f', "force", No),
        ('n', "no-dereference", No),
        ('v', "verbose", No)
    );
    let [target, rest @ ..] = parsed.operands.as_slice() else { return missing(&process, "ln").await };
    let mut link = rest.first().cloned().unwrap_or_else(|| last(target).to_owned());
    if is_dir(&process, &link) && !parsed.has('n') {
        link = join(&link, last(target));
    }
    let files = process.machine().files();
    if parsed.has('f') {
        let _ = files.unlink(&process.cwd(), &link);
    }
    let made = if parsed.has('s') {
        files.create(&process.cwd(), &link, Kind::Symlink(Rc::from(target.as_str())), 0o777).map(|_| ())
    } else {
        files.hard_link(&process.cwd(), target, &link)
    };
    match made {
        Ok(()) => 0,
        Err(errno) => {
            let kind = if parsed.has('s') { "symbolic link" } else { "hard link" };
            process.err(&format!("ln: failed to create {kind} '{link}': {errno}\n")).await;
            1
        }
    }
}
