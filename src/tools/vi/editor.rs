//! The editor's state, and what a key does in each mode. It knows neither files nor screens.

use std::rc::Rc;

use super::keys::Key;
use super::text::{Place, Text};
use crate::shell::regex::Regex;

/// What keys mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Commands.
    Normal,
    /// Text.
    Insert,
    /// Text over text.
    Replace,
    /// A selection from here to the cursor, of whole lines or not.
    Visual { from: Place, lines: bool },
    /// A line that begins with `:`, `/` or `?`.
    Line { sign: char, text: String },
}

/// What the program around the editor has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Write the text to a file, or to its own; then leave, if asked to.
    Write { path: Option<String>, quit: bool },
    /// Read the file anew.
    Reload,
    /// Leave, with this status.
    Quit(i32),
}

/// What was taken, to be put elsewhere.
#[derive(Clone, Default)]
pub struct Register {
    /// The text.
    pub text: Vec<Vec<char>>,
    /// Whether it is whole lines.
    pub lines: bool,
}

/// Settings of `:set`.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// `number`
    pub number: bool,
    /// `expandtab`
    pub expand: bool,
    /// `shiftwidth`, and how wide a tab key's spaces are.
    pub shift: usize,
    /// `tabstop`
    pub tab: usize,
    /// `ignorecase`
    pub ignore_case: bool,
    /// `autoindent`
    pub indent: bool,
}

/// An editor.
pub struct Editor {
    /// The text.
    pub(super) text: Text,
    pub(super) cursor: Place,
    /// The column that up and down keep to.
    pub(super) wanted: usize,
    pub(super) mode: Mode,
    pub(super) settings: Settings,
    pub(super) register: Register,
    /// What is shown in the last line.
    pub message: String,
    /// The last search, and whether it went forward.
    pub(super) search: Option<(Rc<Regex>, bool)>,
    /// The last `f`, `t`, `F` or `T`.
    pub(super) find: Option<(char, char)>,
    /// Keys of a command that is not complete.
    pub(super) pending: Vec<Key>,
    /// Keys of the command that goes on, and of the last that changed something.
    pub(super) recorded: Vec<Key>,
    pub(super) last: Vec<Key>,
    /// Whether `.` does a command again.
    pub(super) repeating: bool,
    /// What `i`, `a` and the like are repeated with: a count.
    pub(super) insert_count: usize,
    pub(super) pasting: bool,
    /// Whether lines after a colon go in deeper.
    pub(super) yaml: bool,
    /// How many lines are shown.
    pub(super) height: usize,
    pub(super) top: usize,
}

impl Editor {
    /// Begins with a text.
    pub fn new(content: &str, path: &str) -> Editor {
        let yaml = path.ends_with(".yaml") || path.ends_with(".yml");
        // As the YAML file type sets them.
        let settings = Settings {
            number: false,
            expand: yaml,
            shift: if yaml { 2 } else { 8 },
            tab: 8,
            ignore_case: false,
            indent: yaml,
        };
        Editor {
            text: Text::new(content),
            cursor: Place::default(),
            wanted: 0,
            mode: Mode::Normal,
            settings,
            register: Register::default(),
            message: String::new(),
            search: None,
            find: None,
            pending: Vec::new(),
            recorded: Vec::new(),
            last: Vec::new(),
            repeating: false,
            insert_count: 1,
            pasting: false,
            yaml,
            height: 23,
            top: 0,
        }
    }

    /// Begins on a line, counted from 1.
    pub fn start_at(&mut self, line: usize) {
        let row = line.saturating_sub(1).min(self.text.rows() - 1);
        self.go(Place { row, col: self.first_of(row) });
    }

    /// Whether something would be lost.
    pub fn changed(&self) -> bool {
        self.text.changed
    }

    /// The text as a file has it.
    pub fn content(&self) -> String {
        self.text.content()
    }

    /// The file has it now.
    pub fn written(&mut self) {
        self.text.changed = false;
    }

    /// Takes a key; says what has to be done outside.
    pub fn key(&mut self, key: Key) -> Option<Request> {
        match key {
            Key::PasteStart => {
                self.pasting = true;
                return None;
            }
            Key::PasteEnd => {
                self.pasting = false;
                return None;
            }
            _ => {}
        }
        self.recorded.push(key);
        let request = match self.mode.clone() {
            Mode::Normal => self.normal(key),
            Mode::Insert | Mode::Replace => {
                self.insert(key);
                None
            }
            Mode::Visual { .. } => {
                self.visual(key);
                None
            }
            Mode::Line { sign, text } => self.line(sign, text, key),
        };
        self.keep_inside();
        if self.mode == Mode::Normal && self.pending.is_empty() {
            self.text.settle();
            self.recorded.clear();
        }
        request
    }

    /// The command that goes on changes something: `.` will do it again.
    pub(super) fn change(&mut self) {
        self.text.remember(self.cursor);
    }

    /// A change is complete.
    pub(super) fn done(&mut self) {
        if !self.repeating {
            self.last = self.recorded.clone();
        }
    }

    /// The cursor stays on the text; in normal mode not behind a line.
    fn keep_inside(&mut self) {
        self.cursor.row = self.cursor.row.min(self.text.rows() - 1);
        let length = self.text.line(self.cursor.row).len();
        let behind = matches!(self.mode, Mode::Insert | Mode::Replace);
        self.cursor.col = self.cursor.col.min(if behind { length } else { length.saturating_sub(1) });
    }

    /// Moves the cursor; up and down will keep to its column.
    pub(super) fn go(&mut self, place: Place) {
        self.cursor = place;
        self.wanted = place.col;
    }

    // -- text -------------------------------------------------------------------------------------

    /// Begins to insert.
    pub(super) fn start_insert(&mut self, mode: Mode, count: usize) {
        self.insert_count = count.max(1);
        self.mode = mode;
    }

    fn insert(&mut self, key: Key) {
        let replace = self.mode == Mode::Replace;
        match key {
            Key::Escape => self.end_insert(),
            Key::Enter => self.new_line(),
            Key::Backspace => self.backspace(),
            Key::Delete => {
                let line = self.text.edit(self.cursor.row);
                if self.cursor.col < line.len() {
                    line.remove(self.cursor.col);
                }
            }
            Key::Char('\t') if self.settings.expand && !self.pasting => {
                let spaces = self.settings.shift - self.cursor.col % self.settings.shift;
                (0..spaces).for_each(|_| self.put(' ', replace));
            }
            // ^W and ^U: the word, the line before the cursor.
            Key::Char('\x17') => {
                let line = self.text.edit(self.cursor.row);
                let mut from = self.cursor.col.min(line.len());
                while from > 0 && line[from - 1].is_whitespace() {
                    from -= 1;
                }
                while from > 0 && !line[from - 1].is_whitespace() {
                    from -= 1;
                }
                line.drain(from..self.cursor.col.min(line.len()));
                self.cursor.col = from;
            }
            Key::Char('\x15') => {
                let line = self.text.edit(self.cursor.row);
                line.drain(..self.cursor.col.min(line.len()));
                self.cursor.col = 0;
            }
            // ^C leaves as Escape does, ^D and ^T change the indent.
            Key::Char('\x03') => self.end_insert(),
            Key::Char('\x14') => self.shift_lines(self.cursor.row, self.cursor.row, true),
            Key::Char('\x04') => self.shift_lines(self.cursor.row, self.cursor.row, false),
            Key::Char(c) if c == '\t' || !c.is_control() => self.put(c, replace),
            Key::Left => self.cursor.col = self.cursor.col.saturating_sub(1),
            Key::Right => self.cursor.col += 1,
            Key::Up => self.cursor.row = self.cursor.row.saturating_sub(1),
            Key::Down => self.cursor.row += 1,
            Key::Home => self.cursor.col = 0,
            Key::End => self.cursor.col = usize::MAX,
            _ => {}
        }
    }

    fn put(&mut self, c: char, replace: bool) {
        let line = self.text.edit(self.cursor.row);
        let col = self.cursor.col.min(line.len());
        if replace && col < line.len() {
            line[col] = c;
        } else {
            line.insert(col, c);
        }
        self.cursor.col = col + 1;
    }

    fn new_line(&mut self) {
        let line = self.text.edit(self.cursor.row);
        let tail = line.split_off(self.cursor.col.min(line.len()));
        let indent = self.indent_after(self.cursor.row);
        let col = indent.len();
        self.text.insert(self.cursor.row + 1, vec![indent.into_iter().chain(tail).collect()]);
        self.cursor = Place { row: self.cursor.row + 1, col };
    }

    /// What a line after this one begins with.
    pub(super) fn indent_after(&self, row: usize) -> Vec<char> {
        if !self.settings.indent || self.pasting {
            return Vec::new();
        }
        let line = self.text.line(row);
        let mut indent: Vec<char> = line.iter().copied().take_while(|c| matches!(c, ' ' | '\t')).collect();
        if self.yaml {
            let word: String = line.iter().collect();
            let word = word.trim();
            // What a key holds, and what else a list's item has, stands deeper.
            if word.ends_with(':') || word.starts_with("- ") && word.contains(": ") {
                indent.extend([' ', ' ']);
            }
        }
        indent
    }

    fn backspace(&mut self) {
        let Place { row, col } = self.cursor;
        if col > 0 {
            self.text.edit(row).remove(col - 1);
            self.cursor.col -= 1;
        } else if row > 0 {
            let line = self.text.remove(row, row + 1).pop().unwrap_or_default();
            let before = self.text.edit(row - 1);
            self.cursor = Place { row: row - 1, col: before.len() };
            before.extend(line);
        }
    }

    fn end_insert(&mut self) {
        let keys = std::mem::take(&mut self.insert_count);
        // `3ix` inserts three times what was typed.
        if keys > 1 && !self.repeating {
            let typed: Vec<Key> = self.recorded.iter().copied().skip_while(|key| !is_insert(*key)).skip(1).collect();
            let typed: Vec<Key> = typed.into_iter().filter(|key| *key != Key::Escape).collect();
            for _ in 1..keys.min(1000) {
                typed.iter().for_each(|key| self.insert(*key));
            }
        }
        self.mode = Mode::Normal;
        self.go(Place { col: self.cursor.col.saturating_sub(1), ..self.cursor });
        self.done();
    }

    /// Moves lines in or out by a step.
    pub(super) fn shift_lines(&mut self, from: usize, to: usize, inward: bool) {
        let step = self.settings.shift;
        let unit: Vec<char> =
            if self.settings.expand { vec![' '; step] } else { vec!['\t'; step / self.settings.tab.max(1)] };
        let unit = if unit.is_empty() { vec![' '; step] } else { unit };
        for row in from..=to.min(self.text.rows() - 1) {
            let line = self.text.edit(row);
            if inward {
                if !line.is_empty() {
                    line.splice(0..0, unit.iter().copied());
                }
            } else {
                let spaces = line.iter().take_while(|c| **c == ' ').count().min(step);
                let out = if line.first() == Some(&'\t') { 1 } else { spaces };
                line.drain(..out);
            }
        }
    }

    // -- the last line ----------------------------------------------------------------------------

    fn line(&mut self, sign: char, mut text: String, key: Key) -> Option<Request> {
        match key {
            Key::Escape | Key::Char('\x03') => self.mode = Mode::Normal,
            Key::Backspace => {
                let left = text.pop().is_none();
                self.mode = if left { Mode::Normal } else { Mode::Line { sign, text } };
            }
            Key::Char('\x15') => self.mode = Mode::Line { sign, text: String::new() },
            Key::Enter => {
                self.mode = Mode::Normal;
                self.message.clear();
                if sign == ':' {
                    return self.command(&text);
                }
                self.search_for(&text, sign == '/');
            }
            Key::Char(c) => {
                text.push(c);
                self.mode = Mode::Line { sign, text };
            }
            _ => {}
        }
        None
    }
}

/// Whether a key begins to insert.
fn is_insert(key: Key) -> bool {
    matches!(key, Key::Char('i' | 'a' | 'I' | 'A' | 'o' | 'O' | 'R'))
}
