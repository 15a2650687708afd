//! Where the characters of a long line come to stand on the screen.

use unicode_width::UnicodeWidthChar;

/// A line as it is to be printed.
pub struct Drawn {
    /// The bytes: prompt, text, and the way back to the cursor.
    pub text: String,
    /// The cursor's row, from the prompt's first.
    pub row: usize,
    /// The cursor's column.
    pub column: usize,
}

/// Lays out prompt and text on a screen of `width` columns. The prompt's parts between `\x01`
/// and `\x02` take no room.
pub fn draw(prompt: &str, text: &[char], cursor: usize, width: usize) -> Drawn {
    let mut out = String::new();
    let (mut row, mut column, mut hidden) = (0, 0, false);
    for c in prompt.chars() {
        match c {
            '\x01' => hidden = true,
            '\x02' => hidden = false,
            c => {
                out.push(c);
                if !hidden {
                    advance(c, &mut row, &mut column, width);
                }
            }
        }
    }
    let mut at = (row, column);
    for (place, &c) in text.iter().enumerate() {
        if place == cursor {
            at = (row, column);
        }
        if c.is_ascii_control() && c != '\n' {
            for c in ['^', char::from(c as u8 ^ 0x40)] {
                out.push(c);
                advance(c, &mut row, &mut column, width);
            }
            continue;
        }
        // A wide character that does not fit goes to the next row, as terminals have it.
        if c.width().unwrap_or(0) == 2 && column + 2 > width {
            (row, column) = (row + 1, 0);
        }
        out.push(c);
        advance(c, &mut row, &mut column, width);
    }
    if cursor >= text.len() {
        at = (row, column);
    }
    // A terminal waits at the margin; make it go on, so that rows are what we count.
    if column == 0 && row > 0 && text.last() != Some(&'\n') {
        out.push_str(" \r");
    }
    if row > at.0 {
        out.push_str(&format!("\x1b[{}A", row - at.0));
    }
    if (row, column) != at {
        out.push('\r');
        if at.1 > 0 {
            out.push_str(&format!("\x1b[{}C", at.1));
        }
    }
    Drawn { text: out, row: at.0, column: at.1 }
}

fn advance(c: char, row: &mut usize, column: &mut usize, width: usize) {
    if c == '\n' {
        (*row, *column) = (*row + 1, 0);
        return;
    }
    *column += c.width().unwrap_or(0);
    if *column >= width {
        (*row, *column) = (*row + 1, if *column > width { 2 } else { 0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_long() {
        let text: Vec<char> = "가나다라".chars().collect();
        let drawn = draw("$ ", &text, 4, 7);
        assert_eq!((drawn.row, drawn.column), (1, 4));
        let drawn = draw("\x01\x1b[1m\x02$ ", &text, 1, 80);
        assert_eq!((drawn.row, drawn.column), (0, 4));
        assert!(drawn.text.ends_with("\r\x1b[4C"));
    }
}
