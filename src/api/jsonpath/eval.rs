//! Filling in JSONPath templates. Models client-go/util/jsonpath/jsonpath.go.

use serde_json::Value;

use super::Found;
use super::parse::Node;

pub(super) fn find<'a>(nodes: &'a [Node], data: &'a Value) -> Result<Vec<Vec<Found<'a>>>, String> {
    let mut parts = Vec::new();
    block(nodes, &Found::Data(data), &mut parts)?;
    Ok(parts)
}

fn block<'a>(nodes: &'a [Node], current: &Found<'a>, parts: &mut Vec<Vec<Found<'a>>>) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => parts.push(vec![Found::Literal(Value::String(text.clone()))]),
            Node::Action(action) => parts.push(walk(action, vec![current.clone()])?),
            Node::Range(list, body) => {
                for member in walk(list, vec![current.clone()])? {
                    block(body, &member, parts)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn walk<'a>(nodes: &'a [Node], mut values: Vec<Found<'a>>) -> Result<Vec<Found<'a>>, String> {
    for node in nodes {
        let mut next = Vec::new();
        for value in &values {
            step(node, value, &mut next)?;
        }
        values = next;
    }
    Ok(values)
}

fn step<'a>(node: &'a Node, found: &Found<'a>, out: &mut Vec<Found<'a>>) -> Result<(), String> {
    if let Node::Literal(value) = node {
        out.push(Found::Literal(value.clone()));
        return Ok(());
    }
    let Found::Data(value) = found else { return Ok(()) };
    match node {
        Node::Field(name) if name.is_empty() => out.push(Found::Data(value)),
        Node::Field(name) => out.extend(value.get(name).map(Found::Data)),
        Node::Wildcard => out.extend(children(value).map(Found::Data)),
        Node::Recursive => recurse(value, out),
        Node::Slice { from, to, step, single } => slice(value, (*from, *to, *step, *single), out)?,
        Node::Union(members) => {
            for member in members {
                out.extend(walk(member, vec![Found::Data(value)])?);
            }
        }
        Node::Filter(left, test) => {
            if value.is_null() {
                return Ok(());
            }
            let Value::Array(items) = value else {
                return Err(format!("{} is not array or slice and cannot be filtered", go_text(value)));
            };
            for item in items {
                if passes(left, test.as_ref(), item)? {
                    out.push(Found::Data(item));
                }
            }
        }
        Node::Text(_) | Node::Action(_) | Node::Range(..) | Node::Literal(_) => {}
    }
    Ok(())
}

fn children(value: &Value) -> impl Iterator<Item = &Value> {
    let items = value.as_array().into_iter().flatten();
    items.chain(value.as_object().into_iter().flat_map(|map| map.values()))
}

/// Every collection below `value` that is not empty, itself first.
fn recurse<'a>(value: &'a Value, out: &mut Vec<Found<'a>>) {
    if children(value).next().is_some() {
        out.push(Found::Data(value));
        children(value).for_each(|child| recurse(child, out));
    }
}

fn slice<'a>(
    value: &'a Value,
    (from, to, step, single): (Option<i64>, Option<i64>, Option<i64>, bool),
    out: &mut Vec<Found<'a>>,
) -> Result<(), String> {
    if value.is_null() {
        return Ok(());
    }
    let Value::Array(items) = value else {
        return Err(format!("{} is not array or slice", go_type(value)));
    };
    let length = items.len() as i64;
    let from_end = |index: i64| if index < 0 { index + length } else { index };
    let start = from_end(from.unwrap_or(0));
    let end = if single { start + 1 } else { to.map_or(length, from_end) };
    if length == 0 && !single {
        return Ok(());
    }
    if end != start {
        let bounds = |index: i64| format!("array index out of bounds: index {index}, length {length}");
        if start >= length || start < 0 {
            return Err(bounds(start));
        }
        if end > length || end < 0 {
            return Err(bounds(end - 1));
        }
        if start > end {
            return Err(format!("starting index {start} is greater than ending index {end}"));
        }
    }
    let step = step.unwrap_or(1);
    if step <= 0 {
        return Err("step must be > 0".to_owned());
    }
    let span = items.iter().skip(usize::try_from(start).unwrap_or(0)).take(usize::try_from(end - start).unwrap_or(0));
    out.extend(span.step_by(usize::try_from(step).unwrap_or(1)).map(Found::Data));
    Ok(())
}

fn passes(left: &[Node], test: Option<&(String, Vec<Node>)>, item: &Value) -> Result<bool, String> {
    let lefts = walk(left, vec![Found::Data(item)])?;
    let Some((operator, right)) = test else { return Ok(!lefts.is_empty()) };
    let [left] = lefts.as_slice() else {
        return if lefts.is_empty() { Ok(false) } else { Err("can only compare one element at a time".to_owned()) };
    };
    let rights = walk(right, vec![Found::Data(item)])?;
    let [right] = rights.as_slice() else {
        return if rights.is_empty() { Ok(false) } else { Err("can only compare one element at a time".to_owned()) };
    };
    let order = compare(left.value(), right.value());
    match operator.as_str() {
        "==" => Ok(order == Some(core::cmp::Ordering::Equal)),
        "!=" => Ok(order != Some(core::cmp::Ordering::Equal)),
        "<" => Ok(order.is_some_and(core::cmp::Ordering::is_lt)),
        ">" => Ok(order.is_some_and(core::cmp::Ordering::is_gt)),
        "<=" => Ok(order.is_some_and(core::cmp::Ordering::is_le)),
        ">=" => Ok(order.is_some_and(core::cmp::Ordering::is_ge)),
        other => Err(format!("unrecognized filter operator {other}")),
    }
}

fn compare(left: &Value, right: &Value) -> Option<core::cmp::Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// A value as it is printed: texts bare, collections as JSON.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn go_text(value: &Value) -> String {
    crate::api::wire::go_value(value)
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "map[string]interface {}",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::Array(_) => "[]interface {}",
        Value::Null => "<nil>",
    }
}
