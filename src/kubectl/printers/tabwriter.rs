//! Text in columns. Models Go's text/tabwriter, and the fork that remembers widths.

use unicode_width::UnicodeWidthStr;

/// How columns are laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The least width of a column, padding included.
    pub min_width: usize,
    /// Blanks after the widest cell.
    pub padding: usize,
}

/// As `kubectl get` prints.
pub const GET: Layout = Layout { min_width: 6, padding: 3 };

/// As `kubectl describe` prints.
pub const DESCRIBE: Layout = Layout { min_width: 0, padding: 2 };

/// Lays out lines whose cells end in tabs. A column is as wide as the widest of its cells in
/// consecutive lines; what follows a line's last tab has no width.
pub fn align(text: &str, layout: Layout) -> String {
    lay_out(text, layout, None)
}

/// As [`align`], with columns at least as wide as `widths`, which grow.
pub fn align_remembering(text: &str, layout: Layout, widths: &mut Vec<usize>) -> String {
    lay_out(text, layout, Some(widths))
}

fn lay_out(text: &str, layout: Layout, widths: Option<&mut Vec<usize>>) -> String {
    let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
    let mut writer = Writer { lines, layout, remembered: widths, out: String::with_capacity(text.len() * 2) };
    let end = writer.lines.len();
    writer.block(0, end, &mut Vec::new());
    writer.out
}

struct Writer<'a> {
    lines: Vec<Vec<&'a str>>,
    layout: Layout,
    remembered: Option<&'a mut Vec<usize>>,
    out: String,
}

impl Writer<'_> {
    /// Lays out the lines `start..end`, of which the first columns have the widths given.
    fn block(&mut self, start: usize, end: usize, widths: &mut Vec<usize>) {
        let column = widths.len();
        let mut printed = start;
        let mut at = start;
        while at < end {
            if column + 1 >= self.lines[at].len() {
                at += 1;
                continue;
            }
            self.print(printed, at, widths);
            let mut width = self.layout.min_width;
            if let Some(before) = self.remembered.as_ref().and_then(|widths| widths.get(column)) {
                width = width.max(*before);
            }
            let from = at;
            while at < end && column + 1 < self.lines[at].len() {
                width = width.max(self.lines[at][column].width() + self.layout.padding);
                at += 1;
            }
            if let Some(widths) = &mut self.remembered {
                if widths.len() <= column {
                    widths.resize(column + 1, 0);
                }
                widths[column] = width;
            }
            widths.push(width);
            self.block(from, at, widths);
            widths.pop();
            printed = at;
        }
        self.print(printed, end, widths);
    }

    fn print(&mut self, start: usize, end: usize, widths: &[usize]) {
        for at in start..end {
            for (column, cell) in self.lines[at].iter().enumerate() {
                self.out.push_str(cell);
                let last = column + 1 == self.lines[at].len();
                if let Some(width) = widths.get(column).filter(|_| !last) {
                    self.out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width())));
                }
            }
            if at + 1 < self.lines.len() {
                self.out.push('\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns() {
        assert_eq!(align("NAME\tREADY\tAGE\nweb\t1/1\t5s\n", GET), "NAME   READY   AGE\nweb    1/1     5s\n");
        assert_eq!(align("a\t0\t6s\n", GET), "a     0     6s\n");
        // A line without the column ends the block.
        assert_eq!(
            align("Name:\tx\nLong label:\ty\nno cells\nA:\tb\n", DESCRIBE),
            "Name:        x\nLong label:  y\nno cells\nA:  b\n"
        );
        let mut widths = Vec::new();
        align_remembering("a-long-name\tx\n", GET, &mut widths);
        assert_eq!(align_remembering("b\ty\n", GET, &mut widths), "b             y\n");
    }
}
