//! Kinds without words of their own: every field, its name spelled out. Models describe.go
//! genericDescriber.

use serde_json::{Map, Value};

use super::page::Page;
use super::{Scene, labels, shown, text};
use crate::kubectl::fail::Fail;

pub async fn describe(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let metadata = &scene.object["metadata"];
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    if let Value::Object(map) = scene.object {
        fields(page, 0, map, "");
    }
    scene.events(page).await
}

/// What the lines above or nobody tells.
const SKIPPED: &[&str] =
    &[".metadata.name", ".metadata.namespace", ".metadata.labels", ".metadata.annotations", ".metadata.managedFields"];

fn fields(page: &mut Page, level: usize, map: &Map<String, Value>, path: &str) {
    for (key, value) in map {
        let at = format!("{path}.{key}");
        if SKIPPED.contains(&at.as_str()) {
            continue;
        }
        let title = title(key);
        match value {
            Value::Object(inner) => {
                page.line(level, format!("{title}:"));
                fields(page, level + 1, inner, &at);
            }
            Value::Array(items) => {
                page.line(level, format!("{title}:"));
                for item in items {
                    match item {
                        Value::Object(inner) => fields(page, level + 1, inner, &at),
                        other => page.line(level + 1, shown(other)),
                    }
                }
            }
            other => page
                .line(level, format!("{title}:\t{}", if other.is_null() { "<nil>".to_owned() } else { shown(other) })),
        }
    }
}

/// `creationTimestamp` becomes `Creation Timestamp`. Models smartLabelFor.
fn title(key: &str) -> String {
    const SHORT: &[&str] = &["API", "CIDR", "HTTP", "HTTPS", "IP", "NFS", "RBAC", "TCP", "TLS", "UDP", "UID", "URL"];
    if !key.chars().all(|c| c.is_ascii_alphanumeric()) {
        return key.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    let mut letters = key.chars().peekable();
    while let Some(c) = letters.next() {
        // A capital begins a word after a small letter, and before one.
        let small = letters.peek().is_some_and(char::is_ascii_lowercase);
        let starts = c.is_ascii_uppercase()
            && words.last().is_some_and(|word| small || word.ends_with(|c: char| !c.is_ascii_uppercase()));
        match words.last_mut() {
            Some(word) if !starts => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    let titled = words.iter().map(|word| {
        let upper = word.to_uppercase();
        if SHORT.contains(&upper.as_str()) {
            return upper;
        }
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
    });
    titled.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn titles() {
        for (key, text) in [
            ("apiVersion", "API Version"),
            ("uid", "UID"),
            ("creationTimestamp", "Creation Timestamp"),
            ("insecureSkipTLSVerify", "Insecure Skip TLS Verify"),
            ("$patch", "$patch"),
        ] {
            assert_eq!(super::title(key), text);
        }
    }
}
