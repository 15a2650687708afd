//! Lines with levels, cells ended by tabs. Models describe.go PrefixWriter.

/// A description as it is written.
#[derive(Default)]
pub struct Page(String);

impl Page {
    /// A line, indented by two blanks a level.
    pub fn line(&mut self, level: usize, text: impl AsRef<str>) {
        self.put(level, text);
        self.0.push('\n');
    }

    /// A beginning of a line.
    pub fn put(&mut self, level: usize, text: impl AsRef<str>) {
        self.0.extend(std::iter::repeat_n("  ", level));
        self.0.push_str(text.as_ref());
    }

    /// `Name:` and its value.
    pub fn field(&mut self, level: usize, name: &str, value: impl std::fmt::Display) {
        self.line(level, format!("{name}:\t{value}"));
    }

    /// `Name:` and its value, unless that is empty.
    pub fn field_if(&mut self, level: usize, name: &str, value: &str) {
        if !value.is_empty() {
            self.field(level, name, value);
        }
    }

    /// What was written.
    pub fn text(&self) -> String {
        self.0.clone()
    }
}
