//! The registry of programs: which there are and where their files lie.

use super::{LocalBoxFuture, Process};
use crate::collections::SortedMap;

/// A program: an async function of its process; its value is the exit status (0 to 255).
pub type ProgramFn = fn(Process) -> LocalBoxFuture<'static, i32>;

/// Offers completions for the words of a command line, the last of which is being typed.
pub type Completer = fn(Process, Vec<String>) -> LocalBoxFuture<'static, Vec<String>>;

/// Makes a [`ProgramFn`] of an `async fn(Process) -> i32`.
///
/// ```
/// use drydock::machine::{Process, ProgramFn, program};
/// async fn hello(process: Process) -> i32 {
///     process.out("hello\n").await;
///     0
/// }
/// const HELLO: ProgramFn = program!(hello);
/// ```
#[macro_export]
macro_rules! program {
    ($function:path) => {
        |process| ::std::boxed::Box::pin($function(process))
    };
}
pub use program;

/// One program of the registry.
#[derive(Clone)]
pub struct Program {
    /// Where its file lies, as `/usr/bin/kubectl`.
    pub path: String,
    /// What it does.
    pub run: ProgramFn,
    /// Completes its arguments in an interactive shell.
    pub complete: Option<Completer>,
}

/// Programs by name.
#[derive(Clone, Default)]
pub struct Programs(SortedMap<&'static str, Program>);

impl Programs {
    /// No programs.
    pub fn new() -> Programs {
        Programs::default()
    }

    /// Adds a program that lies in /usr/bin.
    pub fn add(&mut self, name: &'static str, run: ProgramFn) {
        self.add_at(name, &format!("/usr/bin/{name}"), run);
    }

    /// Adds a program that lies at `path`.
    pub fn add_at(&mut self, name: &'static str, path: &str, run: ProgramFn) {
        self.0.insert(name, Program { path: path.to_owned(), run, complete: None });
    }

    /// Adds a family of programs.
    pub fn add_all(&mut self, family: &[(&'static str, ProgramFn)]) {
        for &(name, run) in family {
            self.add(name, run);
        }
    }

    /// Says how a program's arguments are completed.
    pub fn set_completer(&mut self, name: &str, complete: Completer) {
        if let Some(program) = self.0.get_mut(name) {
            program.complete = Some(complete);
        }
    }

    /// Keeps only the programs named, for an image that has few.
    pub fn only(&self, names: &[&str]) -> Programs {
        Programs(
            self.0
                .iter()
                .filter(|(name, _)| names.contains(name))
                .map(|(name, program)| (*name, program.clone()))
                .collect(),
        )
    }

    /// The program called `name`.
    pub fn get(&self, name: &str) -> Option<&Program> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Program)> {
        self.0.iter().map(|(&name, program)| (name, program))
    }
}

/// How the file of a simulated program begins; its name follows. What a copy of such a file
/// does is what the original does, wherever it is copied to.
const MAGIC: &[u8] = b"\x7fELF\x02\x01\x01\0drydock ";

/// The contents of a program's file.
pub fn binary(name: &str) -> Vec<u8> {
    [MAGIC, name.as_bytes(), b"\n"].concat()
}

/// The program that a file's contents name. `Err` where it is a binary, but none of ours.
pub(super) fn named_by(contents: &[u8]) -> Result<Option<&str>, super::Errno> {
    if let Some(rest) = contents.strip_prefix(MAGIC) {
        let name = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
        return std::str::from_utf8(name).map(Some).map_err(|_| super::Errno::ExecFormat);
    }
    if contents.starts_with(b"\x7fELF") { Err(super::Errno::ExecFormat) } else { Ok(None) }
}
