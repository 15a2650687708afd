//! What is shown: lines, those beyond the end as `~`, and a line of state. Long lines go on in the next row.

use unicode_width::UnicodeWidthChar;

use super::editor::{Editor, Mode};
use super::text::Place;
use crate::machine::Size;

/// One character as it is shown, and how wide that is.
fn shown(c: char, at: usize, tab: usize, out: &mut String) -> usize {
    match c {
        '\t' => {
            let width = tab - at % tab;
            out.extend(std::iter::repeat_n(' ', width));
            width
        }
        c if c.is_control() => {
            out.extend(['^', char::from_u32(c as u32 ^ 0x40).unwrap_or('?')]);
            2
        }
        c => {
            out.push(c);
            c.width().unwrap_or(0)
        }
    }
}

impl Editor {
    /// How wide the line numbers are.
    fn gutter(&self) -> usize {
        if self.settings.number { self.text.rows().to_string().len().max(3) + 1 } else { 0 }
    }

    /// How far to the right a character stands in its line.
    fn column(&self, place: Place) -> usize {
        let mut out = String::new();
        let mut at = 0;
        for c in self.text.line(place.row).iter().take(place.col) {
            at += shown(*c, at, self.settings.tab, &mut out);
        }
        at
    }

    fn rows_of(&self, row: usize, width: usize) -> usize {
        let end = self.column(Place { row, col: usize::MAX });
        // In insert mode the cursor may stand behind a full row.
        let end = if row == self.cursor.row { end.max(self.column(self.cursor) + 1) } else { end };
        end.div_ceil(width).max(1)
    }

    /// The whole screen, as escape sequences.
    pub fn draw(&mut self, size: Size) -> String {
        let (cols, rows) = (usize::from(size.cols).max(20), usize::from(size.rows).max(2) - 1);
        let (gutter, height) = (self.gutter(), rows);
        let width = cols - gutter;
        self.height = height;
        self.top = self.top.min(self.cursor.row);
        // From the cursor up, as many lines as there is room for.
        let mut above = self.rows_of(self.cursor.row, width);
        let mut first = self.cursor.row;
        while first > self.top {
            above += self.rows_of(first - 1, width);
            if above > height {
                break;
            }
            first -= 1;
        }
        self.top = first;
        let mut out = String::from("\x1b[?25l\x1b[H");
        let (mut row, mut used, mut cursor) = (self.top, 0, (1, 1));
        while used < height && row < self.text.rows() {
            let needed = self.rows_of(row, width);
            if used + needed > height && row > self.top {
                break;
            }
            if row == self.cursor.row {
                let at = self.column(self.cursor);
                cursor = (used + at / width + 1, gutter + at % width + 1);
            }
            self.draw_line(row, width, gutter, (height - used).min(needed), &mut out);
            used += needed;
            row += 1;
        }
        let sign = if row < self.text.rows() { '@' } else { '~' };
        for _ in used..height {
            out.push_str(&format!("{sign}\x1b[K\r\n"));
        }
        out.push_str(&self.state(cols, row));
        if let Mode::Line { sign, text } = &self.mode {
            let line: usize = text.chars().map(|c| c.width().unwrap_or(0)).sum();
            out.push_str(&format!("\r{sign}{text}\x1b[K"));
            cursor = (height + 1, (line + 2).min(cols));
        }
        out.push_str(&format!("\x1b[{};{}H\x1b[?25h", cursor.0, cursor.1));
        out
    }

    fn draw_line(&self, row: usize, width: usize, gutter: usize, rows: usize, out: &mut String) {
        let selected = |col: usize| match self.mode {
            Mode::Visual { from, lines } => {
                let (low, high) = (from.min(self.cursor), from.max(self.cursor));
                if lines {
                    (low.row..=high.row).contains(&row)
                } else {
                    low <= Place { row, col } && Place { row, col } <= high
                }
            }
            _ => false,
        };
        if gutter > 0 {
            out.push_str(&format!("{:>1$} ", row + 1, gutter - 1));
        }
        let (mut at, mut used, mut marked) = (0, 1, false);
        for (col, c) in self.text.line(row).iter().enumerate() {
            let mut text = String::new();
            let wide = shown(*c, at, self.settings.tab, &mut text);
            if at / width != (at + wide).saturating_sub(1).max(at) / width || at > 0 && at % width == 0 {
                used += 1;
                if used > rows {
                    break;
                }
                out.push_str("\x1b[K\r\n");
                out.extend(std::iter::repeat_n(' ', gutter));
            }
            if selected(col) != marked {
                marked = !marked;
                out.push_str(if marked { "\x1b[7m" } else { "\x1b[m" });
            }
            out.push_str(&text);
            at += wide;
        }
        if marked {
            out.push_str("\x1b[m");
        }
        out.push_str("\x1b[K\r\n");
        for _ in used..rows {
            out.push_str("\x1b[K\r\n");
        }
    }

    /// The last line: what happened, the mode, where the cursor is.
    fn state(&self, cols: usize, below: usize) -> String {
        let left = match &self.mode {
            Mode::Insert if self.pasting => "-- INSERT (paste) --",
            Mode::Insert => "-- INSERT --",
            Mode::Replace => "-- REPLACE --",
            Mode::Visual { lines: true, .. } => "-- VISUAL LINE --",
            Mode::Visual { .. } => "-- VISUAL --",
            _ => &self.message,
        };
        let place = match (self.top, below >= self.text.rows()) {
            (0, true) => "All".to_owned(),
            (0, false) => "Top".to_owned(),
            (_, true) => "Bot".to_owned(),
            (top, false) => format!("{}%", top * 100 / (self.text.rows() + top - below).max(1)),
        };
        let right = format!("{},{}", self.cursor.row + 1, self.cursor.col + 1);
        let left: String = left.chars().take(cols.saturating_sub(19)).collect();
        let used: usize = left.chars().map(|c| c.width().unwrap_or(0)).sum();
        let gap = cols.saturating_sub(18 + used);
        format!("{left}{}{right:<14}{place}\x1b[K", " ".repeat(gap))
    }
}
