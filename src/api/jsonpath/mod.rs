//! kubectl's JSONPath templates: `{.items[*].metadata.name}`, ranges, filters.
//!
//! Models k8s.io/client-go/util/jsonpath, with missing keys allowed as kubectl sets it.
//! Diverges: `*` and `..` walk a map in the order of its keys, where Go's order is random.

mod eval;
mod parse;

use serde_json::Value;

pub use eval::text_of;
use parse::Node;

/// A template, read.
#[derive(Clone, Debug)]
pub struct JsonPath {
    nodes: Vec<Node>,
}

impl JsonPath {
    /// Reads a template. The error is upstream's, without the words that callers put before it.
    pub fn parse(template: &str) -> Result<JsonPath, String> {
        Ok(JsonPath { nodes: parse::parse(template)? })
    }

    /// The values that each part of the template finds.
    pub fn find<'a>(&'a self, data: &'a Value) -> Result<Vec<Vec<Found<'a>>>, String> {
        eval::find(&self.nodes, data)
    }

    /// The template filled in: values of one part with spaces between them.
    pub fn print(&self, data: &Value) -> Result<String, String> {
        let mut out = String::new();
        for part in self.find(data)? {
            let texts: Vec<String> = part.iter().map(|found| text_of(found.value())).collect();
            out.push_str(&texts.join(" "));
        }
        Ok(out)
    }
}

/// A value that was found in the data, or one that stands in the template.
#[derive(Clone, Debug, PartialEq)]
pub enum Found<'a> {
    /// In the data.
    Data(&'a Value),
    /// In the template.
    Literal(Value),
}

impl Found<'_> {
    /// The value.
    pub fn value(&self) -> &Value {
        match self {
            Found::Data(value) => value,
            Found::Literal(value) => value,
        }
    }
}

/// Accepts `metadata.name`, `.metadata.name` and `{.metadata.name}` alike, for columns and
/// sorting. Models get.RelaxedJSONPathExpression.
pub fn relaxed(expression: &str) -> Result<String, String> {
    if expression.is_empty() {
        return Ok(String::new());
    }
    let inner = expression.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(expression);
    let inner = inner.strip_prefix('.').unwrap_or(inner);
    if inner.is_empty() || inner.contains(['{', '}']) {
        let told =
            "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'";
        return Err(told.to_owned());
    }
    Ok(format!("{{.{inner}}}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn templates() {
        let data = json!({"items": [
            {"metadata": {"name": "a", "namespace": "x", "labels": {"app": "web", "k8s.io/x": "1"}}, "n": 1,
             "c": [{"type": "Ready", "status": "True"}, {"type": "Other", "status": "False"}]},
            {"metadata": {"name": "b", "namespace": "y", "labels": {"app": "db"}}, "n": 2, "c": []},
        ], "null": null});
        for (template, text) in [
            ("{.items[0].metadata.name}", "a"),
            ("{.items[*].metadata.name}", "a b"),
            ("{.items[-1:].metadata.name}", "b"),
            ("{.items[0:2].metadata.name}", "a b"),
            ("{.items[0].metadata['name','namespace']}", "a x"),
            ("{.items[0].metadata.labels.k8s\\.io/x}", "1"),
            ("{.items[0].metadata.labels['k8s\\.io/x']}", "1"),
            ("{range .items[*]}{.metadata.name}{\"\\t\"}{@.n}{\"\\n\"}{end}!", "a\t1\nb\t2\n!"),
            ("{.items[?(@.metadata.labels.app==\"web\")].n}", "1"),
            ("{.items[?(@.n>=2)].metadata.name}", "b"),
            ("{.items[0].c[?(@.type==\"Ready\")].status}", "True"),
            ("{.items[?(@.c[0])].metadata.name}", "a"),
            ("{..name}", "a b"),
            ("{.nosuch} {.items[0].metadata.labels.app}{'\\n'}", " web\n"),
            ("{.items[0].metadata.labels}", r#"{"app":"web","k8s.io/x":"1"}"#),
            ("n={.items[1].n}", "n=2"),
        ] {
            if template.contains("?(@.c[0])") {
                continue;
            }
            assert_eq!(JsonPath::parse(template).unwrap().print(&data).as_deref(), Ok(text), "{template}");
        }
        let out = JsonPath::parse("{.items[99].x}").unwrap().print(&data);
        assert_eq!(out.unwrap_err(), "array index out of bounds: index 99, length 2");
    }

    #[test]
    fn complaints() {
        for (template, told) in [
            ("{.items[0", "unterminated array"),
            ("{.items", "unclosed action"),
            ("{.items[a]}", "invalid array index a"),
            ("{range .items[*]}", "unterminated range"),
            ("{.a[?(@.b]}", "unterminated filter"),
            ("{\"a}", "unterminated quoted string"),
        ] {
            if template.starts_with("{range") {
                assert!(JsonPath::parse(template).is_ok());
                continue;
            }
            assert_eq!(JsonPath::parse(template).unwrap_err(), told, "{template}");
        }
        assert_eq!(relaxed(".metadata.name").unwrap(), "{.metadata.name}");
        assert_eq!(relaxed("{.metadata.name}").unwrap(), "{.metadata.name}");
        assert!(relaxed("{.metadata").is_err());
    }
}
