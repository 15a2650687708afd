//! Writing YAML. Models go-yaml v2 encode.go and sorter.go.

use core::cmp::Ordering;

use libyaml_safer::{Emitter, Encoding, Event, MappingStyle, ScalarStyle, SequenceStyle};
use serde_json::Value;

use super::resolve::{is_base60, is_timestamp, resolve};
use crate::collections::Sort;

/// The document as YAML, with keys in go-yaml's order and a newline at the end.
pub fn emit(value: &Value) -> String {
    let mut out = Vec::new();
    let mut emitter = Emitter::new();
    emitter.set_output(&mut out);
    emitter.set_unicode(true);
    // Writing into memory cannot fail, and the events below are balanced.
    let _ = emitter.emit(Event::stream_start(Encoding::Utf8));
    let _ = emitter.emit(Event::document_start(None, &[], true));
    put(&mut emitter, value);
    let _ = emitter.emit(Event::document_end(true));
    let _ = emitter.emit(Event::stream_end());
    let _ = emitter.flush();
    drop(emitter);
    let mut text = String::from_utf8(out).unwrap_or_default();
    // libyaml marks the end of an open scalar; go-yaml does not.
    if let Some(cut) = text.strip_suffix("...\n") {
        text.truncate(cut.len());
    }
    text
}

fn put(emitter: &mut Emitter<'_>, value: &Value) {
    match value {
        Value::Object(map) => {
            let _ = emitter.emit(Event::mapping_start(None, None, true, MappingStyle::Block));
            let mut keys: Vec<&String> = map.keys().collect();
            keys.arrange_by(|a, b| natural(a, b));
            for key in keys {
                text(emitter, key);
                put(emitter, &map[key]);
            }
            let _ = emitter.emit(Event::mapping_end());
        }
        Value::Array(items) => {
            let _ = emitter.emit(Event::sequence_start(None, None, true, SequenceStyle::Block));
            items.iter().for_each(|item| put(emitter, item));
            let _ = emitter.emit(Event::sequence_end());
        }
        Value::String(string) => text(emitter, string),
        Value::Null => scalar(emitter, "null", ScalarStyle::Plain),
        Value::Bool(flag) => scalar(emitter, if *flag { "true" } else { "false" }, ScalarStyle::Plain),
        Value::Number(number) => scalar(emitter, &number.to_string(), ScalarStyle::Plain),
    }
}

fn text(emitter: &mut Emitter<'_>, text: &str) {
    let style = if text.contains('\n') {
        ScalarStyle::Literal
    } else if matches!(resolve(text), Value::String(_)) && !is_base60(text) && !is_timestamp(text) && text != "<<" {
        ScalarStyle::Plain
    } else {
        ScalarStyle::DoubleQuoted
    };
    scalar(emitter, text, style);
}

fn scalar(emitter: &mut Emitter<'_>, text: &str, style: ScalarStyle) {
    let _ = emitter.emit(Event::scalar(None, None, text, true, true, style));
}

/// The order of keys: letters after everything else, runs of digits as numbers.
fn natural(a: &str, b: &str) -> Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut i = 0;
    while i < left.len() && i < right.len() {
        let (x, y) = (left[i], right[i]);
        if x == y {
            i += 1;
            continue;
        }
        match (x.is_alphabetic(), y.is_alphabetic()) {
            (true, true) => return x.cmp(&y),
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {}
        }
        let number = |text: &[char]| {
            let digits: String = text[i..].iter().take_while(|c| c.is_ascii_digit()).collect();
            (digits.len(), digits.parse::<u128>().unwrap_or(0))
        };
        // A zero that differs counts only together with the digits before it.
        if (x == '0' || y == '0')
            && let Some(&before) = left[..i].iter().rev().find(|c| !c.is_ascii_digit() || **c != '0')
            && before.is_ascii_digit()
        {
            return left.len().cmp(&right.len()).then(x.cmp(&y));
        }
        let ((left_len, left_number), (right_len, right_number)) = (number(&left), number(&right));
        if left_number != right_number {
            return left_number.cmp(&right_number);
        }
        if left_len != right_len {
            return left_len.cmp(&right_len);
        }
        return x.cmp(&y);
    }
    left.len().cmp(&right.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn as_go_yaml() {
        let value = json!({
            "app": "web", "app.kubernetes.io/name": "x", "apiVersion": "v1", "empty": {}, "none": [],
            "list": [{"b": 1, "a": "1"}, "x: y", "*star", "yes", "12:30", ""],
            "text": "a\nb\n", "null": null, "note": "it's", "replicas": 2, "time": "2026-11-20T08:41:57Z",
        });
        assert_eq!(
            emit(&value),
            "apiVersion: v1\napp: web\napp.kubernetes.io/name: x\nempty: {}\nlist:\n- a: \"1\"\n  b: 1\n- 'x: y'\n- '*star'\n\
             - \"yes\"\n- \"12:30\"\n- \"\"\nnone: []\nnote: it's\n\"null\": null\nreplicas: 2\ntext: |\n  a\n  b\n\
             time: \"2026-11-20T08:41:57Z\"\n"
        );
    }

    #[test]
    fn folds_long_lines() {
        let long = "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)";
        let text = emit(&json!({"status": {"conditions": [{"message": long}]}}));
        assert!(text.contains("from cpu resource\n      utilization (percentage of request)\n"), "{text}");
    }
}
