//! The text that is edited, and how it was before.

use std::rc::Rc;

/// A place: a line and a character of it, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// Line.
    pub row: usize,
    /// Character.
    pub col: usize,
}

type Lines = Vec<Rc<Vec<char>>>;

/// Lines of characters, never none. Lines that do not change are shared with older versions.
pub struct Text {
    lines: Lines,
    /// Older versions, and where the cursor was.
    undo: Vec<(Lines, Place)>,
    redo: Vec<(Lines, Place)>,
    /// Whether it is other than what was last written.
    pub changed: bool,
}

/// So many versions are kept.
const VERSIONS: usize = 1000;

impl Text {
    /// A file's content; the end of its last line is not a line.
    pub fn new(content: &str) -> Text {
        let content = content.strip_suffix('\n').unwrap_or(content);
        let lines = content.split('\n').map(|line| Rc::new(line.chars().collect())).collect();
        Text { lines, undo: Vec::new(), redo: Vec::new(), changed: false }
    }

    /// As a file has it.
    pub fn content(&self) -> String {
        let mut out = String::new();
        for line in &self.lines {
            out.extend(line.iter());
            out.push('\n');
        }
        out
    }

    /// How many lines there are.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// A line; an empty one where there is none.
    pub fn line(&self, row: usize) -> &[char] {
        self.lines.get(row).map_or(&[], |line| line)
    }

    /// Keeps the present version, to come back to.
    pub fn remember(&mut self, cursor: Place) {
        if self.undo.len() == VERSIONS {
            self.undo.remove(0);
        }
        self.undo.push((self.lines.clone(), cursor));
        self.redo.clear();
    }

    /// Forgets the version last kept if nothing has changed since.
    pub fn settle(&mut self) {
        if self.undo.last().is_some_and(|(lines, _)| *lines == self.lines) {
            self.undo.pop();
        }
    }

    /// Back to the version before; where the cursor was then.
    pub fn back(&mut self, cursor: Place) -> Option<Place> {
        let (lines, place) = self.undo.pop()?;
        self.redo.push((std::mem::replace(&mut self.lines, lines), cursor));
        self.changed = true;
        Some(place)
    }

    /// Forward again.
    pub fn forth(&mut self, cursor: Place) -> Option<Place> {
        let (lines, place) = self.redo.pop()?;
        self.undo.push((std::mem::replace(&mut self.lines, lines), cursor));
        self.changed = true;
        Some(place)
    }

    /// The characters of a line, to change.
    pub fn edit(&mut self, row: usize) -> &mut Vec<char> {
        self.changed = true;
        let last = self.lines.len() - 1;
        Rc::make_mut(&mut self.lines[row.min(last)])
    }

    /// Puts lines before a line.
    pub fn insert(&mut self, row: usize, lines: Vec<Vec<char>>) {
        self.changed = true;
        let at = row.min(self.lines.len());
        self.lines.splice(at..at, lines.into_iter().map(Rc::new));
    }

    /// Takes lines out, from a line up to before another. One stays, empty.
    pub fn remove(&mut self, from: usize, to: usize) -> Vec<Vec<char>> {
        self.changed = true;
        let to = to.min(self.lines.len());
        let taken = self.lines.drain(from.min(to)..to).map(|line| line.to_vec()).collect();
        if self.lines.is_empty() {
            self.lines.push(Rc::default());
        }
        taken
    }

    /// Puts text at a place; gives the place behind it.
    pub fn insert_text(&mut self, at: Place, text: &[Vec<char>]) -> Place {
        let Some((first, rest)) = text.split_first() else { return at };
        let line = self.edit(at.row);
        let col = at.col.min(line.len());
        let tail = line.split_off(col);
        line.extend(first);
        let mut end = Place { row: at.row, col: line.len() };
        if !rest.is_empty() {
            self.insert(at.row + 1, rest.to_vec());
            end.row += rest.len();
            end.col = self.line(end.row).len();
        }
        self.edit(end.row).extend(tail);
        end
    }

    /// Takes out what lies from one place up to before another.
    pub fn remove_text(&mut self, from: Place, to: Place) -> Vec<Vec<char>> {
        let to = Place { row: to.row.min(self.rows() - 1), ..to };
        if from >= to {
            return vec![Vec::new()];
        }
        if from.row == to.row {
            let line = self.edit(from.row);
            let (low, high) = (from.col.min(line.len()), to.col.min(line.len()));
            return vec![line.drain(low..high).collect()];
        }
        let first = self.edit(from.row);
        let low = from.col.min(first.len());
        let mut taken = vec![first.split_off(low)];
        let mut middle = self.remove(from.row + 1, to.row + 1);
        let mut last = middle.pop().unwrap_or_default();
        let tail = last.split_off(to.col.min(last.len()));
        self.edit(from.row).extend(tail);
        taken.extend(middle);
        taken.push(last);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_in_and_out() {
        let mut text = Text::new("one\ntwo\nthree\n");
        text.remember(Place::default());
        let taken = text.remove_text(Place { row: 0, col: 1 }, Place { row: 2, col: 2 });
        assert_eq!(text.content(), "oree\n");
        let end = text.insert_text(Place { row: 0, col: 1 }, &taken);
        assert_eq!((text.content().as_str(), end), ("one\ntwo\nthree\n", Place { row: 2, col: 2 }));
        text.remove(0, 9);
        assert_eq!(text.content(), "\n");
        assert_eq!(text.back(Place::default()), Some(Place::default()));
        assert_eq!(text.content(), "one\ntwo\nthree\n");
        assert!(text.forth(Place::default()).is_some());
        assert_eq!(text.content(), "\n");
    }
}
