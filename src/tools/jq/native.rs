//! The functions that come with jq and are functions of values only. [`ALL`] is their list.

use std::cmp::Ordering;
use std::rc::Rc;

use super::clock;
use super::matching;
use super::paths;
use super::print::{self, compact};
use super::text::{self, about, about_both};
use super::value::{MAX_ITEMS, MAX_TEXT, Object, Value, compare};
use super::yaml;
use crate::collections::Sort;

/// What a program can see of the world around it.
pub struct World {
    /// Seconds since 1970.
    pub now: f64,
    pub env: Value,
    pub input_line: usize,
    pub input_file: Value,
    /// yq's documents, each with its file's number and its own in that; and which one is worked on.
    pub documents: Vec<(Value, usize, usize)>,
    pub document: usize,
}

impl World {
    /// The file's number and the document's of a value that may be one of the documents.
    fn place(&self, value: &Value) -> (usize, usize) {
        let own = self.documents.iter().find(|(document, ..)| document.same(value));
        own.or(self.documents.get(self.document)).map_or((0, 0), |(_, file, at)| (*file, *at))
    }
}

/// A call: input and arguments.
pub struct Call<'a> {
    pub world: &'a World,
    pub input: &'a Value,
    pub args: &'a [Value],
}

type Done = Result<Value, Value>;

/// A function by name and number of arguments.
pub struct Native {
    pub name: &'static str,
    pub arity: usize,
    pub run: fn(&Call) -> Done,
}

/// The function of this name with so many arguments; yq's own only for yq.
pub fn find(name: &str, arity: usize, yq: bool) -> Option<&'static Native> {
    let fits = |native: &&Native| native.name == name && native.arity == arity;
    let own = if yq { YQ.iter().find(fits) } else { None };
    own.or_else(|| ALL.iter().find(fits))
}

const fn native(name: &'static str, arity: usize, run: fn(&Call) -> Done) -> Native {
    Native { name, arity, run }
}

const ALL: &[Native] = &[
    native("_plus", 2, |c| plus(&c.args[0], &c.args[1])),
    native("_minus", 2, |c| minus(&c.args[0], &c.args[1])),
    native("_times", 2, |c| times(&c.args[0], &c.args[1])),
    native("_div", 2, |c| divided(&c.args[0], &c.args[1])),
    native("_mod", 2, |c| remainder(&c.args[0], &c.args[1])),
    native("_negate", 1, |c| match &c.args[0] {
        Value::Number(number, _) => Ok(Value::number(-number)),
        other => about(other, "cannot be negated"),
    }),
    native("_equal", 2, |c| order(c, Ordering::is_eq)),
    native("_notequal", 2, |c| order(c, Ordering::is_ne)),
    native("_less", 2, |c| order(c, Ordering::is_lt)),
    native("_lesseq", 2, |c| order(c, Ordering::is_le)),
    native("_greater", 2, |c| order(c, Ordering::is_gt)),
    native("_greatereq", 2, |c| order(c, Ordering::is_ge)),
    native("not", 0, |c| Ok(Value::Bool(!c.input.truth()))),
    native("length", 0, length),
    native("utf8bytelength", 0, |c| match c.input {
        Value::String(text) => Ok(Value::number(text.len() as f64)),
        other => about(other, "only strings have UTF-8 byte length"),
    }),
    native("type", 0, |c| Ok(Value::text(c.input.kind()))),
    native("keys", 0, |c| keys(c.input, true)),
    native("keys_unsorted", 0, |c| keys(c.input, false)),
    native("has", 1, has),
    native("contains", 1, |c| contains(c.input, &c.args[0]).map(Value::Bool)),
    native("add", 0, add),
    native("to_entries", 0, to_entries),
    native("from_entries", 0, from_entries),
    native("reverse", 0, |c| match c.input {
        Value::String(text) => Ok(Value::text(&text.chars().rev().collect::<String>())),
        Value::Null => Ok(Value::array(Vec::new())),
        Value::Array(array) => Ok(Value::array(array.items.iter().rev().cloned().collect())),
        other => Err(Value::text(&format!("Cannot index {} with number", other.kind()))),
    }),
    native("sort", 0, |c| sorted(c.input, c.input).map(|pairs| picked(c.input, &pairs))),
    native("_sort_by", 1, |c| sorted(c.input, &c.args[0]).map(|pairs| picked(c.input, &pairs))),
    native("_group_by", 1, |c| groups(c.input, &c.args[0]).map(Value::array)),
    native("unique", 0, |c| {
        let groups = groups(c.input, c.input)?;
        Ok(Value::array(groups.iter().filter_map(|group| items(group).first().cloned()).collect()))
    }),
    native("min", 0, |c| extreme(c.input, c.input, Ordering::is_lt)),
    native("max", 0, |c| extreme(c.input, c.input, Ordering::is_ge)),
    native("_min_by", 1, |c| extreme(c.input, &c.args[0], Ordering::is_lt)),
    native("_max_by", 1, |c| extreme(c.input, &c.args[0], Ordering::is_ge)),
    native("flatten", 0, |c| flatten(c.input, 1e9)),
    native("flatten", 1, |c| match &c.args[0] {
        Value::Number(depth, _) if *depth < 0.0 => Err(Value::text("flatten depth must not be negative")),
        Value::Number(depth, _) => flatten(c.input, *depth),
        _ => Err(Value::text("flatten depth must not be negative")),
    }),
    native("transpose", 0, transpose),
    native("bsearch", 1, |c| {
        let items = items(c.input);
        Ok(Value::number(match items.binary_search_by(|item| compare(item, &c.args[0])) {
            Ok(at) => at as f64,
            Err(at) => -1.0 - at as f64,
        }))
    }),
    native("indices", 1, |c| indices(c.input, &c.args[0])),
    native("index", 1, |c| {
        indices(c.input, &c.args[0]).map(|found| items(&found).first().cloned().unwrap_or(Value::Null))
    }),
    native("rindex", 1, |c| {
        indices(c.input, &c.args[0]).map(|found| items(&found).last().cloned().unwrap_or(Value::Null))
    }),
    native("setpath", 2, |c| paths::set_path(c.input.clone(), &c.args[0], c.args[1].clone())),
    native("delpaths", 1, |c| paths::delete_paths(c.input.clone(), &c.args[0])),
    native("toarray", 0, |c| match c.input {
        Value::Array(_) => Ok(c.input.clone()),
        other => Ok(Value::array(vec![other.clone()])),
    }),
    native("tostring", 0, |c| match c.input {
        Value::String(_) => Ok(c.input.clone()),
        other => Ok(Value::text(&compact(other))),
    }),
    native("tonumber", 0, |c| text::to_number(c.input)),
    native("tojson", 0, |c| Ok(Value::text(&compact(c.input)))),
    native("fromjson", 0, |c| text::from_json(c.input)),
    native("format", 1, |c| {
        text::format(&format!("@{}", text::to_text(&c.args[0])), c.input).map(|text| Value::text(&text))
    }),
    native("explode", 0, |c| match c.input {
        Value::String(text) => Ok(Value::array(text.chars().map(|c| Value::number(f64::from(u32::from(c)))).collect())),
        _ => Err(Value::text("explode input must be a string")),
    }),
    native("implode", 0, |c| text::implode(c.input)),
    native("ascii_downcase", 0, |c| cased(c, "ascii_downcase", str::to_ascii_lowercase)),
    native("ascii_upcase", 0, |c| cased(c, "ascii_upcase", str::to_ascii_uppercase)),
    native("ltrimstr", 1, |c| trimmed(c, |text, part| text.strip_prefix(part))),
    native("rtrimstr", 1, |c| trimmed(c, |text, part| text.strip_suffix(part))),
    native("startswith", 1, |c| begins(c, "startswith", |text, part| text.starts_with(part))),
    native("endswith", 1, |c| begins(c, "endswith", |text, part| text.ends_with(part))),
    native("trim", 0, |c| spaceless(c, |text| text.trim())),
    native("ltrim", 0, |c| spaceless(c, |text| text.trim_start())),
    native("rtrim", 0, |c| spaceless(c, |text| text.trim_end())),
    native("split", 1, |c| match (c.input, &c.args[0]) {
        (Value::String(text), Value::String(by)) => Ok(split(text, by)),
        _ => Err(Value::text("split input and separator must be strings")),
    }),
    native("join", 1, join),
    native("_match", 3, matching::matches),
    native("infinite", 0, |_| Ok(Value::number(f64::INFINITY))),
    native("nan", 0, |_| Ok(Value::number(f64::NAN))),
    native("isinfinite", 0, |c| number(c).map(|number| Value::Bool(number.is_infinite()))),
    native("isnan", 0, |c| number(c).map(|number| Value::Bool(number.is_nan()))),
    native("isnormal", 0, |c| number(c).map(|number| Value::Bool(number.is_normal()))),
    native("isvalid", 0, |_| Ok(Value::Bool(true))),
    native("floor", 0, |c| number(c).map(|number| Value::number(number.floor()))),
    native("ceil", 0, |c| number(c).map(|number| Value::number(number.ceil()))),
    native("round", 0, |c| number(c).map(|number| Value::number(number.round()))),
    native("trunc", 0, |c| number(c).map(|number| Value::number(number.trunc()))),
    native("sqrt", 0, |c| number(c).map(|number| Value::number(number.sqrt()))),
    native("fabs", 0, |c| number(c).map(|number| Value::number(number.abs()))),
    native("abs", 0, |c| number(c).map(|number| if number < 0.0 { Value::number(-number) } else { c.input.clone() })),
    native("pow", 2, |c| match (&c.args[0], &c.args[1]) {
        (Value::Number(base, _), Value::Number(exponent, _)) => power(*base, *exponent),
        _ => about(&c.args[0], "number required"),
    }),
    native("exp10", 0, |c| power(10.0, number(c)?)),
    native("exp2", 0, |c| power(2.0, number(c)?)),
    native("log2", 0, |c| {
        let number = number(c)?;
        let whole = (0..1024).find(|exponent| power_of_two(*exponent) == number);
        whole.map_or_else(|| unsteady("log2"), |exponent| Ok(Value::number(f64::from(exponent))))
    }),
    native("log10", 0, |_| unsteady("log10")),
    native("log", 0, |_| unsteady("log")),
    native("exp", 0, |_| unsteady("exp")),
    native("sin", 0, |_| unsteady("sin")),
    native("cos", 0, |_| unsteady("cos")),
    native("tan", 0, |_| unsteady("tan")),
    native("now", 0, |c| Ok(Value::number(c.world.now))),
    native("mktime", 0, |c| clock::mktime(c.input)),
    native("gmtime", 0, |c| clock::gmtime(c.input)),
    native("localtime", 0, |c| clock::gmtime(c.input)),
    native("strftime", 1, |c| clock::strftime(c.input, &c.args[0], "strftime/1")),
    native("strflocaltime", 1, |c| clock::strftime(c.input, &c.args[0], "strflocaltime/1")),
    native("strptime", 1, |c| clock::strptime(c.input, &c.args[0])),
    native("input_line_number", 0, |c| Ok(Value::number(c.world.input_line as f64))),
    native("input_filename", 0, |c| Ok(c.world.input_file.clone())),
    native("get_search_list", 0, |_| Ok(Value::array(Vec::new()))),
    native("builtins", 0, |_| {
        let known = ALL.iter().filter(|native| !native.name.starts_with('_'));
        Ok(Value::array(known.map(|native| Value::text(&format!("{}/{}", native.name, native.arity))).collect()))
    }),
];

/// What yq has besides, or otherwise.
const YQ: &[Native] = &[
    native("_equal", 2, |c| Ok(Value::Bool(alike(&c.args[0], &c.args[1])))),
    native("_notequal", 2, |c| Ok(Value::Bool(!alike(&c.args[0], &c.args[1])))),
    native("keys", 0, |c| {
        let fault = || format!("cannot get keys of {}, keys only works for maps and arrays", tag(c.input));
        keys(c.input, false).map_err(|_| Value::text(&fault()))
    }),
    native("tag", 0, |c| Ok(Value::text(tag(c.input)))),
    native("type", 0, |c| Ok(Value::text(tag(c.input)))),
    native("kind", 0, |c| {
        Ok(Value::text(match c.input {
            Value::Object(_) => "map",
            Value::Array(_) => "seq",
            _ => "scalar",
        }))
    }),
    native("fileIndex", 0, |c| Ok(Value::number(c.world.place(c.input).0 as f64))),
    native("documentIndex", 0, |c| Ok(Value::number(c.world.place(c.input).1 as f64))),
    native("from_yaml", 0, |c| match c.input {
        Value::String(text) => {
            let read = yaml::load(text).map_err(|why| Value::text(&why))?;
            Ok(read.documents.into_iter().next().unwrap_or(Value::Null))
        }
        other => Ok(other.clone()),
    }),
    native("to_yaml", 0, |c| Ok(Value::text(&yaml::Source::default().emit(c.input, 2, false)))),
    native("to_json", 0, |c| {
        let mut out = String::new();
        print::print(c.input, print::Style { indent: Some((' ', 2)), ..print::COMPACT }, &mut out);
        Ok(Value::text(&(out + "\n")))
    }),
];

fn tag(value: &Value) -> &'static str {
    match value {
        Value::Null => "!!null",
        Value::Bool(_) => "!!bool",
        Value::Number(number, _) if *number == number.trunc() => "!!int",
        Value::Number(..) => "!!float",
        Value::String(_) => "!!str",
        Value::Array(_) => "!!seq",
        Value::Object(_) => "!!map",
    }
}

/// Whether two values are equal to yq: a `*` in the right text stands for anything.
fn alike(value: &Value, pattern: &Value) -> bool {
    let (Value::String(text), Value::String(pattern)) = (value, pattern) else {
        return compare(value, pattern).is_eq();
    };
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

fn unsteady(name: &str) -> Done {
    Err(Value::text(&format!("{name}/0 is not simulated here: its last digit depends on the machine")))
}

fn power_of_two(exponent: i32) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * 2.0)
}

/// Whole and half powers are exact everywhere; others are not simulated.
fn power(base: f64, exponent: f64) -> Done {
    if exponent == 0.5 {
        return Ok(Value::number(base.sqrt()));
    }
    if exponent != exponent.trunc() || exponent.abs() > 1e6 {
        return unsteady("pow");
    }
    let (mut left, mut square, mut product) = (exponent.abs() as u64, base, 1.0);
    while left > 0 {
        if left & 1 == 1 {
            product *= square;
        }
        square *= square;
        left >>= 1;
    }
    Ok(Value::number(if exponent < 0.0 { 1.0 / product } else { product }))
}

fn number(call: &Call) -> Result<f64, Value> {
    match call.input {
        Value::Number(number, _) => Ok(*number),
        other => about(other, "number required"),
    }
}

/// The items of an array; none of anything else.
fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(array) => &array.items,
        _ => &[],
    }
}

fn order(call: &Call, holds: fn(Ordering) -> bool) -> Done {
    Ok(Value::Bool(holds(compare(&call.args[0], &call.args[1]))))
}

fn plus(a: &Value, b: &Value) -> Done {
    match (a, b) {
        (Value::Null, other) | (other, Value::Null) => Ok(other.clone()),
        (Value::Number(a, _), Value::Number(b, _)) => Ok(Value::number(a + b)),
        (Value::String(left), Value::String(right)) => {
            if left.len() + right.len() > MAX_TEXT {
                return Err(Value::text("a text gets too long"));
            }
            Ok(Value::String([&**left, &**right].concat().into()))
        }
        (Value::Array(a), Value::Array(b)) => {
            if a.items.len() + b.items.len() > MAX_ITEMS {
                return Err(Value::text("an array gets too long"));
            }
            Ok(Value::array(a.items.iter().chain(&b.items).cloned().collect()))
        }
        (Value::Object(a), Value::Object(b)) => {
            let mut sum = Object::clone(a);
            for (key, value) in b.iter() {
                sum.set(Rc::clone(key), value.clone());
            }
            Ok(Value::object(sum))
        }
        _ => about_both(a, b, "cannot be added"),
    }
}

fn minus(a: &Value, b: &Value) -> Done {
    match (a, b) {
        (Value::Number(a, _), Value::Number(b, _)) => Ok(Value::number(a - b)),
        (Value::Array(a), Value::Array(b)) => {
            let gone = |item: &&Value| !b.items.iter().any(|other| compare(item, other).is_eq());
            Ok(Value::array(a.items.iter().filter(gone).cloned().collect()))
        }
        _ => about_both(a, b, "cannot be subtracted"),
    }
}

fn times(a: &Value, b: &Value) -> Done {
    match (a, b) {
        (Value::Number(a, _), Value::Number(b, _)) => Ok(Value::number(a * b)),
        (Value::String(text), Value::Number(count, _)) | (Value::Number(count, _), Value::String(text)) => {
            if *count <= 0.0 || count.is_nan() {
                return Ok(Value::Null);
            }
            // A part of a time is a whole one where there is none before it.
            let count = if *count < 1.0 { 1.0 } else { count.trunc() };
            if count * text.len() as f64 > MAX_TEXT as f64 {
                return Err(Value::text("a text gets too long"));
            }
            Ok(Value::text(&text.repeat(count as usize)))
        }
        (Value::Object(a), Value::Object(b)) => Ok(Value::object(merged(a, b))),
        _ => about_both(a, b, "cannot be multiplied"),
    }
}

/// Objects merged, and the objects in them.
pub fn merged(a: &Object, b: &Object) -> Object {
    let mut sum = a.clone();
    for (key, value) in b.iter() {
        let value = match (a.get(key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => Value::object(merged(old, new)),
            _ => value.clone(),
        };
        sum.set(Rc::clone(key), value);
    }
    sum
}

fn divided(a: &Value, b: &Value) -> Done {
    match (a, b) {
        (Value::Number(_, _), Value::Number(0.0, _)) => {
            about_both(a, b, "cannot be divided because the divisor is zero")
        }
        (Value::Number(a, _), Value::Number(b, _)) => Ok(Value::number(a / b)),
        (Value::String(text), Value::String(by)) => Ok(split(text, by)),
        _ => about_both(a, b, "cannot be divided"),
    }
}

fn remainder(a: &Value, b: &Value) -> Done {
    match (a, b) {
        (Value::Number(x, _), Value::Number(y, _)) => {
            if x.is_nan() || y.is_nan() {
                return Ok(Value::number(f64::NAN));
            }
            let (x, y) = (*x as i64, (*y as i64).unsigned_abs());
            if y == 0 {
                return about_both(a, b, "cannot be divided (remainder) because the divisor is zero");
            }
            let rest = (x.unsigned_abs() % y) as f64;
            Ok(Value::number(if x < 0 { -rest } else { rest }))
        }
        _ => about_both(a, b, "cannot be divided (remainder)"),
    }
}

fn length(call: &Call) -> Done {
    Ok(Value::number(match call.input {
        Value::Null => 0.0,
        Value::Number(number, _) => number.abs(),
        Value::String(text) => text.chars().count() as f64,
        Value::Array(array) => array.items.len() as f64,
        Value::Object(object) => object.len() as f64,
        other => return about(other, "has no length"),
    }))
}

fn keys(value: &Value, sorted: bool) -> Done {
    let key = |member: &(Rc<str>, Value)| Value::String(Rc::clone(&member.0));
    match value {
        Value::Object(object) if sorted => Ok(Value::array(object.by_key().map(key).collect())),
        Value::Object(object) => Ok(Value::array(object.iter().map(key).collect())),
        Value::Array(array) => Ok(Value::array((0..array.items.len()).map(|at| Value::number(at as f64)).collect())),
        other => about(other, "has no keys"),
    }
}

fn has(call: &Call) -> Done {
    Ok(Value::Bool(match (call.input, &call.args[0]) {
        (Value::Null, _) => false,
        (Value::Object(object), Value::String(key)) => object.get(key).is_some(),
        (Value::Array(array), Value::Number(at, _)) => *at >= 0.0 && *at < array.items.len() as f64,
        (value, key) => {
            let message = format!("Cannot check whether {} has a {} key", value.kind(), key.kind());
            return Err(Value::text(&message));
        }
    }))
}

fn contains(a: &Value, b: &Value) -> Result<bool, Value> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, part) in b.iter() {
                let Some(value) = a.get(key) else { return Ok(false) };
                if !contains(value, part)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Array(a), Value::Array(b)) => {
            for part in &b.items {
                let alike = a.items.iter().filter(|item| item.kind() == part.kind());
                let mut found = false;
                for item in alike {
                    found = found || contains(item, part)?;
                }
                if !found {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::String(a), Value::String(b)) => Ok(a.contains(&**b)),
        _ if a.kind() == b.kind() => Ok(compare(a, b).is_eq()),
        _ => about_both(a, b, "cannot have their containment checked"),
    }
}

fn add(call: &Call) -> Done {
    let all: Vec<&Value> = match call.input {
        Value::Array(array) => array.items.iter().collect(),
        Value::Object(object) => object.iter().map(|member| &member.1).collect(),
        other => {
            return Err(Value::text(&format!("Cannot iterate over {} ({})", other.kind(), print::short(other))));
        }
    };
    // Texts and arrays are put together at once: one after the other would be copied again and again.
    if all.len() > 2 && all.iter().all(|item| matches!(item, Value::String(_))) {
        let text: String = all.iter().map(|item| text::to_text(item)).collect();
        return Ok(Value::text(&text));
    }
    if all.len() > 2 && all.iter().all(|item| matches!(item, Value::Array(_))) {
        return Ok(Value::array(all.iter().flat_map(|item| items(item)).cloned().collect()));
    }
    all.into_iter().try_fold(Value::Null, |sum, item| plus(&sum, item))
}

fn to_entries(call: &Call) -> Done {
    let entry = |key: Value, value: &Value| {
        let mut entry = Object::default();
        entry.set("key".into(), key);
        entry.set("value".into(), value.clone());
        Value::object(entry)
    };
    match call.input {
        Value::Object(object) => {
            let entries = object.iter().map(|(key, value)| entry(Value::String(Rc::clone(key)), value));
            Ok(Value::array(entries.collect()))
        }
        Value::Array(array) => {
            let entries = array.items.iter().enumerate().map(|(at, value)| entry(Value::number(at as f64), value));
            Ok(Value::array(entries.collect()))
        }
        other => about(other, "has no keys"),
    }
}

fn from_entries(call: &Call) -> Done {
    let mut object = Object::default();
    let mut entries = items(call.input).to_vec();
    if let Value::Object(members) = call.input {
        entries = members.iter().map(|member| member.1.clone()).collect();
    } else if !matches!(call.input, Value::Array(_)) {
        let message = format!("Cannot iterate over {} ({})", call.input.kind(), print::short(call.input));
        return Err(Value::text(&message));
    }
    for entry in &entries {
        let mut key = Value::Null;
        for name in ["key", "k", "name", "Name", "Key", "K"] {
            let found = paths::get(entry, &Value::text(name))?;
            if !matches!(found, Value::Null | Value::Bool(false)) {
                key = found;
                break;
            }
            if matches!(found, Value::Bool(false)) {
                key = found;
            }
        }
        let key = match &key {
            Value::String(key) => Rc::clone(key),
            Value::Null => "null".into(),
            Value::Bool(_) | Value::Number(..) => compact(&key).into(),
            other => {
                return Err(Value::text(&format!(
                    "Cannot use {} ({}) as object key",
                    other.kind(),
                    print::short(other)
                )));
            }
        };
        let mut value = Value::Null;
        if let Value::Object(entry) = entry {
            let found = ["value", "v", "Value", "V"].iter().find_map(|name| entry.get(name));
            value = found.cloned().unwrap_or(Value::Null);
        }
        object.set(key, value);
    }
    Ok(Value::object(object))
}

/// The places of an array's items in the order of their keys.
fn sorted(value: &Value, keys: &Value) -> Result<Vec<usize>, Value> {
    let (Value::Array(array), Value::Array(keys)) = (value, keys) else {
        return about(value, "cannot be sorted, as it is not an array");
    };
    let mut places: Vec<usize> = (0..array.items.len()).collect();
    places.arrange_by(|a, b| match (keys.items.get(*a), keys.items.get(*b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    Ok(places)
}

fn picked(value: &Value, places: &[usize]) -> Value {
    let items = items(value);
    Value::array(places.iter().filter_map(|at| items.get(*at).cloned()).collect())
}

fn groups(value: &Value, keys: &Value) -> Result<Vec<Value>, Value> {
    if !matches!(value, Value::Array(_)) {
        return about(value, "cannot be grouped, as it is not an array");
    }
    let places = sorted(value, keys)?;
    let (all, keys) = (items(value), items(keys));
    let mut groups: Vec<Value> = Vec::new();
    let mut group: Vec<Value> = Vec::new();
    let mut last: Option<usize> = None;
    for at in places {
        if last.is_some_and(|last| compare(&keys[last], &keys[at]).is_ne()) {
            groups.push(Value::array(std::mem::take(&mut group)));
        }
        group.push(all[at].clone());
        last = Some(at);
    }
    if !group.is_empty() {
        groups.push(Value::array(group));
    }
    Ok(groups)
}

/// The item whose key is the least or the greatest; of equals the last one that counts.
fn extreme(value: &Value, keys: &Value, wins: fn(Ordering) -> bool) -> Done {
    let (Value::Array(array), Value::Array(keys)) = (value, keys) else {
        return about_both(value, keys, "cannot be iterated over");
    };
    let mut best = 0;
    for at in 1..array.items.len().min(keys.items.len()) {
        if wins(compare(&keys.items[at], &keys.items[best])) {
            best = at;
        }
    }
    Ok(array.items.get(best).cloned().unwrap_or(Value::Null))
}

fn flatten(value: &Value, depth: f64) -> Done {
    fn into(value: &Value, depth: f64, out: &mut Vec<Value>) {
        match value {
            Value::Array(array) if depth >= 0.0 => array.items.iter().for_each(|item| into(item, depth - 1.0, out)),
            other => out.push(other.clone()),
        }
    }
    let mut out = Vec::new();
    match value {
        Value::Array(_) => into(value, depth, &mut out),
        Value::Object(object) => object.iter().for_each(|member| into(&member.1, depth - 1.0, &mut out)),
        other => {
            return Err(Value::text(&format!("Cannot iterate over {} ({})", other.kind(), print::short(other))));
        }
    }
    Ok(Value::array(out))
}

fn transpose(call: &Call) -> Done {
    let rows = items(call.input);
    let width = rows.iter().map(|row| items(row).len()).max().unwrap_or(0);
    if width.saturating_mul(rows.len()) > MAX_ITEMS {
        return Err(Value::text("an array gets too long"));
    }
    let column =
        |at: usize| Value::array(rows.iter().map(|row| items(row).get(at).cloned().unwrap_or(Value::Null)).collect());
    Ok(Value::array((0..width).map(column).collect()))
}

fn indices(value: &Value, wanted: &Value) -> Done {
    match (value, wanted) {
        (Value::Null, _) => Ok(Value::Null),
        (Value::String(text), Value::String(part)) => {
            if part.is_empty() {
                return Ok(Value::Null);
            }
            let (mut found, mut chars) = (Vec::new(), 0);
            for (at, _) in text.char_indices() {
                if text[at..].starts_with(&**part) {
                    found.push(Value::number(f64::from(chars)));
                }
                chars += 1;
            }
            Ok(Value::array(found))
        }
        (Value::Array(array), Value::Array(part)) => Ok(paths::indexes(&array.items, &part.items)),
        (Value::Array(array), one) => Ok(paths::indexes(&array.items, std::slice::from_ref(one))),
        (value, wanted) => paths::get(value, wanted),
    }
}

fn cased(call: &Call, name: &str, change: fn(&str) -> String) -> Done {
    match call.input {
        Value::String(text) => Ok(Value::text(&change(text))),
        _ => Err(Value::text(&format!("{name} input must be a string"))),
    }
}

fn trimmed(call: &Call, strip: for<'a> fn(&'a str, &str) -> Option<&'a str>) -> Done {
    match (call.input, &call.args[0]) {
        (Value::String(text), Value::String(part)) => {
            Ok(strip(text, part).map_or_else(|| call.input.clone(), Value::text))
        }
        _ => Ok(call.input.clone()),
    }
}

fn begins(call: &Call, name: &str, holds: fn(&str, &str) -> bool) -> Done {
    match (call.input, &call.args[0]) {
        (Value::String(text), Value::String(part)) => Ok(Value::Bool(holds(text, part))),
        _ => Err(Value::text(&format!("{name}() requires string inputs"))),
    }
}

fn spaceless(call: &Call, strip: fn(&str) -> &str) -> Done {
    match call.input {
        Value::String(text) => Ok(Value::text(strip(text))),
        other => about(other, "cannot be trimmed"),
    }
}

fn split(text: &str, by: &str) -> Value {
    if text.is_empty() {
        return Value::array(Vec::new());
    }
    if by.is_empty() {
        return Value::array(text.chars().map(|c| Value::text(c.encode_utf8(&mut [0; 4]))).collect());
    }
    Value::array(text.split(by).map(Value::text).collect())
}

fn join(call: &Call) -> Done {
    let all: Vec<Value> = match call.input {
        Value::Object(object) => object.iter().map(|member| member.1.clone()).collect(),
        Value::Array(array) => array.items.clone(),
        other => {
            return Err(Value::text(&format!("Cannot iterate over {} ({})", other.kind(), print::short(other))));
        }
    };
    let mut out = String::new();
    for (at, item) in all.iter().enumerate() {
        if at > 0 {
            match &call.args[0] {
                Value::String(by) => out.push_str(by),
                Value::Null => {}
                other => return about_both(&Value::text(&out), other, "cannot be added"),
            }
        }
        match item {
            Value::Null => {}
            Value::String(_) | Value::Number(..) | Value::Bool(_) => out.push_str(&text::to_text(item)),
            other => return about_both(&Value::text(&out), other, "cannot be added"),
        }
        if out.len() > MAX_TEXT {
            return Err(Value::text("a text gets too long"));
        }
    }
    Ok(Value::text(&out))
}
