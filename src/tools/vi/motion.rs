//! Motions: where a command goes, or up to where an operator reaches.

use std::rc::Rc;

use super::editor::Editor;
use super::keys::Key;
use super::text::Place;
use crate::shell::regex::Regex;

/// Where a motion goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Motion {
    /// The place.
    pub to: Place,
    /// What an operator takes: whole lines, or up to the place, the character there included or not.
    pub reach: Reach,
}

/// What an operator takes of a motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Whole lines.
    Lines,
    /// The character there too.
    Inclusive,
    /// Up to it.
    Exclusive,
}

#[derive(PartialEq, Clone, Copy)]
enum Class {
    Blank,
    Word,
    Sign,
}

fn class(c: char, big: bool) -> Class {
    match c {
        c if c.is_whitespace() => Class::Blank,
        c if big || c.is_alphanumeric() || c == '_' => Class::Word,
        _ => Class::Sign,
    }
}

impl Editor {
    fn at(&self, place: Place) -> Option<char> {
        self.text.line(place.row).get(place.col).copied()
    }

    /// The next place, an empty line's begin among them.
    fn after(&self, place: Place) -> Option<Place> {
        if place.col + 1 < self.text.line(place.row).len() {
            return Some(Place { col: place.col + 1, ..place });
        }
        (place.row + 1 < self.text.rows()).then_some(Place { row: place.row + 1, col: 0 })
    }

    fn before(&self, place: Place) -> Option<Place> {
        if place.col > 0 {
            return Some(Place { col: place.col - 1, ..place });
        }
        let row = place.row.checked_sub(1)?;
        Some(Place { row, col: self.text.line(row).len().saturating_sub(1) })
    }

    fn class_at(&self, place: Place, big: bool) -> Class {
        self.at(place).map_or(Class::Blank, |c| class(c, big))
    }

    fn word_forward(&self, mut at: Place, big: bool) -> Place {
        let start = self.class_at(at, big);
        let row = at.row;
        while let Some(next) = self.after(at) {
            let new_line = next.row != at.row;
            at = next;
            if new_line && self.text.line(at.row).is_empty() {
                return at;
            }
            let here = self.class_at(at, big);
            if here != Class::Blank && (here != start || new_line || at.row != row || self.blank_before(at)) {
                return at;
            }
        }
        Place { row: at.row, col: self.text.line(at.row).len() }
    }

    fn blank_before(&self, at: Place) -> bool {
        at.col > 0 && self.text.line(at.row)[at.col - 1].is_whitespace()
    }

    fn word_end(&self, mut at: Place, big: bool) -> Place {
        while let Some(next) = self.after(at) {
            at = next;
            let here = self.class_at(at, big);
            let follows = self.after(at).filter(|next| next.row == at.row).map(|next| self.class_at(next, big));
            if here != Class::Blank && follows != Some(here) {
                return at;
            }
        }
        at
    }

    fn word_back(&self, mut at: Place, big: bool) -> Place {
        while let Some(before) = self.before(at) {
            at = before;
            let here = self.class_at(at, big);
            if here == Class::Blank {
                if self.text.line(at.row).is_empty() {
                    return at;
                }
                continue;
            }
            let further = at.col.checked_sub(1).map(|col| self.class_at(Place { col, ..at }, big));
            if further != Some(here) {
                return at;
            }
        }
        at
    }

    /// The first character of a line that is no blank.
    pub(super) fn first_of(&self, row: usize) -> usize {
        let line = self.text.line(row);
        line.iter().position(|c| !c.is_whitespace()).unwrap_or(line.len().saturating_sub(1))
    }

    /// Where keys lead; the last may be the character that `f` looks for. `None`: they are no motion, or lead nowhere.
    pub(super) fn motion(&mut self, keys: &[Key], count: Option<usize>) -> Option<Motion> {
        let times = count.unwrap_or(1);
        let Place { row, col } = self.cursor;
        let last = self.text.rows() - 1;
        let line = |row: usize, col: usize| Some(Motion { to: Place { row, col }, reach: Reach::Lines });
        let here = |col: usize, reach: Reach| Some(Motion { to: Place { row, col }, reach });
        let length = self.text.line(row).len();
        let wanted = self.wanted;
        let half = (self.height / 2).max(1);
        match *keys {
            [Key::Char('h') | Key::Left | Key::Backspace] => here(col.saturating_sub(times), Reach::Exclusive),
            [Key::Char('l' | ' ') | Key::Right] => here((col + times).min(length), Reach::Exclusive),
            [Key::Char('j') | Key::Down] => line((row + times).min(last), wanted),
            [Key::Char('k') | Key::Up] => line(row.saturating_sub(times), wanted),
            [Key::Char('+') | Key::Enter] => line((row + times).min(last), self.first_of((row + times).min(last))),
            [Key::Char('-')] => line(row.saturating_sub(times), self.first_of(row.saturating_sub(times))),
            [Key::Char('0') | Key::Home] => here(0, Reach::Exclusive),
            [Key::Char('^')] => here(self.first_of(row), Reach::Exclusive),
            [Key::Char('$') | Key::End] => {
                let row = (row + times - 1).min(last);
                let col = self.text.line(row).len().saturating_sub(1);
                Some(Motion { to: Place { row, col }, reach: Reach::Inclusive })
            }
            [Key::Char('G')] => {
                let row = count.map_or(last, |count| count.saturating_sub(1).min(last));
                line(row, self.first_of(row))
            }
            [Key::Char('g'), Key::Char('g')] => {
                let row = count.map_or(0, |count| count.saturating_sub(1).min(last));
                line(row, self.first_of(row))
            }
            [Key::Char('\x04')] => line((row + half).min(last), wanted),
            [Key::Char('\x15')] => line(row.saturating_sub(half), wanted),
            [Key::Char('\x06') | Key::PageDown] => line((row + half * 2).min(last), wanted),
            [Key::Char('\x02') | Key::PageUp] => line(row.saturating_sub(half * 2), wanted),
            [Key::Char(letter @ ('w' | 'W' | 'b' | 'B' | 'e' | 'E'))] => {
                let big = letter.is_ascii_uppercase();
                let mut at = self.cursor;
                for _ in 0..times.min(100_000) {
                    let next = match letter {
                        'w' | 'W' => self.word_forward(at, big),
                        'b' | 'B' => self.word_back(at, big),
                        _ => self.word_end(at, big),
                    };
                    if next == at {
                        break;
                    }
                    at = next;
                }
                let reach = if matches!(letter, 'e' | 'E') { Reach::Inclusive } else { Reach::Exclusive };
                Some(Motion { to: at, reach })
            }
            [Key::Char('{')] => {
                let to = (0..row).rev().find(|row| self.text.line(*row).is_empty()).unwrap_or(0);
                Some(Motion { to: Place { row: to, col: 0 }, reach: Reach::Exclusive })
            }
            [Key::Char('}')] => {
                let to = (row + 1..=last).find(|row| self.text.line(*row).is_empty()).unwrap_or(last);
                Some(Motion { to: Place { row: to, col: 0 }, reach: Reach::Exclusive })
            }
            [Key::Char('%')] => self.partner(),
            [Key::Char(how @ ('f' | 't' | 'F' | 'T')), Key::Char(c)] => {
                self.find = Some((how, c));
                self.find_char(how, c, times, false)
            }
            [Key::Char(sign @ (';' | ','))] => {
                let (how, c) = self.find?;
                let turned = if how.is_ascii_lowercase() { how.to_ascii_uppercase() } else { how.to_ascii_lowercase() };
                self.find_char(if sign == ';' { how } else { turned }, c, times, true)
            }
            [Key::Char(sign @ ('n' | 'N'))] => {
                let (regex, forward) = self.search.clone()?;
                let to = self.next_match(&regex, forward == (sign == 'n'), self.cursor)?;
                Some(Motion { to, reach: Reach::Exclusive })
            }
            _ => None,
        }
    }

    fn find_char(&self, how: char, c: char, times: usize, again: bool) -> Option<Motion> {
        let Place { row, col } = self.cursor;
        let line = self.text.line(row);
        let forward = how.is_ascii_lowercase();
        // `;` after `t` is not stopped by the character that it stands before.
        let skip = usize::from(again && matches!(how, 't' | 'T'));
        let found = if forward {
            (col + 1 + skip..line.len()).filter(|at| line[*at] == c).nth(times - 1)?
        } else {
            (0..col.saturating_sub(skip)).rev().filter(|at| line[*at] == c).nth(times - 1)?
        };
        let to = match how {
            't' => found - 1,
            'T' => found + 1,
            _ => found,
        };
        let reach = if forward { Reach::Inclusive } else { Reach::Exclusive };
        Some(Motion { to: Place { row, col: to }, reach })
    }

    /// `%`: the bracket that belongs to the next one on the line.
    fn partner(&self) -> Option<Motion> {
        const PAIRS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];
        let line = self.text.line(self.cursor.row);
        let is_bracket = |c: &char| PAIRS.iter().any(|(open, close)| c == open || c == close);
        let col = (self.cursor.col..line.len()).find(|at| is_bracket(&line[*at]))?;
        let mut at = Place { col, ..self.cursor };
        let (open, close) = PAIRS.into_iter().find(|(open, close)| line[col] == *open || line[col] == *close)?;
        let forward = line[col] == open;
        let mut depth = 0_usize;
        loop {
            match self.at(at) {
                Some(c) if c == if forward { open } else { close } => depth += 1,
                Some(c) if c == if forward { close } else { open } => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(Motion { to: at, reach: Reach::Inclusive });
            }
            at = if forward { self.after(at)? } else { self.before(at)? };
        }
    }

    /// The next match, around the end of the text if need be.
    pub(super) fn next_match(&mut self, regex: &Rc<Regex>, forward: bool, from: Place) -> Option<Place> {
        let rows = self.text.rows();
        for step in 0..=rows {
            let row = if forward { (from.row + step) % rows } else { (from.row + rows - step % rows) % rows };
            let mut found = matches(regex, self.text.line(row));
            if step == 0 {
                found.retain(|col| if forward { *col > from.col } else { *col < from.col });
            } else if step == rows {
                found.retain(|col| if forward { *col <= from.col } else { *col >= from.col });
            }
            let chosen = if forward { found.first() } else { found.last() };
            if let Some(col) = chosen {
                return Some(Place { row, col: *col });
            }
        }
        None
    }

    /// `/text` or `?text`; an empty one repeats the last.
    pub(super) fn search_for(&mut self, text: &str, forward: bool) {
        if !text.is_empty() {
            match Regex::new(text, false, self.settings.ignore_case) {
                Ok(regex) => self.search = Some((Rc::new(regex), forward)),
                Err(error) => {
                    self.message = format!("E383: Invalid search string: {text} ({error})");
                    return;
                }
            }
        }
        let Some((regex, _)) = self.search.clone() else {
            self.message = "E35: No previous regular expression".to_owned();
            return;
        };
        self.search = Some((Rc::clone(&regex), forward));
        match self.next_match(&regex, forward, self.cursor) {
            Some(place) => self.go(place),
            None => self.message = format!("E486: Pattern not found: {text}"),
        }
    }
}

/// Where a line matches, in characters.
fn matches(regex: &Regex, line: &[char]) -> Vec<usize> {
    let text: String = line.iter().collect();
    let found = regex.matches(&text).filter_map(|groups| groups[0]);
    found.map(|(low, _)| text[..low].chars().count()).collect()
}
