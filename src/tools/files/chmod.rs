//! `chmod` and `chown`.

use super::{is_dir, join, missing};
use crate::machine::Process;
use crate::tools::args::{self, No, arguments};

/// A mode after `u+x,g-w` or `755`.
fn new_mode(spec: &str, old: u32, dir: bool) -> Option<u32> {
    if let Ok(mode) = u32::from_str_radix(spec, 8) {
        return (mode <= 0o7777).then_some(mode);
    }
    let mut mode = old;
    for clause in spec.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let who = &clause[..at];
        if !who.chars().all(|c| "ugoa".contains(c)) {
            return None;
        }
        let mut shifts: Vec<u32> = who.chars().filter_map(|c| "ogu".find(c)).map(|at| at as u32 * 3).collect();
        if who.is_empty() || who.contains('a') {
            shifts = vec![0, 3, 6];
        }
        let mut bits = 0;
        for letter in clause[at + 1..].chars() {
            bits |= match letter {
                'r' => 4,
                'w' => 2,
                'x' => 1,
                'X' if dir || old & 0o111 != 0 => 1,
                'X' | 's' | 't' => 0,
                _ => return None,
            };
        }
        for shift in shifts {
            match &clause[at..=at] {
                "+" => mode |= bits << shift,
                "-" => mode &= !(bits << shift),
                _ => mode = mode & !(7 << shift) | bits << shift,
            }
        }
    }
    Some(mode)
}

/// chmod -R
pub async fn chmod(process: Process) -> i32 {
    // `chmod -x f`: a mode may look like an option.
    let words = process.args()[1..].to_vec();
    let recursive = words.iter().any(|word| word == "-R" || word == "--recursive");
    let words: Vec<String> =
        words.into_iter().filter(|word| !matches!(word.as_str(), "-R" | "--recursive" | "-v" | "-f" | "--")).collect();
    let [spec, paths @ ..] = words.as_slice() else { return missing(&process, "chmod").await };
    if paths.is_empty() {
        process
            .err(&format!("chmod: missing operand after '{spec}'\nTry 'chmod --help' for more information.\n"))
            .await;
        return 1;
    }
    if new_mode(spec, 0, false).is_none() {
        process.err(&format!("chmod: invalid mode: '{spec}'\nTry 'chmod --help' for more information.\n")).await;
        return 1;
    }
    let mut status = 0;
    let mut todo: Vec<String> = paths.to_vec();
    while let Some(path) = todo.pop() {
        let files = process.machine().files();
        let done = files.change(&process.cwd(), &path, |inode| {
            inode.mode = new_mode(spec, inode.mode, inode.is_dir()).unwrap_or(inode.mode);
        });
        if let Err(errno) = done {
            process.err(&format!("chmod: cannot access '{path}': {errno}\n")).await;
            status = 1;
        } else if recursive && is_dir(&process, &path) {
            todo.extend(files.list(&process.cwd(), &path).unwrap_or_default().iter().map(|name| join(&path, name)));
        }
    }
    status
}

/// chown: owners are only kept as numbers of known users.
pub async fn chown(process: Process) -> i32 {
    let parsed =
        arguments!(process, args::GNU, ('R', "recursive", No), ('v', "verbose", No), ('h', "no-dereference", No));
    let [spec, paths @ ..] = parsed.operands.as_slice() else { return missing(&process, "chown").await };
    let user = spec.split(':').next().unwrap_or_default();
    let uid = user
        .parse::<u32>()
        .ok()
        .or_else(|| (user == "root" || user.is_empty()).then_some(0))
        .or_else(|| (user == "nobody").then_some(65534));
    let Some(uid) = uid else {
        process.err(&format!("chown: invalid user: '{spec}'\n")).await;
        return 1;
    };
    let mut status = 0;
    for path in paths {
        if let Err(errno) = process.machine().files().change(&process.cwd(), path, |inode| inode.uid = uid) {
            process.err(&format!("chown: cannot access '{path}': {errno}\n")).await;
            status = 1;
        }
    }
    status
}
