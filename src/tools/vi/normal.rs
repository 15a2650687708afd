//! Commands of normal and of visual mode.

use super::editor::{Editor, Mode, Register, Request};
use super::keys::Key;
use super::motion::{Motion, Reach};
use super::text::Place;

/// No count is greater.
const MAX_COUNT: usize = 99_999;

/// A command as it is typed: `"`-less vi: count, operator, count, motion.
struct Command<'a> {
    count: Option<usize>,
    keys: &'a [Key],
}

/// The count that keys begin with, and the rest. A zero that begins is a motion.
fn counted(keys: &[Key]) -> Command<'_> {
    let mut count = None;
    let mut at = 0;
    while let Some(Key::Char(c @ '0'..='9')) = keys.get(at) {
        if *c == '0' && count.is_none() {
            break;
        }
        count = Some((count.unwrap_or(0) * 10 + *c as usize - '0' as usize).min(MAX_COUNT));
        at += 1;
    }
    Command { count, keys: &keys[at..] }
}

impl Editor {
    /// A key in normal mode.
    pub(super) fn normal(&mut self, key: Key) -> Option<Request> {
        if matches!(key, Key::Escape | Key::Char('\x03')) {
            self.pending.clear();
            return None;
        }
        self.pending.push(key);
        let keys = self.pending.clone();
        let Command { count, keys } = counted(&keys);
        let first = keys.first()?;
        let complete = match first {
            Key::Char(operator @ ('d' | 'c' | 'y' | '>' | '<')) => self.operator(*operator, count, &keys[1..]),
            _ if self.waits(keys) => return None,
            _ => Some(self.simple(count, keys)),
        };
        // An operator that waits for its motion.
        let request = complete?;
        self.pending.clear();
        request
    }

    /// Whether a key more has to come.
    fn waits(&self, keys: &[Key]) -> bool {
        matches!(keys, [Key::Char('f' | 't' | 'F' | 'T' | 'g' | 'r' | 'Z' | 'z')])
    }

    /// An operator with what followed it; `None` while its motion is not complete.
    fn operator(&mut self, operator: char, count: Option<usize>, rest: &[Key]) -> Option<Option<Request>> {
        let Command { count: inner, keys } = counted(rest);
        let first = keys.first()?;
        let times = match (count, inner) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(1).saturating_mul(b.unwrap_or(1)).min(MAX_COUNT)),
        };
        if *first == Key::Char(operator) {
            let to = (self.cursor.row + times.unwrap_or(1) - 1).min(self.text.rows() - 1);
            self.operate(operator, self.cursor, Motion { to: Place { row: to, ..self.cursor }, reach: Reach::Lines });
            return Some(None);
        }
        if self.waits(keys) || matches!(keys, [Key::Char('i' | 'a')]) {
            return None;
        }
        if let [Key::Char('i' | 'a'), Key::Char('w')] = keys {
            if let Some((from, to)) = self.word_around(keys[0] == Key::Char('a')) {
                self.operate(operator, from, Motion { to, reach: Reach::Inclusive });
            }
            return Some(None);
        }
        // `cw` leaves the blanks behind the word, as `ce` does.
        let blank = self.text.line(self.cursor.row).get(self.cursor.col).is_none_or(|c| c.is_whitespace());
        let keys: Vec<Key> = match (operator, keys) {
            ('c', [Key::Char('w')]) if !blank => vec![Key::Char('e')],
            ('c', [Key::Char('W')]) if !blank => vec![Key::Char('E')],
            (_, keys) => keys.to_vec(),
        };
        let from = self.cursor;
        if let Some(mut motion) = self.motion(&keys, times) {
            // `dw` on a line's last word stays on the line.
            if matches!(keys.as_slice(), [Key::Char('w' | 'W')]) && motion.to.row > from.row {
                let end = self.text.line(from.row).len();
                motion.to = Place { row: from.row, col: end };
            }
            self.operate(operator, from, motion);
        }
        Some(None)
    }

    fn word_around(&self, with_blanks: bool) -> Option<(Place, Place)> {
        let Place { row, col } = self.cursor;
        let line = self.text.line(row);
        let kind = |c: char| {
            if c.is_whitespace() {
                0
            } else if c.is_alphanumeric() || c == '_' {
                1
            } else {
                2
            }
        };
        let here = kind(*line.get(col)?);
        let low = (0..col).rev().take_while(|at| kind(line[*at]) == here).last().unwrap_or(col);
        let mut high = (col..line.len()).take_while(|at| kind(line[*at]) == here).last().unwrap_or(col);
        if with_blanks {
            high = (high + 1..line.len()).take_while(|at| line[*at].is_whitespace()).last().unwrap_or(high);
        }
        Some((Place { row, col: low }, Place { row, col: high }))
    }

    /// Does an operator on what lies between two places.
    fn operate(&mut self, operator: char, from: Place, motion: Motion) {
        let (mut low, mut high) = if from <= motion.to { (from, motion.to) } else { (motion.to, from) };
        if motion.reach == Reach::Lines {
            low.col = 0;
        } else if motion.reach == Reach::Inclusive {
            high.col += 1;
        }
        let lines = motion.reach == Reach::Lines;
        if operator != 'y' {
            self.change();
        }
        match operator {
            'y' => {
                let text = if lines {
                    (low.row..=high.row).map(|row| self.text.line(row).to_vec()).collect()
                } else {
                    self.between(low, high)
                };
                if text.len() > 2 {
                    self.message = format!("{} lines yanked", text.len());
                }
                self.register = Register { text, lines };
                self.go(if lines { Place { row: low.row, ..from.min(motion.to) } } else { low });
            }
            '>' | '<' => {
                self.shift_lines(low.row, high.row, operator == '>');
                self.go(Place { row: low.row, col: self.first_of(low.row) });
                self.done();
            }
            'd' if lines => {
                let text = self.text.remove(low.row, high.row + 1);
                if text.len() > 2 {
                    self.message = format!("{} fewer lines", text.len());
                }
                self.register = Register { text, lines };
                let row = low.row.min(self.text.rows() - 1);
                self.go(Place { row, col: self.first_of(row) });
                self.done();
            }
            'c' if lines => {
                let text = self.text.remove(low.row, high.row + 1);
                self.register = Register { text, lines };
                let whole = self.text.rows() == 1 && self.text.line(0).is_empty() && low.row == 0;
                if !whole {
                    self.text.insert(low.row, vec![Vec::new()]);
                }
                self.go(Place { row: low.row, col: 0 });
                self.start_insert(Mode::Insert, 1);
            }
            _ => {
                let text = self.text.remove_text(low, high);
                self.register = Register { text, lines: false };
                self.go(low);
                if operator == 'c' {
                    self.start_insert(Mode::Insert, 1);
                } else {
                    self.done();
                }
            }
        }
    }

    fn between(&self, low: Place, high: Place) -> Vec<Vec<char>> {
        let mut text = Vec::new();
        for row in low.row..=high.row {
            let line = self.text.line(row);
            let from = if row == low.row { low.col.min(line.len()) } else { 0 };
            let to = if row == high.row { high.col.min(line.len()) } else { line.len() };
            text.push(line[from..to.max(from)].to_vec());
        }
        text
    }

    /// A command that is complete.
    fn simple(&mut self, count: Option<usize>, keys: &[Key]) -> Option<Request> {
        let times = count.unwrap_or(1);
        let Place { row, col } = self.cursor;
        let length = self.text.line(row).len();
        match *keys {
            [Key::Char(sign @ (':' | '/' | '?'))] => {
                let text = match count {
                    Some(count) if sign == ':' => format!(".,.+{}", count.saturating_sub(1)),
                    _ => String::new(),
                };
                self.message.clear();
                self.mode = Mode::Line { sign, text };
            }
            [Key::Char(letter @ ('i' | 'a' | 'I' | 'A' | 'R'))] => {
                self.change();
                self.cursor.col = match letter {
                    'a' => (col + 1).min(length),
                    'A' => length,
                    'I' => self.text.line(row).iter().take_while(|c| c.is_whitespace()).count(),
                    _ => col,
                };
                self.start_insert(if letter == 'R' { Mode::Replace } else { Mode::Insert }, times);
            }
            [Key::Char(letter @ ('o' | 'O'))] => {
                self.change();
                let below = letter == 'o';
                let indent = if below { self.indent_after(row) } else { self.own_indent(row) };
                let at = row + usize::from(below);
                self.cursor = Place { row: at, col: indent.len() };
                self.text.insert(at, vec![indent]);
                self.start_insert(Mode::Insert, 1);
            }
            [Key::Char('x') | Key::Delete] => {
                let to = Place { row, col: (col + times).min(length) };
                self.operate('d', self.cursor, Motion { to, reach: Reach::Exclusive });
            }
            [Key::Char('X')] => {
                let to = Place { row, col: col.saturating_sub(times) };
                self.operate('d', self.cursor, Motion { to, reach: Reach::Exclusive });
            }
            [Key::Char(letter @ ('D' | 'C'))] => {
                let to = Place { row, col: length };
                let operator = letter.to_ascii_lowercase();
                self.operate(operator, self.cursor, Motion { to, reach: Reach::Exclusive });
            }
            [Key::Char('s')] => {
                let to = Place { row, col: (col + times).min(length) };
                self.operate('c', self.cursor, Motion { to, reach: Reach::Exclusive });
            }
            [Key::Char(letter @ ('S' | 'Y'))] => {
                let to = Place { row: (row + times - 1).min(self.text.rows() - 1), col };
                let operator = if letter == 'S' { 'c' } else { 'y' };
                self.operate(operator, self.cursor, Motion { to, reach: Reach::Lines });
            }
            [Key::Char('r'), Key::Char(c)] if col + times <= length => {
                self.change();
                self.text.edit(row)[col..col + times].fill(c);
                self.cursor.col = col + times - 1;
                self.done();
            }
            [Key::Char('~')] => {
                self.change();
                let to = (col + times).min(length);
                for c in &mut self.text.edit(row)[col.min(to)..to] {
                    let turned = if c.is_lowercase() { c.to_uppercase().next() } else { c.to_lowercase().next() };
                    *c = turned.unwrap_or(*c);
                }
                self.go(Place { row, col: to });
                self.done();
            }
            [Key::Char('J')] => {
                self.change();
                for _ in 1..times.max(2) {
                    self.join_line();
                }
                self.done();
            }
            [Key::Char(letter @ ('p' | 'P'))] => self.put_back(letter == 'p', times),
            [Key::Char('u')] => {
                for _ in 0..times {
                    match self.text.back(self.cursor) {
                        Some(place) => self.go(place),
                        None => self.message = "Already at oldest change".to_owned(),
                    }
                }
            }
            [Key::Char('\x12')] => {
                for _ in 0..times {
                    match self.text.forth(self.cursor) {
                        Some(place) => self.go(place),
                        None => self.message = "Already at newest change".to_owned(),
                    }
                }
            }
            [Key::Char('.')] if !self.repeating => {
                self.repeating = true;
                self.pending.clear();
                for _ in 0..times.min(1000) {
                    self.last.clone().into_iter().for_each(|key| drop(self.key(key)));
                }
                self.repeating = false;
            }
            [Key::Char(letter @ ('v' | 'V'))] => {
                self.mode = Mode::Visual { from: self.cursor, lines: letter == 'V' };
            }
            [Key::Char('Z'), Key::Char('Z')] => {
                return Some(if self.changed() { Request::Write { path: None, quit: true } } else { Request::Quit(0) });
            }
            [Key::Char('Z'), Key::Char('Q')] => return Some(Request::Quit(0)),
            _ => self.move_by(keys, count),
        }
        None
    }

    fn move_by(&mut self, keys: &[Key], count: Option<usize>) {
        let Some(motion) = self.motion(keys, count) else { return };
        let keeps = motion.reach == Reach::Lines;
        let wanted = self.wanted;
        self.go(motion.to);
        if keeps && !matches!(keys, [Key::Char('G')] | [Key::Char('g'), _]) {
            self.wanted = wanted;
        }
        if matches!(keys, [Key::Char('$') | Key::End]) {
            self.wanted = usize::MAX;
        }
    }

    fn own_indent(&self, row: usize) -> Vec<char> {
        let line = self.text.line(row).iter().copied();
        if self.settings.indent { line.take_while(|c| matches!(c, ' ' | '\t')).collect() } else { Vec::new() }
    }

    fn join_line(&mut self) {
        let row = self.cursor.row;
        if row + 1 >= self.text.rows() {
            return;
        }
        let next = self.text.remove(row + 1, row + 2).pop().unwrap_or_default();
        let tail: Vec<char> = next.into_iter().skip_while(|c| c.is_whitespace()).collect();
        let line = self.text.edit(row);
        let at = line.len();
        if !tail.is_empty() && line.last().is_some_and(|c| !c.is_whitespace()) && tail[0] != ')' {
            line.push(' ');
        }
        line.extend(tail);
        self.go(Place { row, col: at });
    }

    fn put_back(&mut self, after: bool, times: usize) {
        let Register { text, lines } = self.register.clone();
        if text.is_empty() {
            return;
        }
        self.change();
        let Place { row, col } = self.cursor;
        if lines {
            let at = row + usize::from(after);
            for _ in 0..times.min(1000) {
                self.text.insert(at, text.clone());
            }
            self.go(Place { row: at, col: self.first_of(at) });
        } else {
            let start = if after { (col + 1).min(self.text.line(row).len()) } else { col };
            let mut end = Place { row, col: start };
            for _ in 0..times.min(1000) {
                end = self.text.insert_text(end, &text);
            }
            self.go(if text.len() > 1 {
                Place { row, col: start }
            } else {
                Place { col: end.col.saturating_sub(1), ..end }
            });
        }
        self.done();
    }

    /// A key in visual mode.
    pub(super) fn visual(&mut self, key: Key) {
        let Mode::Visual { from, lines } = self.mode else { return };
        self.pending.push(key);
        let keys = self.pending.clone();
        let Command { count, keys } = counted(&keys);
        if keys.is_empty() || self.waits(keys) && keys != [Key::Char('r')] {
            return;
        }
        let reach = if lines { Reach::Lines } else { Reach::Inclusive };
        let selected = Motion { to: self.cursor, reach };
        let act = match *keys {
            [Key::Escape | Key::Char('\x03' | 'v' | 'V')] => None,
            [Key::Char('d' | 'x') | Key::Delete] => Some('d'),
            [Key::Char('c' | 's')] => Some('c'),
            [Key::Char(operator @ ('y' | '>' | '<'))] => Some(operator),
            [Key::Char('o')] => {
                self.mode = Mode::Visual { from: self.cursor, lines };
                self.go(from);
                self.pending.clear();
                return;
            }
            [Key::Char(':')] => {
                let (low, high) = (from.row.min(self.cursor.row), from.row.max(self.cursor.row));
                self.mode = Mode::Line { sign: ':', text: format!("{},{}", low + 1, high + 1) };
                self.pending.clear();
                return;
            }
            _ => {
                self.move_by(keys, count);
                self.pending.clear();
                return;
            }
        };
        self.pending.clear();
        self.mode = Mode::Normal;
        if let Some(operator) = act {
            self.operate(operator, from, selected);
        }
    }
}
