//! `cp`.

use std::rc::Rc;

use super::{inode, is_dir, join, targets};
use crate::machine::fs::Kind;
use crate::machine::{Errno, Process};

use crate::tools::args::{self, No, Value, arguments};

pub(super) fn copy(
    process: &Process,
    from: &str,
    to: &str,
    recursive: bool,
    links: bool,
    depth: u32,
) -> Result<(), (String, Errno)> {
    let files = process.machine().files();
    let cwd = process.cwd();
    let wrong = |path: &str| {
        let path = path.to_owned();
        move |errno| (path, errno)
    };
    let found = inode(process, from, !links).map_err(wrong(from))?;
    match &found.kind {
        Kind::Dir(_) if recursive && depth < 100 => {
            if !is_dir(process, to) {
                files.create(&cwd, to, Kind::Dir(Rc::default()), found.mode).map_err(wrong(to))?;
            }
            for name in files.list(&cwd, from).map_err(wrong(from))? {
                copy(process, &join(from, &name), &join(to, &name), recursive, links, depth + 1)?;
            }
            Ok(())
        }
        Kind::Symlink(target) => {
            let _ = files.unlink(&cwd, to);
            files.create(&cwd, to, Kind::Symlink(Rc::clone(target)), 0o777).map(|_| ()).map_err(wrong(to))
        }
        Kind::File(data) => {
            let new = files.find(&cwd, to).is_err();
            files.write(&cwd, to, data).map_err(wrong(to))?;
            if new {
                files.change(&cwd, to, |inode| inode.mode = found.mode).map_err(wrong(to))?;
            }
            Ok(())
        }
        _ => Err((from.to_owned(), Errno::IsDir)),
    }
}

/// cp -r -R -a -f -p -n -v -t -T
pub async fn cp(process: Process) -> i32 {
    let parsed = arguments!(
        process,
        args::GNU,
        ('r', "recursive", No),
        ('R', "", No),
        ('a', "archive", No),
        ('f', "force", No),
        ('i', "interactive", No),
        ('p', "preserve", No),
        ('n', "no-clobber", No),
        ('v', "verbose", No),
        ('L', "dereference", No),
        ('t', "target-directory", Value),
        ('T', "no-target-directory", No),
    );
    let list = match targets(&process, "cp", &parsed).await {
        Ok(list) => list,
        Err(status) => return status,
    };
    let recursive = parsed.has('r') || parsed.has('R') || parsed.has('a');
    let mut status = 0;
    for (from, to) in list {
        process.charge(crate::sim::Duration::from_micros(20)).await;
        match inode(&process, &from, true) {
            Err(errno) => {
                process.err(&format!("cp: cannot stat '{from}': {errno}\n")).await;
                status = 1;
                continue;
            }
            Ok(found) if found.is_dir() && !recursive => {
                process.err(&format!("cp: -r not specified; omitting directory '{from}'\n")).await;
                status = 1;
                continue;
            }
            Ok(_) => {}
        }
        if parsed.has('n') && inode(&process, &to, true).is_ok() {
            continue;
        }
        let files = process.machine().files();
        let whole = |path: &str| files.walk(&process.cwd(), path, true).map(|walk| walk.path);
        if let (Ok(a), Ok(b)) = (whole(&from), whole(&to)) {
            if a == b {
                process.err(&format!("cp: '{from}' and '{to}' are the same file\n")).await;
                status = 1;
                continue;
            }
            if format!("{b}/").starts_with(&format!("{a}/")) {
                process.err(&format!("cp: cannot copy a directory, '{from}', into itself, '{to}'\n")).await;
                status = 1;
                continue;
            }
        }
        match copy(&process, &from, &to, recursive, recursive && !parsed.has('L'), 0) {
            Ok(()) if parsed.has('v') => process.out(&format!("'{from}' -> '{to}'\n")).await,
            Ok(()) => {}
            Err((path, errno)) => {
                process.err(&format!("cp: cannot create regular file '{path}': {errno}\n")).await;
                status = 1;
            }
        }
    }
    status
}
