//! Reading YAML. Models go-yaml v2 decode.go and the document reader of apimachinery.

use libyaml_safer::{Error, ErrorKind, Event, EventData, Parser, ScalarStyle};
use serde_json::{Map, Value};

use super::resolve::resolve;
use crate::collections::SortedMap;

/// Collections nest no deeper than this; the rest is refused, not recursed into.
const DEPTH_MAX: usize = 200;

/// Aliases may not make more values than this of a document.
const VALUES_MAX: usize = 100_000;

/// The documents of a file, split at lines that begin with `---`.
pub fn documents(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("---") {
            Some(rest) if rest.trim().is_empty() => all.push(String::new()),
            _ => {
                if let Some(document) = all.last_mut() {
                    document.push_str(line);
                }
            }
        }
    }
    let blank =
        |document: &String| document.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    all.retain(|document| !blank(document));
    all
}

/// The first document of `text`, keys as strings, as JSON. The error is go-yaml's.
pub fn parse(text: &str) -> Result<Value, String> {
    let mut input = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut input);
    let mut composer = Composer { parser, anchors: SortedMap::new(), values: 0 };
    loop {
        let event = composer.next()?;
        match event.data {
            EventData::StreamStart { .. } | EventData::DocumentStart { .. } => {}
            EventData::StreamEnd | EventData::DocumentEnd { .. } => return Ok(Value::Null),
            _ => {
                let value = composer.value(event, 0)?;
                composer.next()?;
                return Ok(value);
            }
        }
    }
}

struct Composer<'a> {
    parser: Parser<&'a mut &'a [u8]>,
    anchors: SortedMap<String, Value>,
    values: usize,
}

impl Composer<'_> {
    fn next(&mut self) -> Result<Event, String> {
        self.parser.parse().map_err(|error| words(&error))
    }

    fn value(&mut self, event: Event, depth: usize) -> Result<Value, String> {
        self.values += 1;
        if depth > DEPTH_MAX || self.values > VALUES_MAX {
            return Err("yaml: document contains excessive aliasing".to_owned());
        }
        let (anchor, value) = match event.data {
            EventData::Alias { anchor } => {
                let value = self.anchors.get(&anchor).cloned();
                let value = value.ok_or_else(|| format!("yaml: unknown anchor '{anchor}' referenced"))?;
                self.values += count(&value);
                return Ok(value);
            }
            EventData::Scalar { anchor, tag, value, style, .. } => (anchor, scalar(value, tag.as_deref(), style)),
            EventData::SequenceStart { anchor, .. } => {
                let mut items = Vec::new();
                loop {
                    let event = self.next()?;
                    if event.data == EventData::SequenceEnd {
                        break;
                    }
                    items.push(self.value(event, depth + 1)?);
                }
                (anchor, Value::Array(items))
            }
            EventData::MappingStart { anchor, .. } => {
                let mut map = Map::new();
                let mut merged = Map::new();
                loop {
                    let event = self.next()?;
                    if event.data == EventData::MappingEnd {
                        break;
                    }
                    let merge = matches!(&event.data, EventData::Scalar { value, style, .. }
                        if value == "<<" && *style == ScalarStyle::Plain);
                    let key = self.value(event, depth + 1)?;
                    let event = self.next()?;
                    let value = self.value(event, depth + 1)?;
                    if merge {
                        merge_in(&mut merged, value)?;
                    } else {
                        map.insert(key_text(key)?, value);
                    }
                }
                for (key, value) in merged {
                    map.entry(key).or_insert(value);
                }
                (anchor, Value::Object(map))
            }
            _ => return Err("yaml: unexpected event".to_owned()),
        };
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

fn merge_in(into: &mut Map<String, Value>, value: Value) -> Result<(), String> {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                into.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::Array(items) => items.into_iter().try_for_each(|item| merge_in(into, item)),
        _ => Err("yaml: map merge requires map or sequence of maps as the value".to_owned()),
    }
}

fn scalar(text: String, tag: Option<&str>, style: ScalarStyle) -> Value {
    match tag {
        Some("tag:yaml.org,2002:str" | "!") => Value::String(text),
        None if style != ScalarStyle::Plain => Value::String(text),
        _ => resolve(&text),
    }
}

/// JSON has only texts as keys; sigs.k8s.io/yaml writes the others out.
fn key_text(key: Value) -> Result<String, String> {
    match key {
        Value::String(text) => Ok(text),
        Value::Null => Ok("null".to_owned()),
        Value::Bool(_) | Value::Number(_) => Ok(key.to_string()),
        Value::Array(_) | Value::Object(_) => {
            let kind = if key.is_array() { "[]interface {}" } else { "map[interface {}]interface {}" };
            Err(format!("yaml: invalid map key: {kind}{{}}"))
        }
    }
}

/// An error in go-yaml's words: only the problem, and a line that counts from zero where the
/// parser, not the scanner, complains. Models decode.go fail().
fn words(error: &Error) -> String {
    let scanner = matches!(error.kind(), ErrorKind::Scanner);
    let problem = error.problem_mark().map_or(0, |mark| mark.line);
    let context = error.context_mark().map_or(0, |mark| mark.line);
    let line = match problem {
        0 => context,
        line => line + u64::from(scanner),
    };
    let place = if line == 0 { String::new() } else { format!("line {line}: ") };
    format!("yaml: {place}{}", error.problem())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads() {
        let text = "a: &x {b: 1, yes: no}\nc: *x\nd:\n- 'y'\n- |\n  text\n? 5\n: ~\n";
        assert_eq!(
            parse(text).unwrap(),
            json!({"5": null, "a": {"b": 1, "true": false}, "c": {"b": 1, "true": false}, "d": ["y", "text\n"]})
        );
        assert_eq!(documents("# only\n---\na: 1\n---\nb: 2\n---\n"), ["a: 1\n", "b: 2\n"]);
    }

    #[test]
    fn complains_as_go_yaml() {
        for (text, told) in [
            (
                "kind: Deployment\nspec:\n  replicas:2\n  selector: x\n",
                "yaml: line 4: mapping values are not allowed in this context",
            ),
            ("a:\n  - b\n c: d\n", "yaml: line 2: did not find expected key"),
            ("a: *nope\n", "yaml: unknown anchor 'nope' referenced"),
            ("a: [1, 2\n", "yaml: line 1: did not find expected ',' or ']'"),
            ("\ta: b\n", "yaml: found character that cannot start any token"),
        ] {
            assert_eq!(parse(text).unwrap_err(), told, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert!(parse(&"[".repeat(5000)).is_err());
        assert!(parse(&"- ".repeat(5000)).is_err());
    }
}
