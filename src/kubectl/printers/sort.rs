//! `--sort-by`. Models kubectl/pkg/cmd/get/sorter.go.

use core::cmp::Ordering;

use serde_json::Value;

use crate::api::jsonpath::{JsonPath, relaxed};
use crate::api::{Quantity, time};
use crate::collections::Sort;

/// The order in which objects stand when sorted by a field; an error where none has it.
pub fn order(objects: &[&Value], field: &str) -> Result<Vec<usize>, String> {
    let path = JsonPath::parse(&relaxed(field)?)?;
    let mut keys: Vec<Option<Value>> = Vec::with_capacity(objects.len());
    for object in objects {
        let found = path.find(object)?;
        keys.push(found.into_iter().flatten().next().map(|found| found.value().clone()));
    }
    if !objects.is_empty() && keys.iter().all(Option::is_none) {
        return Err(format!(
            "couldn't find any field with path {} in the list of objects",
            super::super::flags::quote(field)
        ));
    }
    let mut order: Vec<usize> = (0..objects.len()).collect();
    order.arrange_by(|&a, &b| compare(keys[a].as_ref(), keys[b].as_ref()));
    Ok(order)
}

fn compare(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    match (left, right) {
        (None | Some(Value::Null), None | Some(Value::Null)) => Ordering::Equal,
        (None | Some(Value::Null), _) => Ordering::Less,
        (_, None | Some(Value::Null)) => Ordering::Greater,
        (Some(Value::Number(left)), Some(Value::Number(right))) => {
            left.as_f64().partial_cmp(&right.as_f64()).unwrap_or(Ordering::Equal)
        }
        (Some(Value::String(left)), Some(Value::String(right))) => {
            if let (Some(left), Some(right)) = (time::parse(left), time::parse(right)) {
                return left.cmp(&right);
            }
            match (Quantity::parse(left), Quantity::parse(right)) {
                (Some(left), Some(right)) => left.milli_value().cmp(&right.milli_value()),
                _ => natural(left, right),
            }
        }
        _ => Ordering::Equal,
    }
}

/// Runs of digits compare as numbers, as github.com/fvbommel/sortorder does.
fn natural(left: &str, right: &str) -> Ordering {
    let (mut a, mut b) = (left.as_bytes(), right.as_bytes());
    while let (Some(&x), Some(&y)) = (a.first(), b.first()) {
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let run = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let trim = |digits: &[u8]| digits.iter().take_while(|&&byte| byte == b'0').count();
            let (x_run, y_run) = (&a[..run(a)], &b[..run(b)]);
            let (x_number, y_number) = (&x_run[trim(x_run)..], &y_run[trim(y_run)..]);
            let order = x_number.len().cmp(&y_number.len()).then_with(|| x_number.cmp(y_number));
            if order != Ordering::Equal {
                return order;
            }
            (a, b) = (&a[x_run.len()..], &b[y_run.len()..]);
            continue;
        }
        if x != y {
            return x.cmp(&y);
        }
        (a, b) = (&a[1..], &b[1..]);
    }
    a.len().cmp(&b.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn missing_first_then_by_value() {
        let objects = [json!({"n": "b10"}), json!({"n": "b9"}), json!({}), json!({"n": "a"})];
        let refs: Vec<&Value> = objects.iter().collect();
        assert_eq!(order(&refs, ".n"), Ok(vec![2, 3, 1, 0]));
        assert!(order(&refs, ".x").is_err());
    }
}
