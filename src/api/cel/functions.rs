//! Operators and functions. Models cel-go's standard library and its strings and lists extensions.

use std::cmp::Ordering;

use serde_json::Value;

use crate::api::regex::Regex;

/// The functions that there are; all others are refused when a rule is defined.
pub const FUNCTIONS: [&str; 25] = [
    "size",
    "matches",
    "startsWith",
    "endsWith",
    "contains",
    "int",
    "uint",
    "double",
    "string",
    "bool",
    "dyn",
    "lowerAscii",
    "upperAscii",
    "trim",
    "split",
    "join",
    "replace",
    "indexOf",
    "substring",
    "isSorted",
    "sum",
    "min",
    "max",
    "format",
    "reverse",
];

const NO_OVERLOAD: &str = "no such overload";

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

fn order(left: &Value, right: &Value) -> Result<Ordering, String> {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64().partial_cmp(&right.as_f64()),
        },
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        _ => None,
    }
    .ok_or_else(|| NO_OVERLOAD.to_owned())
}

/// The value of a call; a method's target is its first argument.
pub fn call(name: &str, args: &[Value]) -> Result<Value, String> {
    let no = || NO_OVERLOAD.to_owned();
    let truth = |truth: bool| Ok(Value::Bool(truth));
    match (name, args) {
        ("==", [left, right]) => truth(same(left, right)),
        ("!=", [left, right]) => truth(!same(left, right)),
        ("<", [left, right]) => truth(order(left, right)?.is_lt()),
        ("<=", [left, right]) => truth(order(left, right)?.is_le()),
        (">", [left, right]) => truth(order(left, right)?.is_gt()),
        (">=", [left, right]) => truth(order(left, right)?.is_ge()),
        ("!", [Value::Bool(of)]) => truth(!of),
        ("neg", [of]) => arithmetic("-", &Value::from(0), of),
        ("in", [item, Value::Array(items)]) => truth(items.iter().any(|other| same(item, other))),
        ("in", [Value::String(key), Value::Object(map)]) => truth(map.contains_key(key)),
        ("[]", [Value::Array(items), at]) => {
            let at = at.as_i64().ok_or_else(no)?;
            let found = usize::try_from(at).ok().and_then(|at| items.get(at));
            found.cloned().ok_or_else(|| format!("index out of bounds: {at}"))
        }
        ("[]", [Value::Object(map), Value::String(key)]) => {
            map.get(key).cloned().ok_or_else(|| format!("no such key: {key}"))
        }
        ("+", [Value::String(left), Value::String(right)]) => Ok(Value::String(format!("{left}{right}"))),
        ("+", [Value::Array(left), Value::Array(right)]) => Ok(Value::Array([left.as_slice(), right].concat())),
        ("+" | "-" | "*" | "/" | "%", [left, right]) => arithmetic(name, left, right),
        ("size", [Value::String(text)]) => Ok(Value::from(text.chars().count())),
        ("size", [Value::Array(items)]) => Ok(Value::from(items.len())),
        ("size", [Value::Object(map)]) => Ok(Value::from(map.len())),
        ("matches", [Value::String(text), Value::String(pattern)]) => truth(Regex::new(pattern)?.is_match(text)),
        ("startsWith", [Value::String(text), Value::String(part)]) => truth(text.starts_with(part.as_str())),
        ("endsWith", [Value::String(text), Value::String(part)]) => truth(text.ends_with(part.as_str())),
        ("contains", [Value::String(text), Value::String(part)]) => truth(text.contains(part.as_str())),
        ("dyn", [of]) => Ok(of.clone()),
        ("int" | "uint", [of]) => match of {
            Value::Number(number) if number.is_f64() => {
                let whole = number.as_f64().filter(|number| number.abs() < 9.2e18);
                whole.map(|number| Value::from(number as i64)).ok_or_else(|| "integer overflow".to_owned())
            }
            Value::Number(_) => Ok(of.clone()),
            Value::String(text) => text
                .parse::<i64>()
                .map(Value::from)
                .map_err(|_| format!("strconv.ParseInt: parsing \"{text}\": invalid syntax")),
            _ => Err(no()),
        },
        ("double", [of]) => {
            let number = of.as_f64().or_else(|| of.as_str()?.parse().ok());
            number.map(Value::from).ok_or_else(no)
        }
        ("bool", [Value::Bool(of)]) => truth(*of),
        ("bool", [Value::String(text)]) => truth(text == "true"),
        ("string", [Value::Array(_) | Value::Object(_) | Value::Null]) => Err(no()),
        ("string", [of]) => Ok(Value::String(shown(of))),
        ("lowerAscii", [Value::String(text)]) => Ok(Value::String(text.to_ascii_lowercase())),
        ("upperAscii", [Value::String(text)]) => Ok(Value::String(text.to_ascii_uppercase())),
        ("trim", [Value::String(text)]) => Ok(Value::String(text.trim().to_owned())),
        ("split", [Value::String(text), Value::String(by)]) => Ok(Value::Array(match by.is_empty() {
            true => text.chars().map(|c| Value::String(c.to_string())).collect(),
            false => text.split(by.as_str()).map(Value::from).collect(),
        })),
        ("join", [Value::Array(items)]) => Ok(Value::String(items.iter().map(shown).collect())),
        ("join", [Value::Array(items), Value::String(by)]) => {
            Ok(Value::String(items.iter().map(shown).collect::<Vec<_>>().join(by)))
        }
        ("replace", [Value::String(text), Value::String(from), Value::String(to)]) => {
            Ok(Value::String(text.replace(from.as_str(), to)))
        }
        ("indexOf", [Value::String(text), Value::String(part)]) => {
            let at = text.find(part.as_str()).map(|at| text[..at].chars().count());
            Ok(at.map_or(Value::from(-1), Value::from))
        }
        ("indexOf", [Value::Array(items), item]) => {
            Ok(items.iter().position(|other| same(item, other)).map_or(Value::from(-1), Value::from))
        }
        ("substring", [Value::String(text), range @ ..]) => {
            let letters: Vec<char> = text.chars().collect();
            let place = |at: Option<&Value>, otherwise: usize| match at {
                Some(at) => at.as_u64().and_then(|at| usize::try_from(at).ok()),
                None => Some(otherwise),
            };
            let found = place(range.first(), 0).zip(place(range.get(1), letters.len()));
            let part = found.and_then(|(from, to)| letters.get(from..to));
            part.map(|part| Value::String(part.iter().collect())).ok_or_else(|| "index out of range".to_owned())
        }
        ("reverse", [Value::Array(items)]) => Ok(Value::Array(items.iter().rev().cloned().collect())),
        ("isSorted", [Value::Array(items)]) => {
            for pair in items.windows(2) {
                if order(&pair[0], &pair[1])?.is_gt() {
                    return truth(false);
                }
            }
            truth(true)
        }
        ("sum", [Value::Array(items)]) => {
            items.iter().try_fold(Value::from(0), |sum, item| arithmetic("+", &sum, item))
        }
        ("min" | "max", [Value::Array(items)]) => {
            let mut found = items.first().cloned().ok_or_else(|| format!("{name} called on empty list"))?;
            for item in items {
                let order = order(item, &found)?;
                if order.is_lt() && name == "min" || order.is_gt() && name == "max" {
                    found = item.clone();
                }
            }
            Ok(found)
        }
        ("format", [Value::String(text), Value::Array(values)]) => format(text, values),
        _ => Err(no()),
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `'%s has %d'.format(['x', 3])`
fn format(text: &str, values: &[Value]) -> Result<Value, String> {
    let mut out = String::new();
    let mut values = values.iter();
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match letters.next() {
            Some('%') => out.push('%'),
            Some('s' | 'd') => match values.next() {
                Some(value) => out.push_str(&shown(value)),
                None => return Err("index out of range".to_owned()),
            },
            other => return Err(format!("unrecognized formatting clause \"{}\"", other.unwrap_or(' '))),
        }
    }
    Ok(Value::String(out))
}

fn arithmetic(sign: &str, left: &Value, right: &Value) -> Result<Value, String> {
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        let zero = right == 0;
        let found = match sign {
            "+" => left.checked_add(right),
            "-" => left.checked_sub(right),
            "*" => left.checked_mul(right),
            "/" if zero => return Err("division by zero".to_owned()),
            "%" if zero => return Err("modulus by zero".to_owned()),
            "/" => left.checked_div(right),
            _ => left.checked_rem(right),
        };
        return found.map(Value::from).ok_or_else(|| "integer overflow".to_owned());
    }
    let numbers = left.is_number() && right.is_number();
    let (Some(left), Some(right), true) = (left.as_f64(), right.as_f64(), numbers) else {
        return Err(NO_OVERLOAD.to_owned());
    };
    match sign {
        "+" => Ok(Value::from(left + right)),
        "-" => Ok(Value::from(left - right)),
        "*" => Ok(Value::from(left * right)),
        "/" => Ok(Value::from(left / right)),
        _ => Err(NO_OVERLOAD.to_owned()),
    }
}
