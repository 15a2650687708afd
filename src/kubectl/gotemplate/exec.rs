//! Filling in a template. Models text/template/exec.go.

use std::rc::Rc;

use serde_json::Value;

use super::funcs;
use super::parse::{Command, Node, Operand, Parsed, Pipe};
use crate::kubectl::flags::quote;
use crate::kubectl::gofmt::verb_v;

/// What a template printed, and why it stopped if it did.
#[derive(Clone, Debug, PartialEq)]
pub struct Printed {
    /// The text up to the end or the error.
    pub text: String,
    /// `template: output:1:3: executing "output" at <…>: …`
    pub error: Option<String>,
}

/// A value in a template.
#[derive(Clone, Debug)]
pub(super) enum Val<'a> {
    /// A key that is not there.
    Missing,
    /// A part of the data.
    Data(&'a Value),
    /// Something computed.
    Owned(Rc<Value>),
    /// A whole number of the template's own; the data's numbers are all floats.
    Int(i64),
}

impl Val<'_> {
    /// The value, if it is none of the template's own numbers.
    pub(super) fn json(&self) -> Option<&Value> {
        match self {
            Val::Data(value) => Some(value),
            Val::Owned(value) => Some(value),
            Val::Missing | Val::Int(_) => None,
        }
    }

    pub(super) fn owned(value: impl Into<Value>) -> Val<'static> {
        Val::Owned(Rc::new(value.into()))
    }

    pub(super) fn is_nil(&self) -> bool {
        matches!(self, Val::Missing) || self.json().is_some_and(Value::is_null)
    }

    /// Whether `if` takes it for true.
    pub(super) fn truth(&self) -> bool {
        match (self, self.json()) {
            (Val::Int(number), _) => *number != 0,
            (_, None | Some(Value::Null)) => false,
            (_, Some(Value::Bool(flag))) => *flag,
            (_, Some(Value::Number(number))) => number.as_f64() != Some(0.0),
            (_, Some(Value::String(text))) => !text.is_empty(),
            (_, Some(Value::Array(items))) => !items.is_empty(),
            (_, Some(Value::Object(map))) => !map.is_empty(),
        }
    }

    /// As `{{.}}` prints it.
    pub(super) fn printed(&self) -> String {
        match (self, self.json()) {
            (Val::Int(number), _) => number.to_string(),
            (_, None | Some(Value::Null)) => "<no value>".to_owned(),
            (_, Some(value)) => verb_v(value),
        }
    }

    /// The type's name in Go.
    pub(super) fn type_name(&self) -> &'static str {
        match (self, self.json()) {
            (Val::Int(_), _) => "int",
            (_, None | Some(Value::Null)) => "nil",
            (_, Some(Value::Bool(_))) => "bool",
            (_, Some(Value::Number(_))) => "float64",
            (_, Some(Value::String(_))) => "string",
            (_, Some(Value::Array(_))) => "[]interface {}",
            (_, Some(Value::Object(_))) => "map[string]interface {}",
        }
    }

    pub(super) fn key(&self, name: &str) -> Val<'_> {
        self.json().and_then(|value| value.get(name)).map_or(Val::Missing, Val::Data)
    }
}

/// A template does no more than this many steps, and prints no more than this.
const FUEL: usize = 1_000_000;
const OUTPUT_MAX: usize = 16 << 20;

/// Templates call one another no deeper than this.
const DEPTH_MAX: usize = 100;

pub(super) fn execute(parsed: &Parsed, source: &str, data: &Value) -> Printed {
    let variables = vec![("$".to_owned(), Val::Data(data))];
    let mut state =
        State { parsed, source, name: "output".to_owned(), out: String::new(), variables, fuel: FUEL, depth: 0 };
    let error = match state.list(&parsed.main, &Val::Data(data)) {
        Ok(_) => None,
        Err(Stop { at: Some((at, context)), text }) => {
            let line_start = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
            let line = super::lex::line(source, at);
            let context = if context.len() > 20 {
                format!("{}...", context.chars().take(20).collect::<String>())
            } else {
                context
            };
            let name = &state.name;
            Some(format!("template: output:{line}:{}: executing \"{name}\" at <{context}>: {text}", at - line_start))
        }
        Err(Stop { at: None, text }) => Some(format!("template: output: {text}")),
    };
    Printed { text: state.out, error }
}

/// Why and where execution stopped.
struct Stop {
    at: Option<(usize, String)>,
    text: String,
}

enum Flow {
    On,
    Break,
    Continue,
}

struct State<'a> {
    parsed: &'a Parsed,
    source: &'a str,
    name: String,
    out: String,
    variables: Vec<(String, Val<'a>)>,
    fuel: usize,
    depth: usize,
}

impl<'a> State<'a> {
    fn burn(&mut self) -> Result<(), Stop> {
        self.fuel = self.fuel.saturating_sub(1);
        if self.fuel == 0 || self.out.len() > OUTPUT_MAX {
            return Err(Stop { at: None, text: "the template takes too many steps for this simulation".to_owned() });
        }
        Ok(())
    }

    fn list(&mut self, nodes: &'a [Node], dot: &Val<'a>) -> Result<Flow, Stop> {
        for node in nodes {
            self.burn()?;
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Action(pipe) => {
                    let value = self.pipe(pipe, dot)?;
                    if pipe.variables.is_empty() {
                        self.out.push_str(&value.printed());
                    }
                }
                Node::Break => return Ok(Flow::Break),
                Node::Continue => return Ok(Flow::Continue),
                Node::Template(name, pipe, at) => self.call(name, pipe.as_ref(), *at, dot)?,
                Node::If(pipe, then, otherwise) | Node::With(pipe, then, otherwise) => {
                    let kept = self.variables.len();
                    let value = self.pipe(pipe, dot)?;
                    let with = matches!(node, Node::With(..));
                    let flow = if value.truth() {
                        self.list(then, if with { &value } else { dot })?
                    } else {
                        self.list(otherwise, dot)?
                    };
                    self.variables.truncate(kept);
                    if !matches!(flow, Flow::On) {
                        return Ok(flow);
                    }
                }
                Node::Range(pipe, body, otherwise) => {
                    let kept = self.variables.len();
                    let flow = self.range(pipe, body, otherwise, dot)?;
                    self.variables.truncate(kept);
                    if !matches!(flow, Flow::On) {
                        return Ok(flow);
                    }
                }
            }
        }
        Ok(Flow::On)
    }

    fn call(&mut self, name: &str, pipe: Option<&'a Pipe>, at: usize, dot: &Val<'a>) -> Result<(), Stop> {
        let data = pipe.map_or(Ok(Val::Missing), |pipe| self.pipe(pipe, dot))?;
        let place = || Some((at, format!("{{{{template {}}}}}", quote(name))));
        let Some(body) = self.parsed.named.get(name) else {
            return Err(Stop { at: place(), text: format!("template {} not defined", quote(name)) });
        };
        if self.depth >= DEPTH_MAX {
            return Err(Stop { at: place(), text: format!("exceeded maximum template depth ({DEPTH_MAX})") });
        }
        let kept = std::mem::replace(&mut self.variables, vec![("$".to_owned(), data.clone())]);
        let outer = std::mem::replace(&mut self.name, name.to_owned());
        self.depth += 1;
        self.list(body, &data)?;
        self.depth -= 1;
        self.name = outer;
        self.variables = kept;
        Ok(())
    }

    fn range(&mut self, pipe: &'a Pipe, body: &'a [Node], otherwise: &'a [Node], dot: &Val<'a>) -> Result<Flow, Stop> {
        let over = self.evaluate(pipe, dot)?;
        let mut members: Vec<(Val<'a>, Val<'a>)> = Vec::new();
        match &over {
            Val::Data(Value::Array(items)) => {
                members.extend(items.iter().enumerate().map(|(at, item)| (Val::Int(at as i64), Val::Data(item))));
            }
            Val::Data(Value::Object(map)) => {
                members.extend(map.iter().map(|(key, value)| (Val::owned(key.clone()), Val::Data(value))));
            }
            Val::Owned(value) => {
                for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                    members.push((Val::Int(at as i64), Val::owned(item.clone())));
                }
            }
            Val::Int(number) => members.extend((0..(*number).min(FUEL as i64)).map(|at| (Val::Int(at), Val::Int(at)))),
            other if other.is_nil() => {}
            other => {
                let at = pipe.commands.first().map(|command| (command.at, command.source.clone()));
                return Err(Stop { at, text: format!("range can't iterate over {}", other.printed()) });
            }
        }
        if members.is_empty() {
            return self.list(otherwise, dot);
        }
        for (index, member) in members {
            let kept = self.variables.len();
            match pipe.variables.as_slice() {
                [one] => self.set(one, member.clone(), pipe.declares),
                [key, value] => {
                    self.set(key, index, pipe.declares);
                    self.set(value, member.clone(), pipe.declares);
                }
                _ => {}
            }
            let flow = self.list(body, &member)?;
            self.variables.truncate(kept);
            if matches!(flow, Flow::Break) {
                break;
            }
        }
        Ok(Flow::On)
    }

    fn set(&mut self, name: &str, value: Val<'a>, declare: bool) {
        match self.variables.iter_mut().rev().find(|(known, _)| known == name) {
            Some(slot) if !declare => slot.1 = value,
            _ => self.variables.push((name.to_owned(), value)),
        }
    }

    fn pipe(&mut self, pipe: &'a Pipe, dot: &Val<'a>) -> Result<Val<'a>, Stop> {
        let value = self.evaluate(pipe, dot)?;
        for name in &pipe.variables {
            self.set(name, value.clone(), pipe.declares);
        }
        Ok(value)
    }

    fn evaluate(&mut self, pipe: &'a Pipe, dot: &Val<'a>) -> Result<Val<'a>, Stop> {
        let mut last = None;
        for command in &pipe.commands {
            last = Some(self.command(command, dot, last)?);
        }
        Ok(last.unwrap_or(Val::Missing))
    }

    fn command(&mut self, command: &'a Command, dot: &Val<'a>, last: Option<Val<'a>>) -> Result<Val<'a>, Stop> {
        self.burn()?;
        let stop = |text: String| Stop { at: Some((command.at, command.source.clone())), text };
        let Some((first, rest)) = command.words.split_first() else { return Ok(Val::Missing) };
        let Operand::Function(name) = first else {
            if !rest.is_empty() || last.is_some() {
                return Err(stop(format!("can't give argument to non-function {}", command.source)));
            }
            return self.operand(first, dot, command);
        };
        // `and` and `or` look no further than they must.
        if matches!(name.as_str(), "and" | "or") {
            let mut value = Val::Missing;
            for word in rest {
                value = self.operand(word, dot, command)?;
                if value.truth() == (name == "or") {
                    return Ok(value);
                }
            }
            return Ok(last.unwrap_or(value));
        }
        let mut args = Vec::new();
        for word in rest {
            args.push(self.operand(word, dot, command)?);
        }
        args.extend(last);
        funcs::call(name, &args).map_err(|fault| match fault {
            funcs::Fault::Use(text) => stop(text),
            funcs::Fault::Call(text) => stop(format!("error calling {name}: {text}")),
        })
    }

    fn operand(&mut self, operand: &'a Operand, dot: &Val<'a>, command: &'a Command) -> Result<Val<'a>, Stop> {
        let (base, names): (Val<'a>, &[String]) = match operand {
            Operand::Dot => return Ok(dot.clone()),
            Operand::Nil => return Ok(Val::Missing),
            Operand::Bool(flag) => return Ok(Val::owned(*flag)),
            Operand::Text(text) => return Ok(Val::owned(text.clone())),
            Operand::Char(c) => return Ok(Val::Int(i64::from(u32::from(*c)))),
            Operand::Number(text) => {
                let float = || text.parse::<f64>().map_or(Val::Missing, Val::owned);
                return Ok(funcs::integer(text).map_or_else(float, Val::Int));
            }
            Operand::Function(name) => {
                return funcs::call(name, &[]).map_err(|fault| {
                    let (funcs::Fault::Use(text) | funcs::Fault::Call(text)) = fault;
                    Stop { at: Some((command.at, name.clone())), text }
                });
            }
            Operand::Field(names) => (dot.clone(), names),
            Operand::Variable(name, names) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                (found.map_or(Val::Missing, |(_, value)| value.clone()), names)
            }
            Operand::Pipe(pipe, names) => (self.pipe(pipe, dot)?, names),
        };
        names.iter().try_fold(base, |value, name| {
            let next = match &value {
                Val::Data(data) => data.get(name).map_or(Val::Missing, Val::Data),
                Val::Owned(data) => data.get(name).map_or(Val::Missing, |found| Val::owned(found.clone())),
                Val::Missing | Val::Int(_) => Val::Missing,
            };
            let text = match (&value, value.json()) {
                (Val::Missing, _) | (_, Some(Value::Object(_))) => return Ok(next),
                (_, Some(Value::Null)) => format!("nil pointer evaluating interface {{}}.{name}"),
                _ => format!("can't evaluate field {name} in type {}", value_type(&value)),
            };
            let dotted = format!(".{}", names.join("."));
            let at = command.at + self.source[command.at..].find(&format!(".{name}")).unwrap_or(0);
            Err(Stop { at: Some((at, dotted)), text })
        })
    }
}

/// The type as an error about a field names it: what lies in a map lies in an interface.
fn value_type(value: &Val<'_>) -> &'static str {
    match value {
        Val::Data(_) => "interface {}",
        other => other.type_name(),
    }
}
