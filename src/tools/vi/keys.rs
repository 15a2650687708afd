//! Keys, from the bytes that a terminal sends.

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character; control characters as they are, except those below.
    Char(char),
    /// Escape by itself.
    Escape,
    /// Return.
    Enter,
    /// Backspace.
    Backspace,
    /// The delete key.
    Delete,
    /// An arrow.
    Up,
    /// An arrow.
    Down,
    /// An arrow.
    Left,
    /// An arrow.
    Right,
    /// To the line's begin.
    Home,
    /// To the line's end.
    End,
    /// A screen up.
    PageUp,
    /// A screen down.
    PageDown,
    /// What follows is pasted, until [`Key::PasteEnd`].
    PasteStart,
    /// The end of what was pasted.
    PasteEnd,
}

/// Collects bytes until they are keys.
#[derive(Default)]
pub struct Keys {
    bytes: Vec<u8>,
}

impl Keys {
    /// The keys that are complete now. An escape at the very end is the key: a terminal sends a sequence in one
    /// piece.
    pub fn take(&mut self, more: &[u8]) -> Vec<Key> {
        self.bytes.extend_from_slice(more);
        let mut keys = Vec::new();
        let mut at = 0;
        while at < self.bytes.len() {
            let Some((key, length)) = first(&self.bytes[at..]) else { break };
            keys.extend(key);
            at += length;
        }
        self.bytes.drain(..at);
        keys
    }
}

/// The first key and its length; a sequence that means nothing here is left out.
fn first(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    let key = match bytes[0] {
        0x1b => return Some(sequence(bytes)),
        b'\r' | b'\n' => Key::Enter,
        8 | 127 => Key::Backspace,
        byte if byte < 128 => Key::Char(char::from(byte)),
        byte => {
            let length = match byte {
                0xc0..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf7 => 4,
                _ => 1,
            };
            let text = bytes.get(..length)?;
            let c = std::str::from_utf8(text).ok().and_then(|text| text.chars().next());
            return Some((Some(Key::Char(c.unwrap_or(char::REPLACEMENT_CHARACTER))), length));
        }
    };
    Some((Some(key), 1))
}

fn sequence(bytes: &[u8]) -> (Option<Key>, usize) {
    if !matches!(bytes.get(1), Some(b'[' | b'O')) {
        return (Some(Key::Escape), 1);
    }
    let Some(end) = bytes[2..].iter().position(|byte| (0x40..=0x7e).contains(byte)) else {
        return (None, bytes.len());
    };
    let key = match &bytes[2..=end + 2] {
        b"A" => Some(Key::Up),
        b"B" => Some(Key::Down),
        b"C" => Some(Key::Right),
        b"D" => Some(Key::Left),
        b"H" | b"1~" | b"7~" => Some(Key::Home),
        b"F" | b"4~" | b"8~" => Some(Key::End),
        b"3~" => Some(Key::Delete),
        b"5~" => Some(Key::PageUp),
        b"6~" => Some(Key::PageDown),
        b"200~" => Some(Key::PasteStart),
        b"201~" => Some(Key::PasteEnd),
        _ => None,
    };
    (key, end + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_keys() {
        let mut keys = Keys::default();
        assert_eq!(keys.take(b"a\x1b[A\x1b"), [Key::Char('a'), Key::Up, Key::Escape]);
        assert_eq!(keys.take(&[0xed, 0x95]), []);
        assert_eq!(keys.take(&[0x9c, b'\r']), [Key::Char('한'), Key::Enter]);
        assert_eq!(keys.take(b"\x1b[99~x\x1b[200~"), [Key::Char('x'), Key::PasteStart]);
    }
}
