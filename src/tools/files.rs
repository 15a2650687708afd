//! Tools about files: `mkdir`, `rmdir`, `rm`, `cp`, `mv`, `ln`, `touch`, `chmod`, `chown`,
//! `readlink`, `realpath`, `stat`, `basename`, `dirname`, `mktemp`.

use std::rc::Rc;

use super::args::{self, Maybe, No, Value};
use crate::machine::date;
use crate::machine::fs::{Device, Inode, Kind};
use crate::machine::{Errno, Process};

macro_rules! parse {
    ($process:expr, $style:expr, $($flag:expr),* $(,)?) => {
        match args::parse(&$process, &[$($flag),*], $style).await {
            Ok(parsed) => parsed,
            Err(status) => return status,
        }
    };
}

pub(super) fn inode(process: &Process, path: &str, follow: bool) -> Result<Inode, Errno> {
    let files = process.machine().files();
    let node = if follow { files.find(&process.cwd(), path) } else { files.find_link(&process.cwd(), path) };
    node?.get()
}

fn is_dir(process: &Process, path: &str) -> bool {
    inode(process, path, true).is_ok_and(|inode| inode.is_dir())
}

pub(super) fn join(dir: &str, name: &str) -> String {
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
pub(super) fn mode_text(inode: &Inode) -> String {
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

pub(super) fn owner(process: &Process, file: &str, id: u32) -> String {
    let text = process.machine().files().read("/", file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let found = text.lines().find(|line| line.split(':').nth(2) == Some(&id.to_string()));
    found.and_then(|line| line.split(':').next()).map_or_else(|| id.to_string(), str::to_owned)
}

/// mkdir -p -m -v
pub async fn mkdir(process: Process) -> i32 {
    let parsed = parse!(process, args::GNU, ('p', "parents", No), ('m', "mode", Value), ('v', "verbose", No));
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
    let parsed = parse!(process, args::GNU, ('p', "parents", No), ('v', "verbose", No));
    let mut status = 0;
    for path in &parsed.operands {
        if let Err(errno) = process.machine().files().rmdir(&process.cwd(), path) {
            process.err(&format!("rmdir: failed to remove '{path}': {errno}\n")).await;
            status = 1;
        }
    }
    status
}

fn remove(process: &Process, path: &str, depth: u32) -> Result<(), (String, Errno)> {
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
    let parsed = parse!(
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

fn copy(
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

/// cp -r -R -a -f -p -n -v -t -T
pub async fn cp(process: Process) -> i32 {
    let parsed = parse!(
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

/// mv -f -n -v -t -T
pub async fn mv(process: Process) -> i32 {
    let parsed = parse!(
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

/// ln -s -f
pub async fn ln(process: Process) -> i32 {
    let parsed = parse!(
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

/// touch -c -d -t
pub async fn touch(process: Process) -> i32 {
    let parsed = parse!(
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
    let parsed = parse!(process, args::GNU, ('R', "recursive", No), ('v', "verbose", No), ('h', "no-dereference", No));
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

/// readlink -f, realpath
pub async fn readlink(process: Process) -> i32 {
    let parsed = parse!(
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

/// stat -c
pub async fn stat(process: Process) -> i32 {
    let parsed = parse!(process, args::GNU, ('c', "format", Value), ('L', "dereference", No), ('t', "terse", No));
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

/// basename
pub async fn basename(process: Process) -> i32 {
    let parsed = parse!(process, args::GNU, ('a', "multiple", No), ('s', "suffix", Value));
    if parsed.operands.is_empty() {
        return missing(&process, "basename").await;
    }
    let many = parsed.has('a') || parsed.has('s');
    let suffix =
        parsed.value('s').or_else(|| parsed.operands.get(1).filter(|_| !many).map(String::as_str)).unwrap_or_default();
    for path in parsed.operands.iter().take(if many { usize::MAX } else { 1 }) {
        let name = if !path.is_empty() && path.chars().all(|c| c == '/') { "/" } else { last(path) };
        let name = name.strip_suffix(suffix).filter(|name| !name.is_empty()).unwrap_or(name);
        process.out(&format!("{name}\n")).await;
    }
    0
}

/// dirname
pub async fn dirname(process: Process) -> i32 {
    let words = &process.args()[1..];
    if words.is_empty() {
        return missing(&process, "dirname").await;
    }
    for path in words {
        let trimmed = path.trim_end_matches('/');
        let dir = match trimmed.rsplit_once('/') {
            Some((dir, _)) => match dir.trim_end_matches('/') {
                "" => "/",
                dir => dir,
            },
            None if trimmed.is_empty() && !path.is_empty() => "/",
            None => ".",
        };
        process.out(&format!("{dir}\n")).await;
    }
    0
}

/// mktemp -d
pub async fn mktemp(process: Process) -> i32 {
    let parsed =
        parse!(process, args::GNU, ('d', "directory", No), ('u', "dry-run", No), ('p', "tmpdir", Maybe), ('t', "", No));
    let template = parsed.operands.first().cloned().unwrap_or_else(|| "/tmp/tmp.XXXXXXXXXX".to_owned());
    let letters: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
    let stem = template.trim_end_matches('X');
    let mut path = stem.to_owned();
    for _ in stem.len()..template.len() {
        path.push(letters[process.machine().random_below(letters.len() as u64) as usize]);
    }
    let kind = if parsed.has('d') { Kind::Dir(Rc::default()) } else { Kind::File(Rc::default()) };
    let mode = if parsed.has('d') { 0o700 } else { 0o600 };
    match process.machine().files().create(&process.cwd(), &path, kind, mode) {
        Ok(_) => {
            process.out(&format!("{path}\n")).await;
            0
        }
        Err(errno) => {
            process.err(&format!("mktemp: failed to create file via template '{template}': {errno}\n")).await;
            1
        }
    }
}
