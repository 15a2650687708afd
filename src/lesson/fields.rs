//! Reading a JSON file that anybody may have written: what is missing or of another type becomes a problem
//! with its place, and the rest is read on.

use serde_json::{Map, Value};

use super::problem::Problem;

/// The largest JSON file that is read.
const MAX_BYTES: usize = 256 * 1024;
/// The longest list that is read.
const MAX_ITEMS: usize = 200;
/// The longest title or path.
const MAX_TEXT: usize = 8 * 1024;

/// The object in a file, or why there is none.
pub(super) fn object(file: &str, text: &str) -> Result<Map<String, Value>, Problem> {
    if text.len() > MAX_BYTES {
        return Err(Problem::new(file, format!("it is larger than {} KiB", MAX_BYTES / 1024)));
    }
    match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(Problem::new(file, format!("it should be an object, not {}", name(&other)))),
        Err(error) => Err(Problem::new(file, format!("it is not JSON: {error}"))),
    }
}

/// One object of a file, and where problems are noted.
pub(super) struct Fields<'a> {
    pub file: &'a str,
    /// Where the object is in the file: `details.steps[0]`, or nothing.
    pub place: String,
    pub object: &'a Map<String, Value>,
    pub problems: &'a mut Vec<Problem>,
}

impl<'a> Fields<'a> {
    fn at(&self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) }
    }

    /// Notes a problem of a field.
    pub fn note(&mut self, key: &str, message: &str) {
        let message = format!("{}: {message}", self.at(key));
        self.problems.push(Problem::new(self.file, message));
    }

    fn value(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// A text; a number is taken for one.
    pub fn text(&mut self, key: &str) -> Option<String> {
        let text = match self.value(key)? {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            other => {
                self.note(key, &format!("it should be a text, not {}", name(other)));
                return None;
            }
        };
        if text.len() > MAX_TEXT {
            self.note(key, "the text is too long");
            return None;
        }
        (!text.is_empty()).then_some(text)
    }

    /// A path inside the folder.
    pub fn path(&mut self, key: &str) -> Option<String> {
        let text = self.text(key)?;
        let path = super::paths::resolve(self.file, &text);
        if path.is_none() {
            self.note(key, &format!("{text} is not a path inside the folder"));
        }
        path
    }

    /// A whole number.
    pub fn number(&mut self, key: &str) -> Option<u64> {
        let value = self.value(key)?;
        if value.as_u64().is_none() {
            self.note(key, &format!("it should be a whole number, not {}", name(value)));
        }
        value.as_u64()
    }

    /// An object inside.
    pub fn inside(&mut self, key: &str) -> Option<Fields<'_>> {
        match self.value(key)? {
            Value::Object(object) => {
                Some(Fields { file: self.file, place: self.at(key), object, problems: self.problems })
            }
            other => {
                self.note(key, &format!("it should be an object, not {}", name(other)));
                None
            }
        }
    }

    /// The items of a list; `each` gets those that are objects.
    pub fn each(&mut self, key: &str, mut each: impl FnMut(Fields<'_>)) {
        for (at, item) in self.list(key).iter().enumerate() {
            let place = format!("{}[{at}]", self.at(key));
            match item {
                Value::Object(object) => each(Fields { file: self.file, place, object, problems: self.problems }),
                other => {
                    let message = format!("{place}: it should be an object, not {}", name(other));
                    self.problems.push(Problem::new(self.file, message));
                }
            }
        }
    }

    fn list(&mut self, key: &str) -> &'a [Value] {
        match self.value(key) {
            None => &[],
            Some(Value::Array(list)) if list.len() > MAX_ITEMS => {
                self.note(key, &format!("only the first {MAX_ITEMS} are read"));
                &list[..MAX_ITEMS]
            }
            Some(Value::Array(list)) => list,
            Some(other) => {
                self.note(key, &format!("it should be a list, not {}", name(other)));
                &[]
            }
        }
    }
}

fn name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
