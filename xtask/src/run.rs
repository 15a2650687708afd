//! Running other programs, and saying so.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::place;

/// What every step of xtask returns: an error is a message for the person at the keyboard.
pub type Outcome<T = ()> = Result<T, String>;

/// Prints one line about what happens now. Flushed at once: a log is read while it grows.
pub fn say(text: impl AsRef<str>) {
    println!("{}", text.as_ref());
    // A closed pipe is no reason to stop.
    let _ = std::io::stdout().flush();
}

/// Runs a long, chatty command: says what it does and how long that takes, keeps its output in a
/// log file, and shows the end of it only when the command fails.
pub fn quietly(what: &str, about: &str, command: &mut Command) -> Outcome {
    say(format!("· {what} ({about}) …"));
    let start = Instant::now();
    let log = log_file(what)?;
    let out = File::create(&log).map_err(|e| format!("cannot write {}: {e}", log.display()))?;
    let err = out.try_clone().map_err(|e| e.to_string())?;
    let status = command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .status()
        .map_err(|e| format!("cannot run {}: {e}", name(command)))?;
    if status.success() {
        say(format!("  done in {}", seconds(start)));
        return Ok(());
    }
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(30)..].join("\n");
    Err(format!("{what}: {} ended with {status}\n{tail}\n(all of it: {})", name(command), log.display()))
}

/// Runs a command whose output is worth seeing as it comes.
pub fn openly(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|e| format!("cannot run {}: {e}", name(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", line(command))) }
}

/// Runs a command and returns what it printed; `None` if it is missing or fails.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where a program lies on PATH.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

/// The command as one would type it.
pub fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// `8.4 s` since `start`.
pub fn seconds(start: Instant) -> String {
    format!("{:.1} s", start.elapsed().as_secs_f64())
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn log_file(what: &str) -> Outcome<PathBuf> {
    let dir = place::work().join("logs");
    std::fs::create_dir_all(&dir).map_err(|e| format!("cannot make {}: {e}", dir.display()))?;
    let slug: String = what.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    Ok(dir.join(format!("{}.log", slug.to_lowercase())))
}
