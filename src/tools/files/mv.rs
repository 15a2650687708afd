//! `mv`.

use super::cp::copy;
use super::rm::remove;
use super::{inode, targets};
use crate::machine::{Errno, Process};
use crate::tools::args::{self, No, Value, arguments};

/// mv -f -n -v -t -T
pub async fn mv(process: Process) -> i32 {
    let parsed = arguments!(
        process,
        args::GNU,
        ('f', "force", No),
        ('i', "interactive", No),
        ('n', "no-clobber", No),
        ('v', "verbose", No),
        ('t', "target-directory", Value),
        ('T', "no-target-directory", No),
    );
    let list = match targets(&process, "mv", &parsed).await {
        Ok(list) => list,
        Err(status) => return status,
    };
    let mut status = 0;
    for (from, to) in list {
        let files = process.machine().files();
        if let Err(errno) = inode(&process, &from, false) {
            process.err(&format!("mv: cannot stat '{from}': {errno}\n")).await;
            status = 1;
            continue;
        }
        if parsed.has('n') && inode(&process, &to, true).is_ok() {
            continue;
        }
        let mut moved = files.rename(&process.cwd(), &from, &to);
        if moved == Err(Errno::CrossDevice) {
            moved = copy(&process, &from, &to, true, true, 0)
                .and_then(|()| remove(&process, &from, 0))
                .map_err(|(_, errno)| errno);
        }
        match moved {
            Ok(()) if parsed.has('v') => process.out(&format!("renamed '{from}' -> '{to}'\n")).await,
            Ok(()) => {}
            Err(Errno::Invalid) => {
                process.err(&format!("mv: cannot move '{from}' to a subdirectory of itself, '{to}'\n")).await;
                status = 1;
            }
            Err(errno) => {
                process.err(&format!("mv: cannot move '{from}' to '{to}': {errno}\n")).await;
                status = 1;
            }
        }
    }
    status
}
