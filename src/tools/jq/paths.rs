//! Indexing, and setting and deleting what lies at paths. Models jv_aux.c.

use std::rc::Rc;

use super::value::{Array, MAX_ITEMS, Object, Value, compare};
use crate::collections::Sort;

type Done = Result<Value, Value>;

fn fault<T>(message: &str) -> Result<T, Value> {
    Err(Value::text(message))
}

const SLICE: &str = "Start and end indices of an array slice must be numbers";

/// The start and the end of a slice of so many items.
fn slice(key: &Object, len: usize) -> Option<(usize, usize)> {
    let bound = |name: &str, otherwise: f64| match key.get(name) {
        None | Some(Value::Null) => Some(otherwise),
        Some(Value::Number(number, _)) => Some(if *number < 0.0 { *number + len as f64 } else { *number }),
        _ => None,
    };
    let (start, end) = (bound("start", 0.0)?, bound("end", len as f64)?);
    let start = start.clamp(0.0, len as f64) as usize;
    let end = end.ceil().clamp(0.0, len as f64) as usize;
    Some((start, end.max(start)))
}

/// `value[key]`
pub fn get(value: &Value, key: &Value) -> Done {
    Ok(match (value, key) {
        (Value::Object(object), Value::String(key)) => object.get(key).cloned().unwrap_or(Value::Null),
        (Value::Array(array), Value::Number(at, _)) => {
            let at = at.floor();
            let at = if at < 0.0 { at + array.items.len() as f64 } else { at };
            if at >= 0.0 { array.items.get(at as usize).cloned().unwrap_or(Value::Null) } else { Value::Null }
        }
        (Value::Array(array), Value::Object(key)) => match slice(key, array.items.len()) {
            Some((start, end)) => Value::array(array.items[start..end].to_vec()),
            None => return fault(SLICE),
        },
        (Value::String(text), Value::Object(key)) => {
            let Some((start, end)) = slice(key, text.chars().count()) else {
                return fault("Start and end indices of an string slice must be numbers");
            };
            let piece: String = text.chars().skip(start).take(end - start).collect();
            Value::text(&piece)
        }
        (Value::Array(array), Value::Array(part)) => indexes(&array.items, &part.items),
        (Value::Null, Value::String(_) | Value::Number(..) | Value::Object(_) | Value::Null) => Value::Null,
        (value, Value::String(key)) if key.len() < 30 => {
            return fault(&format!("Cannot index {} with string \"{key}\"", value.kind()));
        }
        (value, key) => return fault(&format!("Cannot index {} with {}", value.kind(), key.kind())),
    })
}

/// Where a row of items begins in an array.
pub fn indexes(items: &[Value], part: &[Value]) -> Value {
    let found = |at: &usize| items[*at..].iter().zip(part).all(|(a, b)| compare(a, b).is_eq());
    let places = if part.is_empty() || part.len() > items.len() { 0 } else { items.len() - part.len() + 1 };
    Value::array((0..places).filter(found).map(|at| Value::number(at as f64)).collect())
}

fn set(value: Value, key: &Value, new: Value) -> Done {
    match (value, key) {
        (Value::Object(mut object), Value::String(key)) => {
            Rc::make_mut(&mut object).set(Rc::clone(key), new);
            Ok(Value::Object(object))
        }
        (Value::Null, Value::String(key)) => {
            let mut object = Object::default();
            object.set(Rc::clone(key), new);
            Ok(Value::object(object))
        }
        (value @ (Value::Array(_) | Value::Null), Value::Number(at, _)) => {
            let mut items = items_of(value);
            let at = if *at < 0.0 { at.ceil() + items.len() as f64 } else { *at };
            if at < 0.0 {
                return fault("Out of bounds negative array index");
            }
            if at >= MAX_ITEMS as f64 {
                return fault("Array index too large");
            }
            let at = at as usize;
            if at >= items.len() {
                items.resize(at + 1, Value::Null);
            }
            items[at] = new;
            Ok(Value::array(items))
        }
        (value @ (Value::Array(_) | Value::Null), Value::Object(key)) => {
            let mut items = items_of(value);
            let Some((start, end)) = slice(key, items.len()) else { return fault(SLICE) };
            let Value::Array(new) = new else {
                return fault("A slice of an array can only be assigned another array");
            };
            items.splice(start..end, new.items.iter().cloned());
            Ok(Value::array(items))
        }
        (value, key) => fault(&format!("Cannot update field at {} index of {}", key.kind(), value.kind())),
    }
}

/// The items of an array, without a copy where nobody else has it.
fn items_of(value: Value) -> Vec<Value> {
    match value {
        Value::Array(array) => match Rc::try_unwrap(array) {
            Ok(Array { items, .. }) => items,
            Err(shared) => shared.items.clone(),
        },
        _ => Vec::new(),
    }
}

fn keys_of(path: &Value) -> Result<&[Value], Value> {
    match path {
        Value::Array(path) => Ok(&path.items),
        _ => fault("Path must be specified as an array"),
    }
}

/// What lies at a path; null where it leads nowhere.
pub fn get_path(value: &Value, path: &Value) -> Done {
    let mut value = value.clone();
    for key in keys_of(path)? {
        if matches!(value, Value::Null) {
            return Ok(Value::Null);
        }
        value = get(&value, key)?;
    }
    Ok(value)
}

/// Puts a value at a path.
pub fn set_path(value: Value, path: &Value, new: Value) -> Done {
    let keys = keys_of(path)?;
    // What lies on the way, from above; each part is set in the one before.
    let mut way = vec![value];
    for key in keys.split_last().map_or(&[][..], |(_, before)| before) {
        let inner = get(&way[way.len() - 1], key)?;
        way.push(inner);
    }
    let mut made = new;
    for key in keys.iter().rev() {
        let outer = way.pop().unwrap_or(Value::Null);
        // As jq does, an index that fits not is told as such before it is set.
        if !matches!(key, Value::Object(_)) {
            get(&outer, key)?;
        }
        made = set(outer, key, made)?;
    }
    Ok(made)
}

/// Deletes what lies at several paths.
pub fn delete_paths(value: Value, paths: &Value) -> Done {
    let Value::Array(paths) = paths else { return fault("Paths must be specified as an array") };
    let mut paths = paths.items.clone();
    paths.arrange_by(compare);
    for path in &paths {
        if !matches!(path, Value::Array(_)) {
            return fault(&format!("Path must be specified as array, not {}", path.kind()));
        }
    }
    // The last ones first, so that what goes does not move what is still to go. Slices from their ends.
    let mut value = value;
    for path in paths.iter().rev() {
        let Value::Array(keys) = path else { continue };
        value = delete_path(value, &keys.items)?;
    }
    Ok(value)
}

fn delete_path(value: Value, keys: &[Value]) -> Done {
    let Some((last, before)) = keys.split_last() else { return Ok(Value::Null) };
    let place = Value::array(before.to_vec());
    let inner = get_path(&value, &place)?;
    if matches!(inner, Value::Null) {
        return Ok(value);
    }
    let left = delete_key(inner, last)?;
    set_path(value, &place, left)
}

fn delete_key(value: Value, key: &Value) -> Done {
    match (value, key) {
        (Value::Object(mut object), Value::String(key)) => {
            Rc::make_mut(&mut object).remove(key);
            Ok(Value::Object(object))
        }
        (Value::Object(_), key) => fault(&format!("Cannot delete {} field of object", key.kind())),
        (value @ Value::Array(_), key) => {
            let mut items = items_of(value);
            match key {
                Value::Number(at, _) => {
                    let at = if *at < 0.0 { at.ceil() + items.len() as f64 } else { *at };
                    if at >= 0.0 && (at as usize) < items.len() {
                        items.remove(at as usize);
                    }
                }
                Value::Object(key) => {
                    let Some((start, end)) = slice(key, items.len()) else { return fault(SLICE) };
                    items.drain(start..end);
                }
                key => return fault(&format!("Cannot delete {} element of array", key.kind())),
            }
            Ok(Value::array(items))
        }
        (value, _) => fault(&format!("Cannot delete fields from {}", value.kind())),
    }
}
