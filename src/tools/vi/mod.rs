//! `vi`, enough of it that habits work: motions, counts, operators, visual mode, undo, search, `:s`, `:w`.
//!
//! `editor` holds the state and knows neither files nor screens; `normal`, `motion` and `ex` are its commands; `screen`
//! draws it; here are the files and the terminal. Texts and messages are vim's.
//!
//! Diverges: one file at a time, one register, no marks, no macros, no colours, no scripts; a file that is not UTF-8 is
//! refused, since writing it would change it.

mod editor;
mod ex;
mod keys;
mod motion;
mod normal;
mod screen;
mod text;

use self::editor::{Editor, Request};
pub use self::keys::{Key, Keys};
use crate::machine::{Disposition, Errno, Modes, Process, Signal, Size};

/// No file that is larger is opened.
const MAX_FILE: usize = 16 << 20;

/// vi +N file
pub async fn run(process: Process) -> i32 {
    let Some(tty) = process.tty().filter(|_| process.is_tty(0)) else {
        process.err("vi: input is not from a terminal, and this editor needs one\n").await;
        return 1;
    };
    let mut path = None;
    let mut line = None;
    for word in &process.args()[1..] {
        match word.strip_prefix('+') {
            Some(number) => line = Some(number.parse().unwrap_or(usize::MAX)),
            None if word.starts_with('-') && word.len() > 1 => {
                process.err(&format!("vi: Unknown option argument: \"{word}\"\n")).await;
                return 1;
            }
            None => path = path.or(Some(word.clone())),
        }
    }
    let mut editor = match open(&process, path.as_deref()).await {
        Ok(editor) => editor,
        Err(message) => {
            process.err(&format!("vi: {message}\n")).await;
            return 1;
        }
    };
    if let Some(line) = line {
        editor.start_at(line);
    }
    let before = tty.modes();
    tty.set_modes(Modes::RAW);
    process.trap(Signal::WINCH, Disposition::Catch);
    // The other screen, and what is pasted marked as such.
    process.out("\x1b[?1049h\x1b[?2004h").await;
    let status = edit(&process, &mut editor, path).await;
    process.out("\x1b[?2004l\x1b[?1049l").await;
    tty.set_modes(before);
    status
}

/// Takes keys until it is left.
async fn edit(process: &Process, editor: &mut Editor, mut path: Option<String>) -> i32 {
    let mut keys = Keys::default();
    loop {
        let screen = editor.draw(process.tty_size().unwrap_or(Size { cols: 80, rows: 24 }));
        process.out(&screen).await;
        let bytes = match process.read(0, 4096).await {
            Ok(bytes) if bytes.is_empty() => return 1,
            Ok(bytes) => bytes,
            Err(Errno::Interrupted) => {
                // The window has another size now.
                process.take_signal();
                continue;
            }
            Err(_) => return 1,
        };
        for key in keys.take(&bytes) {
            let status = match editor.key(key) {
                None => None,
                Some(Request::Quit(status)) => Some(status),
                Some(Request::Write { path: given, quit }) => {
                    path = path.or_else(|| given.clone());
                    let done = write(process, editor, given.as_deref().or(path.as_deref())).await;
                    (done && quit).then_some(0)
                }
                Some(Request::Reload) => {
                    match open(process, path.as_deref()).await {
                        Ok(new) => *editor = new,
                        Err(message) => editor.message = message,
                    }
                    None
                }
            };
            if let Some(status) = status {
                return status;
            }
        }
    }
}

async fn open(process: &Process, path: Option<&str>) -> Result<Editor, String> {
    let Some(path) = path else { return Ok(Editor::new("", "")) };
    let bytes = match process.read_file(path).await {
        Ok(bytes) => bytes,
        Err(Errno::NotFound) => {
            let mut editor = Editor::new("", path);
            editor.message = format!("\"{path}\" [New]");
            return Ok(editor);
        }
        Err(Errno::IsDir) => return Err(format!("\"{path}\" is a directory")),
        Err(errno) => return Err(format!("\"{path}\" {errno}")),
    };
    if bytes.len() > MAX_FILE {
        return Err(format!("\"{path}\" is too large"));
    }
    let text = String::from_utf8(bytes).map_err(|_| format!("\"{path}\" is not UTF-8 text"))?;
    let mut editor = Editor::new(&text, path);
    let incomplete = if text.is_empty() || text.ends_with('\n') { "" } else { "[noeol] " };
    editor.message = format!("\"{path}\" {incomplete}{}L, {}B", text.lines().count(), text.len());
    Ok(editor)
}

/// Writes the file; says how that went.
async fn write(process: &Process, editor: &mut Editor, path: Option<&str>) -> bool {
    let Some(path) = path else {
        editor.message = "E32: No file name".to_owned();
        return false;
    };
    let content = editor.content();
    let new = if process.read_file(path).await.is_err() { "[New] " } else { "" };
    match process.write_file(path, content.as_bytes()).await {
        Ok(()) => {
            editor.written();
            editor.message = format!("\"{path}\" {new}{}L, {}B written", content.lines().count(), content.len());
            true
        }
        Err(Errno::IsDir) => {
            editor.message = format!("E17: \"{path}\" is a directory");
            false
        }
        Err(_) => {
            editor.message = "E212: Can't open file for writing".to_owned();
            false
        }
    }
}
