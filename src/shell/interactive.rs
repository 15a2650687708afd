//! The interactive shell: prompt, line editing, history, job notices.

use std::rc::Rc;

use super::complete::{common, list};
use super::edit::{Decoder, Effect, Key, LineEditor};
use super::parse::Parser;
use super::{Flow, Shell, escape};
use crate::machine::{Disposition, Modes, Pid, Signal, Tty, date};
use crate::sim::{Duration, Either, race};

/// How many lines the history keeps.
const HISTORY: usize = 1000;

/// What came of asking for a line.
enum Asked {
    Line(String),
    Interrupt,
    End,
}

/// Reads commands from the terminal until `exit` or the end of the input.
pub async fn run(mut shell: Shell, login: bool, norc: bool) -> i32 {
    let process = shell.process.clone();
    shell.interactive = true;
    shell.options.monitor = process.tty().is_some();
    shell.options.expand_aliases = true;
    // Caught, not ignored: what is ignored would be ignored by every program it starts.
    for signal in [Signal::INT, Signal::TERM, Signal::PIPE, Signal::QUIT, Signal::TSTP, Signal::TTIN, Signal::TTOU] {
        process.trap(signal, Disposition::Catch);
    }
    let tty = process.tty();
    if let Some(tty) = &tty {
        process.set_group(process.pid());
        tty.set_foreground(process.group());
    }
    for (name, value) in [("PS1", "\\u@\\h:\\w\\$ "), ("PS2", "> ")] {
        if shell.vars.get(name).is_none()
            && let Err(message) = shell.set(name, value.to_owned())
        {
            shell.fail(&message).await;
        }
    }
    let home = shell.get("HOME").unwrap_or_default();
    if let Ok(bytes) = process.read_file(&format!("{home}/.bash_history")).await {
        shell.history = String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect();
    }
    if !norc {
        let mut files = vec![format!("{home}/.bashrc")];
        if login {
            files.insert(0, format!("{home}/.profile"));
        }
        for path in files {
            if process.machine().files().read("/", &path).is_ok() {
                let path = escape::quote(&path);
                let run = shell.run_text(&format!(". {path}")).await;
                if let Err(Flow::Exit(status)) = run {
                    return status;
                }
            }
        }
    }
    let status = read_loop(&mut shell, tty.as_ref()).await;
    let lines: Vec<String> = shell.history.iter().rev().take(HISTORY).rev().map(|line| format!("{line}\n")).collect();
    let _ = process.machine().files().write("/", &format!("{home}/.bash_history"), lines.concat().as_bytes());
    let status = shell.finish(Ok(status)).await;
    if let Some(tty) = tty {
        tty.set_foreground(Pid(0));
    }
    status
}

async fn read_loop(shell: &mut Shell, tty: Option<&Tty>) -> i32 {
    let mut decoder = Decoder::default();
    let mut typed: Vec<Key> = Vec::new();
    let mut line = 1;
    loop {
        shell.notify_jobs().await;
        let mut text = String::new();
        let mut continued = false;
        let list = loop {
            let prompt = shell.prompt(if continued { "PS2" } else { "PS1" });
            match ask(shell, tty, &prompt, &mut decoder, &mut typed).await {
                Asked::Interrupt => {
                    shell.status = 130;
                    break None;
                }
                Asked::End if continued => {
                    shell.process.err("bash: syntax error: unexpected end of file\n").await;
                    shell.status = 2;
                    break None;
                }
                Asked::End => {
                    shell.process.err("exit\n").await;
                    return shell.status;
                }
                Asked::Line(next) => {
                    text.push_str(&next);
                    text.push('\n');
                }
            }
            let aliases = shell.known_aliases();
            let mut parser = Parser::new(&text, 1, &aliases);
            parser.interactive = true;
            match parser.script() {
                Ok(list) => break Some(list),
                Err(error) if error.is_incomplete() && text.len() < 1 << 16 => continued = true,
                Err(error) => {
                    remember(shell, &text);
                    let source = text.clone();
                    shell.report(&error, &source, 1).await;
                    shell.status = 2;
                    if let Some(tty) = tty {
                        tty.note_status(2);
                    }
                    break None;
                }
            }
        };
        let Some(list) = list else { continue };
        if list.is_empty() {
            continue;
        }
        remember(shell, &text);
        shell.line = line;
        line += 1;
        match shell.run_list(&list).await {
            Ok(status) | Err(Flow::Fail(status) | Flow::Return(status)) => shell.status = status,
            Err(Flow::Exit(status)) => return status,
            Err(Flow::Interrupt) => shell.status = 130,
            Err(Flow::Break(_) | Flow::Continue(_)) => shell.status = 0,
        }
        // What was cut short must leave the shell as it was.
        (shell.depth, shell.loops, shell.tested, shell.evals, shell.in_trap) = (0, 0, 0, 0, false);
        shell.calls.clear();
        if let Some(tty) = tty {
            tty.set_foreground(shell.process.group());
            tty.note_status(shell.status);
        }
    }
}

fn remember(shell: &mut Shell, text: &str) {
    let text = text.trim_end_matches('\n').to_owned();
    // As with Debian's HISTCONTROL=ignoreboth.
    if text.is_empty() || text.starts_with(' ') || shell.history.last() == Some(&text) {
        return;
    }
    shell.history.push(text.replace('\n', "; "));
    if shell.history.len() > HISTORY {
        shell.history.remove(0);
    }
}

/// Shows a prompt and reads a line.
async fn ask(shell: &mut Shell, tty: Option<&Tty>, prompt: &str, decoder: &mut Decoder, typed: &mut Vec<Key>) -> Asked {
    let Some(tty) = tty else {
        shell.process.err(&prompt.replace(['\x01', '\x02'], "")).await;
        return match shell.read_text_line(0).await {
            Ok(Ok(Some(line))) => Asked::Line(line),
            Ok(_) => Asked::End,
            Err(_) => Asked::Interrupt,
        };
    };
    let process = shell.process.clone();
    while process.take_signal().is_some() {}
    tty.set_modes(Modes::RAW);
    tty.set_prompting(true);
    let history: Rc<[String]> = shell.history.clone().into();
    let mut editor = LineEditor::new(prompt, history.len());
    let width = || usize::from(tty.size().cols);
    let started = editor.start(width());
    // Bracketed paste: what is pasted is text, not commands.
    process.err(&format!("\x1b[?2004h{started}")).await;
    let asked = 'line: loop {
        while !typed.is_empty() {
            let key = typed.remove(0);
            let effects = editor.handle(key, width(), &history);
            for effect in effects {
                match effect {
                    Effect::Print(text) => process.err(&text).await,
                    Effect::Accept(line) => break 'line Asked::Line(line),
                    Effect::Interrupt => break 'line Asked::Interrupt,
                    Effect::End => break 'line Asked::End,
                    Effect::Complete { list } => complete(shell, &mut editor, list, width()).await,
                }
            }
        }
        let read = process.read(0, 4096);
        match race(read, process.signal_pending()).await {
            Either::First(Ok(bytes)) if !bytes.is_empty() => {
                typed.extend(decoder.feed(&bytes));
                // Nothing follows a lone Escape within the same read.
                typed.extend(decoder.flush());
            }
            Either::First(_) => break Asked::End,
            Either::Second(()) => {
                if process.take_signal() == Some(Signal::INT) {
                    break Asked::Interrupt;
                }
            }
        }
    };
    process.err("\x1b[?2004l").await;
    tty.set_prompting(false);
    tty.set_modes(Modes::COOKED);
    // Enter takes its time, so that no flood of empty lines stands in one instant.
    process.spend(Duration::from_micros(150)).await;
    asked
}

async fn complete(shell: &mut Shell, editor: &mut LineEditor, wants_list: bool, width: usize) {
    let (line, cursor) = editor.line();
    let before: String = line.chars().take(cursor).collect();
    let offer = shell.complete(&before).await;
    let process = shell.process.clone();
    let typed: String = before.chars().skip(cursor - offer.replaced.min(cursor)).collect();
    let common = common(&offer.candidates);
    let more = common.strip_prefix(&typed).unwrap_or_default();
    let effects = match offer.candidates.as_slice() {
        [] => vec![Effect::Print("\x07".to_owned())],
        [only] => {
            let space = if only.ends_with(['/', '=', ' ']) { "" } else { " " };
            let text = format!("{}{space}", quoted(more, &before));
            editor.insert(&text, width)
        }
        _ if !more.is_empty() => editor.insert(&quoted(more, &before), width),
        _ if wants_list => editor.show_list(&list(&offer, width), width),
        _ => vec![Effect::Print("\x07".to_owned())],
    };
    for effect in effects {
        if let Effect::Print(text) = effect {
            process.err(&text).await;
        }
    }
}

/// Text that is put into a line, with what means something quoted.
fn quoted(text: &str, before: &str) -> String {
    if before.matches(['\'', '"']).count() % 2 == 1 {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if c.is_whitespace() || "'\"\\;&|<>()*?[]#!`".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

impl Shell {
    /// A prompt with its escapes replaced.
    fn prompt(&self, name: &str) -> String {
        let text = self.get(name).unwrap_or_default();
        let mut out = String::new();
        let mut chars = text.chars().peekable();
        let machine = self.process.machine();
        let home = self.get("HOME").unwrap_or_default();
        let cwd = self.process.cwd();
        let short = match cwd.strip_prefix(&home) {
            Some(rest) if !home.is_empty() && home != "/" && (rest.is_empty() || rest.starts_with('/')) => {
                format!("~{rest}")
            }
            _ => cwd,
        };
        let now = self.process.sim().now().0;
        while let Some(c) = chars.next() {
            if c == '$' {
                let mut name = String::new();
                let braced = chars.next_if_eq(&'{').is_some();
                while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                if braced {
                    chars.next_if_eq(&'}');
                }
                if name.is_empty() {
                    out.push('$')
                } else {
                    out.push_str(&self.get(&name).unwrap_or_default())
                }
                continue;
            }
            if c != '\\' {
                out.push(c);
                continue;
            }
            match chars.next() {
                Some('u') => out.push_str(&self.get("USER").unwrap_or_else(|| "root".to_owned())),
                Some('h') => out.push_str(machine.hostname().split('.').next().unwrap_or_default()),
                Some('H') => out.push_str(&machine.hostname()),
                Some('w') => out.push_str(&short),
                Some('W') => out.push_str(if short == "/" { "/" } else { short.rsplit('/').next().unwrap_or(&short) }),
                // Root's mark would be `#`; Killercoda's hosts, as the courses show them, have `$`.
                Some('$') => out.push('$'),
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('e') => out.push('\x1b'),
                Some('a') => out.push('\x07'),
                Some('[') => out.push('\x01'),
                Some(']') => out.push('\x02'),
                Some('\\') => out.push('\\'),
                Some('s') => out.push_str(self.short_name()),
                Some('j') => out.push_str(&self.jobs.len().to_string()),
                Some('t') => out.push_str(&date::format("%H:%M:%S", now)),
                Some('A') => out.push_str(&date::format("%H:%M", now)),
                Some('d') => out.push_str(&date::format("%a %b %d", now)),
                Some('!') => out.push_str(&(self.history.len() + 1).to_string()),
                Some('0') => {
                    let digits: String = std::iter::from_fn(|| chars.next_if(|c| c.is_digit(8))).take(2).collect();
                    out.extend(u32::from_str_radix(&digits, 8).ok().and_then(char::from_u32));
                }
                Some(c) => {
                    out.push('\\');
                    out.push(c);
                }
                None => out.push('\\'),
            }
        }
        out
    }
}
