//! JSON patch (RFC 6902).

use serde_json::Value;

/// Applies the operations to `target`, all or none. The error tells which did not work, as
/// github.com/evanphx/json-patch words it.
pub fn json_patch(target: &Value, operations: &[Value]) -> Result<Value, String> {
    let mut result = target.clone();
    for operation in operations {
        apply(&mut result, operation)?;
    }
    Ok(result)
}

fn apply(target: &mut Value, operation: &Value) -> Result<(), String> {
    let text = |name: &str| operation[name].as_str().unwrap_or_default();
    let (kind, path) = (text("op"), text("path"));
    let value = || operation.get("value").cloned().unwrap_or(Value::Null);
    match kind {
        "add" => add(target, path, value()),
        "remove" => remove(target, path).map(drop),
        "replace" => match target.pointer_mut(path) {
            Some(place) => {
                *place = value();
                Ok(())
            }
            None => Err(missing("replace", path)),
        },
        "move" => {
            let taken = remove(target, text("from"))?;
            add(target, path, taken)
        }
        "copy" => {
            let copied = target.pointer(text("from")).cloned().ok_or_else(|| missing("copy", text("from")))?;
            add(target, path, copied)
        }
        "test" => match target.pointer(path).unwrap_or(&Value::Null) == &value() {
            true => Ok(()),
            false => Err(format!("testing value {path} failed: test failed")),
        },
        other => Err(format!("Unexpected kind: {other}")),
    }
}

fn missing(operation: &str, path: &str) -> String {
    format!("{operation} operation does not apply: doc is missing path: {path}: missing value")
}

/// The parent of the place that `path` names, and the last step.
fn parent<'a>(target: &'a mut Value, operation: &str, path: &str) -> Result<(&'a mut Value, String), String> {
    let (above, last) = path.rsplit_once('/').ok_or_else(|| missing(operation, path))?;
    let parent = target.pointer_mut(above).ok_or_else(|| missing(operation, path))?;
    Ok((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn add(target: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        *target = value;
        return Ok(());
    }
    match parent(target, "add", path)? {
        (Value::Object(map), key) => {
            map.insert(key, value);
            Ok(())
        }
        (Value::Array(items), last) => {
            let at = if last == "-" { Some(items.len()) } else { last.parse().ok() };
            match at.filter(|&at| at <= items.len()) {
                Some(at) => items.insert(at, value),
                None => return Err(missing("add", path)),
            }
            Ok(())
        }
        _ => Err(missing("add", path)),
    }
}

fn remove(target: &mut Value, path: &str) -> Result<Value, String> {
    match parent(target, "remove", path)? {
        (Value::Object(map), key) => map.remove(&key).ok_or_else(|| missing("remove", path)),
        (Value::Array(items), last) => match last.parse::<usize>().ok().filter(|&at| at < items.len()) {
            Some(at) => Ok(items.remove(at)),
            None => Err(missing("remove", path)),
        },
        _ => Err(missing("remove", path)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn operations() {
        let target = json!({"a": {"b": [1, 2]}, "x/y": 1});
        let patched = |operation: Value| json_patch(&target, &[operation]);
        for (operation, result) in [
            (json!({"op": "add", "path": "/a/b/1", "value": 9}), json!({"a": {"b": [1, 9, 2]}, "x/y": 1})),
            (json!({"op": "add", "path": "/a/b/-", "value": 9}), json!({"a": {"b": [1, 2, 9]}, "x/y": 1})),
            (json!({"op": "remove", "path": "/x~1y"}), json!({"a": {"b": [1, 2]}})),
            (json!({"op": "replace", "path": "/a", "value": 1}), json!({"a": 1, "x/y": 1})),
            (json!({"op": "move", "from": "/a/b/0", "path": "/c"}), json!({"a": {"b": [2]}, "x/y": 1, "c": 1})),
            (json!({"op": "copy", "from": "/a/b", "path": "/c"}), json!({"a": {"b": [1, 2]}, "x/y": 1, "c": [1, 2]})),
            (json!({"op": "test", "path": "/a/b/0", "value": 1}), target.clone()),
        ] {
            assert_eq!(patched(operation.clone()), Ok(result), "{operation}");
        }
        for operation in [
            json!({"op": "remove", "path": "/nosuch"}),
            json!({"op": "replace", "path": "/a/nosuch/x", "value": 1}),
            json!({"op": "test", "path": "/a", "value": 1}),
            json!({"op": "add", "path": "/a/b/9", "value": 1}),
            json!({"op": "jump", "path": "a"}),
            json!("text"),
        ] {
            assert!(patched(operation).is_err());
        }
    }
}
