//! CEL, the language of `x-kubernetes-validations`: as much of it as rules commonly use.
//!
//! Models cel-spec and k8s.io/apiserver/pkg/cel/library. Values are JSON, integers and doubles told
//! apart as JSON numbers are. Diverges: no bytes, timestamps, durations, quantities, addresses and URLs;
//! a rule that names one is refused when it is defined, in plain words.

mod check;
mod eval;
mod functions;
mod parse;

use serde_json::Value;

pub use check::check;

/// How deep expressions may lie in each other.
const MAX_DEPTH: usize = 60;
/// How many steps one evaluation may take.
const FUEL: u32 = 200_000;

/// A mistake in an expression, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// What is wrong.
    pub what: String,
    /// Characters before it.
    pub at: usize,
}

impl Mistake {
    /// As cel-go tells it, with the line and a caret.
    pub fn told(&self, source: &str) -> String {
        let before: String = source.chars().take(self.at).collect();
        let line = before.matches('\n').count();
        let column = before.chars().rev().take_while(|c| *c != '\n').count();
        let text = source.split('\n').nth(line).unwrap_or_default();
        let dots = ".".repeat(column);
        format!("ERROR: <input>:{}:{}: {}\n | {text}\n | {dots}^", line + 1, column + 1, self.what)
    }
}

/// A part of an expression, and where it begins.
#[derive(Debug)]
struct Expr {
    at: usize,
    node: Node,
}

#[derive(Debug)]
enum Node {
    Literal(Value),
    Name(String),
    Select(Box<Expr>, String),
    Has(Box<Expr>, String),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    /// An operator, a function, or with a target a method or a macro.
    Call(String, Option<Box<Expr>>, Vec<Expr>),
}

/// An expression, read.
#[derive(Debug)]
pub struct Program(Expr);

impl Program {
    /// Reads an expression.
    pub fn new(source: &str) -> Result<Program, Mistake> {
        parse::parse(source).map(Program)
    }

    /// Whether it looks at a name: `oldSelf`.
    pub fn names(&self, name: &str) -> bool {
        fn within(expr: &Expr, name: &str) -> bool {
            match &expr.node {
                Node::Literal(_) => false,
                Node::Name(own) => own == name,
                Node::Select(of, _) | Node::Has(of, _) => within(of, name),
                Node::List(items) => items.iter().any(|item| within(item, name)),
                Node::Map(entries) => entries.iter().any(|(key, value)| within(key, name) || within(value, name)),
                Node::Call(_, target, args) => {
                    target.iter().any(|target| within(target, name)) || args.iter().any(|arg| within(arg, name))
                }
            }
        }
        within(&self.0, name)
    }

    /// Its value, with these names known.
    pub fn evaluate(&self, names: &[(&str, &Value)]) -> Result<Value, String> {
        eval::evaluate(&self.0, names)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values() {
        let data = json!({"n": 3, "x": 1.5, "s": "web-1", "l": [1, 2, 3], "m": {"a": 1, "b": 2}, "t": true,
            "parts": [{"name": "a", "n": 1}, {"name": "b", "n": 2}]});
        for (rule, wanted) in [
            ("self.n + 2 * 3 == 9", json!(true)),
            ("-self.n", json!(-3)),
            ("self.n / 2", json!(1)),
            ("self.n > 2 && self.x < 2.0", json!(true)),
            ("self.n >= 3 ? 'big' : 'small'", json!("big")),
            ("has(self.s) && !has(self.nosuch)", json!(true)),
            ("!has(self.nosuch) || self.nosuch > 1", json!(true)),
            ("self.s.startsWith('web') && self.s.matches('^[a-z]+-[0-9]$')", json!(true)),
            ("size(self.l) == 3 && self.l.size() == 3", json!(true)),
            ("self.l.all(i, i > 0)", json!(true)),
            ("self.l.exists(i, i == 2) && self.l.exists_one(i, i == 3)", json!(true)),
            ("self.l.map(i, i * i)", json!([1, 4, 9])),
            ("self.l.filter(i, i % 2 == 1)", json!([1, 3])),
            ("self.parts.all(p, self.parts.exists_one(q, q.name == p.name))", json!(true)),
            ("2 in self.l && 'a' in self.m && !('c' in self.m)", json!(true)),
            ("self.m.all(k, self.m[k] < 3)", json!(true)),
            ("self.l[0] + self.l[2]", json!(4)),
            ("'n is ' + string(self.n)", json!("n is 3")),
            ("int('42') + 1", json!(43)),
            ("self.s.split('-')[1]", json!("1")),
            ("['a', 'b'].join(',')", json!("a,b")),
            ("self.l.sum() == 6 && self.l.isSorted() && self.l.max() == 3", json!(true)),
            ("\"a\\n\" != r'a\\n'", json!(true)),
            ("{'a': 1}.a == 1", json!(true)),
            ("false && self.nosuch == 1", json!(false)),
            ("self.nosuch == 1 || true", json!(true)),
            ("'%s has %d'.format([self.s, self.n])", json!("web-1 has 3")),
        ] {
            let found = Program::new(rule).map_err(|mistake| mistake.told(rule)).unwrap().evaluate(&[("self", &data)]);
            assert_eq!(found, Ok(wanted), "{rule}");
        }
        for (rule, error) in [
            ("self.nosuch > 1", "no such key: nosuch"),
            ("self.n / 0 == 1", "division by zero"),
            ("self.l[9]", "index out of bounds: 9"),
            ("self.s + 1 == 'x'", "no such overload"),
            ("9223372036854775807 + self.n", "integer overflow"),
        ] {
            assert_eq!(Program::new(rule).unwrap().evaluate(&[("self", &data)]), Err(error.to_owned()), "{rule}");
        }
        for rule in ["self.", "self.n >", "(self.n", "1 +* 2", "'open", "self.all(", "a b"] {
            assert!(Program::new(rule).is_err(), "{rule}");
        }
    }

    #[test]
    fn mistakes() {
        let schema = json!({"type": "object", "properties": {"replicas": {"type": "integer"}, "names": {"type": "array",
            "items": {"type": "object", "properties": {"name": {"type": "string"}}}}}});
        for (rule, told) in [
            ("self.size > 1", "ERROR: <input>:1:5: undefined field 'size'\n | self.size > 1\n | ....^"),
            (
                "replicas > 1",
                "ERROR: <input>:1:1: undeclared reference to 'replicas' (in container '')\n | replicas > 1\n | ^",
            ),
            (
                "self.names.all(n, n.nam != '')",
                "ERROR: <input>:1:20: undefined field 'nam'\n | self.names.all(n, n.nam != '')\n | ...................^",
            ),
        ] {
            let program = Program::new(rule).unwrap();
            assert_eq!(check(&program, &schema, false).map_err(|mistake| mistake.told(rule)), Err(told.to_owned()));
        }
        assert!(check(&Program::new("self.replicas > 1 && oldSelf.replicas > 0").unwrap(), &schema, false).is_ok());
    }
}
