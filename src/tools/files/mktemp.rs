//! `mktemp`.

use std::rc::Rc;

use crate::machine::Process;
use crate::machine::fs::Kind;
use crate::tools::args::{self, Maybe, No, arguments};

/// mktemp -d
pub async fn mktemp(process: Process) -> i32 {
    let parsed = arguments!(
        process,
        args::GNU,
        ('d', "directory", No),
        ('u', "dry-run", No),
        ('p', "tmpdir", Maybe),
        ('t', "", No)
    );
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
