//! `match` and `test`: regular expressions as Oniguruma has them, over the shell's machine.

use super::native::Call;
use super::text::about;
use super::value::{Object, Value};
use crate::shell::regex::{Flags, Regex};

/// No more matches are told of one text.
const MAX_MATCHES: usize = 50_000;

/// `_match(expression; flags; only_whether)`
pub fn matches(call: &Call) -> Result<Value, Value> {
    let [source, wanted, only] = call.args else { return Ok(Value::Null) };
    let Value::String(text) = call.input else { return about(call.input, "cannot be matched, as it is not a string") };
    let Value::String(source) = source else { return about(source, "cannot be matched, as it is not a string") };
    let (mut flags, mut all, mut some) = (Flags::default(), false, false);
    match wanted {
        Value::Null => {}
        Value::String(letters) => {
            for letter in letters.chars() {
                match letter {
                    'g' => all = true,
                    'i' => flags.fold = true,
                    'x' => flags.spaced = true,
                    's' => {}
                    'p' => flags.dot_all = true,
                    'l' => flags.longest = true,
                    'n' => some = true,
                    _ => {
                        let message = format!("{letters} is not a valid modifier string");
                        return Err(Value::text(&message));
                    }
                }
            }
        }
        other => return about(other, "is not a string"),
    }
    let (regex, names) = Regex::perl(source, flags)
        .map_err(|why| Value::text(&format!("{source} (at offset 0) is not a valid regex: {why}")))?;
    if only.truth() {
        return Ok(Value::Bool(regex.is_match(text)));
    }
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(groups) = regex.find(text, from) {
        let Some((start, end)) = groups[0] else { break };
        if !(some && start == end) {
            found.push(told(text, &groups, &names));
        }
        if !all || found.len() >= MAX_MATCHES {
            break;
        }
        // Behind an empty match the search goes on one character further.
        from = match text[end..].chars().next() {
            Some(c) if start == end => end + c.len_utf8(),
            None if start == end => break,
            _ => end,
        };
    }
    Ok(Value::array(found))
}

type Group = Option<(usize, usize)>;

/// A match as an object. Offsets count characters.
fn told(text: &str, groups: &[Group], names: &[Option<String>]) -> Value {
    let part = |group: Group| {
        let mut object = Object::default();
        match group {
            Some((start, end)) => {
                object.set("offset".into(), Value::number(text[..start].chars().count() as f64));
                object.set("length".into(), Value::number(text[start..end].chars().count() as f64));
                object.set("string".into(), Value::text(&text[start..end]));
            }
            None => {
                object.set("offset".into(), Value::number(-1.0));
                object.set("string".into(), Value::Null);
                object.set("length".into(), Value::number(0.0));
            }
        }
        object
    };
    let mut whole = part(groups.first().copied().flatten());
    let captures = groups.iter().skip(1).zip(names).map(|(group, name)| {
        let mut object = part(*group);
        object.set("name".into(), name.as_deref().map_or(Value::Null, Value::text));
        Value::object(object)
    });
    whole.set("captures".into(), Value::array(captures.collect()));
    Value::object(whole)
}
