//! Whether a rule names only what there is: fields of its schema, variables, functions.
//!
//! Models cel-go/checker as far as names go. Diverges: types are not compared.

use serde_json::{Value, json};

use super::eval::is_macro;
use super::functions::FUNCTIONS;
use super::{Expr, Mistake, Node, Program};

/// Looks for names that are not there; `root` is a whole resource's schema.
pub fn check(program: &Program, schema: &Value, root: bool) -> Result<(), Mistake> {
    let mut schema = schema.clone();
    let resource = root || schema["x-kubernetes-embedded-resource"] == true;
    if resource && schema.is_object() {
        let text = json!({"type": "string"});
        schema["properties"]["apiVersion"] = text.clone();
        schema["properties"]["kind"] = text.clone();
        schema["properties"]["metadata"] =
            json!({"type": "object", "properties": {"name": text, "generateName": text}});
    }
    let mut names = vec![("self".to_owned(), Some(&schema)), ("oldSelf".to_owned(), Some(&schema))];
    visit(&program.0, &mut names).map(|_| ())
}

type Names<'a> = Vec<(String, Option<&'a Value>)>;

/// The schema of an expression's value, where it is known.
fn visit<'a>(expr: &Expr, names: &mut Names<'a>) -> Result<Option<&'a Value>, Mistake> {
    let mistake = |what: String| Mistake { what, at: expr.at };
    match &expr.node {
        Node::Literal(_) => Ok(None),
        Node::Name(name) => match names.iter().rev().find(|(own, _)| own == name) {
            Some((_, schema)) => Ok(*schema),
            None => Err(mistake(format!("undeclared reference to '{name}' (in container '')"))),
        },
        Node::Select(of, field) | Node::Has(of, field) => {
            let Some(schema) = visit(of, names)? else { return Ok(None) };
            if let Some(found) = schema["properties"].get(field) {
                return Ok(Some(found));
            }
            let more = &schema["additionalProperties"];
            if more.is_object() || *more == true || schema["x-kubernetes-preserve-unknown-fields"] == true {
                return Ok(more.is_object().then_some(more));
            }
            match schema["type"].as_str() {
                Some("object") => Err(mistake(format!("undefined field '{field}'"))),
                Some(_) => Err(mistake("type does not support field selection".to_owned())),
                None => Ok(None),
            }
        }
        Node::List(items) => {
            for item in items {
                visit(item, names)?;
            }
            Ok(None)
        }
        Node::Map(entries) => {
            for (key, value) in entries {
                visit(key, names)?;
                visit(value, names)?;
            }
            Ok(None)
        }
        Node::Call(name, Some(target), args) if is_macro(name, args.len()) => {
            let items = visit(target, names)?;
            let Node::Name(variable) = &args[0].node else {
                return Err(Mistake { what: "argument must be a simple name".to_owned(), at: args[0].at });
            };
            names.push((variable.clone(), items.map(|items| &items["items"]).filter(|inner| inner.is_object())));
            let found = args[1..].iter().try_for_each(|arg| visit(arg, names).map(|_| ()));
            names.pop();
            found.map(|()| if name == "filter" { items } else { None })
        }
        Node::Call(name, target, args) => {
            let word = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name != "neg" && name != "in";
            if word && !FUNCTIONS.contains(&name.as_str()) {
                let why = "(in container ''); of CEL's functions the common ones are simulated";
                return Err(mistake(format!("undeclared reference to '{name}' {why}")));
            }
            let mut schemas = Vec::new();
            for arg in target.iter().map(|target| &**target).chain(args) {
                schemas.push(visit(arg, names)?);
            }
            let first = schemas.first().copied().flatten();
            match (name.as_str(), first) {
                ("[]", Some(schema)) => {
                    let inner = [&schema["items"], &schema["additionalProperties"]];
                    Ok(inner.into_iter().find(|inner| inner.is_object()))
                }
                ("dyn", found) => Ok(found),
                _ => Ok(None),
            }
        }
    }
}
