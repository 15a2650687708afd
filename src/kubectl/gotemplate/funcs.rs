//! The functions that a template may call. Models text/template/funcs.go and kubectl's
//! cli-runtime/pkg/printers/template.go.

use core::cmp::Ordering;

use serde_json::Value;

use super::exec::Val;
use crate::kubectl::flags::{parse_int, quote};
use crate::kubectl::gofmt;

/// Every function, by name.
pub(super) const NAMES: &[&str] = &[
    "and",
    "base64decode",
    "eq",
    "exists",
    "ge",
    "gt",
    "html",
    "index",
    "js",
    "le",
    "len",
    "lt",
    "ne",
    "not",
    "or",
    "print",
    "printf",
    "println",
    "slice",
    "urlquery",
];

/// Why a call failed: it was written wrongly, or the function complains.
pub(super) enum Fault {
    Use(String),
    Call(String),
}

type Result<T> = core::result::Result<T, Fault>;

/// A whole number as Go writes it.
pub(super) fn integer(text: &str) -> Option<i64> {
    parse_int(&text.replace('_', ""), i64::MIN, i64::MAX).ok()
}

pub(super) fn call<'a>(name: &str, args: &[Val<'a>]) -> Result<Val<'a>> {
    let wrong =
        |want: &str| Err(Fault::Use(format!("wrong number of args for {name}: want {want} got {}", args.len())));
    match name {
        "not" | "len" | "base64decode" if args.len() != 1 => wrong("1"),
        "ne" | "lt" | "le" | "gt" | "ge" if args.len() != 2 => wrong("2"),
        "index" | "slice" | "printf" | "eq" | "and" | "or" if args.is_empty() => wrong("at least 1"),
        "not" => Ok(Val::owned(!args[0].truth())),
        "len" => len(&args[0]),
        "index" if args[0].is_nil() => Err(Fault::Call("index of untyped nil".to_owned())),
        "index" => args[1..].iter().try_fold(args[0].clone(), |value, key| index(&value, key)),
        "slice" => slice(args),
        "eq" => {
            if args.len() < 2 {
                return Err(Fault::Call("missing argument for comparison".to_owned()));
            }
            for other in &args[1..] {
                if equal(&args[0], other)? {
                    return Ok(Val::owned(true));
                }
            }
            Ok(Val::owned(false))
        }
        "ne" => Ok(Val::owned(!equal(&args[0], &args[1])?)),
        "lt" => Ok(Val::owned(order(&args[0], &args[1])?.is_lt())),
        "le" => Ok(Val::owned(order(&args[0], &args[1])?.is_le())),
        "gt" => Ok(Val::owned(order(&args[0], &args[1])?.is_gt())),
        "ge" => Ok(Val::owned(order(&args[0], &args[1])?.is_ge())),
        "printf" => Ok(Val::owned(printf(&text(&args[0])?, &args[1..]))),
        "print" => Ok(Val::owned(print(args))),
        "println" => Ok(Val::owned(args.iter().map(shown).collect::<Vec<_>>().join(" ") + "\n")),
        "html" => Ok(Val::owned(html(&print(args)))),
        "js" => Ok(Val::owned(print(args).replace('\\', "\\\\").replace('\'', "\\'").replace('"', "\\\""))),
        "urlquery" => Ok(Val::owned(urlquery(&print(args)))),
        "base64decode" => {
            let decoded = crate::kubectl::base64::decode(&text(&args[0])?);
            let decoded = decoded.map_err(|error| Fault::Call(format!("base64 decode failed: {error}")))?;
            Ok(Val::owned(String::from_utf8_lossy(&decoded).into_owned()))
        }
        "exists" => {
            let mut value = args.first().cloned().unwrap_or(Val::Missing);
            for key in args.get(1..).unwrap_or_default() {
                value = index(&value, key).unwrap_or(Val::Missing);
            }
            Ok(Val::owned(!value.is_nil()))
        }
        _ => Err(Fault::Use(format!("{} is not a defined function", quote(name)))),
    }
}

fn text(value: &Val<'_>) -> Result<String> {
    match value.json() {
        Some(Value::String(text)) => Ok(text.clone()),
        _ => Err(Fault::Use(format!("wrong type for value; expected string; got {}", value.type_name()))),
    }
}

fn len<'a>(value: &Val<'a>) -> Result<Val<'a>> {
    match value.json() {
        Some(Value::String(text)) => Ok(Val::Int(text.len() as i64)),
        Some(Value::Array(items)) => Ok(Val::Int(items.len() as i64)),
        Some(Value::Object(map)) => Ok(Val::Int(map.len() as i64)),
        _ if value.is_nil() => Err(Fault::Call("len of nil pointer".to_owned())),
        _ => Err(Fault::Call(format!("len of type {}", value.type_name()))),
    }
}

fn index<'a>(value: &Val<'a>, key: &Val<'a>) -> Result<Val<'a>> {
    let place = |value: &Value| -> Result<Option<Value>> { Ok(Some(value.clone())) };
    let part = |collection: &Value| -> Result<Option<Value>> {
        match collection {
            Value::Object(map) => match key.json() {
                Some(Value::String(name)) => Ok(map.get(name).cloned()),
                _ => Err(Fault::Call(format!("value has type {}; should be string", key.type_name()))),
            },
            Value::Array(items) => {
                let Val::Int(at) = key else {
                    return Err(Fault::Call(format!("cannot index slice/array with type {}", key.type_name())));
                };
                let item = usize::try_from(*at).ok().and_then(|at| items.get(at));
                place(item.ok_or_else(|| Fault::Call(format!("index out of range: {at}")))?)
            }
            _ => Err(Fault::Call(format!("can't index item of type {}", value.type_name()))),
        }
    };
    match value {
        _ if value.is_nil() => Err(Fault::Call("index of untyped nil".to_owned())),
        // Within the data nothing is copied.
        Val::Data(data) => {
            part_check(data, key, value)?;
            let found = match (data, key) {
                (Value::Array(items), Val::Int(at)) => usize::try_from(*at).ok().and_then(|at| items.get(at)),
                (Value::Object(map), _) => key.json().and_then(Value::as_str).and_then(|name| map.get(name)),
                _ => None,
            };
            Ok(found.map_or(Val::Missing, Val::Data))
        }
        Val::Owned(owned) => Ok(part(owned)?.map_or(Val::Missing, Val::owned)),
        Val::Missing | Val::Int(_) => Err(Fault::Call(format!("can't index item of type {}", value.type_name()))),
    }
}

fn part_check(data: &Value, key: &Val<'_>, value: &Val<'_>) -> Result<()> {
    match (data, key) {
        (Value::Object(_), key) if key.json().is_some_and(Value::is_string) => Ok(()),
        (Value::Object(_), key) => Err(Fault::Call(format!("value has type {}; should be string", key.type_name()))),
        (Value::Array(items), Val::Int(at)) if usize::try_from(*at).is_ok_and(|at| at < items.len()) => Ok(()),
        (Value::Array(_), Val::Int(at)) => Err(Fault::Call(format!("index out of range: {at}"))),
        (Value::Array(_), key) => Err(Fault::Call(format!("cannot index slice/array with type {}", key.type_name()))),
        _ => Err(Fault::Call(format!("can't index item of type {}", value.type_name()))),
    }
}

fn slice<'a>(args: &[Val<'a>]) -> Result<Val<'a>> {
    let bound = |at: usize, default: usize| match args.get(at) {
        None => Ok(default),
        Some(Val::Int(number)) => {
            usize::try_from(*number).map_err(|_| Fault::Call(format!("index out of range: {number}")))
        }
        Some(other) => Err(Fault::Call(format!("cannot index slice/array with type {}", other.type_name()))),
    };
    let length = match args[0].json() {
        Some(Value::String(text)) => text.len(),
        Some(Value::Array(items)) => items.len(),
        _ => return Err(Fault::Call(format!("can't slice item of type {}", args[0].type_name()))),
    };
    let (from, to) = (bound(1, 0)?, bound(2, length)?);
    if from > to || to > length {
        return Err(Fault::Call(format!("index out of range: {to}")));
    }
    Ok(match args[0].json() {
        Some(Value::String(text)) => Val::owned(text.get(from..to).unwrap_or_default()),
        Some(Value::Array(items)) => Val::owned(items[from..to].to_vec()),
        _ => Val::Missing,
    })
}

/// Go compares only what is of the same basic kind.
fn equal(left: &Val<'_>, right: &Val<'_>) -> Result<bool> {
    if left.is_nil() || right.is_nil() {
        return Ok(left.is_nil() && right.is_nil());
    }
    match (left, right, left.json(), right.json()) {
        (Val::Int(left), Val::Int(right), ..) => Ok(left == right),
        (_, _, Some(Value::Object(_) | Value::Array(_)), _) | (_, _, _, Some(Value::Object(_) | Value::Array(_))) => {
            Err(Fault::Call(format!("non-comparable type {}", left.type_name())))
        }
        (_, _, Some(left), Some(right)) if core::mem::discriminant(left) == core::mem::discriminant(right) => {
            Ok(match (left.as_f64(), right.as_f64()) {
                (Some(left), Some(right)) => left == right,
                _ => left == right,
            })
        }
        _ => Err(Fault::Call("incompatible types for comparison".to_owned())),
    }
}

fn order(left: &Val<'_>, right: &Val<'_>) -> Result<Ordering> {
    let number = |value: &Val<'_>| value.json().and_then(Value::as_f64);
    match (left, right, left.json(), right.json()) {
        (Val::Int(left), Val::Int(right), ..) => Ok(left.cmp(right)),
        (_, _, Some(Value::String(left)), Some(Value::String(right))) => Ok(left.cmp(right)),
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => Ok(left.partial_cmp(&right).unwrap_or(Ordering::Equal)),
            (None, None) if !matches!((left, right), (Val::Int(_), _) | (_, Val::Int(_))) => {
                Err(Fault::Call("invalid type for comparison".to_owned()))
            }
            _ => Err(Fault::Call("incompatible types for comparison".to_owned())),
        },
    }
}

fn shown(value: &Val<'_>) -> String {
    if value.is_nil() { "<nil>".to_owned() } else { value.printed() }
}

/// Go's Sprint: blanks only between operands of which neither is a text.
fn print(args: &[Val<'_>]) -> String {
    let mut out = String::new();
    for (at, arg) in args.iter().enumerate() {
        let is_text = |value: &Val<'_>| value.json().is_some_and(Value::is_string);
        if at > 0 && !is_text(arg) && !is_text(&args[at - 1]) {
            out.push(' ');
        }
        out.push_str(&shown(arg));
    }
    out
}

fn printf(format: &str, args: &[Val<'_>]) -> String {
    let mut out = String::new();
    let mut args = args.iter();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = String::new();
        while let Some(flag) = chars.next_if(|c| matches!(c, '-' | '+' | '#' | ' ' | '0')) {
            flags.push(flag);
        }
        let mut digits = String::new();
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        let mut precision = None;
        if chars.next_if_eq(&'.').is_some() {
            let mut places = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                places.push(digit);
            }
            precision = Some(places.parse::<usize>().unwrap_or(0).min(1000));
        }
        let Some(verb) = chars.next() else {
            out.push_str("%!(NOVERB)");
            break;
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(arg) = args.next() else {
            out.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        let text = verb_text(verb, arg, precision, flags.contains('#'));
        let width = digits.parse::<usize>().unwrap_or(0).min(1000);
        let missing = width.saturating_sub(text.chars().count());
        let zeros = flags.contains('0') && !flags.contains('-') && matches!(verb, 'd' | 'f' | 'x');
        let pad = if zeros { "0" } else { " " }.repeat(missing);
        out.push_str(&if flags.contains('-') { text + &pad } else { pad + &text });
    }
    let left: Vec<String> = args.map(|arg| format!("{}={}", arg.type_name(), shown(arg))).collect();
    if !left.is_empty() {
        out.push_str(&format!("%!(EXTRA {})", left.join(", ")));
    }
    out
}

fn verb_text(verb: char, arg: &Val<'_>, precision: Option<usize>, sharp: bool) -> String {
    let cut = |text: String| precision.map_or(text.clone(), |places| text.chars().take(places).collect());
    match (verb, arg, arg.json()) {
        ('v', _, Some(value)) if sharp => gofmt::verb_sharp_v(value),
        ('v', ..) => shown(arg),
        ('s', _, Some(Value::String(text))) => cut(text.clone()),
        ('s', _, Some(Value::Array(_) | Value::Object(_))) => shown(arg),
        ('q', _, Some(Value::String(text))) => quote(text),
        ('d', Val::Int(number), _) => number.to_string(),
        ('x', Val::Int(number), _) => format!("{number:x}"),
        ('c', Val::Int(number), _) => {
            u32::try_from(*number).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER).to_string()
        }
        ('t', _, Some(Value::Bool(flag))) => flag.to_string(),
        ('f', _, Some(Value::Number(number))) => {
            format!("{:.*}", precision.unwrap_or(6), number.as_f64().unwrap_or(0.0))
        }
        ('g', _, Some(Value::Number(_))) => shown(arg),
        ('T', ..) => arg.type_name().to_owned(),
        _ if arg.is_nil() => format!("%!{verb}(<nil>)"),
        _ => format!("%!{verb}({}={})", arg.type_name(), shown(arg)),
    }
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('\'', "&#39;").replace('"', "&#34;").replace('<', "&lt;").replace('>', "&gt;")
}

fn urlquery(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b' ' => "+".to_owned(),
            b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
