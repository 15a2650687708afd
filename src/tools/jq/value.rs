//! jq's values: JSON whose parts are shared, whose objects keep the order in which their keys came.

use std::cmp::Ordering;
use std::rc::Rc;

/// How deep values may lie in one another.
pub const MAX_DEPTH: u16 = 1_000;
/// How many items a value may have.
pub const MAX_ITEMS: usize = 1 << 18;
/// No text is longer.
pub const MAX_TEXT: usize = 16 << 20;

/// A value.
#[derive(Clone)]
pub enum Value {
    Null,
    Bool(bool),
    /// A number, and how it was written where that is not how it would be printed: jq 1.7 keeps `1.0` and
    /// integers of any length as they are until something is reckoned with them.
    Number(f64, Option<Rc<str>>),
    String(Rc<str>),
    Array(Rc<Array>),
    Object(Rc<Object>),
}

/// An array, and how deep values lie in it.
#[derive(Clone)]
pub struct Array {
    pub items: Vec<Value>,
    depth: u16,
}

/// An object.
#[derive(Clone, Default)]
pub struct Object {
    /// Its members in the order in which they came.
    members: Vec<(Rc<str>, Value)>,
    /// The members' places in the order of their keys.
    sorted: Vec<u32>,
    depth: u16,
}

impl Object {
    /// How many members it has.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.sorted.binary_search_by(|at| (*self.members[*at as usize].0).cmp(key))
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let place = self.place(key).ok()?;
        Some(&self.members[self.sorted[place] as usize].1)
    }

    /// The member at a place in the order of insertion.
    pub fn member(&self, at: usize) -> Option<&(Rc<str>, Value)> {
        self.members.get(at)
    }

    /// Puts a value under a key.
    pub fn set(&mut self, key: Rc<str>, value: Value) {
        self.depth = self.depth.max(value.depth());
        match self.place(&key) {
            Ok(place) => self.members[self.sorted[place] as usize].1 = value,
            Err(place) => {
                self.sorted.insert(place, self.members.len() as u32);
                self.members.push((key, value));
            }
        }
    }

    /// Takes a key away.
    pub fn remove(&mut self, key: &str) {
        let Ok(place) = self.place(key) else { return };
        let gone = self.sorted.remove(place);
        self.members.remove(gone as usize);
        for at in &mut self.sorted {
            *at -= u32::from(*at > gone);
        }
    }

    /// Its members in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &(Rc<str>, Value)> {
        self.members.iter()
    }

    /// Its members in the order of their keys.
    pub fn by_key(&self) -> impl Iterator<Item = &(Rc<str>, Value)> {
        self.sorted.iter().map(|at| &self.members[*at as usize])
    }
}

impl Value {
    /// A number.
    pub fn number(number: f64) -> Value {
        Value::Number(number, None)
    }

    /// A text.
    pub fn text(text: &str) -> Value {
        Value::String(text.into())
    }

    /// An array of items.
    pub fn array(items: Vec<Value>) -> Value {
        let depth = items.iter().map(Value::depth).max().unwrap_or(0);
        Value::Array(Rc::new(Array { items, depth }))
    }

    /// An object.
    pub fn object(object: Object) -> Value {
        Value::Object(Rc::new(object))
    }

    /// How deep values lie in it; a scalar has none.
    pub fn depth(&self) -> u16 {
        match self {
            Value::Array(array) => array.depth.saturating_add(1),
            Value::Object(object) => object.depth.saturating_add(1),
            _ => 0,
        }
    }

    /// Everything but null and false.
    pub fn truth(&self) -> bool {
        !matches!(self, Value::Null | Value::Bool(false))
    }

    /// The name of its type.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(..) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }

    /// Its place among the types, in which values are ordered.
    fn rank(&self) -> u8 {
        match self {
            Value::Null => 0,
            Value::Bool(false) => 1,
            Value::Bool(true) => 2,
            Value::Number(..) => 3,
            Value::String(_) => 4,
            Value::Array(_) => 5,
            Value::Object(_) => 6,
        }
    }

    /// Whether both are the very same value, as a path may lead to it.
    pub fn same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Number(a, _), Value::Number(b, _)) => a.to_bits() == b.to_bits(),
            (Value::String(a), Value::String(b)) => Rc::ptr_eq(a, b),
            (Value::Array(a), Value::Array(b)) => Rc::ptr_eq(a, b),
            (Value::Object(a), Value::Object(b)) => Rc::ptr_eq(a, b),
            (a, b) => a.rank() == b.rank(),
        }
    }
}

/// The order of all values; nan is less than any number.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a, _), Value::Number(b, _)) => {
            if a < b || a.is_nan() {
                Ordering::Less
            } else if a == b {
                Ordering::Equal
            } else {
                Ordering::Greater
            }
        }
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Array(a), Value::Array(b)) => {
            let pairs = a.items.iter().zip(&b.items).map(|(a, b)| compare(a, b));
            pairs.fold(Ordering::Equal, Ordering::then).then(a.items.len().cmp(&b.items.len()))
        }
        (Value::Object(a), Value::Object(b)) => {
            let keys = |object: &Object| object.by_key().map(|member| Rc::clone(&member.0)).collect::<Vec<_>>();
            keys(a).cmp(&keys(b)).then_with(|| {
                let pairs = a.by_key().zip(b.by_key()).map(|(a, b)| compare(&a.1, &b.1));
                pairs.fold(Ordering::Equal, Ordering::then)
            })
        }
        _ => a.rank().cmp(&b.rank()),
    }
}

/// A number as jq prints it: the shortest digits that mean it, with an exponent where it would be long.
/// Models freedtoa's g_fmt as jv_dtoa.c has it.
pub fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "null".to_owned();
    }
    let number = number.clamp(f64::MIN, f64::MAX);
    if number == 0.0 {
        return if number.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let shortest = format!("{:e}", number.abs());
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let digits = mantissa.replace('.', "");
    // Where the point stands, counted from the first digit.
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let count = digits.len() as i32;
    let sign = if number < 0.0 { "-" } else { "" };
    if point <= -5 + 1 || point > count + 15 {
        let rest = if count > 1 { format!(".{}", &digits[1..]) } else { String::new() };
        let exponent = point - 1;
        let mark = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{}{rest}e{mark}{:02}", &digits[..1], exponent.abs());
    }
    if point <= 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(-point as usize));
    }
    if point >= count {
        return format!("{sign}{digits}{}", "0".repeat((point - count) as usize));
    }
    let (whole, part) = digits.split_at(point as usize);
    format!("{sign}{whole}.{part}")
}

/// A number that was written so; `None` where it is none.
pub fn number_of(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') || !digits.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    let printed = literal(text);
    let kept = (number.is_finite() && printed != number_text(number)).then(|| printed.into());
    Some(Value::Number(number, kept))
}

/// A written number as decNumber's to-scientific-string gives it back.
fn literal(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.parse::<i64>().unwrap_or(0).clamp(-100_000, 100_000) - part.len() as i64;
    let all = format!("{whole}{part}");
    let digits = all.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    let adjusted = exponent + digits.len() as i64 - 1;
    if exponent > 0 || adjusted < -6 {
        let point = if digits.len() > 1 { "." } else { "" };
        return format!("{sign}{}{point}{}E{adjusted:+}", &digits[..1], &digits[1..]);
    }
    let point = digits.len() as i64 + exponent;
    if point <= 0 {
        let zeros = "0".repeat(point.unsigned_abs() as usize);
        return format!("{sign}0.{zeros}{digits}");
    }
    let (whole, part) = digits.split_at(point as usize);
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}
