//! The value of an expression. Models cel-go/interpreter: errors stop everything but `&&` and `||`,
//! which ask their other side.

use serde_json::{Map, Value};

use super::functions::call;
use super::{Expr, FUEL, MAX_DEPTH, Node};

/// The value of an expression with these names known.
pub fn evaluate(expr: &Expr, names: &[(&str, &Value)]) -> Result<Value, String> {
    let names = names.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone())).collect();
    Run { names, fuel: FUEL }.value(expr, 0)
}

struct Run {
    names: Vec<(String, Value)>,
    fuel: u32,
}

/// What a macro looks for among the items.
const MACROS: [&str; 5] = ["all", "exists", "exists_one", "filter", "map"];

/// Whether a method is a macro over items, by its name and arguments.
pub fn is_macro(name: &str, args: usize) -> bool {
    MACROS.contains(&name) && (args == 2 || name == "map" && args == 3)
}

impl Run {
    fn value(&mut self, expr: &Expr, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH * 4 {
            return Err("max recursion depth exceeded".to_owned());
        }
        self.fuel = self.fuel.checked_sub(1).ok_or("operation cancelled: actual cost limit exceeded")?;
        let depth = depth + 1;
        match &expr.node {
            Node::Literal(value) => Ok(value.clone()),
            Node::Name(name) => {
                let known = self.names.iter().rev().find(|(own, _)| own == name);
                known.map(|(_, value)| value.clone()).ok_or_else(|| format!("no such attribute(s): {name}"))
            }
            Node::Select(of, field) => match self.place(of, depth)? {
                Value::Object(mut map) => map.remove(field).ok_or_else(|| format!("no such key: {field}")),
                _ => Err("no such overload".to_owned()),
            },
            Node::Has(of, field) => match self.place(of, depth)? {
                Value::Object(map) => Ok(Value::Bool(map.contains_key(field))),
                _ => Err("no such overload".to_owned()),
            },
            Node::List(items) => {
                items.iter().map(|item| self.value(item, depth)).collect::<Result<_, _>>().map(Value::Array)
            }
            Node::Map(entries) => {
                let mut map = Map::new();
                for (key, value) in entries {
                    match self.value(key, depth)? {
                        Value::String(key) => map.insert(key, self.value(value, depth)?),
                        other => map.insert(other.to_string(), self.value(value, depth)?),
                    };
                }
                Ok(Value::Object(map))
            }
            Node::Call(name, None, args) if matches!(name.as_str(), "&&" | "||") => {
                self.either(name == "||", args, depth)
            }
            Node::Call(name, None, args) if name == "?:" => match (self.value(&args[0], depth)?, args.as_slice()) {
                (Value::Bool(true), [_, yes, _]) => self.value(yes, depth),
                (Value::Bool(false), [_, _, no]) => self.value(no, depth),
                _ => Err("no such overload".to_owned()),
            },
            Node::Call(name, Some(target), args) if is_macro(name, args.len()) => {
                let items = self.value(target, depth)?;
                self.over(name, items, args, depth)
            }
            Node::Call(name, target, args) => {
                let all = target.iter().map(|target| &**target).chain(args);
                let values = all.map(|arg| self.value(arg, depth)).collect::<Result<Vec<_>, _>>()?;
                let size: usize = values.iter().map(|value| value.as_array().map_or(0, Vec::len)).sum();
                let cost = u32::try_from(size).unwrap_or(u32::MAX);
                self.fuel = self.fuel.checked_sub(cost).ok_or("operation cancelled: actual cost limit exceeded")?;
                call(name, &values)
            }
        }
    }

    /// The value that a field is taken of: only the part along the path is copied.
    fn place(&mut self, of: &Expr, depth: usize) -> Result<Value, String> {
        let mut fields = Vec::new();
        let mut root = of;
        while let Node::Select(inner, field) = &root.node {
            fields.push(field);
            root = inner;
        }
        let Node::Name(name) = &root.node else { return self.value(of, depth) };
        let Some((_, mut value)) =
            self.names.iter().rev().find(|(own, _)| own == name).map(|(own, value)| (own, value))
        else {
            return self.value(of, depth);
        };
        for field in fields.into_iter().rev() {
            value = value.get(field).ok_or_else(|| format!("no such key: {field}"))?;
        }
        Ok(value.clone())
    }

    fn either(&mut self, wanted: bool, args: &[Expr], depth: usize) -> Result<Value, String> {
        let mut failed = None;
        for arg in args {
            match self.value(arg, depth) {
                Ok(Value::Bool(truth)) if truth == wanted => return Ok(Value::Bool(wanted)),
                Ok(Value::Bool(_)) => {}
                Ok(_) => failed = failed.or(Some("no such overload".to_owned())),
                Err(why) => failed = failed.or(Some(why)),
            }
        }
        failed.map_or(Ok(Value::Bool(!wanted)), Err)
    }

    fn over(&mut self, name: &str, items: Value, args: &[Expr], depth: usize) -> Result<Value, String> {
        let items: Vec<Value> = match items {
            Value::Array(items) => items,
            Value::Object(map) => map.into_iter().map(|(key, _)| Value::String(key)).collect(),
            _ => return Err("no such overload".to_owned()),
        };
        let Node::Name(variable) = &args[0].node else { return Err("no such overload".to_owned()) };
        let (mut count, mut failed, mut kept) = (0, None, Vec::new());
        for item in items {
            self.names.push((variable.clone(), item.clone()));
            let mut found = self.value(&args[1], depth);
            if let (Some(body), Ok(Value::Bool(true))) = (args.get(2), &found) {
                found = self.value(body, depth).map(|value| {
                    kept.push(value);
                    Value::Null
                });
            }
            self.names.pop();
            match (name, found) {
                ("all", Ok(Value::Bool(false))) => return Ok(Value::Bool(false)),
                ("exists", Ok(Value::Bool(true))) => return Ok(Value::Bool(true)),
                ("filter", Ok(Value::Bool(true))) => kept.push(item),
                ("exists_one", Ok(Value::Bool(truth))) => count += usize::from(truth),
                ("map", Ok(value)) if args.len() == 2 => kept.push(value),
                ("map", Ok(_)) | (_, Ok(Value::Bool(_))) => {}
                (_, Ok(_)) => failed = failed.or(Some("no such overload".to_owned())),
                (_, Err(why)) => failed = failed.or(Some(why)),
            }
        }
        match (failed, name) {
            (Some(why), _) => Err(why),
            (None, "all") => Ok(Value::Bool(true)),
            (None, "exists") => Ok(Value::Bool(false)),
            (None, "exists_one") => Ok(Value::Bool(count == 1)),
            _ => Ok(Value::Array(kept)),
        }
    }
}
