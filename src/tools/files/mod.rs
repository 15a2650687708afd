//! Tools about files, and what they share.

pub(super) mod basename;
pub(super) mod chmod;
pub(super) mod cp;
pub(super) mod ln;
pub(super) mod mkdir;
pub(super) mod mktemp;
pub(super) mod mv;
pub(super) mod readlink;
pub(super) mod rm;
pub(super) mod stat;
pub(super) mod touch;

use crate::machine::fs::{Device, Inode, Kind};
use crate::machine::{Errno, Process};
use crate::tools::args;

pub(in crate::tools) fn inode(process: &Process, path: &str, follow: bool) -> Result<Inode, Errno> {
    let files = process.machine().files();
    let node = if follow { files.find(&process.cwd(), path) } else { files.find_link(&process.cwd(), path) };
    node?.get()
}

fn is_dir(process: &Process, path: &str) -> bool {
    inode(process, path, true).is_ok_and(|inode| inode.is_dir())
}

pub(in crate::tools) fn join(dir: &str, name: &str) -> String {
    format!("{}/{name}", dir.trim_end_matches('/'))
}

fn last(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

async fn missing(process: &Process, name: &str) -> i32 {
    process.err(&format!("{name}: missing operand\nTry '{name} --help' for more information.\n")).await;
    1
}

/// `-rwxr-xr-x`
pub(in crate::tools) fn mode_text(inode: &Inode) -> String {
    let mut out = String::from(match &inode.kind {
        Kind::Dir(_) => "d",
        Kind::File(_) => "-",
        Kind::Symlink(_) => "l",
        Kind::Device(Device::Generated(_)) => "-",
        Kind::Device(_) => "c",
    });
    for at in (0..9).rev() {
        let letter = ['x', 'w', 'r'][at % 3];
        out.push(if inode.mode >> at & 1 == 1 { letter } else { '-' });
    }
    if inode.mode & 0o1000 != 0 {
        out.pop();
        out.push(if inode.mode & 1 == 1 { 't' } else { 'T' });
    }
    out
}

pub(in crate::tools) fn owner(process: &Process, file: &str, id: u32) -> String {
    let text = process.machine().files().read("/", file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let found = text.lines().find(|line| line.split(':').nth(2) == Some(&id.to_string()));
    found.and_then(|line| line.split(':').next()).map_or_else(|| id.to_string(), str::to_owned)
}

/// Sources and where each is to go; a complaint has been printed where it does not work out.
async fn targets(process: &Process, name: &str, parsed: &args::Parsed) -> Result<Vec<(String, String)>, i32> {
    let mut operands = parsed.operands.clone();
    let into = parsed.value('t').map(str::to_owned);
    let help = format!("Try '{name} --help' for more information.\n");
    let target = match into.clone().or_else(|| (operands.len() > 1).then(|| operands.pop()).flatten()) {
        Some(target) => target,
        None => {
            let text = match operands.first() {
                None => format!("{name}: missing file operand\n{help}"),
                Some(path) => format!("{name}: missing destination file operand after '{path}'\n{help}"),
            };
            process.err(&text).await;
            return Err(1);
        }
    };
    let dir = is_dir(process, &target) && !parsed.has('T');
    if (operands.len() > 1 || into.is_some()) && !dir {
        process.err(&format!("{name}: target '{target}': No such file or directory\n")).await;
        return Err(1);
    }
    Ok(operands
        .into_iter()
        .map(|from| if dir { (from.clone(), join(&target, last(&from))) } else { (from, target.clone()) })
        .collect())
}
