//! The line editor: a state machine from keys to effects, without a terminal of its own.
//!
//! Modelled after readline's emacs mode: movement, killing and yanking, history with ^R,
//! completion lists, bracketed paste, wide characters, lines longer than the screen.
//! Diverges: one kill at a time, undo only as a whole line, no vi mode, no macros.

mod keys;
mod screen;

pub use keys::{Decoder, Key};

/// What the shell is to do after a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send this to the terminal.
    Print(String),
    /// The line is done.
    Accept(String),
    /// ^C: the line is dropped.
    Interrupt,
    /// ^D on an empty line.
    End,
    /// Complete the word before the cursor; the second Tab in a row asks for the list.
    Complete {
        /// Whether the list is wanted.
        list: bool,
    },
}

/// A line that is being edited.
pub struct LineEditor {
    prompt: String,
    text: Vec<char>,
    cursor: usize,
    killed: Vec<char>,
    last_was_kill: bool,
    tabs: u32,
    /// Where in the history; its length: the new line.
    place: usize,
    /// The new line while an old one is shown.
    fresh: Vec<char>,
    search: Option<Search>,
    pasting: bool,
    /// The cursor's row within what is drawn.
    row: usize,
}

struct Search {
    text: String,
    /// The entry found.
    place: usize,
    before: Vec<char>,
}

/// No line gets longer.
const TEXT_MAX: usize = 64 << 10;

impl LineEditor {
    /// An empty line behind `prompt`, which may hold escape sequences within `\x01…\x02`.
    pub fn new(prompt: &str, history: usize) -> LineEditor {
        LineEditor {
            prompt: prompt.to_owned(),
            text: Vec::new(),
            cursor: 0,
            killed: Vec::new(),
            last_was_kill: false,
            tabs: 0,
            place: history,
            fresh: Vec::new(),
            search: None,
            pasting: false,
            row: 0,
        }
    }

    /// The text so far, and the cursor's place in it, in characters.
    pub fn line(&self) -> (String, usize) {
        (self.text.iter().collect(), self.cursor)
    }

    /// Takes the kill ring over from the line before.
    pub fn inherit(&mut self, other: &mut LineEditor) {
        self.killed = std::mem::take(&mut other.killed);
    }

    /// Draws prompt and line where the cursor stands.
    pub fn start(&mut self, width: usize) -> String {
        self.row = 0;
        self.draw(width)
    }

    /// Draws all anew from the first row of the prompt.
    fn redraw(&mut self, width: usize) -> Vec<Effect> {
        let up = if self.row > 0 { format!("\x1b[{}A", self.row) } else { String::new() };
        let drawn = self.draw(width);
        vec![Effect::Print(format!("{up}\r\x1b[J{drawn}"))]
    }

    fn draw(&mut self, width: usize) -> String {
        let prompt = match &self.search {
            Some(search) => format!("(reverse-i-search)`{}': ", search.text),
            None => self.prompt.clone(),
        };
        let drawn = screen::draw(&prompt, &self.text, self.cursor, width.max(2));
        self.row = drawn.row;
        drawn.text
    }

    /// The text that goes to the end of the line before what follows is printed.
    fn leave(&mut self, width: usize, mark: &str) -> Effect {
        self.cursor = self.text.len();
        let mut out = match self.redraw(width).pop() {
            Some(Effect::Print(text)) => text,
            _ => String::new(),
        };
        out.push_str(mark);
        out.push('\n');
        self.row = 0;
        Effect::Print(out)
    }

    /// Puts text in at the cursor, as a completion does.
    pub fn insert(&mut self, text: &str, width: usize) -> Vec<Effect> {
        let new: Vec<char> = text.chars().take(TEXT_MAX.saturating_sub(self.text.len())).collect();
        let at_end = self.cursor == self.text.len() && self.search.is_none();
        let simple = at_end && new.iter().all(|c| (' '..='~').contains(c)) && {
            let drawn = screen::draw(&self.prompt, &self.text, self.cursor, width.max(2));
            drawn.column + new.len() < width
        };
        let count = new.len();
        self.text.splice(self.cursor..self.cursor, new);
        self.cursor += count;
        // The usual case costs the terminal one character, not a line.
        if simple { vec![Effect::Print(text.to_owned())] } else { self.redraw(width) }
    }

    /// Shows a list below the line and the line again below the list.
    pub fn show_list(&mut self, list: &str, width: usize) -> Vec<Effect> {
        let cursor = self.cursor;
        let end = self.leave(width, "");
        self.cursor = cursor;
        let line = self.start(width);
        vec![end, Effect::Print(format!("{list}{line}"))]
    }

    fn kill(&mut self, from: usize, to: usize, before: bool) {
        let taken: Vec<char> = self.text.drain(from..to).collect();
        if self.last_was_kill && before {
            self.killed.splice(0..0, taken);
        } else if self.last_was_kill {
            self.killed.extend(taken);
        } else {
            self.killed = taken;
        }
        self.cursor = from;
        self.last_was_kill = true;
    }

    fn word_left(&self, blanks_only: bool) -> usize {
        let in_word = |c: char| if blanks_only { !c.is_whitespace() } else { c.is_alphanumeric() };
        let mut at = self.cursor;
        while at > 0 && !in_word(self.text[at - 1]) {
            at -= 1;
        }
        while at > 0 && in_word(self.text[at - 1]) {
            at -= 1;
        }
        at
    }

    fn word_right(&self) -> usize {
        let mut at = self.cursor;
        while at < self.text.len() && !self.text[at].is_alphanumeric() {
            at += 1;
        }
        while at < self.text.len() && self.text[at].is_alphanumeric() {
            at += 1;
        }
        at
    }

    /// Shows another line of the history.
    fn go(&mut self, place: usize, history: &[String]) {
        if self.place == history.len() {
            self.fresh = self.text.clone();
        }
        self.place = place;
        self.text = match history.get(place) {
            Some(line) => line.chars().collect(),
            None => self.fresh.clone(),
        };
        self.cursor = self.text.len();
    }

    fn find(&mut self, history: &[String], from: usize) -> bool {
        let Some(search) = &mut self.search else { return false };
        let found = history.iter().take(from).rposition(|line| line.contains(&search.text));
        let Some(place) = found.filter(|_| !search.text.is_empty()) else { return false };
        search.place = place;
        let line = &history[place];
        self.cursor = line.find(&search.text).map_or(0, |at| line[..at].chars().count());
        self.text = line.chars().collect();
        true
    }

    /// `Some` where the key belongs to a running search.
    fn search_key(&mut self, key: &Key, width: usize, history: &[String]) -> Option<Vec<Effect>> {
        let search = self.search.as_mut()?;
        let beep = || vec![Effect::Print("\x07".to_owned())];
        match key {
            Key::Ctrl('r') => {
                let from = search.place;
                if !self.find(history, from) {
                    return Some(beep());
                }
            }
            Key::Char(c) => {
                search.text.push(*c);
                let from = (search.place + 1).min(history.len());
                if !self.find(history, from) {
                    let mut effects = self.redraw(width);
                    effects.extend(beep());
                    return Some(effects);
                }
            }
            Key::Backspace => {
                search.text.pop();
                search.place = history.len();
                self.find(history, history.len());
            }
            Key::Ctrl('g' | 'c') => {
                let before = std::mem::take(&mut search.before);
                self.search = None;
                self.cursor = before.len();
                self.text = before;
                if *key == Key::Ctrl('c') {
                    return None;
                }
            }
            _ => {
                self.place = search.place.min(history.len());
                self.search = None;
                let drawn = self.redraw(width);
                let mut effects = drawn;
                if *key != Key::Escape {
                    effects.extend(self.handle(key.clone(), width, history));
                }
                return Some(effects);
            }
        }
        Some(self.redraw(width))
    }

    /// What a key does.
    pub fn handle(&mut self, key: Key, width: usize, history: &[String]) -> Vec<Effect> {
        if self.search.is_some()
            && let Some(effects) = self.search_key(&key, width, history)
        {
            return effects;
        }
        let killed_before = std::mem::take(&mut self.last_was_kill);
        self.tabs = if key == Key::Tab { self.tabs + 1 } else { 0 };
        let beep = vec![Effect::Print("\x07".to_owned())];
        match key {
            Key::PasteStart => {
                self.pasting = true;
                return Vec::new();
            }
            Key::PasteEnd => {
                self.pasting = false;
                return Vec::new();
            }
            Key::Enter | Key::Ctrl('j') if self.pasting => return self.insert("\n", width),
            Key::Tab if self.pasting => return self.insert("\t", width),
            Key::Char(c) => return self.insert(c.encode_utf8(&mut [0; 4]), width),
            Key::Enter | Key::Ctrl('j' | 'o') => {
                let leave = self.leave(width, "");
                return vec![leave, Effect::Accept(self.text.iter().collect())];
            }
            Key::Ctrl('c') => {
                let leave = self.leave(width, "^C");
                return vec![leave, Effect::Interrupt];
            }
            Key::Ctrl('d') if self.text.is_empty() => return vec![Effect::End],
            Key::Tab => return vec![Effect::Complete { list: self.tabs > 1 }],
            Key::Backspace | Key::Ctrl('h') => {
                if self.cursor == 0 {
                    return beep;
                }
                self.cursor -= 1;
                self.text.remove(self.cursor);
            }
            Key::Delete | Key::Ctrl('d') => {
                if self.cursor >= self.text.len() {
                    return beep;
                }
                self.text.remove(self.cursor);
            }
            Key::Left | Key::Ctrl('b') if self.cursor > 0 => self.cursor -= 1,
            Key::Right | Key::Ctrl('f') if self.cursor < self.text.len() => self.cursor += 1,
            Key::Home | Key::Ctrl('a') => self.cursor = 0,
            Key::End | Key::Ctrl('e') => self.cursor = self.text.len(),
            Key::Alt('b') | Key::WordLeft => self.cursor = self.word_left(false),
            Key::Alt('f') | Key::WordRight => self.cursor = self.word_right(),
            Key::Ctrl('k') => {
                self.last_was_kill = killed_before;
                self.kill(self.cursor, self.text.len(), false);
            }
            Key::Ctrl('u') => {
                self.last_was_kill = killed_before;
                self.kill(0, self.cursor, true);
            }
            Key::Ctrl('w') => {
                self.last_was_kill = killed_before;
                self.kill(self.word_left(true), self.cursor, true);
            }
            Key::AltBackspace => {
                self.last_was_kill = killed_before;
                self.kill(self.word_left(false), self.cursor, true);
            }
            Key::Alt('d') => {
                self.last_was_kill = killed_before;
                self.kill(self.cursor, self.word_right(), false);
            }
            Key::Ctrl('y') => {
                let text: String = self.killed.iter().collect();
                return self.insert(&text, width);
            }
            Key::Ctrl('t') if self.cursor > 0 && self.text.len() > 1 => {
                let at = self.cursor.min(self.text.len() - 1);
                self.text.swap(at - 1, at);
                self.cursor = at + 1;
            }
            Key::Alt(c @ ('u' | 'l' | 'c')) => {
                let end = self.word_right();
                let mut first = true;
                for at in self.cursor..end {
                    let old = self.text[at];
                    let upper = c == 'u' || c == 'c' && first;
                    first &= !old.is_alphanumeric();
                    let new = if upper { old.to_uppercase().next() } else { old.to_lowercase().next() };
                    self.text[at] = new.unwrap_or(old);
                }
                self.cursor = end;
            }
            Key::Alt('.') => {
                let last =
                    history.last().and_then(|line| line.split_whitespace().last()).unwrap_or_default().to_owned();
                return self.insert(&last, width);
            }
            Key::Up | Key::Ctrl('p') => {
                if self.place == 0 {
                    return beep;
                }
                self.go(self.place - 1, history);
            }
            Key::Down | Key::Ctrl('n') => {
                if self.place >= history.len() {
                    return beep;
                }
                self.go(self.place + 1, history);
            }
            Key::Alt('<') if !history.is_empty() => self.go(0, history),
            Key::Alt('>') => self.go(history.len(), history),
            Key::Ctrl('r') => {
                self.search = Some(Search { text: String::new(), place: history.len(), before: self.text.clone() });
            }
            Key::Ctrl('l') => {
                let drawn = self.start(width);
                return vec![Effect::Print(format!("\x1b[H\x1b[2J{drawn}"))];
            }
            Key::Left | Key::Right | Key::Ctrl('b' | 'f') => return beep,
            _ => return Vec::new(),
        }
        self.redraw(width)
    }
}
