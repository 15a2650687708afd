//! Labels, annotations, selectors, tolerations: lists of keys, one a line.

use serde_json::Value;

use super::page::Page;
use super::{list, text};
use crate::collections::Sort;

/// Annotations that are for tools only.
const SKIPPED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A longer annotation starts on a line of its own.
const LINE_MAX: usize = 140;

/// Labels under a title that may be indented, as `  Labels`.
pub fn labels(page: &mut Page, title: &str, labels: &Value) {
    pairs(page, title, labels, &[]);
}

/// Labels without some of them.
pub fn pairs(page: &mut Page, title: &str, labels: &Value, skip: &[&str]) {
    page.put(0, format!("{title}:\t"));
    let entries: Vec<(&String, &Value)> =
        labels.as_object().into_iter().flatten().filter(|(key, _)| !skip.contains(&key.as_str())).collect();
    if entries.is_empty() {
        page.line(0, "<none>");
    }
    for (at, (key, value)) in entries.into_iter().enumerate() {
        page.line(0, format!("{}{key}={}", if at > 0 { "\t" } else { "" }, text(value)));
    }
}

/// Annotations under a title.
pub fn annotations(page: &mut Page, title: &str, annotations: &Value) {
    page.put(0, format!("{title}:\t"));
    let entries: Vec<(&String, &str)> = annotations
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| *key != SKIPPED)
        .map(|(key, value)| (key, text(value)))
        .collect();
    if entries.is_empty() {
        page.line(0, "<none>");
    }
    for (at, (key, value)) in entries.into_iter().enumerate() {
        if at > 0 {
            page.put(0, "\t");
        }
        let value = value.strip_suffix('\n').unwrap_or(value);
        if value.len() + key.len() + 2 <= LINE_MAX && !value.contains('\n') {
            page.line(0, format!("{key}: {value}"));
            continue;
        }
        page.line(0, format!("{key}:"));
        for line in value.split('\n') {
            let short: String = match line.chars().count() > LINE_MAX - 2 {
                true => line.chars().take(LINE_MAX - 2).chain("...".chars()).collect(),
                false => line.to_owned(),
            };
            page.line(0, format!("\t  {short}"));
        }
    }
}

/// A plain map as a selector: `a=b,c=d`.
pub fn map_selector(map: &Value) -> String {
    let pairs: Vec<String> =
        map.as_object().into_iter().flatten().map(|(key, value)| format!("{key}={}", text(value))).collect();
    pairs.join(",")
}

/// A label selector in words, `<none>` where it is empty. Models metav1.FormatLabelSelector.
pub fn selector(selector: &Value) -> String {
    let words = selector_query(selector);
    if words.is_empty() { "<none>".to_owned() } else { words }
}

/// A label selector (or a plain map of labels) as a query takes it.
pub fn selector_query(selector: &Value) -> String {
    let structured = selector["matchLabels"].is_object() || selector["matchExpressions"].is_array();
    if !structured {
        return map_selector(selector);
    }
    let mut words: Vec<(String, String)> = Vec::new();
    for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
        words.push((key.clone(), format!("{key}={}", text(value))));
    }
    for expression in list(&selector["matchExpressions"]) {
        let key = text(&expression["key"]);
        let mut values: Vec<&str> = list(&expression["values"]).map(text).collect();
        values.arrange();
        let values = values.join(",");
        let word = match text(&expression["operator"]) {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        };
        words.push((key.to_owned(), word));
    }
    words.arrange();
    words.into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(",")
}

/// Tolerations, by key.
pub fn tolerations(page: &mut Page, title: &str, tolerations: &Value) {
    page.put(0, format!("{title}:\t"));
    let mut all: Vec<&Value> = list(tolerations).collect();
    all.arrange_by_key(|toleration| text(&toleration["key"]));
    if all.is_empty() {
        page.line(0, "<none>");
    }
    for (at, toleration) in all.into_iter().enumerate() {
        let (key, value) = (text(&toleration["key"]), text(&toleration["value"]));
        let effect = text(&toleration["effect"]);
        let mut line = key.to_owned();
        if !value.is_empty() {
            line.push_str(&format!("={value}"));
        }
        if !effect.is_empty() {
            line.push_str(&format!(":{effect}"));
        }
        if toleration["operator"] == "Exists" && value.is_empty() {
            line.push_str(if key.is_empty() && effect.is_empty() { "op=Exists" } else { " op=Exists" });
        }
        if let Some(seconds) = toleration["tolerationSeconds"].as_i64() {
            line.push_str(&format!(" for {seconds}s"));
        }
        page.line(0, format!("{}{line}", if at > 0 { "\t" } else { "" }));
    }
}

/// `key=value:effect`
pub fn taint(taint: &Value) -> String {
    let (key, value, effect) = (text(&taint["key"]), text(&taint["value"]), text(&taint["effect"]));
    match value {
        "" => format!("{key}:{effect}"),
        value => format!("{key}={value}:{effect}"),
    }
}
