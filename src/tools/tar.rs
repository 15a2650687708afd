//! `tar`: archives of files, as GNU's.

use super::args::{self, No, Value, arguments};
use super::gzip;
use crate::machine::tar::{self, Member, What};
use crate::machine::{Errno, Process, files};

/// tar -c -x -t -f -C -v -m -p -z --no-same-owner --no-same-permissions
pub async fn run(process: Process) -> i32 {
    let mut argv = process.args();
    // The first word's letters may stand without a dash.
    if let Some(word) = argv.get_mut(1).filter(|word| !word.starts_with('-') && !word.is_empty()) {
        word.insert(0, '-');
        process.set_args(argv);
    }
    let parsed = arguments!(
        process,
        args::GNU_2,
        ('c', "create", No),
        ('x', "extract", No),
        ('t', "list", No),
        ('f', "file", Value),
        ('C', "directory", Value),
        ('v', "verbose", No),
        ('m', "touch", No),
        ('p', "preserve-permissions", No),
        ('z', "gzip", No),
        ('ō', "no-same-owner", No),
        ('ŏ', "no-same-permissions", No),
    );
    let cwd = files::join(&process.cwd(), parsed.value('C').unwrap_or("."));
    let folder = process.machine().files().find("/", &cwd).and_then(|node| node.get());
    if let (false, Some(given)) = (folder.is_ok_and(|inode| inode.is_dir()), parsed.value('C')) {
        return fatal(&process, &format!("{given}: Cannot open: {}", Errno::NotFound)).await;
    }
    let archive = parsed.value('f').unwrap_or("-").to_owned();
    match ['c', 'x', 't'].into_iter().find(|&letter| parsed.has(letter)) {
        Some('c') => create(&process, &parsed, &archive, &cwd).await,
        Some(mode) => extract(&process, &parsed, &archive, &cwd, mode == 't').await,
        None => {
            process
                .err("tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\nTry 'tar --help' or 'tar --usage' for more information.\n")
                .await;
            2
        }
    }
}

async fn fatal(process: &Process, why: &str) -> i32 {
    process.err(&format!("tar: {why}\ntar: Error is not recoverable: exiting now\n")).await;
    2
}

async fn create(process: &Process, parsed: &args::Parsed, archive: &str, cwd: &str) -> i32 {
    if parsed.operands.is_empty() {
        process
            .err("tar: Cowardly refusing to create an empty archive\nTry 'tar --help' or 'tar --usage' for more information.\n")
            .await;
        return 2;
    }
    let (mut members, mut failed, mut told) = (Vec::new(), false, false);
    for path in &parsed.operands {
        let name = path.trim_start_matches('/');
        if name.len() < path.len() && !told {
            process.err("tar: Removing leading `/' from member names\n").await;
            told = true;
        }
        let name = if name.is_empty() { "." } else { name };
        if let Err(errno) = tar::pack(process.machine().files(), cwd, path, name, &mut members) {
            process.err(&format!("tar: {path}: Cannot stat: {errno}\n")).await;
            failed = true;
        }
    }
    if parsed.has('v') {
        let names: String = members.iter().map(|member| format!("{}\n", member.name)).collect();
        // Where the archive goes to standard output, the names do not.
        let fd = if archive == "-" { 2 } else { 1 };
        let _ = process.write(fd, names.as_bytes()).await;
    }
    let mut bytes = tar::write(&members);
    if parsed.has('z') {
        bytes = gzip::pack(&bytes);
    }
    let written = match archive {
        "-" => process.write(1, &bytes).await,
        path => process.write_file(path, &bytes).await,
    };
    if let Err(errno) = written {
        return fatal(process, &format!("{archive}: Cannot open: {errno}")).await;
    }
    if failed {
        process.err("tar: Exiting with failure status due to previous errors\n").await;
    }
    if failed { 2 } else { 0 }
}

/// Whether the operands ask for a member: by its name, or that of a directory above it.
fn wanted(parsed: &args::Parsed, member: &Member) -> bool {
    let name = member.name.trim_end_matches('/');
    let asked = |operand: &String| {
        let operand = operand.trim_end_matches('/');
        name == operand || name.strip_prefix(operand).is_some_and(|rest| rest.starts_with('/'))
    };
    parsed.operands.is_empty() || parsed.operands.iter().any(asked)
}

async fn extract(process: &Process, parsed: &args::Parsed, archive: &str, cwd: &str, list: bool) -> i32 {
    let read = match archive {
        "-" => process.read_to_end(0).await,
        path => process.read_file(path).await,
    };
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(errno) => return fatal(process, &format!("{archive}: Cannot open: {errno}")).await,
    };
    let bytes = match (gzip::is_packed(&bytes), parsed.has('z')) {
        (true, _) => gzip::unpack(&bytes),
        (false, true) => Err("not in gzip format"),
        (false, false) => Ok(bytes),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(why) => {
            process.err(&format!("\ngzip: stdin: {why}\n")).await;
            return fatal(process, "Child returned status 1").await;
        }
    };
    let Some(members) = tar::read(&bytes) else {
        return fatal(process, "This does not look like a tar archive").await;
    };
    let mut failed = false;
    for member in members.iter().filter(|member| wanted(parsed, member)) {
        if list || parsed.has('v') {
            process.out(&format!("{}\n", member.name)).await;
        }
        if list {
            continue;
        }
        if let Err(errno) = tar::unpack(process.machine().files(), cwd, member) {
            let what = if member.what == What::Dir { "mkdir" } else { "open" };
            process.err(&format!("tar: {}: Cannot {what}: {errno}\n", member.name)).await;
            failed = true;
        }
    }
    for operand in &parsed.operands {
        let only = args::Parsed { operands: vec![operand.clone()], ..args::Parsed::default() };
        if !members.iter().any(|member| wanted(&only, member)) {
            process.err(&format!("tar: {operand}: Not found in archive\n")).await;
            failed = true;
        }
    }
    if failed {
        process.err("tar: Exiting with failure status due to previous errors\n").await;
    }
    if failed { 2 } else { 0 }
}
