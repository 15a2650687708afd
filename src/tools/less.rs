//! `less` and `more`: a file or a pipe, a screen at a time.
//!
//! Diverges: everything is read before the first screen; lines are cut at the screen's edge, as with `less -S`; of
//! the options only those that change nothing here are taken.

use super::args::{self, No, arguments};
use super::input::{all_lines, or_stdin};
use super::vi::{Key, Keys};
use crate::machine::{Modes, OpenOptions, Process, Size};

/// less -S -R -N -F -X -i -e [FILE]
pub async fn run(process: Process) -> i32 {
    let parsed = arguments!(
        process,
        args::GNU,
        ('S', "chop-long-lines", No),
        ('R', "RAW-CONTROL-CHARS", No),
        ('r', "raw-control-chars", No),
        ('N', "LINE-NUMBERS", No),
        ('F', "quit-if-one-screen", No),
        ('X', "no-init", No),
        ('i', "ignore-case", No),
        ('e', "quit-at-eof", No),
        ('E', "QUIT-AT-EOF", No),
        ('M', "LONG-PROMPT", No)
    );
    let name = args::short_name(&process.args());
    if parsed.operands.is_empty() && process.is_tty(0) {
        process.err(&format!("Missing filename (\"{name} --help\" for help)\n")).await;
        return 1;
    }
    let (lines, status) = all_lines(&process, &parsed.operands).await;
    if status != 0 && lines.is_empty() {
        return status;
    }
    let tty = process.tty().filter(|_| process.is_tty(1));
    let keyboard = process.open("/dev/tty", OpenOptions::READ);
    let (Some(tty), Ok(keyboard)) = (tty, keyboard) else {
        // Nobody looks: it goes through.
        for line in &lines {
            process.out(&format!("{line}\n")).await;
        }
        return status;
    };
    let title = or_stdin(&parsed.operands)[0].clone();
    let mut pager = Pager { lines, numbers: parsed.has('N'), top: 0, wanted: String::new(), typed: None };
    let before = tty.modes();
    tty.set_modes(Modes::RAW);
    process.out("\x1b[?1049h").await;
    let mut keys = Keys::default();
    'looking: loop {
        let size = process.tty_size().unwrap_or(Size { cols: 80, rows: 24 });
        process.out(&pager.draw(size, &title)).await;
        let bytes = match process.read_file_object(&keyboard, 4096).await {
            Ok(bytes) if !bytes.is_empty() => bytes,
            _ => break,
        };
        for key in keys.take(&bytes) {
            if pager.key(key, usize::from(size.rows)) {
                break 'looking;
            }
        }
    }
    process.out("\x1b[?1049l").await;
    tty.set_modes(before);
    status
}

struct Pager {
    lines: Vec<String>,
    numbers: bool,
    top: usize,
    /// What was searched last.
    wanted: String,
    /// What is being typed behind `/`.
    typed: Option<String>,
}

impl Pager {
    /// Does what a key asks; whether it asks to leave.
    fn key(&mut self, key: Key, rows: usize) -> bool {
        let page = rows.saturating_sub(1).max(1);
        if let Some(mut typed) = self.typed.take() {
            match key {
                Key::Enter => {
                    if !typed.is_empty() {
                        self.wanted = typed;
                    }
                    self.search(self.top + 1);
                }
                Key::Backspace if typed.pop().is_none() => {}
                Key::Escape => {}
                Key::Char(c) => {
                    typed.push(c);
                    self.typed = Some(typed);
                }
                _ => self.typed = Some(typed),
            }
            return false;
        }
        let last = self.lines.len().saturating_sub(page);
        let to = match key {
            Key::Char('q' | 'Q' | '\u{3}') => return true,
            Key::Char(' ' | 'f' | '\u{6}') | Key::PageDown => self.top + page,
            Key::Char('b' | '\u{2}') | Key::PageUp => self.top.saturating_sub(page),
            Key::Char('d') => self.top + page / 2,
            Key::Char('u') => self.top.saturating_sub(page / 2),
            Key::Char('j' | 'e') | Key::Enter | Key::Down => self.top + 1,
            Key::Char('k' | 'y') | Key::Up => self.top.saturating_sub(1),
            Key::Char('g' | '<') | Key::Home => 0,
            Key::Char('G' | '>') | Key::End => last,
            Key::Char('/') => {
                self.typed = Some(String::new());
                self.top
            }
            Key::Char('n') => {
                self.search(self.top + 1);
                self.top
            }
            _ => self.top,
        };
        self.top = to.min(last.max(self.top.min(to)));
        false
    }

    fn search(&mut self, from: usize) {
        let rest = self.lines.iter().enumerate().skip(from);
        if let Some((at, _)) = rest.into_iter().find(|(_, line)| line.contains(&self.wanted)) {
            self.top = at;
        }
    }

    fn draw(&self, size: Size, title: &str) -> String {
        let (rows, cols) = (usize::from(size.rows).saturating_sub(1), usize::from(size.cols));
        let mut out = "\x1b[H\x1b[J".to_owned();
        for at in self.top..self.top + rows {
            match self.lines.get(at) {
                Some(line) => {
                    let number = if self.numbers { format!("{:>7} ", at + 1) } else { String::new() };
                    out.extend(format!("{number}{}", line.replace('\t', "        ")).chars().take(cols));
                }
                None => out.push('~'),
            }
            out.push_str("\r\n");
        }
        let end = self.top + rows >= self.lines.len();
        match (&self.typed, end) {
            (Some(typed), _) => out.push_str(&format!("/{typed}")),
            (None, true) => out.push_str("\x1b[7m(END)\x1b[m"),
            (None, false) if self.top == 0 && title != "-" => out.push_str(&format!("\x1b[7m{title}\x1b[m")),
            (None, false) => out.push(':'),
        }
        out
    }
}
