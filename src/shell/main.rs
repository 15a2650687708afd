//! `bash` and `sh` as programs: their options, scripts, standard input, and the terminal.

use std::rc::Rc;

use super::parse::{ParseError, Parser};
use super::{Flow, Run, Shell, builtins};
use crate::machine::{Process, ProgramFn, program};
use crate::sim::Duration;

/// The shells, to be registered.
pub const BASH: &[(&str, ProgramFn)] = &[("bash", program!(bash)), ("sh", program!(bash))];

/// A span as `sleep` and `read -t` take it: `1`, `.5`, `2m`.
pub fn seconds(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) => (number, text.chars().last()),
        None => (text, None),
    };
    let factor = match unit {
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 86_400,
        _ => 1,
    };
    if number == "infinity" || number == "inf" {
        return Some(Duration::from_secs(u64::from(u32::MAX) * 4));
    }
    if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit() || c == '.') || number == "." {
        return None;
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().unwrap_or(u64::from(u32::MAX)) };
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let micros = whole.min(u64::from(u32::MAX)) * 1_000_000 + micros.parse::<u64>().unwrap_or(0);
    Some(Duration::from_micros(micros.saturating_mul(factor)))
}

/// bash.
pub async fn bash(process: Process) -> i32 {
    let args = process.args();
    let name = args.first().cloned().unwrap_or_else(|| "bash".to_owned());
    let mut shell = Shell::new(process.clone(), &name);
    shell.remember_pid();
    let (mut command, mut typed, mut login, mut from_stdin, mut norc) =
        (None, false, name.starts_with('-'), false, false);
    let mut rest = args.get(1..).unwrap_or_default();
    while let Some(word) = rest.first() {
        match word.as_str() {
            "--version" => {
                process
                    .out("GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu), as simulated by Drydock\n")
                    .await;
                return 0;
            }
            "--login" => login = true,
            "--norc" | "--noprofile" | "--posix" | "--noediting" => norc |= word == "--norc",
            "--rcfile" | "--init-file" => {
                norc = true;
                rest = rest.get(1..).unwrap_or_default();
            }
            "--" | "-" => {
                rest = &rest[1..];
                break;
            }
            word if word.starts_with("--") => {
                process.err(&format!("{name}: {word}: invalid option\n")).await;
                return 2;
            }
            word if word.starts_with(['-', '+']) && word.len() > 1 => {
                let mut letters = String::new();
                for letter in word[1..].chars() {
                    match letter {
                        'c' => command = Some(()),
                        'i' => typed = true,
                        'l' => login = true,
                        's' => from_stdin = true,
                        letter => letters.push(letter),
                    }
                }
                if !letters.is_empty() {
                    let mut options = vec![format!("{}{letters}", &word[..1])];
                    if letters.contains('o') {
                        options.extend(rest.get(1).cloned());
                        rest = &rest[1.min(rest.len() - 1)..];
                    }
                    if let Err(message) = builtins::set_options(&mut shell, &options) {
                        process.err(&format!("{name}: {message}\n")).await;
                        return 2;
                    }
                }
            }
            _ => break,
        }
        rest = &rest[1..];
    }
    if command.is_some() {
        let Some(text) = rest.first() else {
            process.err(&format!("{name}: -c: option requires an argument\n")).await;
            return 2;
        };
        let text = text.clone();
        if let Some(zero) = rest.get(1) {
            shell.name = zero.clone();
        }
        shell.args = rest.get(2..).unwrap_or_default().to_vec();
        shell
            .vars
            .insert(" -c", super::vars::Var { value: super::vars::Value::Text(String::new()), ..Default::default() });
        let run = run_c(&mut shell, &text).await;
        return shell.finish(run).await;
    }
    if let Some(path) = rest.first().filter(|_| !from_stdin) {
        shell.name = path.clone();
        shell.args = rest[1..].to_vec();
        return script(shell, path).await;
    }
    shell.args = rest.to_vec();
    if typed || process.is_tty(0) && process.is_tty(2) {
        return super::interactive::run(shell, login, norc).await;
    }
    let run = stdin(&mut shell).await;
    shell.finish(run).await
}

/// `bash -c`: where the text is one simple command, it takes the process over, as in bash.
async fn run_c(shell: &mut Shell, text: &str) -> Run {
    let aliases = Rc::default();
    let single = match Parser::new(text, 1, &aliases).script() {
        Ok(list) if list.len() == 1 && list[0].rest.is_empty() => Some(list),
        _ => None,
    };
    match single {
        Some(list) if !shell.options.noexec => shell.run_list_tail(&list).await,
        _ => shell.run_text(text).await,
    }
}

async fn script(mut shell: Shell, path: &str) -> i32 {
    let process = shell.process.clone();
    let bytes = match process.read_file(path).await {
        Ok(bytes) => bytes,
        Err(errno) => {
            let status = if errno == crate::machine::Errno::NotFound { 127 } else { 126 };
            process.err(&format!("bash: {path}: {errno}\n")).await;
            return status;
        }
    };
    if bytes.split(|&byte| byte == b'\n').next().is_some_and(|line| line.contains(&0)) {
        process.err(&format!("{path}: {path}: cannot execute binary file\n")).await;
        return 126;
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let run = shell.run_text(&text).await;
    shell.finish(run).await
}

/// A script from standard input, read line by line: what it runs may read the rest.
async fn stdin(shell: &mut Shell) -> Run {
    let mut status = 0;
    let mut line = 1;
    let mut text = String::new();
    loop {
        let next = match shell.read_text_line(0).await? {
            Ok(next) => next,
            Err(errno) => {
                shell.fail(&format!("read error: {errno}")).await;
                return Ok(1);
            }
        };
        let ended = next.is_none();
        if let Some(next) = next {
            text.push_str(&next);
            text.push('\n');
        }
        if text.is_empty() {
            return Ok(status);
        }
        let aliases = shell.known_aliases();
        let mut parser = Parser::new(&text, line, &aliases);
        parser.interactive = !ended;
        let lines = text.matches('\n').count() as u32;
        let mut lists = Vec::new();
        let problem = loop {
            match parser.next_command() {
                Ok(Some(list)) => lists.push(list),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        match problem {
            Some(error) if error.is_incomplete() && !ended => {
                // Long input that never closes must not be read again and again for ever.
                if text.len() > 1 << 20 {
                    return Err(Flow::Exit(2));
                }
                continue;
            }
            problem => {
                for list in lists {
                    status = shell.run_list(&list).await?;
                }
                if let Some(error) = problem {
                    let error: ParseError = error;
                    let source = std::mem::take(&mut text);
                    shell.report(&error, &source, line).await;
                    return Err(Flow::Exit(2));
                }
            }
        }
        text.clear();
        line += lines;
        if ended {
            return Ok(status);
        }
    }
}

/// Runs a builtin as a program of its own: `/usr/bin/printf`, `/usr/bin/[`.
pub async fn run_builtin(process: Process) -> i32 {
    let args = process.args();
    let name = args.first().map_or("", String::as_str).rsplit('/').next().unwrap_or_default().to_owned();
    let mut shell = Shell::new(process, &name);
    // A program's complaints begin with its own name only.
    shell.interactive = true;
    let Some(builtin) = builtins::find(&name) else { return 127 };
    let argv: Vec<String> = std::iter::once(name).chain(args.into_iter().skip(1)).collect();
    let run = builtin(&mut shell, &argv).await;
    shell.status_of(run)
}
