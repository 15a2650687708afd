//! `--stream`: a value as events, a path and a leaf each.

use std::rc::Rc;

use super::value::Value;

/// All events of a value.
pub fn events(value: &Value, give: &mut dyn FnMut(Value)) {
    let mut path = Vec::new();
    walk(value, &mut path, give);
}

fn walk(value: &Value, path: &mut Vec<Value>, give: &mut dyn FnMut(Value)) {
    let members: Vec<(Value, &Value)> = match value {
        Value::Array(array) => {
            array.items.iter().enumerate().map(|(at, item)| (Value::number(at as f64), item)).collect()
        }
        Value::Object(object) => object.iter().map(|(key, value)| (Value::String(Rc::clone(key)), value)).collect(),
        _ => Vec::new(),
    };
    if members.is_empty() {
        give(Value::array(vec![Value::array(path.clone()), value.clone()]));
        return;
    }
    let mut last = Value::Null;
    for (key, value) in members {
        last = key.clone();
        path.push(key);
        walk(value, path, give);
        path.pop();
    }
    path.push(last);
    give(Value::array(vec![Value::array(path.clone())]));
    path.pop();
}
