//! Variables: values, attributes and the scopes of functions.

use crate::collections::SortedMap;

/// What a variable holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Declared, but nothing yet.
    Unset,
    Text(String),
    Indexed(SortedMap<i64, String>),
    /// bash orders these by a hash; we by name.
    Keyed(SortedMap<String, String>),
}

/// A variable.
#[derive(Clone, Debug)]
pub struct Var {
    pub value: Value,
    pub exported: bool,
    pub readonly: bool,
    pub integer: bool,
    pub lower: bool,
    pub upper: bool,
    pub nameref: bool,
}

impl Default for Var {
    fn default() -> Var {
        Var {
            value: Value::Unset,
            exported: false,
            readonly: false,
            integer: false,
            lower: false,
            upper: false,
            nameref: false,
        }
    }
}

impl Var {
    /// What `$name` gives: of an array its element 0.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Unset => None,
            Value::Text(text) => Some(text),
            Value::Indexed(items) => items.get(&0).map(String::as_str),
            Value::Keyed(items) => items.get("0").map(String::as_str),
        }
    }

    /// All elements, in order.
    pub fn items(&self) -> Vec<String> {
        match &self.value {
            Value::Unset => Vec::new(),
            Value::Text(text) => vec![text.clone()],
            Value::Indexed(items) => items.values().cloned().collect(),
            Value::Keyed(items) => items.values().cloned().collect(),
        }
    }

    /// All keys, in order.
    pub fn keys(&self) -> Vec<String> {
        match &self.value {
            Value::Unset => Vec::new(),
            Value::Text(_) => vec!["0".to_owned()],
            Value::Indexed(items) => items.keys().map(i64::to_string).collect(),
            Value::Keyed(items) => items.keys().cloned().collect(),
        }
    }

    /// The letters of its attributes, as in `declare -ax`.
    pub fn flags(&self) -> String {
        let mut flags = String::new();
        match self.value {
            Value::Indexed(_) => flags.push('a'),
            Value::Keyed(_) => flags.push('A'),
            _ => {}
        }
        for (on, letter) in [
            (self.integer, 'i'),
            (self.lower, 'l'),
            (self.nameref, 'n'),
            (self.readonly, 'r'),
            (self.upper, 'u'),
            (self.exported, 'x'),
        ] {
            if on {
                flags.push(letter);
            }
        }
        flags
    }
}

/// All variables of a shell.
#[derive(Clone, Debug, Default)]
pub struct Vars {
    table: SortedMap<String, Var>,
    /// For each running function what its local variables hide.
    frames: Vec<SortedMap<String, Option<Var>>>,
}

impl Vars {
    pub fn get(&self, name: &str) -> Option<&Var> {
        self.table.get(name)
    }

    pub fn get_mut(&mut self, name: &str) -> &mut Var {
        self.table.entry(name.to_owned()).or_default()
    }

    pub fn insert(&mut self, name: &str, var: Var) -> Option<Var> {
        self.table.insert(name.to_owned(), var)
    }

    pub fn remove(&mut self, name: &str) -> Option<Var> {
        self.table.remove(name)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Var)> {
        self.table.iter()
    }

    /// A function begins.
    pub fn push_frame(&mut self) {
        self.frames.push(SortedMap::new());
    }

    /// A function ends: what its locals hid comes back.
    pub fn pop_frame(&mut self) {
        for (name, old) in self.frames.pop().unwrap_or_default() {
            match old {
                Some(var) => self.table.insert(name, var),
                None => self.table.remove(&name),
            };
        }
    }

    pub fn in_function(&self) -> bool {
        !self.frames.is_empty()
    }

    /// Makes `name` local to the running function; it is unset, unless it was local already.
    pub fn make_local(&mut self, name: &str) -> bool {
        let Some(frame) = self.frames.last_mut() else { return false };
        if !frame.contains_key(name) {
            let old = self.table.remove(name);
            let exported = old.as_ref().is_some_and(|var| var.exported);
            frame.insert(name.to_owned(), old);
            self.table.insert(name.to_owned(), Var { exported, ..Var::default() });
        }
        true
    }

    /// The environment of a program that is started.
    pub fn exported(&self) -> SortedMap<String, String> {
        let exported = self.table.iter().filter(|(_, var)| var.exported);
        exported.filter_map(|(name, var)| Some((name.clone(), var.text()?.to_owned()))).collect()
    }
}
