//! `nano`, enough of it that habits work: typing, arrows, ^O, ^X, ^K, ^U, ^W, ^A, ^E, ^Y, ^V.
//!
//! Diverges: one file, no undo, no marked region, no colours; a file that is not UTF-8 is refused, since writing it
//! would change it.

use unicode_width::UnicodeWidthChar;

use super::vi::{Key, Keys};
use crate::machine::{Disposition, Errno, Modes, Process, Signal, Size};

/// No file that is larger is opened.
const MAX_FILE: usize = 4 << 20;

/// What the line above the help asks for.
enum Prompt {
    /// The name to write to; whether nano is left then.
    Write(String, bool),
    /// Whether to save before it is left.
    Save,
    Search(String),
}

struct Nano {
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
    top: usize,
    changed: bool,
    /// Lines that were cut, and whether the last key cut.
    cut: Vec<Vec<char>>,
    cutting: bool,
    wanted: String,
    prompt: Option<Prompt>,
    message: String,
    path: String,
}

/// What is to be done with files.
enum Request {
    Quit,
    Write(String, bool),
}

/// nano [+LINE] FILE
pub async fn run(process: Process) -> i32 {
    let Some(tty) = process.tty().filter(|_| process.is_tty(0)) else {
        process.err("Standard input is not a terminal\n").await;
        return 1;
    };
    let (mut path, mut line) = (String::new(), 0);
    for word in &process.args()[1..] {
        match word.strip_prefix('+') {
            Some(number) => line = number.parse::<usize>().unwrap_or(1).saturating_sub(1),
            None if word.starts_with('-') => {
                process.err(&format!("nano: option {word} is not simulated here\n")).await;
                return 1;
            }
            None => path = word.clone(),
        }
    }
    let read = if path.is_empty() { Err(Errno::NotFound) } else { process.read_file(&path).await };
    let (text, message) = match read {
        Ok(bytes) if bytes.len() > MAX_FILE => {
            process.err(&format!("nano: {path} is too large\n")).await;
            return 1;
        }
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => {
                let count = text.lines().count();
                (text, format!("[ Read {count} line{} ]", if count == 1 { "" } else { "s" }))
            }
            Err(_) => {
                process.err(&format!("nano: {path} is not UTF-8 text\n")).await;
                return 1;
            }
        },
        Err(Errno::NotFound) if path.is_empty() => (String::new(), String::new()),
        Err(Errno::NotFound) => (String::new(), "[ New File ]".to_owned()),
        Err(Errno::IsDir) => (String::new(), format!("[ \"{path}\" is a directory ]")),
        Err(errno) => (String::new(), format!("[ Error reading {path}: {errno} ]")),
    };
    let mut nano = Nano::new(&text, path, message);
    nano.row = line.min(nano.lines.len() - 1);
    let before = tty.modes();
    tty.set_modes(Modes::RAW);
    process.trap(Signal::WINCH, Disposition::Catch);
    process.out("\x1b[?1049h\x1b[?2004h").await;
    edit(&process, &mut nano).await;
    process.out("\x1b[?2004l\x1b[?1049l").await;
    tty.set_modes(before);
    0
}

/// Takes keys until it is left.
async fn edit(process: &Process, nano: &mut Nano) {
    let mut keys = Keys::default();
    loop {
        let size = process.tty_size().unwrap_or(Size { cols: 80, rows: 24 });
        process.out(&nano.draw(size)).await;
        let bytes = match process.read(0, 4096).await {
            Ok(bytes) if !bytes.is_empty() => bytes,
            Err(Errno::Interrupted) => {
                process.take_signal();
                continue;
            }
            _ => return,
        };
        for key in keys.take(&bytes) {
            match nano.key(key, usize::from(size.rows).saturating_sub(5).max(1)) {
                None => {}
                Some(Request::Quit) => return,
                Some(Request::Write(path, leave)) => match process.write_file(&path, nano.text().as_bytes()).await {
                    Ok(()) => {
                        let count = nano.text().lines().count();
                        nano.message = format!("[ Wrote {count} line{} ]", if count == 1 { "" } else { "s" });
                        (nano.changed, nano.path) = (false, path);
                        if leave {
                            return;
                        }
                    }
                    Err(errno) => nano.message = format!("[ Error writing {path}: {errno} ]"),
                },
            }
        }
    }
}

impl Nano {
    fn new(text: &str, path: String, message: String) -> Nano {
        // Behind the last line stands an empty one that is none of the text: nano's "magic line".
        let mut lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        lines.push(Vec::new());
        Nano {
            lines,
            row: 0,
            column: 0,
            top: 0,
            changed: false,
            cut: Vec::new(),
            cutting: false,
            wanted: String::new(),
            prompt: None,
            message,
            path,
        }
    }

    fn text(&self) -> String {
        let lines = match self.lines.split_last() {
            Some((last, lines)) if last.is_empty() => lines,
            _ => &self.lines,
        };
        lines.iter().flat_map(|line| line.iter().copied().chain(['\n'])).collect()
    }

    /// Takes a key.
    fn key(&mut self, key: Key, page: usize) -> Option<Request> {
        if let Some(prompt) = self.prompt.take() {
            return self.answer(prompt, key);
        }
        self.message.clear();
        let cutting = std::mem::replace(&mut self.cutting, false);
        let last = self.lines.len() - 1;
        match key {
            Key::Char('\u{18}') if self.changed => self.prompt = Some(Prompt::Save),
            Key::Char('\u{18}') => return Some(Request::Quit),
            Key::Char('\u{f}') => self.prompt = Some(Prompt::Write(self.path.clone(), false)),
            Key::Char('\u{17}') => self.prompt = Some(Prompt::Search(String::new())),
            Key::Char('\u{b}') => {
                if !cutting {
                    self.cut.clear();
                }
                self.cutting = true;
                self.cut.push(self.lines.remove(self.row));
                if self.lines.is_empty() {
                    self.lines.push(Vec::new());
                }
                self.column = 0;
                self.changed = true;
            }
            Key::Char('\u{15}') => {
                for line in self.cut.clone() {
                    self.lines.insert(self.row, line);
                    self.row += 1;
                }
                self.column = 0;
                self.changed |= !self.cut.is_empty();
            }
            Key::Char('\u{1}') | Key::Home => self.column = 0,
            Key::Char('\u{5}') | Key::End => self.column = self.lines[self.row].len(),
            Key::Char('\u{19}') | Key::PageUp => self.row = self.row.saturating_sub(page),
            Key::Char('\u{16}') | Key::PageDown => self.row += page,
            Key::Up => self.row = self.row.saturating_sub(1),
            Key::Down => self.row = (self.row + 1).min(last),
            Key::Left if self.column > 0 => self.column -= 1,
            Key::Left if self.row > 0 => {
                self.row -= 1;
                self.column = self.lines[self.row].len();
            }
            Key::Right if self.column < self.lines[self.row].len() => self.column += 1,
            Key::Right if self.row < last => (self.row, self.column) = (self.row + 1, 0),
            Key::Enter => {
                let rest = self.lines[self.row].split_off(self.column);
                self.lines.insert(self.row + 1, rest);
                (self.row, self.column) = (self.row + 1, 0);
                self.changed = true;
            }
            Key::Backspace if self.column > 0 => {
                self.column -= 1;
                self.lines[self.row].remove(self.column);
                self.changed = true;
            }
            Key::Backspace if self.row > 0 => {
                let line = self.lines.remove(self.row);
                self.row -= 1;
                self.column = self.lines[self.row].len();
                self.lines[self.row].extend(line);
                self.changed = true;
            }
            Key::Delete if self.column < self.lines[self.row].len() => {
                self.lines[self.row].remove(self.column);
                self.changed = true;
            }
            Key::Delete if self.row < last => {
                let line = self.lines.remove(self.row + 1);
                self.lines[self.row].extend(line);
                self.changed = true;
            }
            Key::Char(c) if c == '\t' || !c.is_control() => {
                self.lines[self.row].insert(self.column, c);
                self.column += 1;
                self.changed = true;
            }
            _ => {}
        }
        self.row = self.row.min(self.lines.len() - 1);
        self.column = self.column.min(self.lines[self.row].len());
        None
    }

    /// Takes a key for what was asked.
    fn answer(&mut self, prompt: Prompt, key: Key) -> Option<Request> {
        if matches!(key, Key::Char('\u{3}') | Key::Escape) {
            self.message = "[ Cancelled ]".to_owned();
            return None;
        }
        let typed = |mut text: String| {
            match key {
                Key::Backspace => {
                    text.pop();
                }
                Key::Char(c) if !c.is_control() => text.push(c),
                _ => {}
            }
            text
        };
        match (prompt, key) {
            (Prompt::Save, Key::Char('y' | 'Y')) => self.prompt = Some(Prompt::Write(self.path.clone(), true)),
            (Prompt::Save, Key::Char('n' | 'N')) => return Some(Request::Quit),
            (Prompt::Save, _) => self.prompt = Some(Prompt::Save),
            (Prompt::Write(path, leave), Key::Enter) if !path.is_empty() => return Some(Request::Write(path, leave)),
            (Prompt::Write(path, leave), _) => self.prompt = Some(Prompt::Write(typed(path), leave)),
            (Prompt::Search(text), Key::Enter) => {
                if !text.is_empty() {
                    self.wanted = text;
                }
                self.search();
            }
            (Prompt::Search(text), _) => self.prompt = Some(Prompt::Search(typed(text))),
        }
        None
    }

    /// To the next place of what is wanted, over the end if need be.
    fn search(&mut self) {
        let wanted: Vec<char> = self.wanted.chars().collect();
        let count = self.lines.len();
        for step in 0..=count {
            let row = (self.row + step) % count;
            let from = if step == 0 { self.column + 1 } else { 0 };
            let line = &self.lines[row];
            let found = (from..line.len()).find(|at| line[*at..].starts_with(&wanted));
            if let (Some(at), false) = (found, wanted.is_empty()) {
                (self.row, self.column) = (row, at);
                return;
            }
        }
        self.message = format!("[ \"{}\" not found ]", self.wanted);
    }

    fn draw(&mut self, size: Size) -> String {
        let (rows, cols) = (usize::from(size.rows).saturating_sub(4).max(1), usize::from(size.cols).max(20));
        self.top = self.top.min(self.row).max((self.row + 1).saturating_sub(rows));
        let title = if self.path.is_empty() { "New Buffer" } else { &self.path };
        let state = if self.changed { "Modified" } else { "" };
        let middle = cols.saturating_sub(30);
        let head: String = format!("  GNU nano 7.2    {title:^middle$} {state:>9} ").chars().take(cols).collect();
        let mut out = format!("\x1b[?25l\x1b[H\x1b[J\x1b[7m{head}\x1b[m\r\n");
        let mut place = 0;
        for at in self.top..self.top + rows {
            if let Some(line) = self.lines.get(at) {
                let (mut shown, mut width) = (String::new(), 0);
                for (number, c) in line.iter().enumerate() {
                    if at == self.row && number == self.column {
                        place = width;
                    }
                    let wide = if *c == '\t' { 8 - width % 8 } else { c.width().unwrap_or(0) };
                    if width + wide < cols {
                        shown.push_str(&if *c == '\t' { " ".repeat(wide) } else { c.to_string() });
                    }
                    width += wide;
                }
                if at == self.row && self.column == line.len() {
                    place = width;
                }
                out.push_str(&shown);
            }
            out.push_str("\r\n");
        }
        let asked = match &self.prompt {
            Some(Prompt::Save) => Some("Save modified buffer? (Y/N, ^C)".to_owned()),
            Some(Prompt::Write(path, _)) => Some(format!("File Name to Write: {path}")),
            Some(Prompt::Search(text)) => Some(format!("Search: {text}")),
            None => None,
        };
        match &asked {
            Some(asked) => out.push_str(&format!("\x1b[7m{asked}\x1b[m")),
            None => out.push_str(&format!("{:^cols$}", self.message)),
        }
        out.push_str("\r\n^O Write Out   ^W Where Is   ^K Cut     ^A Line Start   ^Y Page Up\r\n");
        out.push_str("^X Exit        ^C Cancel     ^U Paste   ^E Line End     ^V Page Down");
        let (row, column) = match &asked {
            Some(asked) => (rows + 2, asked.chars().filter_map(|c| c.width()).sum::<usize>() + 1),
            None => (self.row - self.top + 2, place.min(cols - 1) + 1),
        };
        out.push_str(&format!("\x1b[{row};{column}H\x1b[?25h"));
        out
    }
}
