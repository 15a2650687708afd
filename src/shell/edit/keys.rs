//! Bytes from the terminal to keys.

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Key {
    Char(char),
    Ctrl(char),
    Alt(char),
    Enter,
    Tab,
    Backspace,
    AltBackspace,
    Delete,
    Escape,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    WordLeft,
    WordRight,
    PasteStart,
    PasteEnd,
    /// Something that means nothing here.
    Other,
}

/// Takes bytes as they come and gives keys as they are complete.
#[derive(Default)]
pub struct Decoder {
    held: Vec<u8>,
}

impl Decoder {
    /// The keys that `bytes` complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Key> {
        self.held.extend_from_slice(bytes);
        let mut keys = Vec::new();
        while let Some((key, used)) = key(&self.held) {
            self.held.drain(..used);
            keys.push(key);
        }
        // No sequence is this long: give up on what is held.
        if self.held.len() > 64 {
            self.held.clear();
        }
        keys
    }

    /// A lone Escape that nothing followed.
    pub fn flush(&mut self) -> Option<Key> {
        let escape = self.held == [27];
        if escape {
            self.held.clear();
        }
        escape.then_some(Key::Escape)
    }
}

fn key(bytes: &[u8]) -> Option<(Key, usize)> {
    let &first = bytes.first()?;
    match first {
        b'\r' => Some((Key::Enter, 1)),
        b'\t' => Some((Key::Tab, 1)),
        127 | 8 => Some((Key::Backspace, 1)),
        27 => escape(bytes),
        0 => Some((Key::Other, 1)),
        1..=26 => Some((Key::Ctrl(char::from(first + 96)), 1)),
        28..=31 => Some((Key::Other, 1)),
        32..=126 => Some((Key::Char(char::from(first)), 1)),
        _ => {
            let length = match first {
                0xc0..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf7 => 4,
                _ => return Some((Key::Other, 1)),
            };
            match std::str::from_utf8(&bytes[..length.min(bytes.len())]) {
                Ok(text) => text.chars().next().map(|c| (Key::Char(c), length)),
                Err(error) if error.error_len().is_none() => None,
                Err(_) => Some((Key::Other, 1)),
            }
        }
    }
}

fn escape(bytes: &[u8]) -> Option<(Key, usize)> {
    match bytes.get(1)? {
        b'[' => {
            let end = bytes[2..].iter().position(|byte| (0x40..=0x7e).contains(byte))? + 2;
            let text = String::from_utf8_lossy(&bytes[2..end]).into_owned();
            let modified = text.ends_with(";5") || text.ends_with(";3");
            let key = match (bytes[end], text.as_str()) {
                (b'A', _) => Key::Up,
                (b'B', _) => Key::Down,
                (b'C', _) if modified => Key::WordRight,
                (b'D', _) if modified => Key::WordLeft,
                (b'C', _) => Key::Right,
                (b'D', _) => Key::Left,
                (b'H', _) | (b'~', "1" | "7") => Key::Home,
                (b'F', _) | (b'~', "4" | "8") => Key::End,
                (b'~', "3") => Key::Delete,
                (b'~', "200") => Key::PasteStart,
                (b'~', "201") => Key::PasteEnd,
                _ => Key::Other,
            };
            Some((key, end + 1))
        }
        b'O' => {
            let key = match bytes.get(2)? {
                b'A' => Key::Up,
                b'B' => Key::Down,
                b'C' => Key::Right,
                b'D' => Key::Left,
                b'H' => Key::Home,
                b'F' => Key::End,
                _ => Key::Other,
            };
            Some((key, 3))
        }
        127 | 8 => Some((Key::AltBackspace, 2)),
        27 => Some((Key::Escape, 1)),
        &byte @ 32..=126 => Some((Key::Alt(char::from(byte)), 2)),
        _ => Some((Key::Escape, 1)),
    }
}
